"""How often somebody may try: every try is counted before it is judged."""

from datetime import datetime, timedelta

from tortoise.expressions import F

from portal.domain.refusal import N_, Refusal
from portal.tables import models as t
from portal.tables.transaction import retried, transaction
from portal.vault import Vault

THROTTLE_MINUTES = 15


class TooManyTries(Refusal):
    says = N_("There were too many tries. Please wait {minutes} minutes and try again.")


@retried
async def hit(vault: Vault, what: str, whose: str, most: int, at: datetime) -> None:
    """Counts one more try within `THROTTLE_MINUTES`. Raises TooManyTries beyond `most`."""
    key = vault.lookup(f"throttle:{what}", whose)
    async with transaction():
        row, _ = await t.Throttle.get_or_create(key=key, defaults={"since": at})
        row = await t.Throttle.filter(id=row.id).select_for_update().get()
        if row.since <= at - timedelta(minutes=THROTTLE_MINUTES):
            row.tries, row.since = 0, at
        if row.tries >= most:
            left = row.since + timedelta(minutes=THROTTLE_MINUTES) - at
            raise TooManyTries("", minutes=int(left.total_seconds() // 60) + 1)
        row.tries += 1
        await row.save()


async def reset(vault: Vault, what: str, whose: str) -> None:
    await t.Throttle.filter(key=vault.lookup(f"throttle:{what}", whose)).update(tries=0)


async def refund(vault: Vault, what: str, whose: str) -> None:
    """A try that was right counts for nothing where many people share what is limited, as an address."""
    key = vault.lookup(f"throttle:{what}", whose)
    await t.Throttle.filter(key=key, tries__gt=0).update(tries=F("tries") - 1)
