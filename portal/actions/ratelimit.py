"""How often somebody may try: counted before it is judged, by where it comes from first and whom it is about second.

A limit is named after what is tried (a password guessed, a code asked for), whichever page it is tried on. Who is
refused is counted nowhere: an address that may not try any more uses up nobody else's tries, and makes no row.
A device that was in before (`known.py`) has tries of its own, which nobody else can use up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from tortoise.expressions import F

from portal.actions.act import change_outside_feed
from portal.domain.refusal import N_, Refusal
from portal.tables import models as tables
from portal.vault import Vault

QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
# Servers whose clocks differ by less count together; a clock that was set back further begins anew.
CLOCKS_DIFFER = timedelta(minutes=1)
HOURS_FROM = timedelta(hours=2)


class TooManyTries(Refusal):
    says = N_("There were too many tries. Please wait {minutes} minutes and try again.")


class TooManyToday(TooManyTries):
    says = N_(
        "There were too many tries within a day. Please wait {hours} hours. Other ways in, and other devices that you "
        "were signed in on before, are not affected."
    )


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from (`web/network.py`), and what the browser keeps from having been in (`known.py`)."""

    network: str
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many in a stretch of time. Of one that many share, a right try gives back itself alone."""

    what: str
    most: int
    window: timedelta = QUARTER
    shared: bool = False


Counts = Sequence[tuple[Limit, str]]
"""What a try counts against, and whose that is; in this order, and no further than the first that refuses."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """What is limited: by `network`, by whom it is about and network (`near`), and by whom it is about (`whole`).

    `device` holds in place of all of them for a device that was in before.
    """

    network: Limit
    near: tuple[Limit, ...]
    whole: tuple[Limit, ...]
    device: tuple[Limit, ...]

    def counts(self, caller: Caller, whose: str, device: str) -> Counts:
        """`device` is what `known.py` tells, empty for one that nobody knows."""
        if device:
            return [(limit, device) for limit in self.device]
        near = [(limit, f"{whose}\0{caller.network}") for limit in self.near]
        return [(self.network, caller.network), *near, *((limit, whose) for limit in self.whole)]


def _passwords(what: str) -> Throttled:
    """Of borrowers and of staff, counted apart."""
    return Throttled(
        network=Limit(f"{what}-network", 20, shared=True),
        near=(Limit(f"{what}-near", 5), Limit(f"{what}-near-day", 10, DAY)),
        whole=(Limit(f"{what}-day", 100, DAY, shared=True),),
        device=(Limit(f"{what}-device", 5), Limit(f"{what}-device-day", 20, DAY)),
    )


PASSWORDS_GUESSED, STAFF_PASSWORDS_GUESSED = _passwords("password"), _passwords("staff")
# Whoever gets so far has the password: what holds them up holds up nobody who has done nothing.
STAFF_FACTORS_GUESSED = Throttled(
    network=Limit("factor-network", 20, shared=True),
    near=(Limit("factor-near", 5),),
    whole=(Limit("factor-day", 20, DAY),),
    device=(Limit("factor-device", 5), Limit("factor-device-day", 20, DAY)),
)
# Whether a message follows is told to nobody; those that do follow count in `outbox.py` once more.
CODES_ASKED = Throttled(
    network=Limit("code-network", 10, shared=True),
    near=(Limit("code-near", 3), Limit("code-near-day", 5, DAY)),
    whole=(),
    device=(Limit("code-device", 3), Limit("code-device-day", 10, DAY)),
)
CODES_GUESSED = Throttled(
    network=Limit("code-guess-network", 20, shared=True), near=(), whole=(), device=(Limit("code-guess-device", 20),)
)
DIGITS_GUESSED = Throttled(
    network=Limit("digits-network", 20, shared=True), near=(), whole=(), device=(Limit("digits-device", 10),)
)
# Eight characters of thirty-two: at so many guesses nobody comes upon those of a paper that is not theirs.
PAPERS_CHECKED = Limit("papers-checked", 20, shared=True)
MESSAGES_OF_LENDER = Limit("messages-of-lender", 20, DAY)
COPIES = Limit("copies", 5)


async def hit(vault: Vault, counts: Counts, at: datetime) -> None:
    """Counts one more try. Raises TooManyTries, TooManyToday; then it counts nowhere."""
    keys = [_key(vault, limit, whose) for limit, whose in counts]
    rows = {row.key: row for row in await tables.ThrottleRow.filter(key__in=keys)}
    for key, (limit, _) in zip(keys, counts, strict=True):
        if key in rows:
            _count(rows[key], limit, at)
    await _hit(dict(zip(keys, (limit for limit, _ in counts), strict=True)), at)


@change_outside_feed
async def _hit(limits: dict[str, Limit], at: datetime) -> None:
    for key in limits:
        await tables.ThrottleRow.get_or_create(key=key, defaults={"since": at})
    rows = await tables.ThrottleRow.filter(key__in=list(limits)).order_by("id").select_for_update()
    found = {row.key: row for row in rows}
    counted = [_count(found[key], limit, at) for key, limit in limits.items() if key in found]
    await tables.ThrottleRow.bulk_update(counted, fields=["tries", "since"])


@change_outside_feed
async def refund(vault: Vault, counts: Counts) -> None:
    """The try was right: what is somebody's own begins anew, what many share is given it back."""
    for limit, whose in counts:
        row = tables.ThrottleRow.filter(key=_key(vault, limit, whose), tries__gt=0)
        await row.update(tries=F("tries") - 1 if limit.shared else 0)


def _count(row: tables.ThrottleRow, limit: Limit, at: datetime) -> tables.ThrottleRow:
    if row.since > at + CLOCKS_DIFFER or row.since <= at - limit.window:
        row.tries, row.since = 0, at
    if row.tries >= limit.most:
        left = row.since + limit.window - at
        if left > HOURS_FROM:
            raise TooManyToday("", hours=ceil(left / timedelta(hours=1)))
        raise TooManyTries("", minutes=int(left.total_seconds() // 60) + 1)
    row.tries += 1
    return row


def _key(vault: Vault, limit: Limit, whose: str) -> str:
    return vault.lookup(f"throttle:{limit.what}", whose)
