"""An offer as it is typed, shown and sent: one form, read the same way for a preview and for sending."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.contract.agreement import OfferKind
from portal.domain.ledger.position import Position
from portal.domain.money import Money
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.affordability import Strain, strain
from portal.domain.restructuring.choices import heaviest_month
from portal.domain.restructuring.negotiation import SomebodyWasFirst
from portal.domain.restructuring.plan_codec import plan_fingerprint
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Quote
from portal.reads.cases import Case
from portal.reads.judged import quote_for_case
from portal.web.forms import Form, StalePage
from portal.web.offer_form import read_offer


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
    try:
        offer = read_offer(form, case, policy, now)
        if not form or offer is None:
            return DraftOffer(form, None)
        quote = quote_for_case(case, offer, policy, now)
        _check_strain(form, quote)
    except Refusal as refusal:
        form.refuse(refusal.field or "installments", refusal)
        return DraftOffer(form, None)
    return DraftOffer(form, quote if form else None)


def _check_strain(form: Form, quote: Quote) -> None:
    if quote.offer.kind not in (OfferKind.PAUSE, OfferKind.SETTLEMENT):
        field = "amount" if quote.offer.amount is not None else "installments"
        check_strain(form, field, heaviest_month(quote), quote.plan.currency)


def check_strain(form: Form, field: str, a_month: int, currency: str) -> None:
    """Against what can be found for the loan a month, its contract included, where that was worked out.

    Raises MoreThanLeft or, until it is ticked, MoreThanHalf.
    """
    left = form.amount("left_over", currency)
    if left is None:
        return
    found = strain(a_month, left)
    if found is Strain.TOO_MUCH:
        raise MoreThanLeft(field, asked=Money(a_month, currency), left=Money(left, currency))
    if found is Strain.TIGHT and form.raw("sure") != "1":
        form.refuse("sure", MoreThanHalf("sure", asked=Money(a_month, currency), left=Money(left, currency)))
