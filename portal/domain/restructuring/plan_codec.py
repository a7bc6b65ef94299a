"""Offers and plans as stable text and as what leaves the house: amounts as decimal strings beside a currency."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from portal.domain.contract.agreement import Covers, CureTerms, MissedContract, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.contract.pause import (
    BY_CONTRACT,
    MovedDue,
    Pause,
    PausedDates,
    PauseInterest,
    PauseScope,
    PauseTerms,
)
from portal.domain.contract.plan import Plan, PlanRow, TakenIn
from portal.domain.event import canonical_text
from portal.domain.money import COMPONENTS, amount_texts, format_amount, format_rate, parse_amount, parse_rate
from portal.domain.restructuring.offer import Offer


def money_of(amounts: Amounts, currency: str) -> dict[str, str]:
    """Components and total as decimal strings."""
    return amount_texts(amounts, currency, *COMPONENTS, "total")


def offer_facts(offer: Offer, currency: str) -> dict[str, object]:
    """An offer as an event carries it."""
    terms = {"pause": pause_terms_facts(offer.pause)} if offer.pause else {}
    within = {"within": offer.within} if offer.within else {}
    standing = {"standing_offer": offer.standing} if offer.standing else {}
    return {
        **terms,
        **within,
        **standing,
        "kind": offer.kind.value,
        "covers": offer.covers.value,
        "every": str(offer.every),
        "first_due": offer.first_due.isoformat(),
        "installments": offer.installments,
        "amount": None if offer.amount is None else format_amount(offer.amount, currency),
        "down_payment": format_amount(offer.down_payment, currency),
        "waiver": money_of(offer.waiver, currency),
        "interest_rate": format_rate(offer.interest_rate),
        "interest_only": offer.interest_only,
        "round_to": format_amount(offer.round_to, currency),
        "reason": offer.reason,
    }


def offer_differences(asked: Offer, offered: Offer, currency: str) -> list[dict[str, object]]:
    """Where a counter-offer departs from the offer it answers, term by term."""
    before, after = offer_facts(asked, currency), offer_facts(offered, currency)
    return [
        {"term": term, "asked": before[term], "offered": after.get(term)}
        for term in before
        if before[term] != after.get(term)
    ]


def offer_from_facts(facts: Mapping[str, Any], currency: str) -> Offer:
    amount = facts["amount"]
    return Offer(
        every=Every.parse(facts["every"]),
        first_due=date.fromisoformat(facts["first_due"]),
        installments=facts["installments"],
        amount=None if amount is None else parse_amount(amount, currency),
        down_payment=parse_amount(facts["down_payment"], currency),
        waiver=_amounts(facts["waiver"], currency),
        covers=Covers(facts["covers"]),
        interest_rate=parse_rate(facts["interest_rate"]),
        interest_only=facts.get("interest_only", 0),
        round_to=parse_amount(facts["round_to"], currency) if "round_to" in facts else 1,
        kind=OfferKind(facts["kind"]),
        reason=facts["reason"],
        pause=_pause_terms(facts),
        within=facts.get("within", ""),
        standing=facts.get("standing_offer", ""),
    )


def pause_terms_facts(terms: PauseTerms) -> dict[str, str]:
    return {"scope": terms.scope.value, "interest": terms.interest.value}


def _pause_terms(facts: Mapping[str, Any]) -> PauseTerms | None:
    """A pause that was drawn up before it had terms said that installments stay on their days."""
    if facts["kind"] != OfferKind.PAUSE:
        return None
    told = facts.get("pause")
    return PauseTerms(PauseScope(told["scope"]), PauseInterest(told["interest"])) if told else BY_CONTRACT


def pause_facts(pause: Pause, found: PausedDates, currency: str) -> dict[str, object]:
    """A pause as events carry it: its days and terms, and what it makes of other dates."""
    terms = pause_terms_facts(pause.terms or BY_CONTRACT)
    days = {"from": pause.start.isoformat(), "until": pause.end.isoformat()}
    return {**days, **terms, **paused_facts(found, currency)}


def paused_facts(paused: PausedDates, currency: str) -> dict[str, object]:
    """What a pause makes of other dates: rows with both dates, what stays, and the line of interest it adds."""
    return {
        "currency": currency,
        "moved": [_moved_facts(each, currency) for each in paused.moved],
        "still_due": [_moved_facts(each, currency) for each in paused.still_due],
        "interest_added": format_amount(paused.interest, currency),
        "interest_on": paused.interest_on or None,
    }


def _moved_facts(each: MovedDue, currency: str) -> dict[str, str]:
    to = {"to": each.to.isoformat()} if each.to != each.due_on else {}
    return {"due": each.due, "due_on": each.due_on.isoformat(), **to, "amount": format_amount(each.amount, currency)}


def _paused(facts: Mapping[str, Any], currency: str) -> PausedDates:
    def rows(name: str) -> tuple[MovedDue, ...]:
        return tuple(
            MovedDue(
                each["due"],
                date.fromisoformat(each["due_on"]),
                date.fromisoformat(each.get("to", each["due_on"])),
                parse_amount(each["amount"], currency),
            )
            for each in facts[name]
        )

    interest = parse_amount(facts["interest_added"], currency)
    return PausedDates(rows("moved"), rows("still_due"), interest, facts["interest_on"] or "")


def row_facts(row: PlanRow, currency: str) -> dict[str, object]:
    """One payment of a plan as events, `quote --json` and agreements carry it."""
    return {
        "no": row.no,
        "due_on": row.due_on.isoformat(),
        "days": row.days,
        **amount_texts(row.components, currency, "principal", "interest"),
        **amount_texts(row, currency, "plan_interest", "total", "balance"),
        "components": amount_texts(row.components, currency, *COMPONENTS),
    }


def cure_facts(cure_terms: CureTerms, currency: str) -> dict[str, object]:
    """What a plan forgives, as an agreement and its event say it."""
    tolerance = cure_terms.arrears_tolerance
    return {
        **({"arrears_tolerance": format_amount(tolerance, currency)} if tolerance else {}),
        "cure_days": cure_terms.cure_days,
        "within": cure_terms.within,
        "telling_days": cure_terms.telling_days,
        "contract": cure_terms.contract.value,
    }


def cure_terms_of(facts: Mapping[str, Any], currency: str) -> CureTerms:
    """What was signed before there were days to tell in has none, and none of what is overlooked."""
    return CureTerms(
        cure_days=facts["cure_days"],
        within=facts["within"],
        telling_days=facts.get("telling_days", 0),
        contract=MissedContract(facts.get("contract", MissedContract.APART)),
        arrears_tolerance=parse_amount(facts.get("arrears_tolerance", "0"), currency),
    )


def plan_facts(plan: Plan) -> dict[str, object]:
    dues = [{"due": each.due, **amount_texts(each.amounts, plan.currency, *COMPONENTS)} for each in plan.dues]
    return {
        **({"dues": dues} if dues else {}),
        **({"paused": paused_facts(plan.paused, plan.currency)} if plan.paused else {}),
        "as_of": plan.as_of.isoformat(),
        "currency": plan.currency,
        "taken_in": money_of(plan.taken_in, plan.currency),
        "waived": money_of(plan.waived, plan.currency),
        "rows": [row_facts(row, plan.currency) for row in plan.rows],
        "total": format_amount(plan.total, plan.currency),
        "last_due_on": plan.last_due_on.isoformat(),
        "apr": str(Fraction(plan.apr)),
    }


def plan_from_facts(facts: Mapping[str, Any]) -> Plan:
    currency = facts["currency"]
    return Plan(
        as_of=date.fromisoformat(facts["as_of"]),
        currency=currency,
        taken_in=_amounts(facts["taken_in"], currency),
        waived=_amounts(facts["waived"], currency),
        rows=tuple(_row(row, currency) for row in facts["rows"]),
        apr=Fraction(facts["apr"]),
        dues=tuple(_taken_in(line, currency) for line in facts.get("dues", ())),
        paused=_paused(facts["paused"], currency) if "paused" in facts else None,
    )


def _amounts(texts: Mapping[str, str], currency: str) -> Amounts:
    return Amounts(**{name: parse_amount(text, currency) for name, text in texts.items() if name != "total"})


def _taken_in(line: Mapping[str, str], currency: str) -> TakenIn:
    return TakenIn(line["due"], _amounts({name: line[name] for name in COMPONENTS}, currency))


def _row(row: Mapping[str, Any], currency: str) -> PlanRow:
    return PlanRow(
        no=row["no"],
        due_on=date.fromisoformat(row["due_on"]),
        days=row["days"],
        components=_amounts(row["components"], currency),
        plan_interest=parse_amount(row["plan_interest"], currency),
        balance=parse_amount(row["balance"], currency),
    )


def plan_fingerprint(shown: Iterable[tuple[Offer, Plan]]) -> str:
    """SHA-256 of offers with their plans as somebody was shown them: what is sent or approved carries it back.

    Why it is asked for is said beside a plan and changes nothing of it, so the reason is left out.
    """
    plans = [
        {"offer": offer_facts(replace(offer, reason=""), plan.currency), "plan": plan_facts(plan)}
        for offer, plan in shown
    ]
    return hashlib.sha256(canonical_text({"plans": plans}).encode()).hexdigest()
