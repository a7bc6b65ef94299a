"""What a lender's system lists, a page at a time: the oldest first, each page after the ref that the one before ended
with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from tortoise.expressions import Q, Subquery

from portal.domain.conduct.complaints import ComplaintKind
from portal.domain.contract.agreement import OfferKind
from portal.domain.refusal import Refusal
from portal.domain.restructuring.negotiation import State
from portal.reads.cases import first_found
from portal.reads.payment_claims import ClaimSummary, claims_listed
from portal.reads.rows import columns_of, names_of, read_rows
from portal.tables import models as tables
from portal.vault import Vault

_Listed = TypeVar("_Listed")

TO_BOOK = "to-book"
BOOKINGS = (TO_BOOK, "booked", "refused")


class UnknownCursor(Refusal):
    says = "after is not where a page of this list ended: {given}. Begin again without it."


class NoSuchLoanHere(Refusal):
    says = "There is no loan {given} at this lender."


@dataclass(frozen=True, slots=True)
class ListPage(Generic[_Listed]):
    """`next` is the ref that the next page comes after; empty on the last one."""

    rows: tuple[_Listed, ...]
    next: str = ""


@dataclass(frozen=True, slots=True)
class ListAsked:
    """Of which lender, after which ref, and at most how many."""

    lender_id: int
    after: str
    most: int


@dataclass(frozen=True, slots=True)
class ListedProposal:
    """In the state last told; `rule` is the first rule of the policy that what is on the table goes beyond."""

    ref: str
    loan_no: str
    kind: OfferKind
    state: State
    version: int
    submitted_at: datetime | None
    decide_by: date | None
    expires_on: date | None
    rule: str


@dataclass(frozen=True, slots=True)
class _AgreementHead:
    ref: str
    proposal: str
    version: int
    hash: str
    signed_at: datetime
    signed_on: date | None
    proposal_state: State


@dataclass(frozen=True, slots=True)
class ListedAgreement(_AgreementHead):
    """`booking` is one of BOOKINGS; empty where the lender has not answered and the proposal went on."""

    loan_no: str
    booking: str


@dataclass(frozen=True, slots=True)
class ListedComplaint:
    ref: str
    loan_no: str
    kind: ComplaintKind
    component: str
    state: str
    outcome: str
    answer_by: date
    extensions: int
    opened_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedHold:
    ref: str
    loan_no: str
    reason: str
    about: str
    requested_at: datetime
    acknowledged_at: datetime | None
    until: date | None
    ended_at: datetime | None


async def list_proposals(asked: ListAsked, state: str = "", loan_no: str = "") -> ListPage[ListedProposal]:
    """Raises UnknownCursor, NoSuchLoanHere."""
    which = await _of_loan(asked, loan_no) | ({"proposal__state": state} if state else {})
    lines = tables.ProposalLineRow.filter(proposal__lender_id=asked.lender_id)
    found = await _page(asked, lines, Q(**which), "proposal__")
    columns = {name: f"proposal__{name}" for name in names_of(ListedProposal, "loan_no")}
    return _cut(asked, await read_rows(ListedProposal, found, loan_no="loan__loan_no", **columns))


async def list_agreements(asked: ListAsked, booking: str = "") -> ListPage[ListedAgreement]:
    """Raises UnknownCursor."""
    rows = tables.AgreementRow.filter(proposal__lender_id=asked.lender_id)
    said = tables.BookingRow.filter(agreement__proposal__lender_id=asked.lender_id)
    which = {
        "": Q(),
        TO_BOOK: Q(proposal__state=State.AGREED.value) & ~Q(id__in=Subquery(said.values("agreement_id"))),
        **{each: Q(id__in=Subquery(said.filter(outcome=each).values("agreement_id"))) for each in BOOKINGS[1:]},
    }[booking]
    found = await _page(asked, rows, which)
    beside = {"proposal": "proposal__ref", "proposal_state": "proposal__state"}
    heads = await read_rows(_AgreementHead, found, **beside)
    lines = tables.ProposalLineRow.filter(proposal__ref__in=[each.proposal for each in heads])
    numbers = dict(await lines.values_list("proposal__ref", "loan__loan_no"))
    answers = dict(await said.filter(agreement__ref__in=[each.ref for each in heads]).values_list(*_ANSWER))
    return _cut(asked, [_agreement(each, numbers, answers) for each in heads])


async def list_complaints(asked: ListAsked, state: str = "") -> ListPage[ListedComplaint]:
    """Raises UnknownCursor."""
    found = await _page(asked, tables.ComplaintRow.filter(lender_id=asked.lender_id), Q(state=state) if state else Q())
    return _cut(asked, await read_rows(ListedComplaint, found, loan_no="loan__loan_no"))


async def list_claims(asked: ListAsked, vault: Vault, state: str = "") -> ListPage[ClaimSummary]:
    """Raises UnknownCursor."""
    rows = tables.PaymentClaimRow.filter(loan__lender_id=asked.lender_id)
    return _cut(asked, await claims_listed(await _page(asked, rows, Q(state=state) if state else Q()), vault))


async def currencies_of(loan_refs: Sequence[str]) -> dict[str, str]:
    """By loan, of its contract as it was told last."""
    told = tables.ContractRow.filter(loan__ref__in=list(loan_refs)).order_by("version")
    return dict(await told.values_list("loan__ref", "currency"))


async def list_holds(asked: ListAsked, *, open_only: bool = False, loan_no: str = "") -> ListPage[ListedHold]:
    """Raises UnknownCursor, NoSuchLoanHere."""
    which = await _of_loan(asked, loan_no) | ({"ended_at__isnull": True} if open_only else {})
    found = await _page(asked, tables.HoldRow.filter(loan__lender_id=asked.lender_id), Q(**which))
    return _cut(asked, await read_rows(ListedHold, found, loan_no="loan__loan_no"))


async def lenders_hold(ref: str, lender_id: int) -> ListedHold:
    """Raises NotFound."""
    rows = tables.HoldRow.filter(ref=ref, loan__lender_id=lender_id)
    return first_found(await read_rows(ListedHold, rows, loan_no="loan__loan_no"), ref)


async def _page(asked: ListAsked, rows: Any, which: Q, path: str = "") -> Any:
    """One more than the page has, so that it is known whether there are more; `path` leads to what is listed.

    Raises UnknownCursor.
    """
    of_it = f"{path}id"
    ordered = rows.filter(which).order_by(of_it).limit(asked.most + 1)
    if not asked.after:
        return ordered
    ids = await rows.filter(**{f"{path}ref": asked.after}).values_list(of_it, flat=True)
    if not ids:
        raise UnknownCursor("after", given=repr(asked.after[:40]))
    return ordered.filter(**{f"{of_it}__gt": ids[0]})


def _cut(asked: ListAsked, rows: Sequence[_Listed]) -> ListPage[_Listed]:
    shown: Any = rows[: asked.most]
    return ListPage(tuple(shown), shown[-1].ref if len(rows) > asked.most else "")


async def _of_loan(asked: ListAsked, loan_no: str) -> dict[str, Any]:
    """The filter of one loan, of none where none is named. Raises NoSuchLoanHere."""
    if loan_no and not await tables.LoanRow.exists(lender_id=asked.lender_id, loan_no=loan_no):
        raise NoSuchLoanHere("loan_no", given=repr(loan_no[:100]))
    return {"loan__loan_no": loan_no} if loan_no else {}


_ANSWER = ("agreement__ref", "outcome")


def _agreement(head: _AgreementHead, numbers: Mapping[str, str], answers: Mapping[str, str]) -> ListedAgreement:
    waits = TO_BOOK if head.proposal_state is State.AGREED else ""
    said = answers.get(head.ref, waits)
    return ListedAgreement(**columns_of(head), loan_no=numbers[head.proposal], booking=said)
