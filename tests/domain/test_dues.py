"""What is left of a due: paid, taken in, given back, and what penalty is on meanwhile."""

from datetime import date

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import AllocationRule, Charge, Installment
from portal.domain.contract.plan import PlanRow
from portal.domain.ledger.allocation import as_stated, in_order
from portal.domain.ledger.dues import Component
from portal.domain.ledger.dues_of_facts import charge_due, charge_key, claw_back_due, contract_due, plan_due
from portal.domain.ledger.penalty import Base

MARCH, APRIL, MAY = date(2026, 3, 15), date(2026, 4, 15), date(2026, 5, 15)
ROW = Installment(3, MARCH, 94797, 15219, 100)


def test_an_installment_is_asked_for_by_component_and_whole_on_the_day_its_own_part_is() -> None:
    due = contract_due(ROW)
    assert (due.key, due.asked, due.left) == ("contract:3", 110116, 110116)
    for item in due.items:
        item.paid = item.amount
    due.changed(APRIL)
    assert (due.whole_on, due.left_of_row) == (APRIL, 0)
    assert {item.cleared_on for item in due.items} == {APRIL}


def test_what_is_open_again_has_its_days_to_catch_up_from_that_day() -> None:
    due = contract_due(ROW)
    due.changed(MARCH)
    assert (due.whole_on, due.reopened_on) == (None, None)
    principal = due.scheduled["principal"]
    for item in due.items:
        item.paid = item.amount
    due.changed(APRIL)
    principal.paid -= 1
    due.changed(MAY)
    assert (due.whole_on, due.reopened_on, principal.cleared_on) == (None, MAY, None)


def test_it_was_whole_on_the_first_day_on_which_it_was() -> None:
    due = contract_due(ROW)
    for item in due.items:
        item.taken = item.amount
    due.changed(APRIL)
    due.changed(MAY)
    assert due.whole_on == APRIL
    assert due.scheduled["principal"].cleared_on == APRIL


def test_penalty_is_on_what_is_left_from_each_day_on_which_that_changed() -> None:
    due = contract_due(ROW)
    assert due.penalty_bases()["principal"] == [Base(MARCH, 94797)]
    due.bear_penalty()
    due.scheduled["principal"].paid = 40000
    due.changed(APRIL)
    due.changed(MAY)
    assert due.bases["principal"] == [Base(date.min, 94797), Base(APRIL, 54797)]
    assert due.bases["interest"] == [Base(date.min, 15219)]
    due.raise_base("principal", 40000, APRIL)
    assert due.bases["principal"] == [Base(date.min, 94797), Base(APRIL, 94797)]


def test_what_is_paid_as_of_a_day_gone_by_was_not_owed_on_any_day_since() -> None:
    """400.00 on 14 May, then 500.00 that count as of 14 April: its penalty is known until April and has to be anew."""
    due = contract_due(ROW)
    due.bear_penalty()
    for day, minor in ((MAY, 40000), (APRIL, 50000)):
        due.scheduled["principal"].paid += minor
        due.changed(day)
    assert due.bases["principal"] == [Base(date.min, 94797), Base(APRIL, 44797), Base(MAY, 4797)]
    due.scheduled["principal"].paid = 94797
    due.scheduled["interest"].paid = 15219
    due.changed(MAY)
    due.accrue(APRIL, ())
    assert due.grows
    due.accrue(MAY, ())
    assert not due.grows


def test_a_row_of_a_plan_comes_before_the_contracts_of_its_day_and_after_older_ones() -> None:
    row = plan_due("A-1", PlanRow(1, MARCH, 30, Amounts(interest=10, principal=90), 4, 0), APRIL)
    same_day, older = contract_due(ROW._replace(no=4, due_on=APRIL)), contract_due(ROW)
    assert sorted([same_day, row, older], key=lambda due: due.place) == [older, row, same_day]
    assert (row.key, row.due_on, row.asked, row.running) == ("plan:A-1:1", APRIL, 100, 4)


def test_a_row_that_asks_for_nothing_is_whole_from_the_start() -> None:
    assert plan_due("A-1", PlanRow(1, MARCH, 30, Amounts(), 0, 0), APRIL).whole_on == APRIL


