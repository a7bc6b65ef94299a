"""An agreement in the book: what leaves its dues as it begins, and what returns to them as it ends."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from portal.domain.contract.agreement import Agreement, Covers
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Payment
from portal.domain.contract.plan import Plan, PlanRow, TakenIn
from portal.domain.ledger.book import Book
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import position
from portal.domain.ledger.restructure import begin_plan_account, end_plan_account, next_end
from portal.domain.ledger.walk import Walk
from tests.domain.agreed import CASE, SIX, agreed, contract_money, lived, plan_money
from tests.domain.people import ON

PLAN = agreed(CASE)
LATER = date(2026, 9, 20)


def begun(agreement: Agreement = PLAN) -> Book:
    book = Walk(CASE, ON).run()
    begin_plan_account(book, agreement)
    return book


def test_what_it_takes_in_leaves_each_due_by_component_and_its_rows_are_dues() -> None:
    book = begun()
    assert [line.due for line in book.plans[0].taken_in] == ["contract:3", "contract:4", "contract:5"]
    assert book.contract[3].left == 0 and book.contract[6].left == 110016
    assert sum(due.left for due in book.dues if due.plan) == 341312
    assert book.overdue(ON).total == 0


def test_by_due_it_takes_in_what_it_states_and_no_more_than_is_there() -> None:
    stated = (TakenIn("contract:4", Amounts(interest=999999, principal=100)),)
    book = begun(replace(PLAN, taken_in=stated))
    assert book.contract[4].scheduled["interest"].left == 0
    assert book.contract[4].scheduled["principal"].left == 96219 - 100
    assert book.contract[3].scheduled["principal"].left == 94797


def test_a_whole_loan_makes_the_interest_of_later_rows_void_and_only_that_is_not_the_plans() -> None:
    book = begun(agreed(CASE, replace(SIX, covers=Covers.ALL)))
    account = book.plans[0]
    assert sum(amount for *_, amount in account.taken) == 1077748
    # 3.63 of June and all of July to December: 94.02 + 78.93 + 63.61 + 48.06 + 32.28 + 16.26.
    assert sum(amount for *_, amount in account.void) == 363 + 9402 + 7893 + 6361 + 4806 + 3228 + 1626
    assert all(due.left == 0 for due in book.contract.values())


def test_a_plan_for_what_is_to_come_leaves_what_is_overdue_beside_it() -> None:
    book = begun(agreed(CASE, replace(SIX, covers=Covers.TO_COME)))
    assert book.overdue(ON).total == 341312
    assert all(book.contract[no].left == 0 for no in range(6, 13))


def test_one_that_gives_way_gives_back_to_the_oldest_due_what_its_rows_were_not_paid() -> None:
    """1,137.70 = 112.64 + 413.70 + 611.36 stay paid: 336.61, 962.19 and 976.62 of 3, 4 and 5 are left."""
    money = [*contract_money(last=9, named=True), *plan_money(last=2)]
    book = Walk(lived(money, PLAN), LATER).run()
    account = book.plans[0]
    end_plan_account(book, account, LATER, PlanStatus.SUPERSEDED)
    assert (account.ended, account.ended_on, account.told["plan:A-1:1"][0]) == (PlanStatus.SUPERSEDED, LATER, 56885)
    assert [book.contract[no].left for no in (3, 4, 5)] == [33661, 96219, 97662]
    assert not any(due.plan for due in book.dues)
    assert {line.due.key for entry in book.entries for line in entry.lines if entry.payment.id == "P-71"} == {
        "contract:3",
        "contract:4",
        "contract:5",
    }


def own_interest() -> Agreement:
    """2,000.00 of principal taken in; its one row asks for 2,000.00 and 50.00 of interest of its own."""
    row = PlanRow(1, date(2026, 7, 14), 30, Amounts(interest=5000, principal=200000), 5000, 0)
    plan = Plan(ON, "CNY", Amounts(principal=200000), Amounts(), (row,), Fraction(0))
    return replace(PLAN, plan=plan)


def test_what_the_dues_cannot_take_is_credit_and_unpaid_interest_of_the_plan_lapses() -> None:
    """1,000.00 of its row: 50.00 interest of its own, which no due had given, and 950.00 of principal."""
    book = begun(own_interest())
    account = book.plans[0]
    entry = book.entries[-1]
    row = account.rows[0]
    rest = book.pay(entry, 100000, [(row, row.scheduled["interest"]), (row, row.scheduled["principal"])], ON)
    assert rest == 0
    end_plan_account(book, account, ON, PlanStatus.BROKEN)
    assert book.credit == 5000
    assert sum(due.scheduled["principal"].left for due in book.contract.values()) == 1014588 - 95000


def test_one_that_stays_keeps_its_rows_and_claws_back_only_where_it_broke() -> None:
    """Nothing kept of 112.64: all of it comes back as a due of the day of the break, and none where another follows."""
    whole = agreed(CASE, replace(SIX, covers=Covers.ALL, waiver=Amounts(penalty=11264)))
    broken, gave_way = begun(whole), begun(whole)
    end_plan_account(broken, broken.plans[0], LATER, PlanStatus.BROKEN)
    end_plan_account(gave_way, gave_way.plans[0], LATER, PlanStatus.SUPERSEDED)
    assert [(d.key, d.due_on, d.left) for d in broken.dues if not d.scheduled] == [("plan:A-1:waiver", LATER, 11264)]
    assert [d for d in gave_way.dues if not d.scheduled] == []
    assert sum(1 for due in broken.dues if due.plan and due.scheduled) == 6


def test_the_day_it_ends_is_told_of_the_live_one_alone() -> None:
    book = begun()
    assert next_end(book, date(2026, 7, 31)) is None
    assert next_end(book, date(2026, 8, 1)) == (book.plans[0], date(2026, 8, 1), PlanStatus.BROKEN)
    end_plan_account(book, book.plans[0], date(2026, 8, 1), PlanStatus.BROKEN)
    assert next_end(book, date(2026, 12, 1)) is None


def test_what_is_final_of_a_waiver_leaves_the_oldest_due_before_what_was_paid_counts() -> None:
    """56.32 of the 112.64 are waived and the first row pays the other 56.32; of six two are paid: 18.78 are final.

    No. 3 had 56.07: 37.29 of it are paid, and 19.03 of no. 4.
    """
    plan = agreed(CASE)
    rows = [PlanRow(1, date(2026, 7, 14), 30, Amounts(penalty=5632, principal=50000), 0, 50000)]
    rows += [PlanRow(no, date(2026, 6 + no, 14), 30, Amounts(principal=10000), 0, 10000) for no in range(2, 7)]
    waiving = replace(plan, plan=replace(plan.plan, waived=Amounts(penalty=5632), rows=tuple(rows)))
    money = [Payment("P-71", date(2026, 7, 14), 55632), Payment("P-72", date(2026, 8, 14), 10000)]
    book = Walk(lived([*contract_money(named=True), *money], waiving), date(2026, 9, 20)).run()
    end_plan_account(book, book.plans[0], date(2026, 9, 20), PlanStatus.SUPERSEDED)
    lines = [line for entry in book.entries for line in entry.lines if line.item.component == "penalty"]
    assert [(line.due.no, line.amount) for line in lines] == [(3, 3729), (4, 1903)]
    assert [book.contract[no].accrued.taken for no in (3, 4)] == [1878, 0]


def test_of_a_period_that_runs_it_takes_in_what_has_run_and_the_rest_counts_as_paid() -> None:
    """All 108.89 of June's interest are stated on 14 June: 105.26 have run, so 3.63 count as paid on its first row."""
    book = begun(replace(PLAN, taken_in=(TakenIn("contract:6", Amounts(interest=10889)),)))
    assert book.contract[6].scheduled["interest"].left == 363
    assert sum(item.paid for item in book.plans[0].rows[0].items) == 363


def test_what_is_due_on_the_day_is_still_to_come() -> None:
    """On 15 June June's installment falls due: one for what is overdue leaves it, not so one for what comes."""
    now = position(CASE, date(2026, 6, 15))
    assert [line.due for line in now.taken_in(Covers.OVERDUE)] == ["contract:3", "contract:4", "contract:5"]
    assert next(line.due for line in now.taken_in(Covers.TO_COME)) == "contract:6"
