"""Facts that the log tells too: each is a row, and the worker copies what was told before there were rows.

Until it has, at a lender whose feed has gone on since, they are read from the log, here and nowhere else; what is
copied is counted against the log by the same reading.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from tortoise.expressions import Q, Subquery
from tortoise.models import Model

from portal.domain.event import canonical_text
from portal.tables import models as tables

if TYPE_CHECKING:
    from portal.reads.cases import Case

FactKey = tuple[Any, ...]
FactColumns = dict[str, Any]
FactsByKind = dict[str, dict[FactKey, FactColumns]]
"""By kind and key, what stands in the columns; a kept one has its row's id beside them."""


class UnreadableFact(Exception):
    """An event does not tell what its type always tells."""


@dataclass(frozen=True, slots=True)
class FactKind:
    """Where facts of a kind stand: what tells one from the others, its columns, and how to find those of some loans.

    `makes` says that each is a row of its own, by the name of what it is of; the others are columns of a row.
    """

    table: type[Model]
    key: tuple[str, ...]
    columns: tuple[str, ...]
    of_loans: str
    makes: str = ""


_PAUSE, _OUTCOME = ("starts_on", "until", "ended_on", "scope", "interest"), ("version", "no", "outcome")
_PROPOSAL, _SIGNED = "proposal__ref", "agreement__ref"

FACT_KINDS = {
    "booking": FactKind(
        tables.BookingRow,
        (_SIGNED,),
        ("outcome", "core_id", "reason", "booked_on"),
        "agreement__proposal_id__in",
        "agreement",
    ),
    "plan_pause": FactKind(tables.PlanPauseRow, (_PROPOSAL, "seq"), _PAUSE, "proposal_id__in", "proposal"),
    "installment_outcome": FactKind(
        tables.InstallmentOutcomeRow, (_PROPOSAL, *_OUTCOME), (), "proposal_id__in", "proposal"
    ),
    "promise": FactKind(tables.PromiseRow, (_PROPOSAL,), ("terms", "valid_until"), "proposal_id__in", "proposal"),
    "agreement": FactKind(tables.AgreementRow, ("ref",), ("rules",), "proposal_id__in"),
    "decision": FactKind(tables.DecisionRow, (_PROPOSAL, "version", "decided_at"), ("position",), "loan_id__in"),
    "complaint": FactKind(tables.ComplaintRow, ("ref",), ("opened_on", "reason"), "loan_id__in"),
    "text": FactKind(tables.TextRow, ("ref",), ("loan_id",), "loan_id__in"),
}


async def known_facts(kind: str, *cases: "Case") -> dict[FactKey, FactColumns]:
    """Of these loans, from the rows; of a lender whose facts are not all copied yet, from the log."""
    copied = [case.id for case in cases if case.lender.copied]
    behind = [case.id for case in cases if not case.lender.copied]
    return {**(await kept_facts(copied, kind) if copied else {}), **(await told_facts(behind))[kind]}


async def signed_rules(agreement: str, proposal_id: int, kept: str | None) -> dict[str, Any]:
    """The rules of an agreement, which its row has as soon as they are copied."""
    if kept is None:
        lines = tables.ProposalLineRow.filter(proposal_id=proposal_id)
        found = await told_facts([int(str(each)) for each in await lines.values_list("loan_id", flat=True)])
        kept = found["agreement"][(agreement,)]["rules"]
    rules: dict[str, Any] = json.loads(kept)
    return rules


async def kept_facts(loan_ids: Sequence[int], kind: str) -> dict[FactKey, FactColumns]:
    """The rows of a kind, by key, in the order in which they came."""
    each = FACT_KINDS[kind]
    proposals = tables.ProposalLineRow.filter(loan_id__in=list(loan_ids)).values("proposal_id")
    which = Subquery(proposals) if "proposal" in each.of_loans else list(loan_ids)
    rows = await each.table.filter(**{each.of_loans: which}).order_by("id").values("id", *each.key, *each.columns)
    return {tuple(row.pop(name) for name in each.key): row for row in rows}


async def told_facts(loan_ids: Sequence[int]) -> FactsByKind:
    """What the log tells of these loans. Raises UnreadableFact."""
    found: FactsByKind = {kind: {} for kind in FACT_KINDS}
    if not loan_ids:
        return found
    streams = [f"loan:{each}" for each in loan_ids]
    rows = await (
        tables.EventRow.filter(telling(), stream__in=streams)
        .order_by("stream", "seq")
        .values("stream", "seq", "occurred_at", "body")
    )
    for kind, key, columns in _told(_event(row) for row in rows):
        found[kind].setdefault(key, {}).update(columns)
    return found


def is_kept(kind: str, told: FactColumns, kept: FactColumns | None) -> bool:
    """A decision that is kept has what was owed on its day; the log has only what its offer was drawn over."""
    if kept is None:
        return False
    if kind == "decision" and kept["position"] is not None:
        return True
    return all(kept[name] == value for name, value in told.items())


def rules_text(version: int, signed: Mapping[str, Any]) -> str:
    """The rules both sides hold to, of what `agreement.signed` tells of the offer `version`."""
    names = ("policy_version", "reports")
    return canonical_text({**{name: signed[name] for name in names}, "offer": version, "cure_terms": signed["slips"]})


def position_text(as_of: str, currency: str, overdue: Mapping[str, str]) -> str:
    """What was owed on a day, as a decision keeps it: decimal strings by component."""
    return canonical_text({"as_of": as_of, "currency": currency, "overdue": dict(overdue)})


def promised_terms(offer: Mapping[str, Any]) -> str:
    """An offer as it is promised: why it is asked for is no part of that."""
    return canonical_text({**offer, "reason": ""})


