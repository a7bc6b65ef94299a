"""A lender's year of ten loans of different lives, told by its acts; what its ledger reads is asked of the API."""

import importlib.util
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2

from portal.actions.act import Acting, Author, FormToken
from portal.actions.api_keys import PURPOSES, add_key
from portal.actions.lenders import OPERATOR, NewLender, add_lender, set_policy
from portal.actions.payments import record_payments
from portal.actions.portfolio import import_portfolio
from portal.actions.proposals import accept, advance_plans, agree, book, run_clocks, submit
from portal.app import create_app
from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.contract.closing import ClosingReason, LenderCredit, LoanClosing
from portal.domain.contract.loan import Charge, Loan, Payment
from portal.domain.contract.portfolio import BorrowerFacts, LoanRecord, PaymentRecord
from portal.domain.contract.prepayment import Purpose, Then
from portal.domain.event import Actor, BusinessTime
from portal.domain.ledger.position import position
from portal.domain.restructuring.negotiation import OPEN_STATES, Party, State
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.quote import quote_offer
from portal.reads.cases import LenderFacts, PersonScope, case, lender_by_slug
from portal.reads.papers import Signer
from portal.reads.policy import policy
from portal.reads.proposals import desk_proposal
from portal.settings import Settings
from portal.tables import models as tables
from portal.vault import Vault, new_ref
from portal.web.agreements import agreement_document
from tests.api.conftest import BASE
from tests.domain.people import XIAOMING
from tests.staged import SECRET

EXAMPLE = Path(__file__).parents[2] / "examples" / "general_ledger.py"
PAID_OUT, EACH = date(2025, 12, 15), 110016
MONTH_ENDS = [date(2026, month + 1, 1) - date.resolution for month in range(1, 12)] + [date(2026, 12, 31)]
PAYOFFS = (1, 4, 6, 9, 12)
"""The months at whose end interest that runs is accrued."""
POLICY = """
[plan]
covers = ["overdue", "to-come", "all"]
max_installments = 36
max_months = 60
[waiver]
penalty = "1"
"""
BORROWER, LAN, CORE = Actor("borrower", "one"), Actor("staff", "lan"), Actor("lender", "core")
Step = Callable[["Year", date], Awaitable[object]]


def moment(day: date) -> BusinessTime:
    return BusinessTime(datetime(day.year, day.month, day.day, 4, tzinfo=UTC), day)


def example() -> ModuleType:
    """examples/general_ledger.py, as it stands there, with what stands beside it."""
    sys.path.insert(0, str(EXAMPLE.parent))
    try:
        spec = importlib.util.spec_from_file_location("general_ledger", EXAMPLE)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(EXAMPLE.parent))
    return module


