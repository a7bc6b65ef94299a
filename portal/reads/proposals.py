"""Proposals as their two sides see them: the offers in order, where it stands, and the history from the log."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.expressions import Q

from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.plan import Plan
from portal.domain.money import parse_amount
from portal.domain.restructuring.negotiation import BOUND, Party, State
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.plan_codec import offer_from_facts, plan_from_facts
from portal.domain.restructuring.policy import Policy
from portal.reads.cases import Case, PersonScope, cases_by_id, first_found, owed_loans
from portal.reads.changes_told import Line, lines_told
from portal.reads.decisions import accepted_under
from portal.reads.policy import policy as read_policy
from portal.reads.rows import names_of
from portal.tables import models as tables
from portal.vault import Vault

MOST_BREAKS = 50


@dataclass(frozen=True, slots=True)
class OfferMade:
    """One side's offer with the plan as it was shown."""

    version: int
    party: Party
    offer: Offer
    plan: Plan
    made_at: datetime
    policy_version: int


@dataclass(frozen=True, slots=True)
class ProposalCase:
    """A proposal with the case it is about.

    `policy` is the one it was accepted under, once it is; until then the one in force, which judges it. `rules` are
    those of the agreement, as it keeps them. `counted_again`: the ledger has its plan otherwise than it was told, and
    that was not told yet. `moved_alone`: its pause moves one payment alone. `checked_until` is the last day on which a
    plan with a payment missing still runs. `assignee` is the ref of the one of the staff it is assigned to.
    """

    id: int
    ref: str
    kind: OfferKind
    state: State
    version: int
    person_id: int
    decide_by: date | None
    expires_on: date | None
    submitted_at: datetime | None
    cure_by: date | None
    paused_until: date | None
    together: str
    offers: tuple[OfferMade, ...]
    case: Case
    policy: Policy
    agreement: str | None
    rules: str | None
    turned_over: bool | None = False
    counted_again: bool = False
    checked_until: date | None = None
    moved_alone: bool = False
    assignee: str = ""

    @property
    def on_the_table(self) -> OfferMade:
        return self.offers[-1]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One event as a page words it. `note` is the text that went with it, if any and not erased."""

    type: str
    at: datetime
    actor_kind: str
    actor_ref: str
    version: int
    data: Mapping[str, Any]
    note: str

    @property
    def changed(self) -> Sequence[Line]:
        """Field, old and new of what it tells otherwise."""
        return tuple(lines_told(self.type, self.data))

    def day(self, name: str) -> date:
        return date.fromisoformat(self.data[name])

    def minor(self, name: str) -> int:
        """What an amount that it tells by component is in all, minor units."""
        return parse_amount(self.data[name]["total"], self.data["currency"])


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One proposal in the lender's queue, in the state last told; `looked_on` is the day its plan was last counted."""

    ref: str
    loan_ref: str
    loan_no: str
    lender_name: str
    kind: OfferKind
    state: State
    version: int
    submitted_at: datetime | None
    decide_by: date | None
    expires_on: date | None
    cure_by: date | None
    looked_on: date | None
    plan: Plan
    offer: Offer


_HEAD = names_of(
    ProposalCase, "offers", "case", "policy", "agreement", "rules", "counted_again", "checked_until", "moved_alone"
)
_QUEUED = names_of(QueueRow, "loan_ref", "loan_no", "lender_name", "plan", "offer")


async def proposal_case(ref: str, scope: PersonScope) -> ProposalCase:
    """A person's own proposal to a lender they came in for, for a loan they owe. Raises NotFound."""
    return await _proposal(ref, tables.ProposalLineRow.filter(loan_id__in=owed_loans(scope)), person_id=scope.person_id)


async def desk_proposal(ref: str, lender_id: int) -> ProposalCase:
    """A proposal to this lender. Raises NotFound."""
    return await _proposal(ref, lender_id=lender_id)


async def proposal_of_agreement(ref: str, lender_id: int) -> ProposalCase:
    """The proposal to this lender that an agreement came of, though another took its place since. Raises NotFound."""
    rows = await tables.AgreementRow.filter(ref=ref, proposal__lender_id=lender_id).values(proposal="proposal__ref")
    return await _proposal(first_found(rows, ref)["proposal"], lender_id=lender_id)


async def unanswered_breaks(lender_id: int) -> list[int]:
    """The ids, of the lender's `MOST_BREAKS` newest plans that were broken, of those that nothing has followed."""
    lines = tables.ProposalLineRow.filter(proposal__lender_id=lender_id, proposal__state=State.BROKEN.value)
    ids = await lines.order_by("-proposal_id").limit(MOST_BREAKS).values_list("proposal_id", "loan_id")
    loans = [loan_id for _, loan_id in ids]
    busy = tables.ProposalLineRow.filter(Q(open_loan__in=loans) | Q(live_loan__in=loans))
    followed = set(await busy.values_list("loan_id", flat=True))
    return [int(str(each)) for each, loan_id in ids if loan_id not in followed]


