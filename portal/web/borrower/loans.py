"""What is owed and why: all loans on one page, and each loan's own pages."""

import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.conduct import court
from portal.domain.conduct.complaints import disputed_on
from portal.domain.conduct.court import court_fees
from portal.domain.contract.annual_cost import cost, deviations
from portal.domain.contract.loan import Loan
from portal.domain.ledger.delinquency import Delinquency, delinquency
from portal.domain.ledger.explanation import entry_removed_on, growth, pause_ahead, plan_ahead
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.reconciliation import differences
from portal.domain.refusal import N_, Refusal
from portal.reads import cases
from portal.reads.loan_notes import loan_notes
from portal.reads.plans import case_today, next_payments
from portal.reads.proposals import sent_plans
from portal.web import guard
from portal.web.borrower.loan_rows import loan_rows
from portal.web.borrower.own import own_case
from portal.web.borrower.sign_in import shown_beside
from portal.web.borrower.together import can_join
from portal.web.explained import collection_on_page, of_loan
from portal.web.forms import Form
from portal.web.render import page, see_other
from portal.web.urls import addresses
from portal.web.written import written

AHEAD = (1, 30, 90)
"""Days from today."""


class DayOutOfRange(Refusal):
    says = N_("The day can be from {least} to {most}. You chose {given}.")


async def loans(request: Request) -> Response:
    """One page, what is overdue longest first."""
    person = guard.person(request)
    found = await cases.cases(person.scope)
    stands = [_today(request, case) for case in found]
    stands.sort(key=lambda each: (-each[1].days_past_due, each[0].loan.loan_no))
    shown = {sent.ref for case, *_ in stands for sent in (case.proposal, case.plan) if sent}
    return page(
        request,
        "borrower/loans",
        loans=stands,
        next_rows=next_payments([(case, now) for case, now, _ in stands]),
        owed=_owed(stands),
        lenders=sorted({case.lender.name for case, *_ in stands}),
        beside=await shown_beside(request),
        together=_together(stands),
        person=person,
        done=[sent for sent in await sent_plans(person.scope) if sent.ref not in shown],
    )


def _together(stands: Sequence[tuple[cases.Case, Position, Delinquency]]) -> list[tuple[cases.LenderFacts, str, int]]:
    """The lenders where one amount can be spread over several loans in one currency, which, and over how many."""
    counted = Counter((case.lender, now.currency) for case, now, _ in stands if can_join(case, now))
    return [(lender, currency, count) for (lender, currency), count in counted.items() if count > 1]


def _owed(stands: Sequence[tuple[cases.Case, Position, Delinquency]]) -> list[tuple[str, int, int]]:
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
        next_rows=next_payments([(case, now)]),
        kept_at=notes.kept_at,
        claims=notes.claims,
        complaints=notes.complaints,
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
        grows=[(days, growth(now, days), now.penalty_by(now.as_of + timedelta(days=days))) for days in AHEAD],
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


def _today(request: Request, case: cases.Case) -> tuple[cases.Case, Position, Delinquency]:
    """A loan with its plan as the ledger of today has it."""
    now, where = _now(request, case)
    return case_today(case, now), now, where


def _now(request: Request, case: cases.Case) -> tuple[Position, Delinquency]:
    today: date = guard.today(request, case.lender.timezone)
    now = position(case.loan, today)
    return now, delinquency(now)