@dataclass(frozen=True, slots=True)
class _ToldEvent:
    """One event of a loan, as far as facts are read from it; `version` is 0 outside a proposal."""

    loan_id: int
    seq: int
    type: str
    at: datetime
    on: date
    proposal: str
    version: int
    data: Mapping[str, Any]


_ToldFact = tuple[str, FactKey, FactColumns]


def _told(events: Iterable[_ToldEvent]) -> Iterator[_ToldFact]:
    """The facts that a loan's events tell, in their order; a later one of the same key adds to an earlier one.

    Raises UnreadableFact.
    """
    before = _Before({}, {}, {})
    for event in events:
        try:
            yield from _texts(event)
            if event.type in _READERS:
                yield from _READERS[event.type](event, before)
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableFact(f"loan:{event.loan_id} {event.seq}: {event.type} tells no {error}") from error


@dataclass(frozen=True, slots=True)
class _Before:
    """By proposal, what later events say nothing of: the agreement signed, the pause begun; by offer, the figures."""

    agreements: dict[str, str]
    pauses: dict[str, int]
    figures: dict[tuple[str, int], str]


def _event(row: Mapping[str, Any]) -> _ToldEvent:
    body = json.loads(bytes(row["body"]))
    loan_id, on = int(row["stream"].removeprefix("loan:")), date.fromisoformat(body["business_date"])
    return _ToldEvent(
        loan_id, row["seq"], body["type"], row["occurred_at"], on, body["proposal"] or "", body["version"] or 0,
        body["data"],
    )  # fmt: skip


def _texts(event: _ToldEvent) -> Iterator[_ToldFact]:
    if note := event.data.get("note"):
        yield "text", (note["ref"],), {"loan_id": event.loan_id}


def _signed(event: _ToldEvent, before: _Before) -> Iterator[_ToldFact]:
    before.agreements[event.proposal] = agreement = event.data["agreement"]
    yield "agreement", (agreement,), {"rules": rules_text(event.version, event.data)}


def _booked(event: _ToldEvent, before: _Before) -> Iterator[_ToldFact]:
    said = {"core_id": event.data.get("core_id", ""), "reason": event.data.get("reason", "")}
    outcome = {"outcome": "booked" if said["core_id"] else "refused", "booked_on": event.on}
    yield "booking", (before.agreements[event.proposal],), {**outcome, **said}


def _paused(event: _ToldEvent, before: _Before) -> Iterator[_ToldFact]:
    if event.data["within"]:
        before.pauses[event.proposal] = event.seq
        days = {"starts_on": _day(event, "from"), "until": _day(event, "until"), "ended_on": None}
        terms = {name: event.data.get(name) for name in ("scope", "interest")}
        yield "plan_pause", (event.proposal, event.seq), {**days, **terms}


def _resumed(event: _ToldEvent, before: _Before) -> Iterator[_ToldFact]:
    if event.proposal in before.pauses:
        yield "plan_pause", (event.proposal, before.pauses[event.proposal]), {"ended_on": _day(event, "on")}


def _outcome(event: _ToldEvent, _before: _Before) -> Iterator[_ToldFact]:
    key = (event.proposal, event.version, event.data["no"], event.type.removeprefix("plan.installment_"))
    yield "installment_outcome", key, {}


def _offered(event: _ToldEvent, before: _Before) -> Iterator[_ToldFact]:
    figures = (event.data["as_of"], event.data["currency"], event.data["balance"])
    before.figures[event.proposal, event.version] = position_text(*figures)
    if event.type in ("proposal.countered", "proposal.offered"):
        yield from _decided(event, before)


def _decided(event: _ToldEvent, before: _Before) -> Iterator[_ToldFact]:
    """Under which policy the log does not tell, nor which rules an offer broke."""
    figures = before.figures.get((event.proposal, event.version))
    yield "decision", (event.proposal, event.version, event.at), {"position": figures}


def _declined(event: _ToldEvent, before: _Before) -> Iterator[_ToldFact]:
    yield from _decided(event, before)
    if nearest := event.data.get("nearest_yes"):
        until = date.fromisoformat(nearest["valid_until"])
        yield "promise", (event.proposal,), {"terms": promised_terms(nearest["offer"]), "valid_until": until}


def _opened(event: _ToldEvent, _before: _Before) -> Iterator[_ToldFact]:
    yield "complaint", (event.data["problem"],), {"opened_on": event.on, "reason": None}


def _answered(event: _ToldEvent, _before: _Before) -> Iterator[_ToldFact]:
    yield "complaint", (event.data["problem"],), {"reason": event.data["reason"] or ""}


def _day(event: _ToldEvent, name: str) -> date:
    return date.fromisoformat(event.data[name])


_READERS: dict[str, Callable[[_ToldEvent, _Before], Iterator[_ToldFact]]] = {
    "agreement.signed": _signed,
    "plan.activated": _booked,
    "plan.varied": _booked,
    "agreement.booking_failed": _booked,
    "plan.paused": _paused,
    "plan.resumed": _resumed,
    "plan.installment_missed": _outcome,
    "plan.installment_paid": _outcome,
    "proposal.submitted": _offered,
    "proposal.countered": _offered,
    "proposal.offered": _offered,
    "proposal.accepted": _decided,
    "proposal.declined": _declined,
    "complaint.opened": _opened,
    "complaint.decided": _answered,
}
_TELLING = ("agreement.", "complaint.", "plan.", "proposal.", "visit.")


def telling() -> Q:
    """Events that may tell a fact, or name a text."""
    return Q(*(Q(type__startswith=room) for room in _TELLING), join_type=Q.OR)
