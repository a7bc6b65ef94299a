"""The portal for an ASGI server: `uvicorn asgi:app`. The environment is read here, once."""

import os

from portal.app import create_app
from portal.settings import from_environment

app = create_app(from_environment(os.environ))
