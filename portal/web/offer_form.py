"""The terms of an offer as both sides type them: read from a form, and filled into one."""

from dataclasses import replace
from datetime import timedelta

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every, add_months
from portal.domain.ledger.position import Position
from portal.domain.money import format_amount, format_rate
from portal.domain.restructuring.asked_for import pause_offer, settlement_offer
from portal.domain.restructuring.choices import first_day
from portal.domain.restructuring.drawing import amounts_taken_in
from portal.domain.restructuring.offer import MOST_INSTALLMENTS, Offer
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.reasons import BORROWER_REASONS
from portal.reads.cases import Case, OpenProposal
from portal.web.forms import Form
from portal.web.urls import TERMS, filled_query

EVERY = ("1m", "2w", "1w")
WAIVABLE = ("penalty", "fees", "interest")
MOVING, SKIPPING, RESTING = PAUSING = ("move", "skip", "pause")
"""The ways to do without the next payment: it alone moves, it and all later ones do, or nothing is due for a while."""
_KINDS = (OfferKind.PLAN.value, OfferKind.PAUSE.value, OfferKind.SETTLEMENT.value)
TYPED = (
    *TERMS,
    *(f"waiver_{component}" for component in WAIVABLE),
    *("left_over", "sure", "reason", "note"),
)
"""Every field of the form of a plan."""


def read_offer(form: Form, case: Case, policy: Policy, now: Position) -> Offer | None:
    """A plan, a pause or a settlement; beside a plan that lives, a plan is a variation of it. None where it is wrong.

    A pause is within such a plan; where `now` is as if that had given way it cannot be.
    A rate that is left out is the policy's for a plan that takes in so much.
    """
    ends_it = open_proposal(case) and not now.live_plan
    kinds = [kind for kind in _KINDS if not (ends_it and kind == OfferKind.PAUSE)]
    kind = OfferKind(form.choice("kind", kinds, default=OfferKind.PLAN.value) or OfferKind.PLAN.value)
    if kind is OfferKind.PAUSE:
        offer = _read_pause(form, now)
    elif kind is OfferKind.SETTLEMENT:
        offer = _read_settlement(form, now)
    else:
        offer = _read_plan(form, policy, now)
    reason = read_reason(form)
    form.text("note")
    varies = kind is OfferKind.PLAN and case.plan
    return replace(offer, reason=reason, kind=OfferKind.VARIATION if varies else kind) if form and offer else None


def read_reason(form: Form) -> str:
    """The code that was chosen; a hardship that is ticked and not named is one that nobody has to name."""
    reason = form.choice("reason", ("", *BORROWER_REASONS), default="")
    return reason or ("prefer_not_to_say" if form.raw("hardship") == "1" else "")


def open_proposal(case: Case) -> OpenProposal | None:
    """The plan whose payments go on, so that a pause would have to move them."""
    return case.plan if case.plan and case.plan.kind is not OfferKind.PAUSE else None


def _read_covers(form: Form, now: Position) -> Covers:
    """What is overdue, unless nothing is."""
    usual = Covers.OVERDUE if now.overdue.total else Covers.TO_COME
    return Covers(form.choice("covers", [each.value for each in Covers], default=usual.value))


def _read_pause(form: Form, now: Position) -> Offer | None:
    """Nothing until a day; then what is overdue stands as it does now. Or what falls due next moves to that day."""
    until = form.date("first_due", example=now.as_of + timedelta(days=30), required=True)
    moves = form.choice("way", ("", *PAUSING), default="") == MOVING
    return None if until is None else pause_offer(now, until, moves_next=moves)


def _read_settlement(form: Form, now: Position) -> Offer | None:
    """One sum for all that it covers."""
    covers = _read_covers(form, now)
    owed = amounts_taken_in(now, covers)
    asked = form.amount("settle", now.currency, least=1, most=max(owed.total - 1, 1), required=True)
    by = form.date("first_due", example=now.as_of + timedelta(days=14), required=True)
    if asked is None or by is None:
        return None
    return replace(settlement_offer(now, covers, asked, by), standing=form.raw("standing")[:200])


