"""The portal for an ASGI server: `uvicorn asgi:app`. The environment is read here, once."""

import os

from portal.app import create_app
from portal.settings import for_production

app = create_app(for_production(os.environ))
