"""The terms of an offer as both sides type them: one form, read the same way for a preview and for sending."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from portal.domain.calendar import Every, add_months
from portal.domain.loan import Amounts
from portal.domain.money import format_amount
from portal.domain.plan import MOST_INSTALLMENTS, Offer
from portal.domain.policy import Policy
from portal.domain.quote import Quote, quote
from portal.domain.reasons import BORROWER_REASONS
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import Case
from portal.web.forms import Form

EVERY = ("1m", "2w", "1w")
WAIVABLE = ("penalty", "fees", "interest")


class DayHasPassed(Refusal):
    """The form was drawn on another business day, so its figures are another day's."""

    says = N_("This page was opened on another day, and the figures have changed since. Here is how it stands today.")


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed, and the quote it makes; None while something is missing or wrong."""

    form: Form
    drawn: Quote | None

    @property
    def values(self) -> Mapping[str, str]:
        return self.form.values


def read_draft(sent: Mapping[str, object], case: Case, policy: Policy, today: date) -> Draft:
    """Reads the terms and draws them up; every refusal stands beside its field in `form.errors`."""
    form = Form(sent)
    offer = read_offer(form, case.loan.currency, today)
    if not form or offer is None:
        return Draft(form, None)
    try:
        return Draft(form, quote(case.loan, offer, policy, today))
    except Refusal as refusal:
        form.refuse(refusal.field or "installments", refusal)
        return Draft(form, None)


def read_offer(form: Form, currency: str, today: date) -> Offer | None:
    how = form.choice("how", ("count", "amount"), default="count")
    every = form.choice("every", EVERY, default="1m")
    count = form.count("installments", 1, MOST_INSTALLMENTS, required=True) if how == "count" else None
    amount = form.amount("amount", currency, least=1, required=True) if how == "amount" else None
    first_due = form.date("first_due", example=today + timedelta(days=14), required=True)
    down = form.amount("down_payment", currency) or 0
    waiver = Amounts(**{name: form.amount(f"waiver_{name}", currency) or 0 for name in WAIVABLE})
    reason = form.choice("reason", ("", *BORROWER_REASONS), default="")
    form.text("note")
    if not form or first_due is None:
        return None
    return Offer(
        every=Every.parse(every),
        first_due=first_due,
        installments=count,
        amount=amount,
        down_payment=down,
        waiver=waiver,
        interest_rate=Fraction(0),
        reason=reason,
    )


def first_values(policy: Policy, today: date, owed: int) -> dict[str, str]:
    """What the form begins with: half a year by the month, or as long as the policy takes at once."""
    first_due = min(add_months(today, 1), today + timedelta(days=policy.first_due_within_days))
    months = min(6, policy.max_months, policy.max_installments)
    if policy.min_installment:
        months = min(months, max(owed // policy.min_installment, 1))
    while months > 1 and add_months(first_due, months - 1) > add_months(today, policy.max_months):
        months -= 1
    return {
        "how": "count",
        "installments": str(months),
        "every": "1m",
        "first_due": first_due.isoformat(),
        "down_payment": "",
    }


def values_of(offer: Offer, currency: str) -> dict[str, str]:
    """An offer as the form would have it, to begin another from."""

    def money(minor: int) -> str:
        return format_amount(minor, currency) if minor else ""

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
