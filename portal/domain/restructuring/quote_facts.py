"""A quote as `quote --json` gives it: the plan the borrower would see, and every rule of the policy it goes beyond."""

from datetime import date
from fractions import Fraction

from portal.domain.money import Money, amount_texts, format_amount, format_rate
from portal.domain.restructuring.comparison import Comparison
from portal.domain.restructuring.plan_codec import money_of, offer_facts, row_facts
from portal.domain.restructuring.policy import Break
from portal.domain.restructuring.quote import Quote


def quote_facts(loan_no: str, quote: Quote) -> dict[str, object]:
    plan, currency = quote.plan, quote.plan.currency
    return {
        "loan_no": loan_no,
        "as_of": plan.as_of.isoformat(),
        "valid_until": quote.valid_until.isoformat(),
        "currency": currency,
        "offer": offer_facts(quote.offer, currency),
        "balance": money_of(plan.taken_in, currency),
        "rows": [row_facts(row, currency) for row in plan.rows],
        "waived": money_of(plan.waived, currency),
        "total": format_amount(plan.total, currency),
        "last_due_on": plan.last_due_on.isoformat(),
        "apr": format_rate(plan.apr),
        "policy_version": quote.policy.version,
        "accepted_at_once": quote.accepted_at_once,
        "breaks": [break_facts(each) for each in quote.breaks],
        "comparison": _comparison(quote.comparison, currency),
    }


def _comparison(found: Comparison, currency: str) -> dict[str, object]:
    changes = [
        {"on": change.on.isoformat(), **amount_texts(change, currency, "before", "after")} for change in found.changes
    ]
    return {**amount_texts(found, currency, "before", "after"), "changes": changes}


def break_facts(found: Break) -> dict[str, object]:
    """A rule that an offer goes beyond: what it allows, and what was asked."""
    return {"rule": found.rule, "allowed": _plain(found.allowed), "asked": _plain(found.asked)}


def _plain(value: int | date | str | Money | Fraction) -> int | str:
    if isinstance(value, Fraction):
        return format_rate(value)
    if isinstance(value, Money):
        return format_amount(value.minor, value.currency)
    return value.isoformat() if isinstance(value, date) else value