def test_charges_by_name_count_beside_a_limit_but_costs_do_not() -> None:
    due = contract_due(ROW)
    for kind, amount in (("fees", 200), ("penalty", 300), ("costs", 400)):
        due.attach(Component(kind, MARCH, amount, "charge", f"charge:{kind}"))
    assert due.charged_apart == 500
    assert [item.key for item in due.charges] == ["charge:fees", "charge:penalty", "charge:costs"]
    assert (due.left, due.left_of_row) == (110116 + 900, 110116)


def test_a_charge_of_its_own_and_what_comes_back_of_a_waiver_are_dues() -> None:
    charge = Charge("C-1", MARCH, APRIL, "fees", 500)
    assert (charge_due(charge).key, charge_due(charge).due_on, charge_key(charge)) == (
        "charge:C-1",
        APRIL,
        "charge:C-1",
    )
    back = claw_back_due("A-1", MAY, Amounts(penalty=93, fees=0))
    assert [(item.component, item.amount, item.due_on) for item in back.items] == [("penalty", 93, MAY)]


def named(found: object) -> list[tuple[int, str]]:
    return [(due.no, item.component) for due, item in found]  # type: ignore[attr-defined]


def test_money_pays_the_oldest_due_first_or_one_component_of_all_of_them() -> None:
    dues = [contract_due(Installment(no, date(2026, no, 1), 100, 10)) for no in (1, 2, 5)]
    rule = AllocationRule(due=("interest", "principal"))
    assert named(in_order(dues, rule, APRIL)) == [(1, "interest"), (1, "principal"), (2, "interest"), (2, "principal")]
    across = AllocationRule(due=("interest", "principal"), across="component")
    assert named(in_order(dues, across, APRIL)) == [
        (1, "interest"),
        (2, "interest"),
        (1, "principal"),
        (2, "principal"),
    ]
    advance = AllocationRule(in_advance=("principal", "interest"))
    assert named(in_order(dues, advance, APRIL, fallen=False)) == [(5, "principal"), (5, "interest")]


def test_a_charge_that_fell_due_before_its_installment_is_paid_and_the_installment_is_not() -> None:
    due = contract_due(ROW._replace(due_on=MAY))
    due.attach(Component("fees", MARCH, 500, "charge", "charge:F"))
    found = list(in_order([due], AllocationRule(), APRIL))
    assert [item.key for _, item in found] == ["charge:F"]


def test_what_is_due_today_has_fallen_due_and_what_is_paid_is_passed_by() -> None:
    due = contract_due(ROW)
    due.scheduled["interest"].paid = 15219
    assert named(in_order([due], AllocationRule(), MARCH)) == [(3, "fees"), (3, "principal")]
    assert named(in_order([due], AllocationRule(), date(2026, 3, 14))) == []


def test_a_component_that_the_lender_states_pays_any_part_of_a_plans_row_but_only_its_own_of_an_installment() -> None:
    row = plan_due("A-1", PlanRow(1, MARCH, 30, Amounts(interest=10, principal=90), 0, 0), MARCH)
    assert named(as_stated([row], "principal")) == [(1, "principal"), (1, "interest")]
    assert named(as_stated([contract_due(ROW)], "principal")) == [(3, "principal")]


def test_what_stands_by_itself_comes_before_the_rows_of_its_day() -> None:
    """A charge that hangs on no installment and what a break claws back are no installment: their number is 0."""
    fee = charge_due(Charge("F", MARCH, MARCH, "fees", 100))
    back = claw_back_due("A-1", MARCH, Amounts(penalty=9386))
    assert [(due.key, due.no, due.due_on) for due in (fee, back)] == [
        ("charge:F", 0, MARCH),
        ("plan:A-1:waiver", 0, MARCH),
    ]
    assert [(item.component, item.amount, item.source) for item in back.items] == [("penalty", 9386, "waiver")]


def test_a_row_whose_day_the_lenders_core_has_to_say_comes_last() -> None:
    row = plan_due("A-1", PlanRow(1, MARCH, 30, Amounts(principal=90), 0, 0), MARCH)
    row.is_unanswered = True
    assert sorted([row, contract_due(ROW)], key=lambda due: due.place)[-1] is row
