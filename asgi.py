"""The portal for an ASGI server: `uvicorn asgi:app`. The environment is read here, once, and logging set up.

A server's own access log writes addresses, and so the secrets in them; uvicorn's is off from here on.
"""

import os
from logging.config import dictConfig

from portal.app import create_app
from portal.settings import for_production
from portal.web.request_log import log_config

settings = for_production(os.environ)
dictConfig(log_config(settings.log))
app = create_app(settings)
