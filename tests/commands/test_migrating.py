"""An operator asks whether an upgrade brought every fact along, and is told which one it did not."""

import asyncio
import json
import os
from datetime import date

from portal.tables import models as tables
from portal.tables.connection import connected
from tests.commands.conftest import Terminal

# Of the cast two plans run, and one was begun with a payment; three have signed, two say that something is wrong.
CAST = [
    ["FACT", "LOG", "ROWS"],
    ["booking", "2", "2"],
    ["plan_pause", "0", "0"],
    ["installment_outcome", "1", "1"],
    ["promise", "0", "0"],
    ["agreement", "3", "3"],
    ["decision", "6", "6"],
    ["complaint", "2", "2"],
    ["text", "8", "8"],
]


async def _spoil() -> dict[str, str]:
    """A fault of each kind by hand in the database; answers of what, and how it is told."""
    async with connected(os.environ["PORTAL_DATABASE"]):
        booking = await tables.BookingRow.all().order_by("id").first().prefetch_related("agreement__proposal")
        outcome = await tables.InstallmentOutcomeRow.get().prefetch_related("proposal")
        complaint = await tables.ComplaintRow.all().order_by("id").first()
        text = await tables.TextRow.all().order_by("id").first()
        decision = await tables.DecisionRow.all().order_by("id").first().prefetch_related("proposal")
        assert booking and complaint and text and decision
        agreement, of = booking.agreement, {"proposal_id": booking.agreement.proposal.id}
        days = {"starts_on": date(2026, 6, 1), "until": date(2026, 6, 2)}
        await tables.PlanPauseRow.create(seq=1, **days, **of)
        await tables.PromiseRow.create(terms="{}", valid_until=date(2026, 6, 17), **of)
        await tables.BookingRow.filter(id=booking.id).delete()
        await tables.InstallmentOutcomeRow.filter(id=outcome.id).delete()
        await tables.AgreementRow.filter(id=agreement.id).update(rules="{}")
        await tables.ComplaintRow.filter(id=complaint.id).update(opened_on=date(2026, 6, 1))
        await tables.TextRow.filter(id=text.id).update(loan_id=None)
        await tables.DecisionRow.filter(id=decision.id).update(position=None)
    of_it, missing = agreement.proposal.ref, "the log tells it, and no row does"
    return {
        f"booking {agreement.ref}": missing,
        f"plan_pause {of_it} 1": "no event tells it",
        f"installment_outcome {outcome.proposal.ref} 1 0 paid": missing,
        f"promise {of_it}": "no event tells it",
        f"agreement {agreement.ref}": "its row says otherwise than the log",
        f"decision {decision.proposal.ref} {decision.version} {decision.decided_at.isoformat()}": missing,
        f"complaint {complaint.ref}": "its row says otherwise than the log",
        f"text {text.ref}": missing,
    }


def test_everything_that_the_cast_did_is_a_row_and_an_event(demo: Terminal) -> None:
    checked = demo("migrate", "--check")
    assert (checked.code, checked.err) == (0, "")
    assert [line.split() for line in checked.out.splitlines()] == CAST


def test_each_fact_that_is_not_there_or_not_so_is_named(demo: Terminal) -> None:
    wrong = asyncio.run(_spoil())
    checked = demo("migrate", "--check")
    assert checked.code == 1
    assert sorted(checked.err.splitlines()) == sorted(f"jq: {what}: {how}" for what, how in wrong.items())


async def _told_before(remaining: str) -> str:
    """What remained of 郭涛's plan as the rule before told it; answers of its ref."""
    async with connected(os.environ["PORTAL_DATABASE"]):
        row = await tables.EventRow.get(type="plan.installment_paid")
        body = json.loads(bytes(row.body))
        body["schema_version"], body["data"]["remaining"] = 1, remaining
        await tables.EventRow.filter(id=row.id).update(body=json.dumps(body).encode())
        return str(row.proposal_ref)


def test_a_running_plan_whose_figure_alone_is_another_is_listed_as_such(demo: Terminal) -> None:
    same = demo("migrate", "--report")
    assert (same.code, same.out, same.err) == (0, "", "every plan is as it was told\n")
    ref = asyncio.run(_told_before("1523.95"))
    other = demo("migrate", "--report")
    assert other.out == (
        f"jq JQ-2026-0016 {ref}: told active (remaining 1523.95 on 2026-06-14), status unchanged, "
        "by the ledger 2023.95 remained that day, left 2023.95, overdue 0.00\n"
    )
    assert (other.code, other.err) == (0, "1 plans are otherwise than they were told\n")


def test_who_decided_what_over_what_is_printed_for_one_loan(demo: Terminal) -> None:
    """蓝 took twelve payments where the policy goes to six months and 300.00 each: it is kept that she knew."""
    (decided,) = demo("audit", "decisions", "--lender", "jq", "--loan", "JQ-2026-0011").lines
    taken = {name: decided[name] for name in ("verdict", "party", "policy_version", "waived", "breaks")}
    assert taken == {
        **{"verdict": "accept", "party": "lender", "policy_version": 1, "waived": "0.00"},
        "breaks": [
            {"rule": "max_months", "allowed": "2026-12-14", "asked": "2027-06-10"},
            {"rule": "min_installment", "allowed": "300.00", "asked": "187.00"},
        ],
    }
    assert decided["offer"]["installments"] == 12
    assert (decided["position"]["as_of"], decided["position"]["overdue"]["total"]) == ("2026-06-14", "2243.95")
    assert len(demo("audit", "decisions", "--lender", "jq").lines) == 6
    assert demo("audit", "decisions", "--lender", "yh").out == ""
