"""The agreements over loans, with all that the ledger counts by: what was signed, the core's answer, the pauses."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from portal.domain.contract.agreement import Agreement
from portal.domain.contract.pause import BY_CONTRACT, Pause, PauseInterest, PauseScope, PauseTerms
from portal.domain.restructuring.plan_codec import cure_terms_of, offer_from_facts, plan_from_facts
from portal.reads.facts import FactColumns, FactKey, told_facts
from portal.reads.holidays import working_days
from portal.tables.query import Query, stored_date, stored_time

# Every offer of a proposal that was signed: the rules say which of them it was.
_AGREEMENTS = Query("""
SELECT proposal_line.loan_id, agreement.ref, agreement.signed_at, agreement.signed_on,
    agreement.rules, offer.version, offer.terms,
    offer.plan, booking.outcome, booking.booked_on, proposal.ref, proposal.id, lender.timezone,
    CASE WHEN lender.facts_feed = lender.feed THEN 1 ELSE 0 END
FROM proposal_line
JOIN proposal ON proposal.id = proposal_line.proposal_id
JOIN lender ON lender.id = proposal.lender_id
JOIN agreement ON agreement.proposal_id = proposal.id AND agreement.signed_at <= :known_at
JOIN offer ON offer.proposal_id = proposal.id
LEFT JOIN booking ON booking.agreement_id = agreement.id
WHERE proposal_line.loan_id IN :loans
ORDER BY agreement.id, offer.version
""")
_PAUSES = Query("""
SELECT proposal_id, starts_on, until, ended_on, scope, interest FROM plan_pause
WHERE proposal_id IN :proposals ORDER BY id
""")


class _Signed(NamedTuple):
    loan_id: int
    ref: str
    signed_at: Any
    signed_on: Any
    rules: str | None
    offer: int
    terms: str
    plan: str
    outcome: str | None
    booked_on: Any
    proposal: str
    proposal_id: int
    timezone: str
    copied: int


async def agreements_of(loan_ids: Sequence[int], known_at: datetime) -> dict[int, tuple[Agreement, ...]]:
    """By loan, in the order in which they were signed.

    Of a lender whose facts are not copied yet, rules, answers and pauses are those that the log tells. A pause that is
    signed within a plan is one of that plan's from its day on; once the core booked it, it has a row of its own.
    """
    rows = [_Signed._make(row) for row in await _AGREEMENTS.read(loans=tuple(loan_ids), known_at=known_at)]
    told = await told_facts(sorted({row.loan_id for row in rows if not row.copied}))
    pauses = await _pauses(rows, told["plan_pause"])
    found: dict[int, dict[str, Agreement]] = defaultdict(dict)
    signed_within: dict[str, list[Pause]] = defaultdict(list)
    for row in rows:
        rules = json.loads(row.rules if row.rules else told["agreement"][(row.ref,)]["rules"])
        if row.offer == rules["offer"]:
            booking = _booking(row, known_at) if row.copied else told["booking"].get((row.ref,), {})
            each = _agreement(row, rules, booking, tuple(pauses[row.proposal]))
            if not each.within:
                found[row.loan_id][row.ref] = each
            elif each.own_pause and each.answered_on is None:
                signed_within[each.within].append(each.own_pause)
    for by_ref in found.values():
        for ref in signed_within.keys() & by_ref.keys():
            booked = by_ref[ref].pauses
            begun = {each.start for each in booked}
            more = [each for each in signed_within[ref] if each.start not in begun]
            by_ref[ref] = replace(by_ref[ref], pauses=(*booked, *more))
    return {loan_id: tuple(by_ref.values()) for loan_id, by_ref in found.items()}


def _booking(row: _Signed, known_at: datetime) -> Mapping[str, Any]:
    on = stored_date(row.booked_on)
    known_on = known_at.astimezone(ZoneInfo(row.timezone)).date() if known_at.year < date.max.year else date.max
    return {"outcome": row.outcome, "booked_on": on} if on and on <= known_on else {}


def _agreement(
    row: _Signed, rules: Mapping[str, Any], booking: Mapping[str, Any], pauses: tuple[Pause, ...]
) -> Agreement:
    plan = plan_from_facts(json.loads(row.plan))
    offer = offer_from_facts(json.loads(row.terms), plan.currency)
    signed_at = stored_time(row.signed_at)
    return Agreement(
        ref=row.ref,
        kind=offer.kind,
        covers=offer.covers,
        plan=plan,
        cure_terms=cure_terms_of(rules["cure_terms"], plan.currency),
        signed_on=stored_date(row.signed_on) or signed_at.astimezone(ZoneInfo(row.timezone)).date(),
        answered_on=booking.get("booked_on"),
        refused=booking.get("outcome") == "refused",
        taken_in=plan.dues or None,
        pauses=pauses,
        working_days=working_days(row.timezone),
        proposal=row.proposal,
        every=offer.every,
        interest_rate=offer.interest_rate,
        pause=offer.pause or BY_CONTRACT,
        within=offer.within,
    )


async def _pauses(rows: Sequence[_Signed], told: Mapping[FactKey, FactColumns]) -> dict[str, list[Pause]]:
    """By proposal, those within a plan; one that ended early lasted until then."""
    found: dict[str, list[Pause]] = defaultdict(list)
    refs = {row.proposal_id: row.proposal for row in rows if row.copied}
    for proposal_id, *days, scope, interest in await _PAUSES.read(proposals=tuple(refs)) if refs else ():
        starts_on, until, ended_on = map(stored_date, days)
        terms = _terms(scope, interest)
        found[refs[proposal_id]].append(Pause(starts_on, min(until, ended_on or until), terms))
    for (ref, _), columns in told.items():
        until, terms = columns["until"], _terms(columns["scope"], columns["interest"])
        found[ref].append(Pause(columns["starts_on"], min(until, columns["ended_on"] or until), terms))
    return found


def _terms(scope: str | None, interest: str | None) -> PauseTerms | None:
    return PauseTerms(PauseScope(scope), PauseInterest(interest)) if scope and interest else None
