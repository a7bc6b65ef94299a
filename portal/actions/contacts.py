"""The gate: a contact is asked for before it is made, and told after it. A refusal is an answer, and is kept.

What is allowed counts as made, and as answered, from that moment until somebody tells otherwise; whoever asks second
counts it, for the lender's lock puts them in order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal import clock
from portal.actions.act import Act, change_unchecked
from portal.actions.journal import borrower_stream
from portal.actions.ratelimit import CLOCKS_DIFFER
from portal.domain.conduct.complaints import asks_for_hold
from portal.domain.conduct.contact_gate import (
    PREFERRED,
    Barred,
    ContactOutcome,
    ContactQuestion,
    ContactRefusal,
    ContactVerdict,
    NotThen,
    PastContact,
    check_outcome,
    judge_contact,
)
from portal.domain.conduct.contact_rules import ContactChannel
from portal.domain.event import NewEvent
from portal.domain.ledger.position import position
from portal.domain.refusal import N_, Refusal
from portal.reads.api_keys import KeyFacts
from portal.reads.cases import Case, LenderFacts, NotFound, lender_case
from portal.reads.contact_rules import contact_rules
from portal.reads.contact_standing import Debtor, debtors, what_stops
from portal.reads.contacts import CountedOf, counted_contacts
from portal.tables import models as tables
from portal.vault import new_ref

_BY_NUMBER = (ContactChannel.CALL, ContactChannel.MESSAGE)


@dataclass(frozen=True, slots=True)
class ContactAsked:
    """Who is to be contacted: by the lender's own id, the loan's borrower where it is empty; `number` may be too."""

    loan_no: str
    channel: ContactChannel
    borrower: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class ContactTold:
    """What came of one, at which time: now, where none is said."""

    ref: str
    outcome: ContactOutcome
    at: datetime | None = None
    seconds: int | None = None


class ToldOtherwise(Refusal):
    says = N_("This contact was told before: {outcome}, at {at}.")


@dataclass(frozen=True, slots=True)
class _Whom:
    """Who is to be contacted, and whether the number is theirs; `number` is its keyed hash.

    `main_borrower` is the id of the loan's borrower, in whose stream it is told that somebody else was meant.
    """

    case: Case
    debtor: Debtor | None
    main_borrower: int
    zone: str
    number: str
    is_debtor: bool


@change_unchecked
async def ask_contact(act: Act, lender: LenderFacts, asked: ContactAsked, *, key: KeyFacts) -> str:
    """Answers the ref of what is now on record. Raises NotFound for a loan that is none of the lender's."""
    case = await lender_case(asked.loan_no, lender.id)
    whom = await _whom(act, case, asked)
    visits = await _appointments(act, whom) if asked.channel is ContactChannel.VISIT else []
    question = await _question(act, whom, asked.channel, visits)
    verdict = judge_contact(question)
    visit = next((each for each in visits if each.starts_at <= act.at < each.ends_at), None)
    row = tables.ContactRow(
        ref=new_ref(),
        lender_id=lender.id,
        loan_id=case.id,
        borrower_id=whom.debtor.borrower_id if whom.debtor else None,
        api_key_id=key.id,
        agency=key.agency,
        channel=asked.channel.value,
        number_hash=whom.number,
        visit_id=visit.id if visit else None,
        timezone=whom.zone,
        asked_at=act.at,
        counted_on=act.at.astimezone(question.zone).date(),
        **_columns(verdict),
    )
    whose = whom.debtor.borrower_id if whom.debtor else whom.main_borrower
    # Told before it is written: until an act has written, its queries are read in place.
    await _tell(act, row, whose, case.loan.loan_no, *_judged_event(row, key))
    await row.save()
    return row.ref