@dataclass
class Year:
    """`told` is all that the ledger is given, line by line in order of time."""

    lender: LenderFacts
    client: httpx2.AsyncClient
    vault: Vault
    person_id: int
    loans: dict[str, Loan] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    after: int = 0

    # What the lender tells.

    async def rows(self, day: date, *loans: Loan) -> None:
        self.loans |= {loan.loan_no: loan for loan in loans}
        records = [
            LoanRecord(n, loan, BorrowerFacts("B-1", "王小明", "+8613800000001", "123X"))
            for n, loan in enumerate(loans, 1)
        ]
        await import_portfolio(moment(day), self.lender, records, [], self.vault)

    async def changes(self, day: date, number: str, **what: Any) -> None:
        await self.rows(day, replace(self.loans[number], **what))

    async def money(self, day: date, number: str, *payments: Payment) -> None:
        records = [PaymentRecord(n, number, each) for n, each in enumerate(payments, 1)]
        await record_payments(moment(day), self.lender, records, self.vault)

    async def agrees(self, day: date, number: str, offer: Offer, outcome: str = "K-1") -> None:
        """Offered, agreed to by the lender, signed, and booked, or not for a reason; "" is no answer."""
        row = await tables.LoanRow.get(loan_no=number, lender_id=self.lender.id)
        now = await case(row.ref, PersonScope(self.person_id, frozenset({self.lender.id})))
        if now.proposal is not None and now.proposal.state in OPEN_STATES:
            ref = now.proposal.ref
        else:
            quote = quote_offer(position(now.loan, day), offer, await policy(self.lender.id, "CNY"))
            ref = await submit(self.acting(day, BORROWER, now.seq), now, self.person_id, quote)
        proposal = await desk_proposal(ref, self.lender.id)
        if proposal.state is not State.ACCEPTED:
            await accept(self.acting(day, LAN, proposal.case.seq), proposal, Party.LENDER)
            proposal = await desk_proposal(ref, self.lender.id)
        paper = agreement_document(proposal, "zh-CN", Signer("one", "", ""), "192.0.2.1", moment(day), 12)
        await agree(self.acting(day, BORROWER, proposal.case.seq), proposal, signed=paper)
        proposal = await desk_proposal(ref, self.lender.id)
        booked = (outcome, "") if outcome.startswith("K") else ("", outcome)
        if outcome:
            await book(self.acting(day, CORE, proposal.case.seq), proposal, *booked)

    def acting(self, day: date, who: Actor, seq: int) -> Acting:
        return Acting(Author(who, self.vault, role="approver"), FormToken(seq, new_ref()), moment(day))

    # What comes back.

    async def follows(self, day: date) -> None:
        """The worker's round, and the pages of the feed."""
        await run_clocks(self.lender, moment(day))
        await advance_plans(self.lender, moment(day))
        more = True
        while more:
            page = await self.asked(f"events?after={self.after}&limit=1000")
            self.told.append(page)
            self.after, more = page["next"], page["more"]

    async def month_ends(self, day: date) -> None:
        await self.follows(day)
        for number in self.loans:
            self.told.append(await self.asked(f"loans/{number}/position?as_of={day}&books=true"))
            if day.month in PAYOFFS:
                self.told.append(await self.asked(f"loans/{number}/payoff?as_of={day}"))

    def schedule(self, number: str) -> list[dict[str, Any]]:
        events = [event for told in self.told for event in told.get("events", ()) if event["loan_no"] == number]
        signed = [event for event in events if event["type"] == "agreement.signed"]
        found: list[dict[str, Any]] = signed[-1]["data"]["schedule"]
        return found

    async def asked(self, what: str) -> dict[str, Any]:
        said = await self.client.get(f"/api/v1/{what}")
        assert said.status_code == 200, said.text
        found: dict[str, Any] = said.json()
        return found

    async def lives(self, steps: list[tuple[date, Step]]) -> None:
        for day in sorted({day for day, _ in steps} | set(MONTH_ENDS)):
            for step in [step for on, step in steps if on == day]:
                await step(self, day)
            if day in MONTH_ENDS:
                await self.month_ends(day)
            else:
                await self.follows(day)


async def begin(database: str) -> Year:
    settings = Settings(database=database, secret=SECRET, base_url=BASE)
    app = create_app(settings, own_database=False)
    await add_lender(moment(PAID_OUT), NewLender("jq", "佳泉消费金融", "consumer-finance", "CNY", "Asia/Shanghai"))
    lender = await lender_by_slug("jq")
    await set_policy(moment(PAID_OUT), lender, POLICY, OPERATOR)
    secret = await add_key(BusinessTime(datetime.now(UTC), PAID_OUT), lender, "core", PURPOSES)
    headers = {"authorization": f"Bearer {secret}"}
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=BASE, headers=headers, timeout=60)
    person = await tables.PersonRow.create(ref=new_ref(), key=app.state.vault.new_key())
    return Year(lender, client, app.state.vault, person.id)


def contract(number: str) -> Loan:
    return replace(XIAOMING, loan_no=number, payments=(), statement=None)


# The lives. Each is what happens on which day; the others know nothing of it.


def pays(number: str, *days: date, fen: int = EACH, told: date | None = None, **named: Any) -> list[tuple[date, Step]]:
    def step(day: date) -> tuple[date, Step]:
        payment = Payment(f"P-{number}-{day}-{fen}", day, fen, **named)
        return told or day, lambda year, on: year.money(on, number, payment)

    return [step(day) for day in days]


