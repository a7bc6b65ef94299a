"""How every number of a loan or a plan came about: what the pages say of it, for borrowers and staff alike."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from starlette.requests import Request

from portal.domain.conduct.complaints import CollectionStatus, Hold, collection_status, confirmed_by, disputed
from portal.domain.ledger.delinquency import delinquency
from portal.domain.ledger.explanation import growth, interest_workings
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.reconciliation import differences
from portal.reads.cases import Case
from portal.reads.complaints import ComplaintCase, thread
from portal.reads.contacts import contact_by_id
from portal.reads.holidays import working_days
from portal.reads.proposals import ProposalCase
from portal.reads.sessions import OpenSession
from portal.vault import Vault
from portal.web import guard
from portal.web.render import DEFAULT_TIMEZONE


def position_on_page(request: Request, case: Case) -> Position:
    """Where a loan stands on its lender's business day; for one page its ledger is walked once."""
    if not hasattr(request.state, "positions"):
        request.state.positions = {}
    kept: dict[tuple[int, int, date], Position] = request.state.positions
    at = (case.id, case.seq, guard.today(request, case.lender.timezone))
    if at not in kept:
        kept[at] = position(case.loan, at[2])
    return kept[at]


def of_loan(now: Position) -> dict[str, Any]:
    """A position, and what went into each of its figures."""
    return {
        "loan": now.loan,
        "now": now,
        "where": delinquency(now),
        "workings": interest_workings(now.loan),
        "more": growth(now),
        "differ": differences(now),
    }


async def of_proposal(proposal: ProposalCase, now: Position) -> dict[str, Any]:
    """What is on the table and, where the lender answered it, what the borrower had offered; how a plan fares."""
    mine = [each for each in proposal.offers if each.party == "borrower"]
    tables = {"": proposal.on_the_table}
    if mine and mine[-1] is not proposal.on_the_table:
        tables["mine-"] = mine[-1]
    return {"proposal": proposal, "tables": tables, "today": now.as_of, **progress_values(proposal, now)}


async def of_complaint(complaint: ComplaintCase, vault: Vault, on: date) -> dict[str, Any]:
    """What was said of it by both sides, and what is left alone until it is answered."""
    about = complaint.row.contact_id
    return {
        "complaint": complaint,
        "contact": await contact_by_id(about) if about else None,
        "row": complaint.row,
        "frozen": disputed(complaint.row.kind, complaint.row.component),
        "thread": await thread(complaint.id, vault),
        "today": on,
    }


def begun(request: Request, sessions: Iterable[OpenSession]) -> list[OpenSession]:
    """When sessions began, told by the one clock of all pages: they live by the wall's, also where a day is fixed."""
    settings, timezone = request.app.state.settings, request.scope["state"].get("timezone", DEFAULT_TIMEZONE)
    return [replace(each, since=settings.moment(each.since, timezone).at) for each in sessions]


class CollectionShown(NamedTuple):
    """Where collection stands and since when; `confirm_by` is the lender's last day to confirm what was asked."""

    status: CollectionStatus
    since: datetime | None
    confirm_by: date | None = None
    is_late: bool = False


def collection_on_page(request: Request, holds: Iterable[Hold], timezone: str) -> CollectionShown:
    status, since = collection_status(holds)
    if status is not CollectionStatus.ASKED or since is None:
        return CollectionShown(status, since)
    by = confirmed_by(since.astimezone(ZoneInfo(timezone)).date(), working_days(timezone))
    return CollectionShown(status, since, by, by < guard.today(request, timezone))


def progress_values(proposal: ProposalCase, now: Position) -> dict[str, Any]:
    """What has come of a plan that is agreed."""
    found = now.progress_of(proposal.ref)
    if found is None:
        return {"plan_progress": None, "earned": None, "cure_terms": proposal.policy.cure_terms}
    return {"plan_progress": found, "earned": found.vested, "cure_terms": found.agreement.cure_terms}
