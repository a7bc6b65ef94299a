"""The lender of the year: the example core with a ledger of its own, and what it tells of money and loans."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from random import Random
from typing import Any

from portal.domain.contract.agreement import Agreement, Covers, CureTerms, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.pause import Pause, PauseInterest, PauseScope, PauseTerms
from portal.domain.contract.plan import Plan, PlanRow
from portal.reads.holidays import working_days
from tests.api import core_books
from tests.api.core_books import Kept
from tests.api.told import as_payment, as_row
from tests.year.network import ALTERED, DOUBLED, LOST, PLANTED, Faults

MORE_STATES = {"plan.ended": "ended"}
PAUSED = "paused"


class Ledger(core_books.Core):
    """What the feed makes of each loan, by the second count; read anew once its past was another.

    `within` are pauses by the proposal that led to them, and the agreement each is a part of; `to_tell` is what of the
    loans is otherwise than it was told.
    """

    def __init__(self, slug: str, zone: str, rnd: Random) -> None:
        super().__init__(client=None, slug=slug, zone=zone, rnd=rnd)  # type: ignore[arg-type]
        self.within: dict[str, Agreement] = {}
        self.to_tell: dict[str, Kept] = {}

    def begin(self) -> None:
        self.told_of.clear()
        self.within.clear()
        for kept in self.loans.values():
            kept.agreements.clear()
            kept.states.clear()
            kept.still.clear()

    def read(self, event: dict[str, Any]) -> None:
        kept = self.loans.get(event["loan_no"])
        if kept is not None and event["proposal"] in self.within:
            return self.answers_within(kept, event)
        if event["type"] in MORE_STATES and kept is not None:
            kept.states[self.told_of[event["proposal"]]] = MORE_STATES[event["type"]]
        if event["type"] in ("plan.paused", "plan.resumed") and kept is not None:
            return self.rests(kept, event)
        self.hears(event, date.fromisoformat(event["business_date"]))

    def signed(self, kept: Kept, event: dict[str, Any], day: date) -> None:
        """A pause takes nothing in; one within a plan is a part of that plan from the day it was signed."""
        data, offer = event["data"], event["data"]["offer"]
        if offer["kind"] != "pause":
            return super().signed(kept, event, day)
        terms = PauseTerms(PauseScope(offer["pause"]["scope"]), PauseInterest(offer["pause"]["interest"]))
        plan = Plan(
            date.fromisoformat(data["as_of"]), data["currency"], Amounts(), Amounts(), rows_of(data), Fraction(0)
        )
        found = Agreement(
            data["agreement"], OfferKind.PAUSE, Covers(offer["covers"]), plan, CureTerms(), day, pause=terms
        )
        found = replace(found, working_days=working_days(self.zone), within=offer.get("within") or "")
        if not found.within:
            self.told_of[event["proposal"]] = found.ref
            kept.agreements[found.ref] = found
            return None
        self.within[event["proposal"]] = found
        of = kept.agreements[found.within]
        kept.agreements[of.ref] = replace(of, pauses=(*of.pauses, Pause(plan.as_of, plan.last_due_on, terms)))
        return None

    def answers_within(self, kept: Kept, event: dict[str, Any]) -> None:
        """What the core did not book is no part of the plan."""
        if event["type"] == "agreement.booking_failed":
            pause = self.within.pop(event["proposal"])
            of = kept.agreements[pause.within]
            kept.agreements[of.ref] = replace(of, pauses=tuple(p for p in of.pauses if p.start != pause.plan.as_of))

    def rests(self, kept: Kept, event: dict[str, Any]) -> None:
        """What the lender grants within a plan; what is signed as a pause rests by itself."""
        of, data = kept.agreements[self.told_of[event["proposal"]]], event["data"]
        if event["type"] == "plan.resumed":
            kept.states[of.ref] = "active"
            on = date.fromisoformat(data["on"])
            ended = tuple(replace(p, end=min(p.end, on)) if p.start < on else p for p in of.pauses)
            kept.agreements[of.ref] = replace(of, pauses=ended)
            return
        kept.states[of.ref] = PAUSED
        start = date.fromisoformat(data["from"])
        if of.kind is not OfferKind.PAUSE and start not in {each.start for each in of.pauses}:
            terms = PauseTerms(PauseScope(data["scope"]), PauseInterest(data["interest"]))
            pause = Pause(start, date.fromisoformat(data["until"]), terms)
            kept.agreements[of.ref] = replace(of, pauses=(*of.pauses, pause))

    def agrees(self, kept: Kept, event: dict[str, Any], day: date) -> None:
        """What an event says of its day is looked at with the positions: money of before may be heard of by now."""


def rows_of(data: dict[str, Any]) -> tuple[PlanRow, ...]:
    rows = ((each["no"], date.fromisoformat(each["due_on"]), each["days"]) for each in data["schedule"])
    return tuple(PlanRow(*row, Amounts(), 0, 0) for row in rows)


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
    written_off: set[str] = field(default_factory=set)
    decides: dict[str, Callable[[dict[str, Any]], str]] = field(default_factory=dict)

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
            self.ledger.to_tell |= self.ledger.loans
        self.epoch = epoch

    def hears(self, on: date) -> None:
        heard = [(kept, payment) for kept in self.ledger.loans.values() for payment in kept.hears_by(on)]
        heard.sort(key=lambda each: each[1].reverses is not None)
        for kept, payment in heard:
            kept.loan = replace(kept.loan, payments=(*kept.loan.payments, payment))
        self.to_pay += [as_payment(kept.loan, payment) for kept, payment in heard]

    def cannot_be(self, payment: dict[str, Any], problem: str) -> None:
        """It named a payment of a plan that is gone: it is told for the loan then, as a person would."""
        kept = self.ledger.loans[payment["loan_no"]]
        by_id = {each.id: each for each in kept.loan.payments}
        assert by_id[payment["id"]].plan_installment, (payment, problem)
        again = replace(by_id[payment["id"]], plan_installment=None)
        kept.loan = replace(kept.loan, payments=tuple({**by_id, again.id: again}.values()))
        self.to_pay.append(as_payment(kept.loan, again))

    def answers(self, event: dict[str, Any]) -> str:
        """Booked, but where somebody is to decide it otherwise."""
        decide = self.decides.get(event["loan_no"])
        return decide(event) if decide else "booked"

    def tells(self, on: date) -> None:
        for number, kept in self.ledger.loans.items():
            if number not in self.written_off and kept.loan.written_off_on and kept.loan.written_off_on <= on:
                self.written_off.add(number)
                self.ledger.to_tell[number] = kept
        if self.ledger.to_tell:
            rows = [as_row(kept.loan, kept.borrower, None, on) for kept in self.ledger.to_tell.values()]
            self.example.portal.ask("loans.send_portfolio", model="Portfolio", body={"loans": rows})
            self.ledger.to_tell = {}
        if self.to_pay:
            self.pays()

    def pays(self) -> None:
        """What names a row of a plan that gave way to one with fewer is the only thing that cannot be."""
        paying, self.to_pay = self.to_pay, []
        try:
            with self.example.books.act():
                for payment in paying:
                    self.example.books.received(payment)
            self.example.pay_again(paying)
        except BaseException:
            self.to_pay = paying
            raise
