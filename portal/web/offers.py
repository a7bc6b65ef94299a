"""The terms of an offer as both sides type them: one form, read the same way for a preview and for sending."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every, add_months
from portal.domain.ledger.position import Position
from portal.domain.money import Money, format_amount
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.affordability import Strain, monthly, strain
from portal.domain.restructuring.negotiation import SomebodyWasFirst
from portal.domain.restructuring.offer import MOST_INSTALLMENTS, Offer
from portal.domain.restructuring.offer_refusals import PausedAlready
from portal.domain.restructuring.plan_codec import plan_fingerprint
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Quote, quote_offer
from portal.domain.restructuring.reasons import BORROWER_REASONS
from portal.reads.cases import Case, OpenProposal
from portal.web.forms import Form, StalePage
from portal.web.urls import TERMS

EVERY = ("1m", "2w", "1w")
WAIVABLE = ("penalty", "fees", "interest")
_KINDS = (OfferKind.PLAN.value, OfferKind.PAUSE.value, OfferKind.SETTLEMENT.value)
TYPED = (
    *TERMS,
    *(f"waiver_{component}" for component in WAIVABLE),
    *("left_over", "sure", "reason", "note"),
)
"""Every field of the form of a plan."""
WAIVER_ORDER = ("penalty", "fees", "costs", "interest", "principal")


class RulesHaveChanged(StalePage):
    """The preview was drawn by an earlier version of the policy than the one in force."""

    says = N_(
        "The lender's rules have changed since this page was opened. Nothing was sent. Here is what they make of your "
        "plan now; if it still suits you, send it."
    )


class PreviewChanged(StalePage):
    """What was typed makes another plan than the one that was shown."""

    says = N_("You changed something after this was worked out, so nothing was sent. Here is the plan as it is now.")


class DayHasPassed(StalePage):
    """The form was drawn on another business day, so its figures are another day's."""

    says = N_("This page was opened on another day, and the figures have changed since. Here is how it is today.")


class MoreThanLeft(Refusal):
    says = N_(
        "This is {asked} a month, and {left} is left over. A smaller amount over a longer time is one you can keep."
    )


class MoreThanHalf(Refusal):
    says = N_("This is {asked} a month, more than half of the {left} that is left over. Please tick that you are sure.")


@dataclass(frozen=True, slots=True)
class DraftOffer:
    """What was typed, and the quote it makes; None while something is missing or wrong."""

    form: Form
    quote: Quote | None

    def require(self) -> Quote:
        """Raises the form's first refusal."""
        self.form.check()
        assert self.quote is not None
        return self.quote

    @property
    def quotes(self) -> tuple[Quote, ...]:
        return (self.quote,) if self.quote else ()


# So many digits of a plan's fingerprint tell two plans on one form apart; a page on a slow line carries no more.
MARK = 16


def as_shown(quotes: Sequence[Quote], policy: Policy, today: date, expected_version: object) -> dict[str, str]:
    """What a form carries back of the plans it shows: which they are, by which rules, of which day, after which event.

    A fragment puts these fields below its plans, so they change when the plans do.
    """
    shown = plan_fingerprint((each.offer, each.plan) for each in quotes)[:MARK] if quotes else ""
    return {
        "shown": shown,
        "policy": str(policy.version),
        "as_of": today.isoformat(),
        "expected_version": str(expected_version),
    }


def check_shown(form: Form, now: Mapping[str, str]) -> None:
    """What the page showed must be what is sent: on the same day, by the same rules, the same plans to the fen.

    `now` is `as_shown` of what was typed. Where the plans are the same, `expected_version` is for the action to judge:
    a form clicked twice is no mistake. Raises DayHasPassed, RulesHaveChanged, PreviewChanged, SomebodyWasFirst.
    """
    if form.raw("as_of") != now["as_of"]:
        raise DayHasPassed("as_of")
    if form.raw("policy") != now["policy"]:
        raise RulesHaveChanged("policy")
    if now["shown"] and form.raw("shown") != now["shown"]:
        same = form.raw("expected_version") == now["expected_version"]
        raise PreviewChanged("shown") if same else SomebodyWasFirst("expected_version")


def read_draft(form: Form, case: Case, policy: Policy, now: Position) -> DraftOffer:
    """Reads the terms and draws them up; every refusal stands beside its field in `form.errors`."""
    offer = _read(form, case, now)
    if not form or offer is None:
        return DraftOffer(form, None)
    try:
        _check_paused(case, offer)
        quote = quote_offer(now, offer, policy)
        _check_strain(form, quote)
    except Refusal as refusal:
        form.refuse(refusal.field or "installments", refusal)
        return DraftOffer(form, None)
    return DraftOffer(form, quote if form else None)


def _check_paused(case: Case, offer: Offer) -> None:
    """Raises PausedAlready: a pause begins when the one before is over, so that none is longer than it may be."""
    until = case.plan.paused_until if case.plan and case.plan.kind is OfferKind.PAUSE else None
    if offer.kind is OfferKind.PAUSE and until is not None:
        raise PausedAlready("first_due", until=until, next=until + timedelta(days=1))


def _read(form: Form, case: Case, now: Position) -> Offer | None:
    """A plan, a pause or a settlement; beside a plan that lives, a plan is a variation of it."""
    kinds = [kind for kind in _KINDS if not (open_proposal(case) and kind == OfferKind.PAUSE)]
    kind = OfferKind(form.choice("kind", kinds, default=OfferKind.PLAN.value) or OfferKind.PLAN.value)
    offer = {OfferKind.PAUSE: _read_pause, OfferKind.SETTLEMENT: _read_settlement}.get(kind, _read_plan)(form, now)
    reason = form.choice("reason", ("", *BORROWER_REASONS), default="")
    form.text("note")
    varies = kind is OfferKind.PLAN and case.plan
    return replace(offer, reason=reason, kind=OfferKind.VARIATION if varies else kind) if form and offer else None


