"""What is owed and why: all loans on one page, and each loan's own pages."""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.conduct import court
from portal.domain.conduct.complaints import disputed_on
from portal.domain.conduct.court import court_fees
from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.annual_cost import cost, deviations
from portal.domain.contract.loan import Loan
from portal.domain.ledger.claimed import if_come
from portal.domain.ledger.delinquency import Delinquency, delinquency
from portal.domain.ledger.explanation import entry_removed_on, growth, pause_ahead, plan_ahead
from portal.domain.ledger.month_ahead import month_ahead
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.progress import InstallmentProgress
from portal.domain.ledger.reconciliation import differences
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.negotiation import OPEN_STATES, STATES_WITH_BORROWER, State
from portal.reads import cases
from portal.reads.last_moves import LastMove, LastMoveKind, last_moves_of
from portal.reads.loan_notes import LoanNotes, SentPlan, loan_notes, notes_by_loan
from portal.reads.plans import case_today, next_payments
from portal.web import guard
from portal.web.borrower.loan_rows import loan_rows
from portal.web.borrower.own import own_case
from portal.web.borrower.sign_in import shown_beside
from portal.web.borrower.together import can_join
from portal.web.explained import collection_on_page, of_loan
from portal.web.forms import Form
from portal.web.offer_form import offer_query
from portal.web.render import page, see_other
from portal.web.urls import addresses
from portal.web.written import written

_Standing = tuple[cases.Case, Position, Delinquency]
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
AHEAD = (1, 30, 90)
"""Days from today."""


class DayOutOfRange(Refusal):
    says = N_("The day can be from {least} to {most}. You chose {given}.")


async def loans(request: Request) -> Response:
    """One page, what is overdue longest first; news of every loan above them."""
    person = guard.person(request)
    notes = await notes_by_loan(person.scope)
    stands = [_today(request, case) for case in await cases.cases(person.scope)]
    stands.sort(key=lambda each: (-each[1].days_past_due, each[0].loan.loan_no))
    news = [(case, each) for case, now, _ in stands for each in last_moves_of(case, now, _notes_on(case, notes))]
    return page(
        request,
        "borrower/loans",
        loans=stands,
        with_borrower=STATES_WITH_BORROWER,
        claimed={case.ref: if_come(now, _notes_on(case, notes).claimed) for case, now, _ in stands},
        news=news,
        queries=_filled_in(news),
        unbooked=_unbooked(each for _, each in news),
        next_rows=_rows_in_words([(case, now) for case, now, _ in stands]),
        owed=_owed(stands),
        lenders=sorted({case.lender.name for case, *_ in stands}),
        beside=await shown_beside(request),
        together=_together(stands),
        person=person,
        done=_done(stands, notes),
    )


def _filled_in(news: Sequence[tuple[cases.Case, LastMove]]) -> dict[str, str]:
    """By what was declined, the form of a plan with what would be taken at once, as the end of its address."""
    return {
        each.ref: offer_query(each.nearest.offer, case.loan.currency) for case, each in news if each.nearest is not None
    }


def _unbooked(news: Iterable[LastMove]) -> frozenset[str]:
    """The ref of what was signed and is looked at again, because the lender's books did not take it."""
    return frozenset(each.ref for each in news if each.kind is LastMoveKind.NOT_BOOKED)


def _rows_in_words(stands: Sequence[tuple[cases.Case, Position]]) -> dict[str, InstallmentProgress | None]:
    """The next payment where it says more than the list of what is due next: it is late, or a pause's last day."""
    sent = [each for case, _ in stands for each in (case.plan, case.proposal) if each]
    said = {each.ref for each in sent if each.state is State.STRAINED or each.kind is OfferKind.PAUSE}
    return {ref: row for ref, row in next_payments(stands).items() if ref in said}


def _notes_on(case: cases.Case, notes: Mapping[int, LoanNotes]) -> LoanNotes:
    return notes.get(case.id, LoanNotes())


def _done(stands: Sequence[_Standing], notes: Mapping[int, LoanNotes]) -> list[tuple[str, SentPlan]]:
    """What was sent for these loans and is on no card, with the number of its loan: open first, then the newest."""
    shown = {sent.ref for case, *_ in stands for sent in (case.proposal, case.plan) if sent}
    rest = [
        (case.loan.loan_no, sent)
        for case, *_ in stands
        for sent in _notes_on(case, notes).sent
        if sent.ref not in shown
    ]
    rest.sort(key=lambda row: (row[1].state in OPEN_STATES, row[1].submitted_at or _LONG_AGO), reverse=True)
    return rest


def _together(stands: Sequence[_Standing]) -> list[tuple[cases.LenderFacts, str, int]]:
    """The lenders where one amount can be spread over several loans in one currency, which, and over how many."""
    counted = Counter((case.lender, now.currency) for case, now, _ in stands if can_join(case, now))
    return [(lender, currency, count) for (lender, currency), count in counted.items() if count > 1]