async def sent_together(proposal: ProposalCase) -> tuple[QueueRow, ...]:
    """The proposals for other loans that were sent in one with this one."""
    if not proposal.together:
        return ()
    rows = await _listed(
        tables.ProposalLineRow.filter(proposal__together=proposal.together, proposal__person_id=proposal.person_id)
    )
    return tuple(row for row in rows if row.ref != proposal.ref)


async def history(ref: str, vault: Vault) -> tuple[HistoryEntry, ...]:
    """What happened in a proposal, oldest first. Whoever calls has already been let in to the proposal."""
    rows = await tables.EventRow.filter(proposal_ref=ref).order_by("feed").values("body", "occurred_at")
    bodies = [json.loads(bytes(row["body"])) for row in rows]
    notes = await _notes([body["data"].get("note") for body in bodies], vault)
    return tuple(history_entry(body, row["occurred_at"], notes) for body, row in zip(bodies, rows, strict=True))


async def _proposal(ref: str, lines: Any = tables.ProposalLineRow, **access: Any) -> ProposalCase:
    wanted = {f"proposal__{name}": value for name, value in access.items()}
    columns = {name: f"proposal__{name}" for name in (*_HEAD, "lender_id")}
    rows = await lines.filter(proposal__ref=ref, **wanted).values("loan_id", **columns)
    row = first_found(rows, ref)
    (case,) = await cases_by_id([each["loan_id"] for each in rows])
    offers = await tables.OfferRow.filter(proposal_id=row["id"]).order_by("version").values()
    bound = State(row["state"]) in BOUND
    version = await accepted_under(row["id"], offers[-1]["policy_version"]) if bound else None
    agreed = await tables.AgreementRow.filter(proposal_id=row["id"]).order_by("-version").first()
    return ProposalCase(
        **{name: row[name] for name in _HEAD if name not in ("kind", "state")},
        kind=OfferKind(row["kind"]),
        state=State(row["state"]),
        offers=tuple(_offer(offer) for offer in offers),
        case=case,
        policy=await read_policy(row["lender_id"], case.lender.currency, version),
        agreement=agreed.ref if agreed else None,
        rules=agreed.rules if agreed else None,
    )


def _offer(row: Mapping[str, Any]) -> OfferMade:
    offer, plan = offer_and_plan(row["terms"], row["plan"])
    return OfferMade(
        version=row["version"],
        party=Party(row["party"]),
        offer=offer,
        plan=plan,
        made_at=row["made_at"],
        policy_version=row["policy_version"],
    )


def offer_and_plan(terms: str, drawn: str) -> tuple[Offer, Plan]:
    """What one side offered and the plan it was shown with, as they are stored."""
    plan = plan_from_facts(json.loads(drawn))
    return offer_from_facts(json.loads(terms), plan.currency), plan


async def _listed(lines: Any) -> list[QueueRow]:
    rows = await lines.values(
        "proposal_id",
        loan_ref="loan__ref",
        loan_no="loan__loan_no",
        lender_name="proposal__lender__name",
        **{name: f"proposal__{name}" for name in _QUEUED},
    )
    ids = [row["proposal_id"] for row in rows]
    offers = {
        row["proposal_id"]: row
        for row in await tables.OfferRow.filter(proposal_id__in=ids).order_by("version").values()
    }
    return [_queue_row(row, _offer(offers[row.pop("proposal_id")])) for row in rows]


def _queue_row(row: dict[str, Any], made: OfferMade) -> QueueRow:
    row["kind"], row["state"] = OfferKind(row["kind"]), State(row["state"])
    return QueueRow(**row, plan=made.plan, offer=made.offer)


async def _notes(named: Sequence[Mapping[str, str] | None], vault: Vault) -> dict[str, str]:
    refs = [note["ref"] for note in named if note]
    rows = await tables.TextRow.filter(ref__in=refs).values("ref", "sealed", key="person__key")
    return {row["ref"]: vault.unseal_if_kept(bytes(row["key"]), bytes(row["sealed"])) or "" for row in rows}


def history_entry(body: Mapping[str, Any], at: datetime, notes: Mapping[str, str]) -> HistoryEntry:
    named = body["data"].get("note")
    return HistoryEntry(
        type=body["type"],
        at=at,
        actor_kind=body["actor"]["kind"],
        actor_ref=body["actor"]["ref"],
        version=body["version"] or 0,
        data=body["data"],
        note=notes.get(named["ref"], "") if named else "",
    )
