"""What a plan spares somebody is theirs once it is paid, and comes back by as much as was not kept."""

from dataclasses import replace
from datetime import date

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.loan import Charge, Payment
from portal.domain.ledger.plan_account import PlanStatus, vested
from portal.domain.ledger.position import position
from portal.domain.ledger.position_facts import position_facts
from portal.domain.restructuring.offer import Offer
from tests.domain.agreed import AT_ONCE, CASE, SIX, agreed, contract_money, lived
from tests.domain.people import ON, XIAOMING

FIRST_OF_JUNE = date(2026, 6, 1)
FORGIVEN = agreed(CASE, replace(SIX, waiver=Amounts(penalty=11264)))
"""3,300.48 in six of 550.08; the penalty of 112.64 is waived."""


def kept(rows: int) -> list[Payment]:
    return [Payment(f"P-7{no}", date(2026, 6 + no, 14), 55008) for no in range(1, rows + 1)]


def test_while_the_plan_lives_the_payoff_leaves_out_what_is_waived() -> None:
    """3,300.48 in the plan, 7,259.10 to come, 29 of 30 days of 108.89: 105.26."""
    assert position(lived([], FORGIVEN), ON).payoff == 330048 + 725910 + 10526


def test_a_waiver_is_final_once_the_plan_is_paid() -> None:
    now = position(lived([*contract_money(), *kept(6)], FORGIVEN), date(2030, 1, 1))
    (plan,) = now.plans
    assert (plan.status, plan.vested) == (PlanStatus.COMPLETED, Amounts(penalty=11264))
    assert (now.payoff, now.credit) == (0, 0)


def test_one_payment_of_the_payoff_makes_the_waiver_final_at_once() -> None:
    """A day after signing 30 of 30 days have run: 3,300.48 + 7,259.10 + 108.89."""
    now = position(lived([Payment("X", date(2026, 6, 15), 330048 + 725910 + 10889)], FORGIVEN), date(2028, 1, 1))
    assert (now.plans[0].status, now.plans[0].vested) == (PlanStatus.COMPLETED, Amounts(penalty=11264))
    assert (now.payoff, now.credit, now.overdue.total) == (0, 0, 0)


def test_of_a_plan_without_one_kept_row_all_that_was_waived_comes_back() -> None:
    named = contract_money(named=True)
    now = position(lived(named, replace(FORGIVEN, cure_terms=AT_ONCE)), date(2026, 7, 29))
    assert now.overdue == Amounts(penalty=11264, interest=41370, principal=288678)


def test_a_settlement_that_is_not_paid_brings_everything_back_and_nothing_forward() -> None:
    """8,000.00 for all of it by 15 July, never paid: L 29 July, B 30 July without telling days.

    Overdue are nos. 3 to 7 as the contract has them, and no row that was still to come.
    """
    waiver = Amounts(penalty=11264, interest=51896, principal=214588)
    offer = Offer(
        SIX.every, date(2026, 7, 15), installments=1, covers=Covers.ALL, waiver=waiver, kind=OfferKind.SETTLEMENT
    )
    settled = agreed(CASE, offer, cure_terms=AT_ONCE, kind=OfferKind.SETTLEMENT)
    assert [row.total for row in settled.plan.rows] == [800000]
    living = position(lived([], settled), date(2026, 7, 29))
    assert (living.payoff, living.next_due) == (800000, None)
    now = position(lived([], settled), date(2026, 7, 30))
    assert now.plans[0].status is PlanStatus.BROKEN
    assert (now.overdue.principal, now.overdue.interest) == (288678 + 99127 + 100614, 41370 + 10889 + 9402)
    assert [row.left for row in now.installments[7:]] == [110016] * 4 + [110019]


def test_what_comes_back_of_a_waiver_is_rounded_down() -> None:
    """112.64 x 5 / 6 = 93.866..., so 93.86 come back after one of six and 18.78 are final."""
    assert vested(Amounts(penalty=11264), 1, 6) == Amounts(penalty=1878)
    assert vested(NOTHING, 1, 6) == NOTHING


def test_a_payment_names_the_installment_it_was_for_wherever_it_is_told() -> None:
    named = Payment("P-3", FIRST_OF_JUNE, 50000, installment=5)
    now = position(replace(XIAOMING, payments=(*XIAOMING.payments, named)), ON)
    assert now.payments[-1].installment == 5
    told = position_facts(now)["payments"]
    assert told[-1]["installment"] == 5  # type: ignore[index]
    assert "installment" not in told[0]  # type: ignore[index]


def test_a_penalty_the_lender_charged_by_name_is_counted_beside_what_grew() -> None:
    charge = Charge("C", date(2026, 5, 20), date(2026, 5, 20), "penalty", 1500, None)
    now = position(replace(XIAOMING, charges=(charge,)), ON)
    assert now.itemisation.penalty_fees_costs == 11264 + 1500


def test_a_penalty_paid_before_the_count_begins_is_no_part_of_it() -> None:
    """No. 1 came on 25 January with 5.98 for ten days: 920.16 x 23.4 % x 10 / 360. All was whole again by March."""
    late = Payment("P-1", date(2026, 1, 25), 110016 + 598)
    now = position(replace(XIAOMING, payments=(late, XIAOMING.payments[1])), ON)
    assert now.itemisation.opened_on == date(2026, 3, 15)
    assert (now.itemisation.penalty_fees_costs, now.itemisation.credited) == (11264, 0)
