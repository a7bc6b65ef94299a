"""Holds: collection is asked to stop, the lender says that it has, and it ends with what it is about or by its date."""

from collections.abc import Iterable
from datetime import date
from functools import partial

from portal.actions.attempts import Attempt, at_once
from portal.actions.authors import Author, FormToken
from portal.actions.journal import Journal, journal, loan_stream
from portal.domain.conduct.complaints import over
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.reads.cases import Case, LenderFacts
from portal.tables import models as tables
from portal.tables.transaction import retried
from portal.vault import new_ref

_HOLD_CLOCK = Actor("clock", "hold")


async def ask_hold(log: Journal, case: Case, reason: str, about: str, actor: Actor) -> int:
    """Inside another action's transaction; one that is open for the same thing stays as it is. Answers the seq."""
    if await tables.HoldRow.exists(loan_id=case.id, reason=reason, about=about, ended_at__isnull=True):
        return await log.seq(loan_stream(case.id))
    hold = await tables.HoldRow.create(
        ref=new_ref(), loan_id=case.id, reason=reason, about=about, requested_at=log.moment.at
    )
    facts = {"hold": hold.ref, **_of(hold)}
    return await _tell(log, case.id, case.loan.loan_no, "contact.hold_requested", actor, facts)


async def end_holds(log: Journal, case: Case, about: str, reason: str, actor: Actor) -> int:
    """Ends what was held for this proposal or problem, inside the action that ends it. Answers the seq."""
    for hold in await tables.HoldRow.filter(loan_id=case.id, about=about, ended_at__isnull=True).order_by("id"):
        await _end(log, hold, case.loan.loan_no, reason, actor)
    return await log.seq(loan_stream(case.id))


async def limit_holds(case: Case, about: str, until: date) -> None:
    """From now on it ends by itself after the day `until`; the event that goes with it tells the lender the day."""
    await tables.HoldRow.filter(loan_id=case.id, about=about, ended_at__isnull=True).update(until=until)


@retried
async def request_hold(case: Case, author: Author, guard: FormToken, moment: BusinessTime) -> None:
    """The borrower asks by themselves, for no other thing. Raises SomebodyWasFirst."""
    async with journal(case.lender.id, moment, guard.key) as log:
        if await tables.HoldRow.exists(loan_id=case.id, reason="asked", about="", ended_at__isnull=True):
            return
        await log.expect(loan_stream(case.id), guard.expected_version)
        await ask_hold(log, case, "asked", "", author.actor)


@retried
async def acknowledge_holds(case: Case, refs: Iterable[str], actor: Actor, moment: BusinessTime) -> None:
    """The lender says that collection has stopped. Said again it changes nothing."""
    async with journal(case.lender.id, moment) as log:
        waiting = tables.HoldRow.filter(loan_id=case.id, ref__in=list(refs), ended_at__isnull=True)
        for hold in await waiting.filter(acknowledged_at__isnull=True).order_by("id").select_for_update():
            hold.acknowledged_at = moment.at
            await hold.save()
            facts = {"hold": hold.ref, **_of(hold)}
            await _tell(log, case.id, case.loan.loan_no, "contact.hold_acknowledged", actor, facts)


@retried
async def end_hold(case: Case, ref: str, reason: str, actor: Actor, moment: BusinessTime) -> None:
    """The lender ends one, and says why. Said again it changes nothing."""
    async with journal(case.lender.id, moment) as log:
        hold = await tables.HoldRow.filter(loan_id=case.id, ref=ref, ended_at__isnull=True).select_for_update().first()
        if hold is not None:
            await _end(log, hold, case.loan.loan_no, reason, actor)


async def end_due_holds(lender: LenderFacts, moment: BusinessTime, attempt: Attempt = at_once) -> int:
    """Ends what is over by its date, a transaction each; answers how many."""
    dated = tables.HoldRow.filter(until__lt=moment.today, ended_at__isnull=True, loan__lender_id=lender.id)
    ids = [int(str(each)) for each in await dated.order_by("id").values_list("id", flat=True)]
    return sum([await attempt(f"hold {each}", partial(_end_due, lender, each, moment)) for each in ids])


@retried
async def _end_due(lender: LenderFacts, hold_id: int, moment: BusinessTime) -> int:
    async with journal(lender.id, moment) as log:
        hold = await tables.HoldRow.filter(id=hold_id, ended_at__isnull=True).prefetch_related("loan").first()
        if hold is None or not over(hold.until, moment.today):
            return 0
        await _end(log, hold, hold.loan.loan_no, "time", _HOLD_CLOCK)
        return 1


async def _end(log: Journal, hold: tables.HoldRow, loan_no: str, reason: str, actor: Actor) -> None:
    hold.ended_at = log.moment.at
    await hold.save()
    loan_id: int = hold.loan_id  # type: ignore[attr-defined]
    facts = {"hold": hold.ref, **_of(hold), "ended_for": reason}
    await _tell(log, loan_id, loan_no, "contact.hold_ended", actor, facts)


def _of(hold: tables.HoldRow) -> dict[str, object]:
    """What it is about, as every event on it says."""
    until = hold.until.isoformat() if hold.until else None
    return {"scope": "loan", "reason": hold.reason, "about": hold.about or None, "until": until}


async def _tell(log: Journal, loan_id: int, loan_no: str, what: str, actor: Actor, facts: dict[str, object]) -> int:
    return await log.write(loan_stream(loan_id), NewEvent(what, actor, facts), loan_no=loan_no)
