"""What a dry run of a policy reads: past proposals with what was known on their day, and what became of them."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from portal.domain.ledger.position import Position, position
from portal.domain.restructuring.negotiation import Party, State
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.plan_codec import money_of, offer_facts, offer_from_facts, plan_from_facts
from portal.domain.restructuring.quote_facts import break_facts
from portal.domain.restructuring.replay import PastDecision, PastOffer
from portal.domain.restructuring.together import Together, asked_together
from portal.reads.cases import LenderFacts
from portal.reads.decisions import decisions_since
from portal.reads.facts import position_text, promised_terms
from portal.reads.jobs import JobStatus, job_of
from portal.reads.loans import load_loans
from portal.reads.policy import policy as read_policy
from portal.tables import models as tables
from portal.vault import Vault

POLICY = "policy"
"""What kind of approval a proposed policy is."""
REPLAY, REACH = "replay", "reach"
"""Of which kinds the jobs are that try it out, and count whom its standing offers reach."""
_WINDOW = 500


def replay_key(approval: str, days: int) -> str:
    """By which the dry run of what waits is asked for once."""
    return f"{REPLAY}:{approval}:{days}"


def reach_key(approval: str) -> str:
    return f"{REACH}:{approval}"


async def policy_reach(lender_id: int, approval: str, vault: Vault) -> JobStatus | None:
    """Whom the standing offers of a policy that waits reach, as far as it is counted; None where nobody asked."""
    row = await tables.JobRow.get_or_none(lender_id=lender_id, kind=REACH, key=reach_key(approval))
    return job_of(row, vault) if row else None


async def policy_replay(lender_id: int, approval: str, days: int, vault: Vault) -> JobStatus | None:
    """The dry run of a policy that waits, over so many days, as far as it is; None where none was asked for."""
    row = await tables.JobRow.get_or_none(lender_id=lender_id, kind=REPLAY, key=replay_key(approval, days))
    return job_of(row, vault) if row else None


async def proposed_policy(lender_id: int, approval: str) -> str:
    """The text of a policy that was proposed."""
    row = await tables.ApprovalRow.get(lender_id=lender_id, kind=POLICY, ref=approval)
    return str(json.loads(row.facts)["text"])


@dataclass(slots=True)
class PastProposal:
    """`offers` are the borrower's, in their order, but for `older` ones: of those it was not kept what came of them.

    `kept` and `given_back` count the decisions whose rules and figures were kept, and those that come out so today.
    `promise` is what the lender promised to take, and until when, where it declined with that.
    """

    ref: str
    loan_id: int
    loan_no: str
    currency: str
    state: State
    first_on: date
    offers: list[PastOffer] = field(default_factory=list)
    older: int = 0
    kept: int = 0
    given_back: int = 0
    promise: tuple[str, date] | None = None


async def past_proposals(lender: LenderFacts, since: date) -> AsyncIterator[PastProposal]:
    """Those whose first offer was made on `since` or later, the newest first; a few are in memory at a time."""
    last = await tables.ProposalRow.all().order_by("-id").first()
    before, kept_since = (last.id + 1 if last else 0), await decisions_since(lender.id)
    while before > 0:
        window = await _read_window(lender, before, kept_since)
        for row in window.rows:
            found = await window.proposal(row)
            if found is not None and found.first_on >= since:
                yield found
            elif found is not None:
                return
        before -= _WINDOW


@dataclass(frozen=True, slots=True)
class _Window:
    """The rows of some proposals, by their ids; `promises` by loan, in the order in which they were made."""

    lender: LenderFacts
    kept_since: datetime | None
    rows: Sequence[Mapping[str, Any]]
    loans: Mapping[int, Mapping[str, Any]]
    offers: Mapping[int, list[Mapping[str, Any]]]
    decisions: Mapping[int, list[Mapping[str, Any]]]
    declined: Mapping[int, list[int]]
    promises: Mapping[int, tuple[str, date]]
    together: Mapping[str, Together | None]
    _known: dict[tuple[datetime, date], Position] = field(default_factory=dict)

    async def proposal(self, row: Mapping[str, Any]) -> PastProposal | None:
        """None of one without an offer or a loan."""
        offers, line = self.offers.get(row["id"]), self.loans.get(row["id"])
        if not offers or line is None:
            return None
        currency = json.loads(offers[0]["plan"])["currency"]
        of_loan = line["loan_id"], line["loan__loan_no"], currency
        found = PastProposal(row["ref"], *of_loan, State(row["state"]), offers[0]["as_of"])
        found.promise = self.promises.get(row["id"])
        taken = {each["version"] for each in self.decisions[row["id"]] if each["party"] == Party.POLICY.value}
        for offer in offers:
            await self._add(found, row, offer, offer["version"] in taken)
        for decision in self.decisions[row["id"]]:
            await self._count(found, row, offers, decision)
        self._known.clear()
        return found

    async def _add(
        self, found: PastProposal, proposal: Mapping[str, Any], row: Mapping[str, Any], at_once: bool
    ) -> None:
        if row["party"] != Party.BORROWER.value:
            return
        if not at_once and (self.kept_since is None or row["made_at"] < self.kept_since):
            found.older += 1
            return
        offer, plan = self._offered(row, found.currency)
        declined = [each for each in self.declined[found.loan_id] if each < proposal["id"]]
        terms, until = self.promises.get(declined[-1], ("", date.min)) if declined else ("", date.min)
        promised = until >= row["as_of"] and terms == promised_terms(offer_facts(offer, found.currency))
        now = await self._position(found, row["made_at"], row["as_of"])
        under = await read_policy(self.lender.id, self.lender.currency, row["policy_version"])
        found.offers.append(PastOffer(now, offer, plan, under, at_once, promised, self._part_of(proposal, row)))

    async def _count(
        self,
        found: PastProposal,
        proposal: Mapping[str, Any],
        offers: Sequence[Mapping[str, Any]],
        row: Mapping[str, Any],
    ) -> None:
        """A decision of before its rules were kept proves nothing."""
        made = next((each for each in offers if each["version"] == row["version"]), None)
        if row["breaks"] is None or row["position"] is None or made is None:
            return
        drawn = row["party"] == Party.POLICY.value or row["verdict"] == "counter"
        now = await self._position(found, row["decided_at"], made["as_of"] if drawn else row["decided_on"])
        under = await read_policy(self.lender.id, self.lender.currency, row["policy_version"])
        part_of = self._part_of(proposal, made) if row["party"] == Party.POLICY.value else None
        decision = PastDecision(now, *self._offered(made, found.currency), under, drawn, part_of)
        over, broken = decision.over, decision.breaks
        owed = position_text(over.as_of.isoformat(), over.currency, money_of(over.overdue, over.currency))
        again = [break_facts(each) for each in broken] if broken is not None else None
        found.kept += 1
        found.given_back += owed == row["position"] and again == json.loads(row["breaks"])

    def _part_of(self, proposal: Mapping[str, Any], row: Mapping[str, Any]) -> Together | None:
        """What is offered later in such a proposal is for its own loan alone."""
        return self.together.get(proposal["together"]) if row["version"] == 1 else None

    def _offered(self, row: Mapping[str, Any], currency: str) -> tuple[Any, Any]:
        return offer_from_facts(json.loads(row["terms"]), currency), plan_from_facts(json.loads(row["plan"]))

    async def _position(self, found: PastProposal, known_at: datetime, day: date) -> Position:
        """At the end of that day, from what had been told by then: what came of the proposal itself had not."""
        at = (known_at, day)
        if at not in self._known:
            loans = await load_loans([found.loan_id], await _written_by(found, known_at))
            loan, _ = (loans or await load_loans([found.loan_id]))[found.loan_id]
            earlier = tuple(each for each in loan.agreements if each.proposal != found.ref)
            self._known[at] = position(replace(loan, agreements=earlier), day)
        return self._known[at]


async def _written_by(found: PastProposal, at: datetime) -> datetime:
    """Up to when facts had been written before what happened to a proposal at that time.

    Two acts may wait for one lock and be written in the other order than they began: what the log has behind it was
    not known to it, though its time is an earlier one.
    """
    events = tables.EventRow.filter(stream=f"loan:{found.loan_id}")
    own = await events.filter(proposal_ref=found.ref, occurred_at=at).order_by("seq").first()
    later = await events.filter(seq__gt=own.seq, occurred_at__lt=at).order_by("occurred_at").first() if own else None
    return later.occurred_at - timedelta(microseconds=1) if later else at


async def _read_window(lender: LenderFacts, before: int, kept_since: datetime | None) -> _Window:
    rows = await (
        tables.ProposalRow.filter(lender_id=lender.id, id__lt=before, id__gte=before - _WINDOW)
        .order_by("-id")
        .values("id", "ref", "state", "together")
    )
    ids = [row["id"] for row in rows]
    lines = await tables.ProposalLineRow.filter(proposal_id__in=ids).values("proposal_id", "loan_id", "loan__loan_no")
    loans = {each["proposal_id"]: each for each in lines}
    before_them = tables.ProposalLineRow.filter(loan_id__in={each["loan_id"] for each in lines})
    declined = await (
        before_them.filter(proposal__state=State.DECLINED.value)
        .order_by("proposal_id")
        .values("loan_id", "proposal_id")
    )
    promised = tables.PromiseRow.filter(proposal_id__in=[each["proposal_id"] for each in declined])
    return _Window(
        lender,
        kept_since,
        rows,
        loans,
        _grouped(await tables.OfferRow.filter(proposal_id__in=ids).order_by("version").values(*_OFFER)),
        _grouped(await tables.DecisionRow.filter(proposal_id__in=ids).order_by("id").values(*_DECISION)),
        _declined(declined),
        {each.proposal_id: (each.terms, each.valid_until) for each in await promised},  # type: ignore[attr-defined]
        await amounts_together({row["together"] for row in rows} - {""}),
    )


async def amounts_together(refs: Collection[str]) -> dict[str, Together | None]:
    """By what joins them, what was asked for in all."""
    rows = tables.OfferRow.filter(proposal__together__in=refs, version=1).order_by("id")
    offers: dict[str, list[Offer]] = defaultdict(list)
    for row in await rows.values("terms", "plan", together="proposal__together"):
        offers[row["together"]].append(offer_from_facts(json.loads(row["terms"]), json.loads(row["plan"])["currency"]))
    return {together: asked_together(sent) for together, sent in offers.items()}


_OFFER = ("proposal_id", "version", "party", "terms", "plan", "as_of", "policy_version", "made_at")
_DECISION = (
    *("proposal_id", "version", "verdict", "party", "policy_version", "position", "breaks"),
    *("decided_on", "decided_at"),
)


def _grouped(rows: Sequence[Mapping[str, Any]]) -> Mapping[int, list[Mapping[str, Any]]]:
    found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["proposal_id"]].append(row)
    return found


def _declined(rows: Sequence[Mapping[str, Any]]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        found[row["loan_id"]].append(row["proposal_id"])
    return found
