"""A lender's core with books of its own: it follows the feed, answers bookings, and tells money when it hears of it.

What it keeps of a loan is what it told itself and what the feed told it. The second count (`tests.naive`) is over that,
and knows nothing of the portal's database.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import httpx2

from portal.domain.contract.agreement import Agreement, Covers, CureTerms, MissedContract, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.contract.loan import Loan, Payment, Suspension
from portal.domain.contract.plan import Plan, PlanRow, TakenIn
from portal.reads.holidays import working_days
from tests.api.told import as_fen, as_payment, as_row
from tests.naive.dues import COMPONENTS
from tests.naive.ledger import owed

BOOKS = "books"
STATES = {
    "plan.activated": "active",
    "plan.cured": "active",
    "plan.reinstated": "active",
    "plan.reopened": "active",
    "plan.strained": "strained",
    "plan.broken": "broken",
    "plan.completed": "completed",
    "plan.superseded": "superseded",
}
ANSWERS = {f"proposal.{name}" for name in ("accepted", "declined", "countered", "info_requested", "withdrawn")}


@dataclass
class Kept:
    """One loan in the core's books: what was told of it, what it has heard and not told yet, and what the feed said."""

    loan: Loan
    borrower: str
    unheard: dict[date, list[Payment]] = field(default_factory=lambda: defaultdict(list))
    agreements: dict[str, Agreement] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    still: list[tuple[str, Suspension]] = field(default_factory=list)

    @property
    def facts(self) -> Loan:
        stops = tuple(each for _, each in self.still)
        return replace(self.loan, agreements=tuple(self.agreements.values()), suspensions=stops)

    def as_it_is(self) -> "Kept":
        """What goes on being told does not change it."""
        now = dict(self.agreements), dict(self.states), list(self.still)
        return replace(self, agreements=now[0], states=now[1], still=now[2])

    def hears_by(self, on: date) -> list[Payment]:
        days = [day for day in self.unheard if day <= on]
        return [payment for day in days for payment in self.unheard.pop(day)]

    def stated(self, on: date) -> Counter[str]:
        """What is overdue by these books: with the agreements booked before, and penalty on where books differ."""
        booked = tuple(each for each in self.agreements.values() if each.answered_on and each.answered_on < on)
        still = tuple(each for _, each in self.still if each.reason != BOOKS)
        return owed(replace(self.loan, agreements=booked, suspensions=still), on).overdue