def pays_rows(number: str, *days: date, told: date | None = None) -> list[tuple[date, Step]]:
    """What the rows of the plan ask, one after the other, named."""

    def step(no: int, day: date) -> tuple[date, Step]:
        async def paid(year: Year, on: date) -> None:
            fen = int(year.schedule(number)[no - 1]["total"].replace(".", ""))
            await year.money(on, number, Payment(f"P-{number}-{day}-row", day, fen, plan_installment=no))

        return told or day, paid

    return [step(no, day) for no, day in enumerate(days, 1)]


def back(number: str, day: date, what: str, fen: int = 0) -> tuple[date, Step]:
    payment = Payment(f"R-{what}", day, fen, reverses=what)
    return day, lambda year, on: year.money(on, number, payment)


def agreed(number: str, day: date, offer: Offer, outcome: str = "K-1") -> tuple[date, Step]:
    return day, lambda year, on: year.agrees(on, number, offer, outcome)


def worker(day: date) -> tuple[date, Step]:
    return day, Year.follows


def told(number: str, day: date, **what: Any) -> tuple[date, Step]:
    return day, lambda year, on: year.changes(on, number, **what)


def fifteenth(*months: int) -> list[date]:
    return [date(2026, month, 15) for month in months]


JUNE = date(2026, 6, 14)
SIX = Offer(Every(1, "m"), date(2026, 7, 14), installments=6, reason="illness")
WHOLE = replace(SIX, first_due=date(2026, 7, 15), covers=Covers.ALL, interest_rate=Fraction(18, 100), installments=36)
PAUSE = Offer(Every(1, "m"), date(2026, 7, 14), kind=OfferKind.PAUSE, installments=1, reason="illness")


def on_time() -> list[tuple[date, Step]]:
    return pays("1", *fifteenth(*range(1, 13)))


def late_with_charges() -> list[tuple[date, Step]]:
    """A charge that hangs on an installment, one that was wrong, and a waiver of the lender's own."""
    fee = Charge("C-1", date(2026, 4, 1), date(2026, 4, 1), "fees", 1500, 3)
    wrong = Charge("C-2", date(2026, 5, 3), date(2026, 5, 10), "costs", 4000)
    let_go = LenderCredit("L-1", date(2026, 8, 20), Amounts(penalty=1000, interest=700), "goodwill")
    return [
        *pays("2", date(2026, 1, 15), date(2026, 2, 20), date(2026, 4, 20), date(2026, 6, 2)),
        *pays("2", date(2026, 7, 7), fen=250000),
        told("2", date(2026, 4, 1), charges=(fee,)),
        told("2", date(2026, 5, 3), charges=(fee, wrong)),
        told("2", date(2026, 7, 1), charges=(fee,)),
        told("2", date(2026, 8, 21), charges=(fee,), lender_credits=(let_go,)),
        *pays("2", date(2026, 9, 30), fen=300000),
    ]


def plan_kept() -> list[tuple[date, Step]]:
    """Not booked at first; a payment of before its day is told once it runs."""
    plan = replace(SIX, waiver=Amounts(penalty=5632))
    return [
        *pays("3", *fifteenth(1, 2)),
        agreed("3", date(2026, 5, 29), plan, "too_late"),
        agreed("3", date(2026, 6, 3), plan),
        *pays("3", date(2026, 5, 20), fen=50000, told=date(2026, 6, 8)),
        *pays_rows("3", *(date(2026, month, 14) for month in range(7, 13))),
        *(step for month in range(6, 13) for step in pays("3", date(2026, month, 15), installment=month)),
    ]


def plan_broken() -> list[tuple[date, Step]]:
    """Broken, and not broken after all, for the third payment is told late; then broken for good."""
    in_time = [date(2026, month, 14) for month in (7, 8)]
    return [
        *pays("4", *fifteenth(1, 2)),
        agreed("4", JUNE, replace(SIX, waiver=Amounts(penalty=11264))),
        *pays_rows("4", *in_time),
        *(step for month in range(6, 10) for step in pays("4", date(2026, month, 15), installment=month)),
        worker(date(2026, 10, 10)),
        *pays("4", date(2026, 9, 14), fen=55008, told=date(2026, 10, 20), plan_installment=3),
        *pays("4", date(2026, 12, 20), fen=120000),
    ]


