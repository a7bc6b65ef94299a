"""The living page of the design: every component as the pages use it, filled with the first case of the demo."""

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from portal.demo import JQ, JQ_NAME, TIMEZONE, TODAY, portfolio
from portal.domain.conduct.complaints import Outcome
from portal.domain.conduct.payment_claim import ClaimStatus
from portal.domain.contract.agreement import Agreement, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.contract.loan import Loan, Payment, Statement
from portal.domain.contract.pause import PausedDates, PauseScope, PauseTerms
from portal.domain.ledger.claimed import if_come
from portal.domain.ledger.delinquency import DelinquencyStatus
from portal.domain.ledger.pause_told import dues_after
from portal.domain.ledger.pausing import next_move
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.reconciliation import reconcile
from portal.domain.restructuring.choices import Goal
from portal.domain.restructuring.negotiation import State
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import quote_offer
from portal.domain.restructuring.relief import choices
from portal.intake import read_portfolio
from portal.reads.cases import NotFound
from portal.reads.last_moves import LastMove, LastMoveKind, NearestYes
from portal.web.borrower.next_payment import PauseWay
from portal.web.borrower.ways import as_cards
from portal.web.explained import of_loan
from portal.web.forms import Form
from portal.web.offers import DraftOffer
from portal.web.render import page
from portal.web.style import STYLE

OFFER = Offer(Every(1, "m"), date(2026, 7, 1), installments=6, waiver=Amounts(penalty=5600))
PAUSE = Offer(Every(1, "m"), date(2026, 7, 14), installments=1, kind=OfferKind.PAUSE)
MOVE = replace(PAUSE, first_due=date(2026, 6, 28), pause=PauseTerms(PauseScope.NEXT))
JOBS: tuple[dict[str, object], ...] = (
    {"kind": "portfolio", "total": None, "read": 4000, "landed": 0, "seconds": None, "counts": {}},
    {
        "kind": "portfolio",
        "total": 20000,
        "read": 20000,
        "landed": 20000,
        "seconds": 31,
        "counts": {"added": 120, "bad": 3},
    },
    {"kind": "invitations", "total": 500, "read": 500, "landed": 41, "seconds": 240, "counts": {}},
)
RECEIPTS = (Payment("D-1", date(2026, 7, 1), 55952), Payment("D-2", date(2026, 7, 20), 20000))


async def design(request: Request) -> Response:
    """Only for whoever works on the pages: anybody else finds nothing here."""
    if not request.app.state.settings.debug:
        raise NotFound
    loan = read_portfolio(portfolio(JQ), "consumer-finance")[0].loan
    now = position(loan, TODAY)
    quote = quote_offer(now, OFFER, Policy())
    plan = quote.plan
    signed = Agreement("A-1", OfferKind.PLAN, OFFER.covers, plan, quote.policy.cure_terms, TODAY, TODAY)
    kept = replace(loan, payments=(*loan.payments, *RECEIPTS), agreements=(signed,))
    progress_shown = position(kept, date(2026, 7, 20)).plans[0]
    pause = quote_offer(now, PAUSE, Policy())
    paused = Agreement("A-2", PAUSE.kind, PAUSE.covers, pause.plan, quote.policy.cure_terms, TODAY, TODAY)
    return page(
        request,
        "help/design",
        tokens=re.findall(r"--([\w-]+):", STYLE.partition("}")[0]),
        lender=JQ_NAME,
        zone=TIMEZONE,
        today=TODAY,
        later=TODAY + timedelta(days=14),
        at=datetime.combine(TODAY, time(0, 40), ZoneInfo(TIMEZONE)),
        quote=quote,
        plan=plan,
        progress_shown=progress_shown,
        pause=pause,
        **_before_late(now),
        **_ways(now),
        in_pause=position(replace(loan, agreements=(paused,)), TODAY + timedelta(days=31)),
        earned=progress_shown.vested,
        books=reconcile(position(replace(loan, statement=_stated(loan)), TODAY)),
        **_of_each_kind(now),
        **of_loan(now),
    )


def _of_each_kind(now: Position) -> dict[str, Any]:
    nearest = NearestYes(OFFER, 55952, TODAY)
    return {
        "standings": list(DelinquencyStatus),
        "states": [state for state in State if state is not State.DRAFT],
        "stands": list(ClaimStatus),
        "outcomes": list(Outcome),
        "news": [LastMove(kind, "x", TODAY, "upheld", False, "other", nearest) for kind in LastMoveKind],
        "jobs": [{"asked_by": "operator", "file_bytes": 34_000_000, **each} for each in JOBS],
    }


def _stated(loan: Loan) -> Statement:
    """The lender's own statement, with more penalty than the portal counts."""
    assert loan.statement
    return replace(loan.statement, overdue=loan.statement.overdue + Amounts(penalty=120))


def _ways(now: Position) -> dict[str, Any]:
    """What there is for whoever can pay 600 a month."""
    goal = Goal(60000)
    return {"ways": as_cards(choices(now, Policy(), goal), Form({"a_month": "600"}), goal)}


def _before_late(now: Position) -> dict[str, Any]:
    """The same loan with all that was overdue paid, and its next payment moved; and with something being checked."""
    paid = Payment("D-3", TODAY, now.overdue.total)
    in_order = position(replace(now.loan, payments=(*now.loan.payments, paid)), TODAY)
    moved = quote_offer(in_order, MOVE, Policy())
    after = dues_after(in_order.next_dues, moved.plan.paused or PausedDates())
    way = PauseWay("move", DraftOffer(Form({}), moved), after, None)
    told = if_come(now, [Payment("D-4", TODAY, 44006)])
    return {"told": told, "in_order": in_order, "next_move": next_move(in_order.book, TODAY), "way": way}
