"""A case is everything about one loan at one moment. Loading is authorising: what is not yours is not found."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar

from tortoise.expressions import Subquery

from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.loan import Loan
from portal.domain.restructuring.negotiation import LIVE, State
from portal.reads.loans import LOAN_COLUMNS, load_loans, loans_of_rows
from portal.tables import models as tables
from portal.tables.query import Query, stored_date

_Found = TypeVar("_Found")


class NotFound(Exception):
    """There is no such thing, or it is somebody else's: nobody can tell which."""


def first_found(found: Sequence[_Found], ref: str) -> _Found:
    """Raises NotFound where nothing was."""
    if not found:
        raise NotFound(ref)
    return found[0]


@dataclass(frozen=True, slots=True)
class PersonScope:
    """Somebody who signed in, and the lenders whose loans this way in opens: nothing of any other is theirs here."""

    person_id: int
    lenders: frozenset[int]

    def filters(self, path: str = "") -> dict[str, Any]:
        """What a filter asks of rows that have a person and a lender, at the end of `path`."""
        return {f"{path}person_id": self.person_id, f"{path}lender_id__in": self.lenders}


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
    legal_name: str = ""

    @property
    def registered_name(self) -> str:
        """The name that papers have: the one it is registered under, else the one that borrowers see."""
        return self.legal_name or self.name


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """As far as a loan's own page tells of it, to the person who sent it; see `ProposalCase`."""

    ref: str
    person_id: int
    kind: OfferKind
    state: State
    version: int
    decide_by: date | None
    expires_on: date | None
    cure_by: date | None = None
    paused_until: date | None = None
    turned_over: bool | None = False
    counted_again: bool = False
    checked_until: date | None = None
    moved_alone: bool = False


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


# `loan_id, seq` and what a contract has: as long as LOAN_COLUMNS.
_LOAN = 18
LENDER_COLUMNS = (
    *("id", "slug", "name", "kind", "currency", "timezone", "hotline", "legal_name", "feed", "facts_feed"),
)
_PROPOSAL = (
    "ref", "person_id", "kind", "state", "version", "decide_by", "expires_on", "cure_by", "paused_until",
    "turned_over",
)  # fmt: skip