def _owed(stands: Sequence[_Standing]) -> list[tuple[str, int, int]]:
    """Where several loans of one currency are overdue: that currency, what they add up to, and how many they are."""
    late = Counter(case.loan.currency for case, now, _ in stands if now.overdue.total)
    return [
        (currency, sum(now.overdue.total for case, now, _ in stands if case.loan.currency == currency), count)
        for currency, count in sorted(late.items())
        if count > 1
    ]


async def overview(request: Request) -> Response:
    case, now, where = _today(request, await own_case(request))
    notes = await loan_notes(case.id, guard.person(request).person_id)
    news = last_moves_of(case, now, notes)
    whys = f"{addresses(request.app)('why', ref=case.ref)}#"
    return page(
        request,
        "borrower/loan",
        case=case,
        loan=case.loan,
        now=now,
        where=where,
        differ=differences(now),
        disputed=disputed_on(case.loan, now.as_of),
        collection=collection_on_page(request, notes.holds, case.lender.timezone),
        whys=whys,
        rows=loan_rows(now, whys, written(request)),
        news=news,
        queries=_filled_in([(case, each) for each in news]),
        unbooked=_unbooked(news),
        next_rows=_rows_in_words([(case, now)]),
        kept_at=notes.kept_at,
        claims=notes.claims,
        claimed={case.ref: if_come(now, notes.claimed)},
        complaints=notes.complaints,
        last_contacts=notes.last_contacts,
        key=secrets.token_urlsafe(16),
    )


async def penalties(request: Request) -> Response:
    case = await own_case(request)
    now, _ = _now(request, case)
    return page(request, "borrower/penalties", case=case, loan=case.loan, now=now, more=growth(now))


async def ahead(request: Request) -> Response:
    """What time does to what is overdue and to a plan: its end, penalty, the credit record, the fees of a court."""
    case, now, _ = _today(request, await own_case(request))
    plan, pause = (plan_ahead(now), pause_ahead(now)) if case.plan else (None, None)
    if not (now.overdue.total or plan or pause):
        return see_other(request, "loan", ref=case.ref)
    return page(
        request,
        "borrower/ahead",
        case=case,
        now=now,
        plan=plan,
        pause=pause,
        next_rows=next_payments([(case, now)]),
        unpaid=[(days, month_ahead(now, days)) for days in AHEAD],
        removed_on=entry_removed_on(now.as_of),
        fees=court_fees(now.overdue.total) if now.overdue.total and case.loan.currency == court.CURRENCY else None,
        bands=court,
    )


async def terms(request: Request) -> Response:
    case = await own_case(request)
    now, _ = _now(request, case)
    loan = case.loan
    values: dict[str, Any] = {"cost": cost(loan), "deviations": deviations(loan)}
    return page(request, "borrower/terms", case=case, loan=loan, terms=loan.terms, now=now, **values)


async def day(request: Request) -> Response:
    """What stood here on a day: by what was known when it ended, and by what is known now."""
    case = await own_case(request)
    form, on = _chosen(request, case)
    if on is None:
        return _unchosen(request, case, form)
    known, now = await _as_known(case, on), position(case.loan, on)
    then: Position | None = now
    if known != case.loan:
        then = position(known, on) if known else None
    return page(request, "borrower/day", case=case, form=form, on=on, then=then, now=now)


async def loan_why(request: Request) -> Response:
    """How each figure came about, today or on a day; with `known=then`, by what was known when that day ended."""
    case = await own_case(request)
    form, on = _chosen(request, case)
    if on is None:
        return _unchosen(request, case, form)
    loan = await _as_known(case, on) if form.raw("known") == "then" else case.loan
    if loan is None:
        raise cases.NotFound(case.ref)
    return page(request, "borrower/why", case=case, **of_loan(position(loan, on)))


def _chosen(request: Request, case: cases.Case) -> tuple[Form, date | None]:
    """The day in the query, today where there is none; None where it can't be shown, and the form says why."""
    today = guard.today(request, case.lender.timezone)
    form = Form(dict(request.query_params))
    on = form.date("on", example=today, required=True, past=True) if "on" in request.query_params else today
    if on is not None and not case.loan.disbursed_on <= on <= today:
        form.refuse("on", DayOutOfRange("on", least=case.loan.disbursed_on, most=today, given=on))
    return form, on if form else None


def _unchosen(request: Request, case: cases.Case, form: Form) -> Response:
    today = guard.today(request, case.lender.timezone)
    return page(request, "borrower/day", status=422, case=case, form=form, on=today, then=None, now=None)


async def _as_known(case: cases.Case, on: date) -> Loan | None:
    return await cases.loan_as_known(case, datetime.combine(on, time.max, ZoneInfo(case.lender.timezone)))


def _today(request: Request, case: cases.Case) -> _Standing:
    """A loan with its plan as the ledger of today has it."""
    now, where = _now(request, case)
    return case_today(case, now), now, where


def _now(request: Request, case: cases.Case) -> tuple[Position, Delinquency]:
    today: date = guard.today(request, case.lender.timezone)
    now = position(case.loan, today)
    return now, delinquency(now)
