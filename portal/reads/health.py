"""Whether the database answers, has run every migration of this version, and opens with the secrets of this process."""

from portal.reads.keys import secrets_fit
from portal.tables.connection import DATABASE_ERRORS
from portal.tables.migrate import missing_migrations
from portal.vault import Vault


async def answers(vault: Vault) -> bool:
    try:
        return not await missing_migrations() and await secrets_fit(vault)
    except DATABASE_ERRORS:
        return False