def _asked(table: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{table}.{column}" for column in columns)


LENDER_ASKED = _asked("lender", LENDER_COLUMNS)
"""What a kept query asks for of `lender`; `lender_of_columns` reads it."""
_CASES = f"""
SELECT {LOAN_COLUMNS}, loan.ref, loan.stale_since, {LENDER_ASKED},
    {_asked("negotiated", _PROPOSAL)}, {_asked("lived", _PROPOSAL)}
FROM party
JOIN borrower ON borrower.id = party.borrower_id
JOIN loan ON loan.id = party.loan_id
JOIN lender ON lender.id = loan.lender_id
JOIN contract ON contract.loan_id = loan.id
    AND contract.version = (SELECT max(told.version) FROM contract AS told WHERE told.loan_id = loan.id)
LEFT JOIN proposal_line AS open_line ON open_line.open_loan = loan.id
LEFT JOIN proposal AS negotiated ON negotiated.id = open_line.proposal_id
LEFT JOIN proposal_line AS live_line ON live_line.live_loan = loan.id
LEFT JOIN proposal AS lived ON lived.id = live_line.proposal_id
WHERE"""
_OWED = "borrower.person_id = :person AND borrower.lender_id IN :lenders"
OWED_LOANS = f"SELECT party.loan_id FROM party JOIN borrower ON borrower.id = party.borrower_id WHERE {_OWED}"
"""The ids of the loans that a person owes; who owed one before has no more part in it."""
_OWN_CASES = Query(f"{_CASES} {_OWED} AND borrower.withdrawn_at IS NULL ORDER BY party.id")
_OWN_CASE = Query(f"{_CASES} {_OWED} AND borrower.withdrawn_at IS NULL AND loan.ref = :ref ORDER BY party.id")
_DESK_CASE = Query(f"{_CASES} loan.ref = :ref AND loan.lender_id = :lender ORDER BY party.id")
_LENDER_CASE = Query(f"{_CASES} loan.loan_no = :loan_no AND loan.lender_id = :lender ORDER BY party.id")
_CASES_BY_ID = Query(f"{_CASES} loan.id IN :loans ORDER BY party.id")


async def case(ref: str, scope: PersonScope) -> Case:
    """The loan of that ref, if this person owes it and came in for its lender. Raises NotFound."""
    return _own(first_found(await _read(_OWN_CASE, **in_scope(scope), ref=ref), ref), scope)


async def cases(scope: PersonScope) -> tuple[Case, ...]:
    """Every loan this person owes at the lenders they came in for and who may show it."""
    return tuple(_own(each, scope) for each in await _read(_OWN_CASES, **in_scope(scope)))


async def desk_case(ref: str, lender_id: int) -> Case:
    """The loan of that ref, if it is this lender's. Raises NotFound."""
    return first_found(await _read(_DESK_CASE, ref=ref, lender=lender_id), ref)


async def lender_case(loan_no: str, lender_id: int) -> Case:
    """The lender's loan of that number. Raises NotFound."""
    return first_found(await _read(_LENDER_CASE, loan_no=loan_no, lender=lender_id), loan_no)


async def loan_as_known(case: Case, known_at: datetime) -> Loan | None:
    """The loan as the facts recorded by then tell it; None where nothing had been told yet."""
    found = await load_loans([case.id], known_at)
    return found[case.id][0] if found else None


async def cases_by_id(loan_ids: Sequence[int]) -> tuple[Case, ...]:
    return await _read(_CASES_BY_ID, loans=tuple(loan_ids))


async def lender_by_slug(slug: str) -> LenderFacts:
    """Raises NotFound."""
    return _lender(first_found(await tables.LenderRow.filter(slug=slug).values(*LENDER_COLUMNS), slug))


async def lenders() -> tuple[LenderFacts, ...]:
    rows = await tables.LenderRow.all().order_by("id").values(*LENDER_COLUMNS)
    return tuple(_lender(row) for row in rows)


async def lenders_of(scope: PersonScope) -> tuple[LenderFacts, ...]:
    """The lenders this person came in for, consent taken back left out."""
    opened = tables.BorrowerRow.filter(withdrawn_at__isnull=True, **scope.filters())
    rows = await tables.LenderRow.filter(id__in=await opened.values_list("lender_id", flat=True)).values(
        *LENDER_COLUMNS
    )
    return tuple(_lender(row) for row in rows)


def lender_columns(path: str) -> dict[str, str]:
    """What a statement that also wants the lender at the end of `path` asks for; `lender_of` reads it."""
    return {f"lender_{name}": f"{path}__{name}" for name in LENDER_COLUMNS}


def lender_of(row: dict[str, Any]) -> LenderFacts:
    return _lender({name: row[f"lender_{name}"] for name in LENDER_COLUMNS})


def lender_of_columns(columns: Sequence[Any]) -> LenderFacts:
    return _lender(dict(zip(LENDER_COLUMNS, columns, strict=True)))


def _lender(columns: dict[str, Any]) -> LenderFacts:
    told, copied = columns.pop("feed"), columns.pop("facts_feed")
    return LenderFacts(**{**columns, "legal_name": columns["legal_name"] or ""}, copied=told == copied)


async def acts_from(case: Case, scope: PersonScope) -> datetime | None:
    """From when somebody whom a later file added to this loan may sign for it; None where they may at any time."""
    rows = tables.PartyRow.filter(loan_id=case.id, **scope.filters("borrower__"))
    found: list[datetime | None] = [row.acts_from for row in await rows]
    return None if None in found else min((each for each in found if each), default=None)


def owed_loans(scope: PersonScope) -> Subquery:
    """The ids of the loans this person owes; who owed one before has no more part in it."""
    return Subquery(tables.PartyRow.filter(**scope.filters("borrower__")).values("loan_id"))


def in_scope(scope: PersonScope) -> dict[str, Any]:
    """The values that a query names `:person` and `:lenders`."""
    return {"person": scope.person_id, "lenders": tuple(scope.lenders)}


def _own(found: Case, scope: PersonScope) -> Case:
    """Without what somebody else who owes the loan has sent: that one is, and nothing more of it."""
    sent = found.proposal, found.plan
    own = [each if each and each.person_id == scope.person_id else None for each in sent]
    return found if (*own,) == sent else replace(found, proposal=own[0], plan=own[1], by_other=True)


async def _read(query: Query, **values: Any) -> tuple[Case, ...]:
    """Each loan once, whoever else owes it."""
    rows = {row[0]: row for row in await query.read(**values)}
    loans = await loans_of_rows([row[:_LOAN] for row in rows.values()])
    return tuple(_case(*loans[row[0]], row[0], row[_LOAN:]) for row in rows.values())


def _case(loan: Loan, seq: int, loan_id: int, beside: Sequence[Any]) -> Case:
    ref, stale_since, *lender_and_proposals = beside
    lender, proposals = lender_and_proposals[: len(LENDER_COLUMNS)], lender_and_proposals[len(LENDER_COLUMNS) :]
    sent = [_sent_proposal(proposals[: len(_PROPOSAL)]), _sent_proposal(proposals[len(_PROPOSAL) :])]
    return Case(
        id=loan_id,
        ref=ref,
        lender=lender_of_columns(lender),
        loan=loan,
        seq=seq,
        stale_since=stored_date(stale_since),
        proposal=next((each for each in sent if each and each.state not in LIVE), None),
        plan=next((each for each in sent if each and each.state in LIVE), None),
    )


def _sent_proposal(columns: Sequence[Any]) -> OpenProposal | None:
    ref, person_id, kind, state, version, decide_by, expires_on, cure_by, paused_until, turned_over = columns
    if ref is None:
        return None
    return OpenProposal(
        ref=ref,
        person_id=person_id,
        kind=OfferKind(kind),
        state=State(state),
        version=version,
        decide_by=stored_date(decide_by),
        expires_on=stored_date(expires_on),
        cure_by=stored_date(cure_by),
        paused_until=stored_date(paused_until),
        turned_over=None if turned_over is None else bool(turned_over),
    )
