"""Whether the database answers, has run every migration of this version, and opens with the secrets of this process."""

from portal.reads.keys import secrets_fit
from portal.tables.connection import DATABASE_ERRORS
from portal.tables.migrate import missing_migrations
from portal.vault import Vault


async def answers() -> bool:
    try:
        return not await missing_migrations()
    except DATABASE_ERRORS:
        return False


async def opens(vault: Vault) -> bool:
    """Asked of a database that answers: its secrets may have been replaced while this process ran."""
    try:
        return await secrets_fit(vault)
    except DATABASE_ERRORS:
        return False