@dataclass
class Core:
    """`happened` counts what came by."""

    client: httpx2.AsyncClient
    slug: str
    zone: str
    rnd: Random
    loans: dict[str, Kept] = field(default_factory=dict)
    after: int = 0
    to_answer: dict[date, list[str]] = field(default_factory=lambda: defaultdict(list))
    told_of: dict[str, str] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)

    async def post(self, path: str, body: Any) -> httpx2.Response:
        return await self.client.post(f"/api/v1/{path}", json=body)

    async def tell_loans(self, on: date, kept: list[Kept], stated: dict[str, Counter[str]]) -> None:
        rows = [as_row(each.loan, each.borrower, stated.get(each.loan.loan_no), on) for each in kept]
        said = await self.post("portfolio", rows)
        assert said.status_code == 200, said.text

    async def tell_money(self, on: date) -> None:
        """What it hears of today, of all loans in any order; what takes a payment back comes after it."""
        heard = [(kept, payment) for kept in self.loans.values() for payment in kept.hears_by(on)]
        self.rnd.shuffle(heard)
        heard.sort(key=lambda each: each[1].reverses is not None)
        for kept, payment in heard:
            kept.loan = replace(kept.loan, payments=(*kept.loan.payments, payment))
            self.happened["payment"] += 1
            self.happened["late fact"] += payment.received_on < on
            signed = [each for each in kept.agreements.values() if not each.refused]
            self.happened["late fact before the plan"] += any(
                payment.received_on <= each.plan.as_of and each.signed_on < on for each in signed
            )
        if heard:
            said = await self.post("payments", [as_payment(kept.loan, payment) for kept, payment in heard])
            assert (said.status_code, said.json().get("added")) == (200, len(heard)), said.text

    async def answer(self, on: date) -> None:
        """Books what it signed up for, refuses some; what was taken back meanwhile is a conflict."""
        for ref in self.to_answer.pop(on, ()):
            body = {"outcome": "booked", "core_id": f"K-{ref}"}
            if self.rnd.random() < 0.12:
                body = {"outcome": "refused", "reason": "loan_closed"}
            said = await self.post(f"agreements/{ref}/booking", body)
            assert said.status_code in (200, 409), said.text
            self.happened[f"answered {said.status_code}"] += 1

    async def follow(self, on: date) -> None:
        more = True
        while more:
            said = await self.client.get("/api/v1/events", params={"after": self.after, "limit": 1000})
            page = said.json()
            for event in page["events"]:
                self.hears(event, on)
            self.after, more = page["next"], page["more"]

    def hears(self, event: dict[str, Any], on: date) -> None:
        self.happened[event["type"]] += 1
        kept, day = self.loans.get(event["loan_no"]), date.fromisoformat(event["business_date"])
        if kept is None:
            return
        if event["type"] == "agreement.signed":
            self.signed(kept, event, day)
            if self.rnd.random() < 0.95:
                self.to_answer[on + timedelta(days=self.rnd.choice((0, 0, 1, 3)))].append(event["data"]["agreement"])
        elif event["type"] in ("plan.activated", "agreement.booking_failed"):
            self.booked(kept, event, day)
        self.stops_or_goes_on(kept, event, day)
        if event["type"] in STATES:
            kept.states[self.told_of[event["proposal"]]] = STATES[event["type"]]
        if event["type"] in ("plan.broken", "plan.reinstated", "plan.reopened"):
            self.agrees(kept, event, day)

    def signed(self, kept: Kept, event: dict[str, Any], day: date) -> None:
        """As the core would book it: what it takes in, its rows, and the rules both hold to."""
        data = event["data"]
        ref, offer, slips = data["agreement"], data["offer"], data["slips"]
        cure = CureTerms(slips["cure_days"], slips["within"], slips["telling_days"], MissedContract(slips["contract"]))
        kinds = OfferKind(offer["kind"]), Covers(offer["covers"])
        found = Agreement(ref, *kinds, plan_of(data), cure, day, working_days=working_days(self.zone))
        found = replace(found, every=Every.parse(offer["every"]), interest_rate=Fraction(offer["interest_rate"]))
        self.told_of[event["proposal"]] = ref
        kept.agreements[ref] = replace(found, taken_in=taken_in(data))

    def booked(self, kept: Kept, event: dict[str, Any], day: date) -> None:
        """Or not: which of a proposal's agreements that was the event says only of one that was."""
        refused = event["type"] == "agreement.booking_failed"
        ref = self.told_of[event["proposal"]] if refused else event["data"]["agreement"]
        self.told_of[event["proposal"]] = ref
        kept.agreements[ref] = replace(kept.agreements[ref], answered_on=day, refused=refused)

    def stops_or_goes_on(self, kept: Kept, event: dict[str, Any], day: date) -> None:
        """What stands still, by what it stands still for."""
        data, sent = event["data"], event["proposal"]
        match event["type"]:
            case "dispute.opened":
                stops(kept, data["problem"], data["components"], data["from"], "dispute")
            case "dispute.closed":
                goes_on(kept, data["problem"], date.fromisoformat(data["until"]))
            case "proposal.unanswered":
                stops(kept, sent, data["components"], data["decide_by"], "unanswered")
            case "statement.differs":
                stops(kept, BOOKS, data["components"], data["as_of"], BOOKS)
            case "statement.agrees":
                goes_on(kept, BOOKS, day)
            case answer if answer in ANSWERS:
                goes_on(kept, sent, day)

    def agrees(self, kept: Kept, event: dict[str, Any], day: date) -> None:
        """What is overdue by the event, and what of a waiver is final, is so by the second count."""
        found, data = owed(kept.facts, day), event["data"]
        assert amounts(data["balance"]) == Amounts(**found.overdue), (event, kept.facts)
        if "vested" in data:
            plan = next(plan for plan in found.plans if plan.ref == self.told_of[event["proposal"]])
            assert amounts(data["vested"]) == Amounts(**plan.vested), (event, kept.facts)


def plan_of(data: dict[str, Any]) -> Plan:
    rows = tuple(
        PlanRow(
            each["no"],
            date.fromisoformat(each["due_on"]),
            each["days"],
            amounts(each["components"]),
            as_fen(each["plan_interest"]),
            as_fen(each["balance"]),
        )
        for each in data["schedule"]
    )
    total = sum((each.amounts for each in taken_in(data)), Amounts())
    as_of, waived = date.fromisoformat(data["as_of"]), amounts(data["waived"])
    return Plan(as_of, data["currency"], total, waived, rows, Fraction(0))


def taken_in(data: dict[str, Any]) -> tuple[TakenIn, ...]:
    assert data["taken_in"]
    return tuple(TakenIn(each["due"], amounts(each)) for each in data["taken_in"])


def amounts(texts: dict[str, str]) -> Amounts:
    return Amounts(**{name: as_fen(texts[name]) for name in COMPONENTS})


def stops(kept: Kept, what: str, components: list[str], start: str, why: str) -> None:
    day = date.fromisoformat(start)
    kept.still += [(what, Suspension(component, day, None, why)) for component in components]


def goes_on(kept: Kept, what: str, end: date) -> None:
    for place, (name, each) in enumerate(kept.still):
        if name == what and each.end is None:
            kept.still[place] = name, replace(each, end=max(end, each.start))