def _read_plan(form: Form, policy: Policy, now: Position) -> Offer | None:
    covers = _read_covers(form, now)
    by_amount = form.raw("amount") and not form.raw("installments")
    how = form.choice("how", ("count", "amount"), default="amount" if by_amount else "count")
    every = form.choice("every", EVERY, default="1m")
    count = form.count("installments", 1, MOST_INSTALLMENTS, required=True) if how == "count" else None
    by_sum = how == "amount"
    amount = form.amount("amount", now.currency, least=1, owed=now.payoff, required=True) if by_sum else None
    first_due = form.date("first_due", example=now.as_of + timedelta(days=14), required=True)
    down = form.amount("down_payment", now.currency) or 0
    waiver = Amounts(**{name: form.amount(f"waiver_{name}", now.currency) or 0 for name in WAIVABLE})
    rate = form.percent("interest_rate")
    interest_only = form.count("interest_only", 0, MOST_INSTALLMENTS - 1) or 0
    if not form or first_due is None:
        return None
    if rate is None:
        rate = policy.rate_for(covers, now.loan.terms.annual_rate)
    terms = Offer(Every.parse(every), first_due, count, amount, down, waiver, standing=form.raw("standing")[:200])
    return replace(terms, covers=covers, interest_rate=rate, interest_only=interest_only)


def first_values(policy: Policy, now: Position, kind: str = "plan") -> dict[str, str]:
    """What the form begins with: half a year by the month, or as long as the policy takes at once; its full waiver."""
    today, owed = now.as_of, now.overdue
    if kind == OfferKind.PAUSE:
        return {"kind": kind, "first_due": (today + timedelta(days=min(policy.pause_days, 30))).isoformat()}
    begin = first_day(policy, today)
    if kind == OfferKind.SETTLEMENT:
        covers = Covers.ALL if owed.total else Covers.TO_COME
        return {"kind": kind, "covers": covers.value, "first_due": begin.isoformat(), "settle": ""}
    months = min(6, policy.max_months, policy.max_installments)
    if policy.min_installment:
        months = min(months, max(owed.total // policy.min_installment, 1))
    while months > 1 and add_months(begin, months - 1) > add_months(today, policy.max_months):
        months -= 1
    waiver = policy.waived_at_once(owed)
    waived = {f"waiver_{name}": waiver.of(name) for name in WAIVABLE if waiver.of(name)}
    return {
        "how": "count",
        "installments": str(months),
        "every": "1m",
        "first_due": begin.isoformat(),
        "down_payment": "",
        **{name: format_amount(minor, now.currency) for name, minor in waived.items()},
    }


def offer_query(offer: Offer, currency: str, total: int = 0) -> str:
    """The form filled in with an offer, as the end of its address."""
    return filled_query(offer_values(offer, currency, total))


def offer_values(offer: Offer, currency: str, total: int = 0) -> dict[str, str]:
    """An offer as the form would have it, to begin another from; `total` is what its plan asks in all."""

    def money(minor: int) -> str:
        return format_amount(minor, currency) if minor else ""

    if offer.kind is OfferKind.PAUSE:
        way = MOVING if offer.moves_next else RESTING
        return {"kind": "pause", "way": way, "first_due": offer.first_due.isoformat(), "reason": offer.reason}
    if offer.kind is OfferKind.SETTLEMENT:
        first_due = offer.first_due.isoformat()
        terms = {"kind": "settlement", "covers": offer.covers.value, "settle": money(total)}
        return {**terms, "first_due": first_due, "reason": offer.reason}
    beside_free = offer.covers is Covers.OVERDUE and not offer.interest_rate
    return {
        "standing": offer.standing,
        "covers": offer.covers.value,
        "interest_rate": "" if beside_free else format_rate(offer.interest_rate * 100),
        "interest_only": str(offer.interest_only or ""),
        "how": "amount" if offer.installments is None else "count",
        "installments": str(offer.installments or ""),
        "amount": money(offer.amount or 0),
        "every": str(offer.every),
        "first_due": offer.first_due.isoformat(),
        "down_payment": money(offer.down_payment),
        "reason": offer.reason,
        **{f"waiver_{name}": money(offer.waiver.of(name)) for name in WAIVABLE},
    }
