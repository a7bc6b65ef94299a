"""Holds: collection is asked to stop, the lender says that it has, and it ends with what it is about or by its date."""

from collections.abc import Iterable
from datetime import date
from functools import partial

from portal.actions.act import Act, change_of_lender, change_unchecked
from portal.actions.attempts import Attempt, at_once
from portal.actions.journal import Journal, loan_stream
from portal.domain.conduct.complaints import over
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import Case, LenderFacts
from portal.tables import models as tables
from portal.vault import new_ref

_HOLD_CLOCK = Actor("clock", "hold")


class HoldHasEnded(Refusal):
    says = N_("This hold ended on {ended_on}: collection is not asked to stop by it any more.")


async def ask_hold(log: Journal, case: Case, reason: str, about: str, actor: Actor) -> None:
    """Inside another act; one that is open for the same thing stays as it is."""
    if await tables.HoldRow.exists(loan_id=case.id, reason=reason, about=about, ended_at__isnull=True):
        return
    hold = await tables.HoldRow.create(
        ref=new_ref(), loan_id=case.id, reason=reason, about=about, requested_at=log.moment.at
    )
    await log.tell(case, _event("requested", hold, actor))


async def end_holds(log: Journal, case: Case, about: str, reason: str, actor: Actor) -> None:
    """Ends what was held for this proposal or problem, inside the act that ends it."""
    for hold in await tables.HoldRow.filter(loan_id=case.id, about=about, ended_at__isnull=True).order_by("id"):
        await _end(log, hold, case.loan.loan_no, reason, actor)


async def limit_holds(log: Journal, case: Case, about: str, until: date) -> None:
    """From now on it ends by itself after the day `until`; the event that goes with it tells the lender the day."""
    await tables.HoldRow.filter(loan_id=case.id, about=about, ended_at__isnull=True).update(until=until)


@change_unchecked
async def request_hold(act: Act, case: Case) -> None:
    """The borrower asks by themselves, for no other thing; nothing follows where that was asked already."""
    if await tables.HoldRow.exists(loan_id=case.id, reason="asked", about="", ended_at__isnull=True):
        return
    await act.check_version(case)
    await ask_hold(act.log, case, "asked", "", act.actor)


@change_of_lender
async def acknowledge_holds(log: Journal, case: Case, refs: Iterable[str], actor: Actor) -> None:
    """The lender says that collection has stopped. Said again it changes nothing."""
    waiting = tables.HoldRow.filter(loan_id=case.id, ref__in=list(refs), ended_at__isnull=True)
    for hold in await waiting.filter(acknowledged_at__isnull=True).order_by("id").select_for_update():
        await _acknowledge(log, case, hold, actor)


@change_unchecked
async def answer_for_hold(act: Act, case: Case, ref: str, reason: str) -> None:
    """The lender's system says that collection has stopped or, with a reason, that it goes on.

    Said again it changes nothing. One that has ended cannot stop anything: raises HoldHasEnded.
    """
    hold = await tables.HoldRow.filter(loan_id=case.id, ref=ref).select_for_update().get()
    if hold.ended_at is not None:
        if not reason:
            raise HoldHasEnded(ended_on=hold.ended_at.date())
    elif reason:
        await _end(act.log, hold, case.loan.loan_no, reason, act.actor)
    elif hold.acknowledged_at is None:
        await _acknowledge(act.log, case, hold, act.actor)


@change_of_lender
async def end_hold(log: Journal, case: Case, ref: str, reason: str, actor: Actor) -> None:
    """The lender ends one, and says why. Said again it changes nothing."""
    hold = await tables.HoldRow.filter(loan_id=case.id, ref=ref, ended_at__isnull=True).select_for_update().first()
    if hold is not None:
        await _end(log, hold, case.loan.loan_no, reason, actor)


async def end_due_holds(lender: LenderFacts, moment: BusinessTime, attempt: Attempt = at_once) -> int:
    """Ends what is over by its date, a transaction each; answers how many."""
    dated = tables.HoldRow.filter(until__lt=moment.today, ended_at__isnull=True, loan__lender_id=lender.id)
    ids = [int(str(each)) for each in await dated.order_by("id").values_list("id", flat=True)]
    return sum([await attempt(f"hold {each}", partial(_end_due, moment, lender, each)) for each in ids])


@change_of_lender
async def _end_due(log: Journal, lender: LenderFacts, hold_id: int) -> int:
    hold = await tables.HoldRow.filter(id=hold_id, ended_at__isnull=True).prefetch_related("loan").first()
    if hold is None or not over(hold.until, log.moment.today):
        return 0
    await _end(log, hold, hold.loan.loan_no, "time", _HOLD_CLOCK)
    return 1


async def _acknowledge(log: Journal, case: Case, hold: tables.HoldRow, actor: Actor) -> None:
    hold.acknowledged_at = log.moment.at
    await hold.save()
    await log.tell(case, _event("acknowledged", hold, actor))


async def _end(log: Journal, hold: tables.HoldRow, loan_no: str, reason: str, actor: Actor) -> None:
    hold.ended_at = log.moment.at
    await hold.save()
    loan_id: int = hold.loan_id  # type: ignore[attr-defined]
    await log.write(loan_stream(loan_id), _event("ended", hold, actor, ended_for=reason), loan_no=loan_no)


def _event(what: str, hold: tables.HoldRow, actor: Actor, **facts: str) -> NewEvent:
    """With what it is about, as every event on it says."""
    until = hold.until.isoformat() if hold.until else None
    of = {"hold": hold.ref, "scope": "loan", "reason": hold.reason, "about": hold.about or None, "until": until}
    return NewEvent(f"contact.hold_{what}", actor, {**of, **facts})
