"""What the portal knows of a loan beside its ledger: who owes it, what is being negotiated, what holds collection."""

from typing import Any

from portal.reads.cases import Case, OpenProposal
from portal.reads.facts import known_facts
from portal.tables import models as tables


async def beside_loan(case: Case) -> dict[str, Any]:
    """In the names of the API. Of people no more than the lender's own id of them and whether they came in."""
    parties = tables.PartyRow.filter(loan_id=case.id).order_by("id")
    people = await parties.values("role", id="borrower__external_id", person="borrower__person_id")
    holds = tables.HoldRow.filter(loan_id=case.id, ended_at__isnull=True).order_by("id")
    names = ("ref", "reason", "about", "requested_at", "acknowledged_at", "until")
    return {
        "borrowers": [
            {"external_id": each["id"], "role": each["role"], "came_in": each["person"] is not None} for each in people
        ],
        "stale_since": case.stale_since and case.stale_since.isoformat(),
        "open_proposal": _proposal(case.proposal),
        "holds": [_hold(each) for each in await holds.values(*names)],
    }


async def bookings_of(case: Case) -> dict[str, dict[str, str | None]]:
    """By agreement, what the lender's books said of it."""
    said = await known_facts("booking", case)
    named = ("outcome", "core_id", "reason")
    return {str(ref): {name: each[name] or None for name in named} for (ref,), each in said.items()}


def _proposal(sent: OpenProposal | None) -> dict[str, Any] | None:
    if sent is None:
        return None
    days = {"decide_by": sent.decide_by, "expires_on": sent.expires_on}
    return {
        "proposal": sent.ref,
        "kind": sent.kind.value,
        "state": sent.state.value,
        "version": sent.version,
        **{name: day and day.isoformat() for name, day in days.items()},
    }


def _hold(row: dict[str, Any]) -> dict[str, Any]:
    at = {name: row[name] and row[name].isoformat(timespec="seconds") for name in ("requested_at", "acknowledged_at")}
    until = row["until"]
    return {
        "hold": row["ref"],
        "reason": row["reason"],
        "about": row["about"] or None,
        **at,
        "until": until and until.isoformat(),
    }