def whole_loan() -> list[tuple[date, Step]]:
    return [
        *pays("5", *fifteenth(1, 2)),
        agreed("5", JUNE, replace(WHOLE, waiver=Amounts(penalty=11264))),
        *pays("5", *fifteenth(7, 8), fen=38619),
        *pays("5", date(2026, 9, 20), fen=30000),
    ]


def prepaid_then_paid_off() -> list[tuple[date, Step]]:
    return [
        *pays("6", *fifteenth(1, 2, 3)),
        *pays("6", date(2026, 1, 20), fen=100000, purpose=Purpose.PREPAY, then=Then.FEWER),
        *pays("6", date(2026, 3, 20), fen=100000, purpose=Purpose.PREPAY, then=Then.LOWER),
        *pays("6", date(2026, 4, 3), fen=80000, purpose=Purpose.PREPAY, then=Then.NEXT),
        *pays("6", date(2026, 5, 20), fen=200000),
        *pays("6", date(2026, 6, 10), fen=600000, purpose=Purpose.PAYOFF),
    ]


def money_goes_back() -> list[tuple[date, Step]]:
    """Too much, of which a part is paid back and a part taken back; one told late, one taken back, one corrected."""
    over, march = "P-7-2026-01-15-200000", "P-7-2026-03-15-110016"
    right = Payment("P-7-2026-05-15-110016", date(2026, 5, 15), 101610)
    return [
        *pays("7", date(2026, 1, 15), fen=200000),
        (date(2026, 1, 25), lambda year, on: year.money(on, "7", Payment("B-1", on, 30000, is_refund=True))),
        *pays("7", date(2026, 3, 15)),
        back("7", date(2026, 4, 2), over, 20000),
        *pays("7", date(2026, 2, 14), fen=70000, told=date(2026, 4, 20)),
        *pays("7", date(2026, 5, 15)),
        (date(2026, 5, 22), lambda year, on: year.money(on, "7", right)),
        back("7", date(2026, 6, 3), march),
        *pays("7", date(2026, 7, 1), fen=400000),
    ]


def written_off() -> list[tuple[date, Step]]:
    return [
        *pays("8", *fifteenth(1)),
        told("8", date(2026, 7, 10), written_off_on=date(2026, 7, 10)),
        *pays("8", date(2026, 9, 9), fen=50000),
    ]


def sold() -> list[tuple[date, Step]]:
    """Under a plan that the core did not answer at first."""
    closing, plan = LoanClosing(date(2026, 8, 12), ClosingReason.SOLD), replace(SIX, waiver=Amounts(penalty=5632))
    return [
        *pays("9", *fifteenth(1, 2)),
        agreed("9", date(2026, 5, 22), plan, ""),
        worker(date(2026, 6, 5)),
        agreed("9", date(2026, 6, 8), plan),
        *pays_rows("9", date(2026, 7, 14)),
        told("9", date(2026, 8, 14), closing=closing),
        *pays("9", date(2026, 9, 2), fen=10000),
    ]


def paused() -> list[tuple[date, Step]]:
    return [
        *pays("10", *fifteenth(1, 2)),
        agreed("10", JUNE, PAUSE),
        *pays("10", date(2026, 7, 20), fen=341312),
        *pays("10", date(2026, 9, 1), fen=200000),
    ]


LIVES = (
    on_time,
    late_with_charges,
    plan_kept,
    plan_broken,
    whole_loan,
    prepaid_then_paid_off,
    money_goes_back,
    written_off,
    sold,
    paused,
)


async def lived(database: str) -> Year:
    year = await begin(database)
    await year.rows(PAID_OUT, *(contract(str(number)) for number in range(1, len(LIVES) + 1)))
    row = await tables.BorrowerRow.get(external_id="B-1", lender_id=year.lender.id)
    row.person_id = year.person_id  # type: ignore[attr-defined]
    await row.save()
    await year.lives([step for life in LIVES for step in life()])
    return year


def as_lines(told: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in told)
