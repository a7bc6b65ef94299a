"""A case is everything about one loan at one moment. Loading is authorising: what is not yours is not found."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from tortoise.expressions import Q, Subquery

from portal.domain.contract.loan import Loan
from portal.domain.restructuring.negotiation import LIVE, State
from portal.domain.restructuring.offer import OfferKind
from portal.reads.loans import load_loans
from portal.tables import models as tables


class NotFound(Exception):
    """There is no such thing, or it is somebody else's: nobody can tell which."""


@dataclass(frozen=True, slots=True)
class PersonScope:
    """Somebody who signed in, and the lenders whose loans this way in opens: nothing of any other is theirs here."""

    person_id: int
    lenders: frozenset[int]


@dataclass(frozen=True, slots=True)
class LenderFacts:
    """`copied`: every fact that its log tells is a row too, so that none is read from the log."""

    id: int
    slug: str
    name: str
    kind: str
    currency: str
    timezone: str
    hotline: str
    copied: bool = field(compare=False)


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """As far as a loan's own page tells of it, to the person who sent it."""

    ref: str
    person_id: int
    kind: OfferKind
    state: State
    version: int
    decide_by: date | None
    expires_on: date | None
    cure_by: date | None = None
    paused_until: date | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """`seq` is the number of the loan's last event: forms carry it back as `expected_version`.

    `proposal` is the one that is open, `plan` the one the loan lives under: each at most one. A person's case has only
    those they sent themselves; `by_other` says that somebody else who owes the loan has one there.
    """

    id: int
    ref: str
    lender: LenderFacts
    loan: Loan
    seq: int
    stale_since: date | None
    proposal: OpenProposal | None
    plan: OpenProposal | None = None
    by_other: bool = False


_LENDER = ("id", "slug", "name", "kind", "currency", "timezone", "hotline", "feed", "facts_feed")


async def case(ref: str, scope: PersonScope) -> Case:
    """The loan of that ref, if this person owes it and came in for its lender. Raises NotFound."""
    return _own(await _one(await _loans_of(_owed_by(scope, loan__ref=ref))), scope)


async def cases(scope: PersonScope) -> tuple[Case, ...]:
    """Every loan this person owes at the lenders they came in for and who may show it."""
    return tuple(_own(each, scope) for each in await _cases(await _loans_of(_owed_by(scope))))


async def desk_case(ref: str, lender_id: int) -> Case:
    """The loan of that ref, if it is this lender's. Raises NotFound."""
    return await _one(await _loans_of(tables.PartyRow.filter(loan__ref=ref, loan__lender_id=lender_id)))


async def lender_case(loan_no: str, lender_id: int) -> Case:
    """The lender's loan of that number. Raises NotFound."""
    return await _one(await _loans_of(tables.PartyRow.filter(loan__loan_no=loan_no, loan__lender_id=lender_id)))


async def loan_as_known(case: Case, known_at: datetime) -> Loan | None:
    """The loan as the facts recorded by then tell it; None where nothing had been told yet."""
    found = await load_loans([case.id], known_at)
    return found[case.id][0] if found else None


async def cases_by_id(loan_ids: Sequence[int]) -> tuple[Case, ...]:
    return await _cases(await _loans_of(tables.PartyRow.filter(loan_id__in=list(loan_ids))))


async def lender_by_slug(slug: str) -> LenderFacts:
    """Raises NotFound."""
    rows = await tables.LenderRow.filter(slug=slug).values(*_LENDER)
    if not rows:
        raise NotFound(slug)
    return _lender(rows[0])


async def lenders() -> tuple[LenderFacts, ...]:
    rows = await tables.LenderRow.all().order_by("id").values(*_LENDER)
    return tuple(_lender(row) for row in rows)


async def lenders_of(scope: PersonScope) -> tuple[LenderFacts, ...]:
    """The lenders this person came in for, consent taken back left out."""
    opened = tables.BorrowerRow.filter(
        person_id=scope.person_id, lender_id__in=scope.lenders, withdrawn_at__isnull=True
    )
    rows = await tables.LenderRow.filter(id__in=await opened.values_list("lender_id", flat=True)).values(*_LENDER)
    return tuple(_lender(row) for row in rows)


