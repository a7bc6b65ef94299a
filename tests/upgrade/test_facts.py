"""What the log alone told before 0010 is rows once the worker was there, and says the same before and after."""

from collections import Counter

import pytest

from portal.actions.fact_rows import copy_facts
from portal.demo import TODAY
from portal.domain.event import BusinessTime
from portal.domain.ledger.position import position
from portal.reads.agreements import agreement_text
from portal.reads.cases import PersonScope, lenders
from portal.reads.complaints import desk_complaint_case
from portal.reads.fact_check import FactCounts, fact_gaps
from portal.reads.proposals import desk_proposal
from portal.tables import models as tables
from portal.vault import Vault
from tests.upgrade.conftest import Upgraded
from tests.upgrade.stored import SECRET, STORED_AT

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("app")]

COUNTED = {
    **{"booking": 10, "plan_pause": 1, "installment_outcome": 8, "agreement": 11, "complaint": 6},
    **{"decision": 17, "text": 21},
}
"""By hand, from the story: nine agreements were booked and one refused; every other kind, an event each."""
OTHERWISE = {"0007": {"decision": 0, "text": 22}, "0012": {"booking": 11, "agreement": 12, "decision": 18}}
OTHERWISE["0021"] = OTHERWISE["0013"] = OTHERWISE["0012"]
"""Before 0008 no decision was kept; one text more was written, with a counter that waited for nobody. Since 0012 there
is a plan for XQ-22."""


async def _gaps() -> tuple[FactCounts, list[str]]:
    counts = FactCounts()
    return counts, [gap async for gap in fact_gaps(counts)]


async def _pages(first: str) -> list[object]:
    """Of each plan, agreement and complaint, what its page is made of."""
    found: list[object] = []
    for row in await tables.ProposalRow.all().order_by("id"):
        loan = (await desk_proposal(row.ref, row.lender_id)).case.loan  # type: ignore[attr-defined]
        found.append((row.ref, loan.agreements, position(loan, TODAY).progress_of(row.ref)))
    for signed in await tables.AgreementRow.all().order_by("id").prefetch_related("proposal"):
        scope = PersonScope(signed.proposal.person_id, frozenset({signed.proposal.lender_id}))
        text = await agreement_text(signed.ref, scope, Vault(SECRET))
        found.append((signed.ref, text.plan, text.rules))
        later = {"contract": "apart", "telling_days": 3} if first >= "0011" else {}
        assert text.rules["cure_terms"] == {"cure_days": 14, "within": 6, **later}
    for told in await tables.ComplaintRow.all().order_by("id"):
        case = await desk_complaint_case(told.ref, told.lender_id)  # type: ignore[attr-defined]
        found.append((told.ref, case.opened_on, case.reason))
    return found


async def test_what_was_told_before_is_rows_once_the_worker_was_there(upgraded: Upgraded) -> None:
    counts, missing = await _gaps()
    expected = COUNTED | OTHERWISE.get(upgraded.first, {})
    assert dict(+counts.told) == {kind: count for kind, count in expected.items() if count}
    behind = upgraded.first < "0010"
    assert counts.kept == (Counter() if behind else counts.told)
    assert len(missing) == (sum(expected.values()) if behind else 0)
    before = await _pages(upgraded.first)
    for lender in await lenders():
        assert (await copy_facts(lender, BusinessTime(STORED_AT, TODAY)) > 0) is behind, lender.slug
    counts, missing = await _gaps()
    assert counts.told == counts.kept and missing == [] and counts.behind == {}
    assert await _pages(upgraded.first) == before
