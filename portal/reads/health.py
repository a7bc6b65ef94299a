"""Whether the database answers, and has run every migration of this version."""

from portal.tables.connection import DATABASE_ERRORS
from portal.tables.migrate import missing_migrations


async def answers() -> bool:
    try:
        return not await missing_migrations()
    except DATABASE_ERRORS:
        return False
