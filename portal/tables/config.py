"""How Tortoise is configured from a database URL; all times are kept in UTC."""

import os
from typing import Any
from urllib.parse import urlsplit

from tortoise.backends.base.config_generator import expand_db_url
from tortoise.exceptions import ConfigurationError

from portal.tables.engine.checkpoint import BY_ITSELF_AT_PAGES

APP = "portal"
MODELS = "portal.tables.models"
MIGRATIONS = "migrations"
DEFAULT_URL = "sqlite://portal.sqlite3"

# Milliseconds a writer waits for another before it is refused and the unit retried: the same on both.
PATIENCE_MS = 5000

# A key that is destroyed has to be gone from the file too: not every SQLite is built to overwrite what it frees.
_SQLITE = {
    "busy_timeout": PATIENCE_MS,
    "synchronous": "NORMAL",
    "secure_delete": "ON",
    "wal_autocheckpoint": BY_ITSELF_AT_PAGES,
}
_POSTGRES = {"timezone": "UTC", "lock_timeout": str(PATIENCE_MS)}


def orm_config(url: str) -> dict[str, Any]:
    """Tortoise's configuration for `sqlite://FILE` or `postgres://USER@HOST/NAME`.

    What the URL's query says wins over what is set here. The connection is named after its engine, because
    Tortoise caches statements by connection name.
    Raises ConfigurationError for any other scheme, and for a URL that names no file or a port that is no number.
    """
    name = engine_of(url)
    credentials = expand_db_url(url)["credentials"]
    if name == "sqlite":
        credentials = _SQLITE | credentials
    else:
        credentials = _with_libpq_names(credentials) | {"server_settings": dict(_POSTGRES)}
        credentials.setdefault("application_name", APP)
    return {
        "connections": {name: {"engine": f"portal.tables.engine.{name}", "credentials": credentials}},
        "apps": {APP: {"models": [MODELS], "migrations": MIGRATIONS, "default_connection": name}},
        "use_tz": True,
        "timezone": "UTC",
    }


def engine_of(url: str) -> str:
    """`sqlite` or `asyncpg`."""
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return "sqlite"
    if scheme in ("postgres", "postgresql"):
        return "asyncpg"
    raise ConfigurationError(f"has to begin with sqlite:// or postgres://, found {scheme or 'no scheme'}")


def _with_libpq_names(credentials: dict[str, Any]) -> dict[str, Any]:
    """Hosting companies hand out `?sslmode=require`; asyncpg takes the same word as `ssl`."""
    if "sslmode" in credentials:
        credentials["ssl"] = credentials.pop("sslmode")
    return credentials


def __getattr__(name: str) -> Any:
    """`TORTOISE_ORM` for the Tortoise CLI, which offers no other way in; the portal itself passes its settings' URL."""
    if name == "TORTOISE_ORM":
        return orm_config(os.environ.get("PORTAL_DATABASE", DEFAULT_URL))
    raise AttributeError(name)
