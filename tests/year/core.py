"""The lender of the year: the example core with a ledger of its own, and what it tells of money and loans."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random
from typing import Any

from tests.api import core_books
from tests.api.core_books import Kept
from tests.api.told import as_payment, as_row
from tests.year.network import ALTERED, DOUBLED, LOST, PLANTED, Faults


class Ledger(core_books.Core):
    """What the feed makes of each loan, by the second count; read anew once its past was another."""

    def __init__(self, slug: str, zone: str, rnd: Random) -> None:
        super().__init__(client=None, slug=slug, zone=zone, rnd=rnd)  # type: ignore[arg-type]

    def begin(self) -> None:
        self.told_of.clear()
        for kept in self.loans.values():
            kept.agreements.clear()
            kept.states.clear()
            kept.still.clear()

    def read(self, event: dict[str, Any]) -> None:
        self.hears(event, date.fromisoformat(event["business_date"]))

    def agrees(self, kept: Kept, event: dict[str, Any], day: date) -> None:
        """What an event says of its day is looked at with the positions: money of before may be heard of by now."""


class Unsure:
    """The portal as told by something in between: now and then an event of a page is lost, altered or doubled."""

    def __init__(self, portal: Any, faults: Faults) -> None:
        self._portal, self._faults = portal, faults

    def ask(self, operation: str, *path: str, **named: Any) -> Any:
        said = self._portal.ask(operation, *path, **named)
        if operation == "events.list_events" and "loan_no" not in named and said["events"]:
            for planted in PLANTED:
                if said["events"] and self._faults.comes(planted):
                    said["events"] = self._wrong(planted, said["events"])
        return said

    def _wrong(self, planted: str, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        place = self._faults.rnd.randrange(len(events))
        event = events[place]
        instead = {LOST: [], ALTERED: [{**event, "correlation": "x" * 16}], DOUBLED: [event, event]}[planted]
        return [*events[:place], *instead, *events[place + 1 :]]


@dataclass
class Bank:
    """What the core does on a day. What could not be said is said on the next, in the same words."""

    example: Any
    ledger: Ledger
    epoch: str = ""
    to_pay: list[dict[str, Any]] = field(default_factory=list)
    to_tell: dict[str, Kept] = field(default_factory=dict)

    async def day(self, on: date, *, late_file: bool) -> None:
        """Reads first, for what is known of a day is known before its money is told."""
        await asyncio.to_thread(self.example.pull)
        self.looks_for_another_past()
        if not late_file:
            self.hears(on)
        await asyncio.to_thread(self.tells, on)
        await asyncio.to_thread(self.example.pull)

    def looks_for_another_past(self) -> None:
        """What was told of loans after a backup is not in it."""
        epoch = self.example.books.place[0]
        if self.epoch not in ("", epoch):
            self.to_tell |= self.ledger.loans
        self.epoch = epoch

    def hears(self, on: date) -> None:
        heard = [(kept, payment) for kept in self.ledger.loans.values() for payment in kept.hears_by(on)]
        heard.sort(key=lambda each: each[1].reverses is not None)
        for kept, payment in heard:
            kept.loan = replace(kept.loan, payments=(*kept.loan.payments, payment))
        self.to_pay += [as_payment(kept.loan, payment) for kept, payment in heard]

    def cannot_be(self, payment: dict[str, Any], _problem: str) -> None:
        """It named a payment of a plan that is gone: it is told for the loan then, as a person would."""
        kept = self.ledger.loans[payment["loan_no"]]
        by_id = {each.id: each for each in kept.loan.payments}
        again = replace(by_id[payment["id"]], plan_installment=None)
        kept.loan = replace(kept.loan, payments=tuple({**by_id, again.id: again}.values()))
        self.to_pay.append(as_payment(kept.loan, again))

    def tells(self, on: date) -> None:
        if self.to_tell:
            rows = [as_row(kept.loan, kept.borrower, None, on) for kept in self.to_tell.values()]
            self.example.portal.ask("loans.send_portfolio", model="Portfolio", body={"loans": rows})
            self.to_tell = {}
        if self.to_pay:
            self.example.pay(self.to_pay)
            self.to_pay = []
