"""The terms of a contract in the names of the portfolio format: read again, they are the same terms."""

from portal.domain.contract.loan import AllocationRule, Clause, Terms
from portal.domain.contract.penalty_terms import PenaltyRate, PenaltyTerms
from portal.domain.money import format_amount, format_rate


def terms_facts(terms: Terms, currency: str) -> dict[str, object]:
    """Every term, those too that hold because nothing else was told; amounts in the loan's currency."""
    return {
        "annual_rate": format_rate(terms.annual_rate),
        "method": terms.method.value,
        "installments": terms.installments,
        "every": str(terms.every),
        "first_due": terms.first_due.isoformat(),
        "installment": None if terms.installment is None else format_amount(terms.installment, currency),
        "day_count": terms.day_count.value,
        "rounding": terms.rounding.value,
        **_penalties(terms, currency),
        "cap": {"rule": terms.cap.rule if terms.cap else "none"},
        "allocation": _allocation(terms.allocation),
        "prepayment": terms.prepayment.value,
        "surplus": terms.surplus.value,
        "clauses": [_clause(each) for each in terms.clauses],
    }


def _penalties(terms: Terms, currency: str) -> dict[str, object]:
    """One charge for lateness stands by itself, several in a list: never both."""
    if not terms.further_penalties:
        return {"penalty": _penalty(terms.penalty, currency)}
    return {"penalties": [_penalty(each, currency) for each in terms.penalties]}


def _penalty(penalty: PenaltyTerms, currency: str) -> dict[str, object]:
    return {
        "kind": penalty.kind.value,
        "base": penalty.base.value,
        "rate": None if penalty.rate is None else _rate(penalty.rate),
        "tiers": [{"from_day": each.from_day, "rate": _rate(each.rate)} for each in penalty.tiers],
        "changes": [{"from": each.since.isoformat(), "rate": _rate(each.rate)} for each in penalty.changes],
        "percent": None if penalty.percent is None else format_rate(penalty.percent),
        "amount": None if penalty.amount is None else format_amount(penalty.amount, currency),
        "bands": [
            {"from_debt": format_amount(each.from_debt, currency), "amount": format_amount(each.amount, currency)}
            for each in penalty.bands
        ],
        "day_count": penalty.day_count.value,
        "rounding_point": penalty.rounding_point.value,
        "grace_days": penalty.grace_days,
        "grace": penalty.grace.value,
        "clause": penalty.clause,
    }


def _rate(rate: PenaltyRate) -> dict[str, str]:
    return {rate.form.value: format_rate(rate.value)}


def _allocation(rule: AllocationRule) -> dict[str, object]:
    return {
        "due": list(rule.due),
        "in_advance": list(rule.in_advance),
        "across": rule.across,
        "late": list(rule.late),
        "late_from_day": rule.late_from_day,
    }


def _clause(clause: Clause) -> dict[str, str]:
    return {"ref": clause.ref, "lang": clause.lang, "title": clause.title, "text": clause.text, "about": clause.about}
