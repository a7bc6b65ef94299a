"""What waits for a second of the staff, as they pick from it: of what, how much, by whom, why, and for how long."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from portal.domain.restructuring.plan_codec import offer_from_facts
from portal.reads.approvals import ACCEPT, WAIVER, WaitingApproval, all_waiting
from portal.reads.proposals import offer_and_plan
from portal.reads.staff_notes import reasons_given
from portal.tables import models as tables
from portal.vault import Vault


@dataclass(frozen=True, slots=True)
class WaitsForSecond:
    """`kind` is `answer` to a proposal, `offer` of the lender's, `number` or `policy`.

    `waived` is in minor units, and None of the last two.

    `days` is how many days ago it was proposed, where the lender is.
    """

    found: WaitingApproval
    kind: str
    waived: int | None
    currency: str
    why: str
    days: int


async def waiting_for_second(lender_id: int, today: date, timezone: str, vault: Vault) -> tuple[WaitsForSecond, ...]:
    """Everything of a lender, the first to run out at the top."""
    found = await all_waiting(lender_id, today)
    reasons = await reasons_given([each.ref for each in found], vault)
    currencies, theirs = await _currencies(found), await _borrowers_own(found)
    listed = []
    for each in found:
        currency = currencies.get(each.loan_id or 0, "")
        waived = theirs.get(each.subject) if each.facts == ACCEPT else _waived(each, currency)
        proposed_on = each.proposed_at.astimezone(ZoneInfo(timezone)).date()
        why = reasons.get(each.ref, "")
        listed.append(WaitsForSecond(each, _kind(each), waived, currency, why, (today - proposed_on).days))
    return tuple(listed)


async def second_count(lender_id: int, today: date) -> int:
    return int(await tables.ApprovalRow.filter(lender_id=lender_id, outcome="", until__gte=today).count())


def _kind(each: WaitingApproval) -> str:
    if each.kind != WAIVER:
        return each.kind
    return "offer" if each.subject == each.loan_ref else "answer"


def _waived(each: WaitingApproval, currency: str) -> int | None:
    return offer_from_facts(json.loads(each.facts), currency).waiver.total if each.kind == WAIVER else None


async def _currencies(found: Sequence[WaitingApproval]) -> dict[int, str]:
    loans = [each.loan_id for each in found if each.loan_id]
    rows = tables.ContractRow.filter(loan_id__in=loans).order_by("version")
    return {int(loan_id): str(code) for loan_id, code in await rows.values_list("loan_id", "currency")}


async def _borrowers_own(found: Sequence[WaitingApproval]) -> dict[str, int]:
    """By proposal whose own offer is to be accepted, what that waives, minor units."""
    refs = [each.subject for each in found if each.facts == ACCEPT]
    rows = tables.OfferRow.filter(proposal__ref__in=refs).order_by("version")
    offers = await rows.values_list("proposal__ref", "terms", "plan") if refs else []
    return {str(ref): offer_and_plan(terms, plan)[1].waived.total for ref, terms, plan in offers}
