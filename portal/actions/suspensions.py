"""What stands still and grows again: a row that starts it and a row that ends it, joined by what it is for."""

from collections.abc import Sequence
from datetime import date

from portal.actions.journal import Journal
from portal.tables import models as tables


async def suspend_accrual(
    log: Journal, loan_id: int, ref: str, components: Sequence[str], on: date, reason: str
) -> None:
    """These components do not grow after the day `on`, until `let_grow`."""
    await _write(log, loan_id, ref, [(each, on) for each in components], reason, starts=True)


async def resume_accrual(log: Journal, loan_id: int, ref: str, on: date | None = None) -> list[str]:
    """What stood still for `ref` grows again from the day after `on` (today), and never for before.

    Answers the components; none where nothing stood still, or where it grows again already.
    """
    rows = await tables.SuspensionRow.filter(ref=ref).order_by("id")
    ended = {row.component for row in rows if not row.starts}
    begun = [row for row in rows if row.starts and row.component not in ended]
    day = on or log.moment.today
    if begun:
        until = [(row.component, max(day, row.on)) for row in begun]
        await _write(log, loan_id, ref, until, begun[0].reason, starts=False)
    return [row.component for row in begun]


async def _write(
    log: Journal, loan_id: int, ref: str, days: Sequence[tuple[str, date]], reason: str, *, starts: bool
) -> None:
    await tables.SuspensionRow.bulk_create(
        tables.SuspensionRow(
            ref=ref,
            loan_id=loan_id,
            component=component,
            on=day,
            starts=starts,
            reason=reason,
            recorded_at=log.moment.at,
        )
        for component, day in days
    )