def open_proposal(case: Case) -> OpenProposal | None:
    """The plan whose payments go on, so that a pause would have to move them."""
    return case.plan if case.plan and case.plan.kind is not OfferKind.PAUSE else None


def _read_pause(form: Form, now: Position) -> Offer | None:
    """Nothing until a day; then what is overdue stands as it does now."""
    until = form.date("first_due", example=now.as_of + timedelta(days=30), required=True)
    return Offer(Every(1, "m"), until, installments=1) if until else None


def _read_settlement(form: Form, now: Position) -> Offer | None:
    """One sum for all that is overdue: what it leaves is asked to be let go, penalty first and principal last."""
    owed = now.overdue
    asked = form.amount("settle", now.currency, least=1, most=max(owed.total - 1, 1), required=True)
    by = form.date("first_due", example=now.as_of + timedelta(days=14), required=True)
    if asked is None or by is None:
        return None
    left, waiver = owed.total - asked, {}
    for name in WAIVER_ORDER:
        waiver[name] = min(left, owed.of(name))
        left -= waiver[name]
    return Offer(Every(1, "m"), by, installments=1, waiver=Amounts(**waiver))


def _check_strain(form: Form, quote: Quote) -> None:
    if quote.offer.kind not in (OfferKind.PAUSE, OfferKind.SETTLEMENT):
        field = "amount" if quote.offer.amount is not None else "installments"
        check_strain(form, field, monthly(quote.plan.each, quote.offer.every), quote.plan.currency)


def check_strain(form: Form, field: str, a_month: int, currency: str) -> None:
    """Against what is left over, where it was worked out. Raises MoreThanLeft or, until it is ticked, MoreThanHalf."""
    left = form.amount("left_over", currency)
    if left is None:
        return
    found = strain(a_month, left)
    if found is Strain.TOO_MUCH:
        raise MoreThanLeft(field, asked=Money(a_month, currency), left=Money(left, currency))
    if found is Strain.TIGHT and form.raw("sure") != "1":
        form.refuse("sure", MoreThanHalf("sure", asked=Money(a_month, currency), left=Money(left, currency)))


def _read_plan(form: Form, now: Position) -> Offer | None:
    how = form.choice("how", ("count", "amount"), default="count")
    every = form.choice("every", EVERY, default="1m")
    count = form.count("installments", 1, MOST_INSTALLMENTS, required=True) if how == "count" else None
    amount = form.amount("amount", now.currency, least=1, required=True) if how == "amount" else None
    first_due = form.date("first_due", example=now.as_of + timedelta(days=14), required=True)
    down = form.amount("down_payment", now.currency) or 0
    waiver = Amounts(**{name: form.amount(f"waiver_{name}", now.currency) or 0 for name in WAIVABLE})
    if not form or first_due is None:
        return None
    return Offer(Every.parse(every), first_due, count, amount, down, waiver)


def first_due(policy: Policy, today: date) -> date:
    """A month from now, or as late as the policy takes at once."""
    return min(add_months(today, 1), today + timedelta(days=policy.first_due_within_days))


def first_values(policy: Policy, today: date, owed: int, kind: str = "plan") -> dict[str, str]:
    """What the form begins with: half a year by the month, or as long as the policy takes at once."""
    if kind == OfferKind.PAUSE:
        return {"kind": kind, "first_due": (today + timedelta(days=min(policy.pause_days, 30))).isoformat()}
    begin = first_due(policy, today)
    if kind == OfferKind.SETTLEMENT:
        return {"kind": kind, "first_due": begin.isoformat(), "settle": ""}
    months = min(6, policy.max_months, policy.max_installments)
    if policy.min_installment:
        months = min(months, max(owed // policy.min_installment, 1))
    while months > 1 and add_months(begin, months - 1) > add_months(today, policy.max_months):
        months -= 1
    return {
        "how": "count",
        "installments": str(months),
        "every": "1m",
        "first_due": begin.isoformat(),
        "down_payment": "",
    }


def offer_query(offer: Offer, currency: str, total: int = 0) -> str:
    """The form filled in with an offer, as the end of its address."""
    return urlencode({name: value for name, value in offer_values(offer, currency, total).items() if value})


def offer_values(offer: Offer, currency: str, total: int = 0) -> dict[str, str]:
    """An offer as the form would have it, to begin another from; `total` is what its plan asks in all."""

    def money(minor: int) -> str:
        return format_amount(minor, currency) if minor else ""

    if offer.kind is OfferKind.PAUSE:
        return {"kind": "pause", "first_due": offer.first_due.isoformat(), "reason": offer.reason}
    if offer.kind is OfferKind.SETTLEMENT:
        first_due = offer.first_due.isoformat()
        return {"kind": "settlement", "settle": money(total), "first_due": first_due, "reason": offer.reason}
    return {
        "how": "amount" if offer.installments is None else "count",
        "installments": str(offer.installments or ""),
        "amount": money(offer.amount or 0),
        "every": str(offer.every),
        "first_due": offer.first_due.isoformat(),
        "down_payment": money(offer.down_payment),
        "reason": offer.reason,
        **{f"waiver_{name}": money(offer.waiver.of(name)) for name in WAIVABLE},
    }
