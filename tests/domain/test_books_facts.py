"""What a general ledger reads of 王小明's loan: what has fallen due, whatever came of it, and where the money went."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from portal.domain.contract.agreement import Covers
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.closing import LenderCredit
from portal.domain.contract.loan import Charge, Payment
from portal.domain.ledger.books_facts import books_beside, books_facts, counted_facts, final_facts
from portal.domain.ledger.position import position
from tests.domain.agreed import CASE, SIX, agreed, lived, plan_money
from tests.domain.people import ON

PLAN = agreed(CASE)
LATE = Payment("P-3", date(2026, 6, 10), 50000)


def asked(books: dict[str, Any], component: str) -> dict[str, str]:
    return {each["due"]: each["asked"] for each in books["dues"] if each["component"] == component}


def total(lines: list[dict[str, str]]) -> Decimal:
    return sum((Decimal(line["amount"]) for line in lines), Decimal(0))


def test_what_fell_due_before_the_day_is_told_whatever_came_of_it() -> None:
    """Installment 6 is due the day after."""
    books = books_facts(position(CASE, ON))
    assert asked(books, "interest") == {
        "contract:1": "180.00", "contract:2": "166.20", "contract:3": "152.19", "contract:4": "137.97",
        "contract:5": "123.54",
    }  # fmt: skip
    assert asked(books, "penalty") == {"contract:3": "56.07", "contract:4": "37.53", "contract:5": "19.04"}
    assert (books["credit"], books["not_charged"]["total"]) == ("0.00", "0.00")
    assert books_beside(position(CASE, ON), asked_for=False) == {}


def test_what_fell_due_and_nothing_has_paid_is_what_is_overdue() -> None:
    """3,413.12 overdue on 14 June: five installments of 1,100.16 and 112.64 of penalty fell due, two are paid."""
    books: dict[str, Any] = books_facts(position(CASE, ON))
    fallen = sum(Decimal(each["asked"]) for each in books["dues"])
    paid = sum(total(each["lines"]) for each in books["allocations"])
    assert (fallen, fallen - paid) == (Decimal("5613.44"), Decimal("3413.12"))


def test_each_payment_and_each_waiver_of_the_lenders_has_its_lines_and_a_charge_its_own_name() -> None:
    fee = Charge("C-1", date(2026, 4, 1), date(2026, 4, 1), "fees", 1500, 3)
    let_go = LenderCredit("L-1", ON, Amounts(penalty=1000), "goodwill")
    paid = Payment("P-3", ON, 1500)
    found = position(replace(lived([paid], loan=CASE), charges=(fee,), lender_credits=(let_go,)), ON)
    *_, payment, waiver = books_facts(found)["allocations"]  # type: ignore[misc]
    assert payment == {
        "payment": "P-3",
        "lines": [{"due": "contract:3", "component": "fees", "amount": "15.00", "charge": "charge:C-1"}],
    }
    assert waiver == {
        "lender_credit": "L-1",
        "lines": [{"due": "contract:3", "component": "penalty", "amount": "10.00"}],
    }


def test_what_a_plan_took_in_was_asked_for_and_what_it_made_void_never_was() -> None:
    whole = agreed(CASE, replace(SIX, covers=Covers.ALL))
    then = asked(books_facts(position(lived([], PLAN), date(2026, 6, 20))), "interest")
    assert then["contract:3"] == "152.19"
    assert then["contract:6"] == "108.89"
    instead = asked(books_facts(position(lived([], whole), date(2026, 8, 20))), "interest")
    assert instead["contract:6"] == "105.26"
    assert "contract:7" not in instead


def test_less_that_was_owed_counts_as_paid_on_the_first_row() -> None:
    """500.00 of 10 June told under the plan of the 14th: 0.76 of penalty never arose, and row 1 asks 68.09."""
    found = counted_facts(position(lived([LATE], PLAN), date(2026, 6, 20)), "A-1")
    took = [Decimal(each[name]) for each in found["took"] for name in ("penalty", "interest", "principal")]  # type: ignore[attr-defined]
    assert (sum(took), total(found["counted"])) == (Decimal("2912.36"), Decimal("500.76"))  # type: ignore[arg-type]


def test_a_plan_that_gave_back_has_taken_nothing_in() -> None:
    assert counted_facts(position(lived([], PLAN), date(2026, 9, 1)), "A-1") == {}


def test_a_waiver_is_told_anew_where_a_late_payment_made_more_of_it_final() -> None:
    """Of six rows two were kept, then three: of 112.64 first 37.55 are final, and then 56.32."""
    waives = agreed(CASE, replace(SIX, waiver=Amounts(penalty=11264)))
    rows = [Payment(f"P-7{no}", date(2026, 6 + no, 14), 55008) for no in (1, 2, 3)]
    before, now = (position(lived(rows[:count], waives), date(2026, 12, 1)) for count in (2, 3))
    (told,) = final_facts(before, now)
    assert (told["agreement"], told["vested"]["total"]) == ("A-1", "56.32")  # type: ignore[index]
    assert final_facts(now, now) == []


def test_money_that_completes_a_plan_leaves_its_rows_asked_for() -> None:
    books = books_facts(position(lived(plan_money(), PLAN), date(2026, 12, 31)))
    rows = [Decimal(each["asked"]) for each in books["dues"] if each["due"].startswith("plan:A-1:")]  # type: ignore[attr-defined]
    assert sum(rows) == Decimal("3413.12")
