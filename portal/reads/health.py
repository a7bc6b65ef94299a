"""Whether the database answers."""

from tortoise.exceptions import BaseORMException

from portal.tables import models as t


async def answers() -> bool:
    try:
        await t.Lender.exists()
    except (BaseORMException, OSError):
        return False
    return True
