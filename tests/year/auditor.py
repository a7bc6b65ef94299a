"""An auditor who has the feed alone: is it whole, is what it tells of each plan possible, was all booked once?

The life of a proposal is read from the table of transitions, and counted edge by edge.
"""

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from portal.domain.restructuring.negotiation import TRANSITIONS, Move, Party, State

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


@dataclass
class Auditor:
    edges: Counter[Edge] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    money: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    signed: dict[str, str] = field(default_factory=dict)
    _state: dict[str, State] = field(default_factory=lambda: defaultdict(lambda: State.DRAFT))
    _heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    _feed: int = 0

    def read(self, event: dict[str, Any]) -> None:
        self._is_next(event)
        self.types[event["type"]] += 1
        if event["type"] in EVENTS and event["proposal"]:
            self._moves(event)
        self._counts(event)

    def _is_next(self, event: dict[str, Any]) -> None:
        seq, before = self._heads.get(event["stream"], (0, "0" * 64))
        assert event["feed"] == self._feed + 1, ("the feed has a gap", self._feed, event)
        assert event["seq"] == seq + 1, ("a chain has a gap", seq, event)
        body = json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        self._feed = event["feed"]
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
        self._state[ref] = TRANSITIONS[edge].to

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