@change_unchecked
async def tell_contact(act: Act, lender: LenderFacts, told: ContactTold, *, agency: str) -> str:
    """What came of a contact; told alike again it changes nothing. One of another agency is not found.

    Raises NotFound, OutcomeNotOf, NotThen, ToldOtherwise.
    """
    row = await tables.ContactRow.filter(ref=told.ref, lender_id=lender.id).select_for_update().first()
    if row is None or (agency and row.agency != agency):
        raise NotFound(told.ref)
    check_outcome(ContactChannel(row.channel), told.outcome)
    at = told.at or (row.made_at if row.outcome else None) or act.at
    if not row.asked_at.replace(microsecond=0) <= at <= act.at + CLOCKS_DIFFER:
        raise NotThen("at", asked_at=row.asked_at.isoformat(), now=act.at.isoformat(), given=at.isoformat())
    if row.outcome:
        if (row.outcome, row.made_at, row.seconds) != (told.outcome.value, at, told.seconds):
            raise ToldOtherwise("outcome", outcome=row.outcome, at=row.made_at.isoformat() if row.made_at else "")
        return row.ref
    made = told.outcome is not ContactOutcome.NOT_MADE
    row.outcome, row.made_at, row.seconds, row.told_at = told.outcome.value, at, told.seconds, act.at
    row.against = made and (row.until is None or at > row.until)
    row.counted_on = at.astimezone(ZoneInfo(row.timezone)).date()
    await row.save()
    facts: dict[str, object] = {
        "outcome": row.outcome,
        "made_at": _text(at),
        "seconds": row.seconds,
        "against": row.against,
    }
    loan_id: int = row.loan_id  # type: ignore[attr-defined]
    party = await tables.PartyRow.filter(loan_id=loan_id, role="borrower").prefetch_related("loan").order_by("id").get()
    whose: int = row.borrower_id or party.borrower_id  # type: ignore[attr-defined]
    await _tell(act, row, whose, party.loan.loan_no, "contact.told", facts)
    return row.ref


async def standing_refusals(case: Case, today: date, zone: ZoneInfo) -> list[Barred]:
    """What stops all contact about a loan, whatever the hour and the channel."""
    now = position(case.loan, today)
    found = [] if now.overdue.total else [Barred(ContactRefusal.NOTHING_OVERDUE)]
    plan = now.live_plan
    if plan is not None and plan.paused_until is not None:
        found.append(Barred(ContactRefusal.PAUSE, ends_at=_after(plan.paused_until, zone)))
    answers: dict[str, date | None] = {}
    holds, complaints = await what_stops(case.id)
    for complaint in complaints:
        if asks_for_hold(complaint.kind):
            answers[complaint.ref] = complaint.answer_by
            found.append(Barred(ContactRefusal.COMPLAINT, complaint.answer_by))
    if case.proposal is not None:
        answers[case.proposal.ref] = case.proposal.decide_by or case.proposal.expires_on
    for hold in holds:
        ends_at = _after(hold.until, zone) if hold.until else None
        found.append(Barred(ContactRefusal.HOLD, hold.until or answers.get(hold.about), ends_at))
    return found


def _after(day: date, zone: ZoneInfo) -> datetime:
    """The midnight that ends it."""
    return datetime.combine(day + timedelta(days=1), time(), zone)


async def _whom(act: Act, case: Case, asked: ContactAsked) -> _Whom:
    """Only who owes the loan is contacted, on the number on record and no other."""
    owing = await debtors(case.id)
    wanted = [each for each in owing if each.external_id == asked.borrower]
    wanted = wanted if asked.borrower else [each for each in owing if each.role == "borrower"]
    debtor = wanted[0] if wanted else None
    on_record = debtor.phone_hash if debtor else ""
    number = act.author.vault.lookup("phone", asked.number) if asked.number else ""
    if asked.channel in _BY_NUMBER:
        number = number or on_record
    is_debtor = debtor is not None and debtor.erased_at is None
    if debtor is not None and (number or asked.channel in _BY_NUMBER):
        is_debtor = is_debtor and number == on_record != "" and not debtor.is_disowned
    main = next((each.borrower_id for each in owing if each.role == "borrower"), 0)
    zone = (debtor.timezone if debtor else None) or case.lender.timezone
    return _Whom(case, debtor, main, zone, number, is_debtor)