def lender_columns(path: str) -> dict[str, str]:
    """What a statement that also wants the lender at the end of `path` asks for; `lender_of` reads it."""
    return {f"lender_{name}": f"{path}__{name}" for name in _LENDER}


def lender_of(row: dict[str, Any]) -> LenderFacts:
    return _lender({name: row[f"lender_{name}"] for name in _LENDER})


def _lender(columns: dict[str, Any]) -> LenderFacts:
    told, copied = columns.pop("feed"), columns.pop("facts_feed")
    return LenderFacts(**columns, copied=told == copied)


async def acts_from(case: Case, scope: PersonScope) -> datetime | None:
    """From when somebody whom a later file added to this loan may sign for it; None where they may at any time."""
    rows = tables.PartyRow.filter(
        loan_id=case.id, borrower__person_id=scope.person_id, borrower__lender_id__in=scope.lenders
    )
    found: list[datetime | None] = [row.acts_from for row in await rows]
    return None if None in found else min((each for each in found if each), default=None)


def owed_loans(scope: PersonScope) -> Subquery:
    """The ids of the loans this person owes; who owed one before has no more part in it."""
    theirs = {"borrower__person_id": scope.person_id, "borrower__lender_id__in": scope.lenders}
    return Subquery(tables.PartyRow.filter(**theirs).values("loan_id"))


def _owed_by(scope: PersonScope, **which: str) -> Any:
    theirs = {"borrower__person_id": scope.person_id, "borrower__lender_id__in": scope.lenders}
    return tables.PartyRow.filter(**theirs, borrower__withdrawn_at__isnull=True, **which)


def _own(found: Case, scope: PersonScope) -> Case:
    """Without what somebody else who owes the loan has sent: that one is, and nothing more of it."""
    proposal, plan = (each if each and each.person_id == scope.person_id else None for each in _sent(found))
    return replace(found, proposal=proposal, plan=plan, by_other=(proposal, plan) != _sent(found))


def _sent(found: Case) -> tuple[OpenProposal | None, OpenProposal | None]:
    return found.proposal, found.plan


async def _one(rows: list[dict[str, Any]]) -> Case:
    if not rows:
        raise NotFound
    return (await _cases(rows))[0]


async def _loans_of(parties: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await parties.values(
        id="loan_id", ref="loan__ref", stale_since="loan__stale_since", **lender_columns("loan__lender")
    )
    return list({row["id"]: row for row in rows}.values())


async def _cases(rows: list[dict[str, Any]]) -> tuple[Case, ...]:
    ids = [row["id"] for row in rows]
    loans = await load_loans(ids)
    proposals, plans = await _proposals(ids)
    return tuple(
        Case(
            id=row["id"],
            ref=row["ref"],
            lender=lender_of(row),
            loan=loans[row["id"]][0],
            seq=loans[row["id"]][1],
            stale_since=row["stale_since"],
            proposal=proposals.get(row["id"]),
            plan=plans.get(row["id"]),
        )
        for row in rows
        if row["id"] in loans
    )


async def _proposals(loan_ids: list[int]) -> tuple[dict[int, OpenProposal], dict[int, OpenProposal]]:
    """By loan, what is open and what the loan lives under."""
    lines = tables.ProposalLineRow.filter(Q(open_loan__in=loan_ids) | Q(live_loan__in=loan_ids))
    found: tuple[dict[int, OpenProposal], dict[int, OpenProposal]] = ({}, {})
    for row in await lines.values("loan_id", **{name: f"proposal__{name}" for name in _PROPOSAL}):
        loan_id, kind, state = row.pop("loan_id"), OfferKind(row.pop("kind")), State(row.pop("state"))
        found[state in LIVE][loan_id] = OpenProposal(kind=kind, state=state, **row)
    return found


_PROPOSAL = ("ref", "person_id", "kind", "state", "version", "decide_by", "expires_on", "cure_by", "paused_until")
