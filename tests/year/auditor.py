"""An auditor who has the feed alone: is it whole, is what it tells of each plan possible, was all booked once?

The life of a proposal is read from the table of transitions, and counted edge by edge.
"""

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from portal.domain.restructuring.negotiation import LIVE, OPEN_STATES, TRANSITIONS, Move, Party, State

Edge = tuple[State, Party, Move]
EVENTS = {edge.event for edge in TRANSITIONS.values()}
# Who an event says acted, by the party of the table; the policy acts in the name of whoever sent.
PARTIES = {
    "borrower": (Party.BORROWER, Party.POLICY),
    "staff": (Party.LENDER, Party.CORE),
    "lender": (Party.CORE,),
    "clock": (Party.CLOCK,),
    "system": (Party.POLICY, Party.CLOCK),
}
PAIRS = {(one, two) for one, edge in TRANSITIONS.items() for two in TRANSITIONS if two[0] is edge.to}


@dataclass
class Auditor:
    """`going` has of each loan the proposals that are open and the plans that live, `over` what came to its end last,
    each with where it is.
    """

    edges: Counter[Edge] = field(default_factory=Counter)
    pairs: Counter[tuple[Edge, Edge]] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    money: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    signed: dict[str, str] = field(default_factory=dict)
    going: dict[str, dict[str, State]] = field(default_factory=lambda: defaultdict(dict))
    over: dict[str, tuple[str, State]] = field(default_factory=dict)
    _last: dict[str, Edge] = field(default_factory=dict)
    _state: dict[str, State] = field(default_factory=lambda: defaultdict(lambda: State.DRAFT))
    _heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    feed: int = 0

    def read(self, event: dict[str, Any]) -> None:
        self._is_next(event)
        self.types[event["type"]] += 1
        if event["type"] in EVENTS and event["proposal"]:
            self._moves(event)
        self._counts(event)

    def _is_next(self, event: dict[str, Any]) -> None:
        seq, before = self._heads.get(event["stream"], (0, "0" * 64))
        assert event["feed"] == self.feed + 1, ("the feed has a gap", self.feed, event)
        assert event["seq"] == seq + 1, ("a chain has a gap", seq, event)
        body = json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        self.feed = event["feed"]
        self._heads[event["stream"]] = event["seq"], hashlib.sha256(f"{before}\n{body}".encode()).hexdigest()

    def _moves(self, event: dict[str, Any]) -> None:
        ref = event["proposal"]
        state, parties = self._state[ref], PARTIES[event["actor"]["kind"]]
        found = [
            at
            for at, edge in TRANSITIONS.items()
            if at[0] is state and edge.event == event["type"] and (at[1] in parties or at[1] is Party.POLICY)
        ]
        assert found, ("no such move", state, event)
        edge = min(found, key=lambda at: parties.index(at[1]) if at[1] in parties else len(parties))
        self.edges[edge] += 1
        if ref in self._last:
            self.pairs[self._last[ref], edge] += 1
        self._last[ref], self._state[ref] = edge, TRANSITIONS[edge].to
        if self._state[ref] in OPEN_STATES | LIVE:
            self.going[event["loan_no"]][ref] = self._state[ref]
        else:
            self.going[event["loan_no"]].pop(ref, None)
            self.over[event["loan_no"]] = ref, self._state[ref]

    def _counts(self, event: dict[str, Any]) -> None:
        """Each payment once, and each agreement answered once at most."""
        data, kind = event["data"], event["type"]
        if kind == "agreement.signed":
            self.signed[data["agreement"]] = event["proposal"]
        elif kind in ("plan.activated", "plan.varied"):
            self.answers[data["agreement"]] += 1
            assert self.answers[data["agreement"]] == 1, ("booked twice", event)
        elif kind == "payment.received":
            assert (event["loan_no"], data["payment"]) not in self.money, ("told twice", event)
            self.money[event["loan_no"], data["payment"]] = Decimal(data["amount"])

    def last_edge(self, ref: str) -> Edge | None:
        return self._last.get(ref)

    def edges_under(self, times: int) -> list[Edge]:
        return [edge for edge in TRANSITIONS if self.edges[edge] < times]

    def pairs_under(self, times: int) -> list[tuple[Edge, Edge]]:
        return sorted(pair for pair in PAIRS if self.pairs[pair] < times)