async def _question(
    act: Act, whom: _Whom, channel: ContactChannel, visits: Sequence[tables.VisitRow]
) -> ContactQuestion:
    case, zone = whom.case, ZoneInfo(whom.zone)
    barred = [] if whom.is_debtor else [Barred(ContactRefusal.NOT_THE_DEBTOR)]
    barred += await standing_refusals(case, act.today, zone)
    agreed, past = None, tuple[PastContact, ...]()
    if whom.debtor is not None:
        agreed = _agreed(whom.debtor, channel, barred)
        barred += _number_waits(act, whom.debtor) if channel in _BY_NUMBER else []
        of = CountedOf(case.lender.id, whom.debtor.borrower_id, case.id, whom.number)
        past = await counted_contacts(of, act.at.astimezone(zone).date())
    return ContactQuestion(
        channel=channel,
        at=act.at,
        zone=zone,
        rules=contact_rules((await act.policy()).contact, act.today),
        agreed=agreed,
        barred=barred,
        appointments=[(each.starts_at, each.ends_at) for each in visits],
        past=past,
    )


def _agreed(debtor: Debtor, channel: ContactChannel, barred: list[Barred]) -> tuple[int, int] | None:
    """The hours that the borrower chose; another channel than theirs is barred. An appointment is a choice too."""
    if not debtor.channel or channel is ContactChannel.VISIT:
        return None
    if PREFERRED.get(debtor.channel) is not channel:
        barred.append(Barred(ContactRefusal.PREFERENCE_CHANNEL))
    return debtor.hours


def _number_waits(act: Act, debtor: Debtor) -> list[Barred]:
    """A number that was changed lately waits by the wall's clock, as links do, wherever the day is fixed."""
    left = debtor.number_waits_until - clock.now() if debtor.number_waits_until else timedelta()
    return [Barred(ContactRefusal.NUMBER_WAITS, ends_at=act.at + left)] if left > timedelta() else []


async def _appointments(act: Act, whom: _Whom) -> list[tables.VisitRow]:
    """Those of whoever is to be visited, about this loan."""
    whose = whom.debtor.borrower_id if whom.debtor else None
    rows = tables.VisitRow.filter(
        loan_id=whom.case.id, borrower_id=whose, ends_at__gt=act.at, withdrawn_at__isnull=True
    )
    return list(await rows.order_by("starts_at"))


def _columns(verdict: ContactVerdict) -> dict[str, Any]:
    return {
        "until": verdict.until,
        "reason": verdict.reason.value if verdict.reason else "",
        "most": verdict.most,
        "counted": verdict.counted,
        "allowed_from": verdict.allowed_from,
        "decided_by": verdict.by,
    }


def _judged_event(row: tables.ContactRow, key: KeyFacts) -> tuple[str, dict[str, object]]:
    facts: dict[str, object] = {"channel": row.channel, "key": key.ref}
    if row.until is not None:
        return "contact.allowed", {**facts, "until": _text(row.until)}
    after = _text(row.allowed_from) if row.allowed_from else None
    by = row.decided_by.isoformat() if row.decided_by else None
    return "contact.refused", {**facts, "reason": row.reason, "allowed_from": after, "decided_by": by}


async def _tell(
    act: Act, row: tables.ContactRow, borrower_id: int, loan_no: str, what: str, facts: dict[str, object]
) -> None:
    """In a borrower's stream: a call makes no form of the loan stale."""
    event = NewEvent(what, act.actor, {"contact": row.ref, **facts})
    await act.log.write(borrower_stream(borrower_id), event, loan_no=loan_no)


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
