"""Before it is late: three ways for who cannot make the next payment, open until the end of its day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.proposals import revise, submit
from portal.domain.ledger.pause_told import dues_after
from portal.domain.ledger.pausing import NextMove, next_move
from portal.domain.ledger.upcoming import NextDue
from portal.domain.restructuring.negotiation import can_revise
from portal.domain.restructuring.offer import MOST_PAUSE
from portal.domain.restructuring.reasons import BORROWER_REASONS
from portal.reads.proposals import proposal_case
from portal.web import guard
from portal.web.borrower.own import LoanContext, own_loan
from portal.web.changing import Elsewhere, FormPage
from portal.web.forms import Form
from portal.web.offer_form import MOVING, PAUSING, RESTING, SKIPPING
from portal.web.offers import DraftOffer, as_shown, check_shown, read_draft
from portal.web.render import fragment, see_other, wants_fragment

_A_WHILE = timedelta(days=14)
"""By so much the next one moves where no other day is said."""


@dataclass(frozen=True, slots=True)
class PauseWay:
    """One of the three, by what was typed or else by a day of its own; without a quote it is not open, or not yet.

    `after` is what falls due then, `opens_on` the first day on which it can be asked for.
    """

    way: str
    draft: DraftOffer
    after: tuple[NextDue, ...]
    opens_on: date | None


async def next_payment(request: Request) -> Response:
    """GET shows the three ways, and one of them with what is sent; POST asks for it, as for any plan."""
    return await _ask(request)


async def _load(request: Request) -> LoanContext:
    """Where something is overdue a plan is what helps; an offer that waits has a page of its own."""
    context = await own_loan(request)
    case, now = context.case, context.now
    if case.proposal and not can_revise(case.proposal.state):
        raise Elsewhere(see_other(request, "proposal", ref=case.proposal.ref))
    if now.overdue.total and not case.by_other:
        raise Elsewhere(see_other(request, "plan", ref=case.ref))
    if case.by_other or not now.next_dues or case.loan.written_off_on:
        raise Elsewhere(see_other(request, "loan", ref=case.ref))
    return context


async def _values(request: Request, context: LoanContext, form: Form) -> Mapping[str, Any]:
    ways = [_drawn(context, way, form if form.raw("way") == way else Form({})) for way in PAUSING]
    chosen = next((each for each in ways if each.way == form.raw("way")), None)
    return {
        "case": context.case,
        "now": context.now,
        "due": next_move(context.now.book, context.now.as_of),
        "ways": ways,
        "chosen": chosen,
        "reasons": BORROWER_REASONS,
        "decide_by": context.policy.decide_by(context.moment.today),
        "carried": _carried(context, chosen.draft) if chosen else {},
    }


def _asked(request: Request, _context: LoanContext) -> Mapping[str, str]:
    return dict(request.query_params)


_NEXT = FormPage("borrower/next_payment", _load, _values, _asked)


@_NEXT.post()
async def _ask(request: Request, context: LoanContext, form: Form) -> Response:
    """A new proposal, or, where the lender has offered something itself, another offer in the same one."""
    if wants_fragment(request):
        return fragment(request, "next_preview", **await _values(request, context, form))
    if form.raw("move") == "show":
        return await _NEXT.show(request, context, form)
    drawn = _drawn(context, form.choice("way", PAUSING), form).draft
    check_shown(form, _carried(context, drawn))
    quote, scope, open_now = drawn.require(), guard.person(request).scope, context.case.proposal
    acting = guard.acting(request, context.case.lender.timezone, form.token(), form.text("note"))
    if open_now is not None:
        ref = await revise(acting, await proposal_case(open_now.ref, scope), quote)
    else:
        ref = await submit(acting, context.case, scope.person_id, quote)
    return see_other(request, "proposal", ref=ref)


def _drawn(context: LoanContext, way: str, form: Form) -> PauseWay:
    """What was not typed is as the way begins."""
    now, found = context.now, next_move(context.now.book, context.now.as_of)
    assert found is not None
    for name, value in {"kind": "pause", "first_due": _begins(context, way, found).isoformat()}.items():
        form.values.setdefault(name, value)
    form.values["way"] = way
    draft = read_draft(form, context.case, context.policy, now)
    paused = draft.quote.plan.paused if draft.quote else None
    opens_on = found.due_on - MOST_PAUSE
    return PauseWay(
        way, draft, dues_after(now.next_dues, paused) if paused else (), opens_on if opens_on > now.as_of else None
    )


def _begins(context: LoanContext, way: str, found: NextMove) -> date:
    """A fortnight later, or as late as may be before the row after it; its own day; the day of the one after it.

    Never longer than is taken at once, where that is long enough to change anything.
    """
    now = context.now
    later = [due.due_on for due in now.next_dues if due.due_on > found.due_on]
    before = found.before - timedelta(days=1) if found.before else date.max
    wanted = {
        MOVING: min(found.due_on + _A_WHILE, before),
        SKIPPING: max(found.due_on, now.as_of + timedelta(days=1)),
        RESTING: later[0] if later else found.due_on + _A_WHILE,
    }[way]
    at_once = now.as_of + min(timedelta(days=context.policy.pause_days), MOST_PAUSE)
    least = found.due_on + timedelta(days=1 if way == MOVING else 0)
    return min(wanted, at_once) if at_once >= least else wanted


def _carried(context: LoanContext, draft: DraftOffer) -> dict[str, str]:
    return as_shown(draft.quotes, context.policy, context.moment.today, context.case.seq)
