"""A plan of six payments of 100.00 on the first of each month from July, and what becomes of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.contract.agreement import Agreement, Covers, CureTerms, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Installment, Payment, PenaltyTerms
from portal.domain.contract.pause import Pause
from portal.domain.contract.plan import Plan, PlanRow
from portal.domain.ledger.plan_account import PlanStatus, vested
from portal.domain.ledger.position import position
from portal.domain.ledger.progress import InstallmentStatus, PlanProgress
from tests.domain.agreed import CASE, SIX, agreed, lived

SIGNED = date(2026, 6, 14)
ROWS = tuple(
    PlanRow(no, date(2026, 6 + no, 1), 30, Amounts(principal=10000), 0, 60000 - 10000 * no) for no in range(1, 7)
)
PLAN = Plan(SIGNED, "CNY", Amounts(principal=60000), Amounts(), ROWS, Fraction(0))
SLIPS = CureTerms(telling_days=0)
SIX_HUNDRED = replace(
    CASE,
    principal=60000,
    schedule=(Installment(1, date(2026, 5, 1), 60000, 0),),
    terms=replace(CASE.terms, penalty=PenaltyTerms()),
    payments=(),
)
"""600.00 without interest or penalty, due on 1 May 2026 and taken in by the plan."""

Received = tuple[date, int]


def plan_progress(
    plan: Plan,
    receipts: Iterable[Received],
    cure_terms: CureTerms,
    as_of: date,
    pauses: tuple[Pause, ...] = (),
    kind: OfferKind = OfferKind.PLAN,
) -> PlanProgress:
    agreement = Agreement("A", kind, Covers.OVERDUE, plan, cure_terms, SIGNED, SIGNED, pauses=pauses)
    payments = tuple(Payment(f"P-{number}", on, amount) for number, (on, amount) in enumerate(receipts))
    (found,) = position(replace(SIX_HUNDRED, payments=payments, agreements=(agreement,)), as_of).plans
    return found


def paid(*days: date, each: int = 10000) -> list[tuple[date, int]]:
    return [(day, each) for day in days]


def test_before_its_first_date_nothing_is_asked() -> None:
    found = plan_progress(PLAN, [], SLIPS, date(2026, 7, 1))
    assert found.status is PlanStatus.ACTIVE
    assert {row.status for row in found.rows} == {InstallmentStatus.TO_COME}
    assert found.next is not None and (found.next.due_on, found.left) == (date(2026, 7, 1), 60000)


def test_a_payment_on_its_day_is_paid_and_one_the_day_after_was_missed() -> None:
    assert plan_progress(PLAN, paid(date(2026, 7, 1)), SLIPS, date(2026, 7, 2)).rows[0].status is InstallmentStatus.PAID
    late = plan_progress(PLAN, paid(date(2026, 7, 2)), SLIPS, date(2026, 7, 2))
    assert (late.rows[0].status, late.status) == (InstallmentStatus.CURED, PlanStatus.ACTIVE)


def test_unpaid_at_the_end_of_its_day_it_is_strained_until_fourteen_days_later() -> None:
    found = plan_progress(PLAN, [], SLIPS, date(2026, 7, 2))
    assert (found.status, found.cure_by) == (PlanStatus.STRAINED, date(2026, 7, 15))
    assert plan_progress(PLAN, [], SLIPS, date(2026, 7, 15)).status is PlanStatus.STRAINED
    broken = plan_progress(PLAN, [], SLIPS, date(2026, 7, 16))
    assert (broken.status, broken.ended_on) == (PlanStatus.BROKEN, date(2026, 7, 16))


def test_caught_up_on_the_last_day_it_goes_on() -> None:
    found = plan_progress(PLAN, paid(date(2026, 7, 15)), SLIPS, date(2026, 7, 20))
    assert (found.status, found.rows[0].status) == (PlanStatus.ACTIVE, InstallmentStatus.CURED)


def test_what_comes_after_a_break_cures_nothing() -> None:
    assert plan_progress(PLAN, paid(date(2026, 7, 16)), SLIPS, date(2026, 7, 20)).status is PlanStatus.BROKEN


def test_a_second_miss_within_six_breaks_it_the_day_after_even_if_the_first_was_cured() -> None:
    came = paid(date(2026, 7, 3), date(2026, 8, 1))
    assert plan_progress(PLAN, came, SLIPS, date(2026, 9, 1)).status is PlanStatus.ACTIVE
    broken = plan_progress(PLAN, came, SLIPS, date(2026, 9, 2))
    assert (broken.status, broken.ended_on, broken.kept) == (PlanStatus.BROKEN, date(2026, 9, 2), 2)


def test_a_lender_that_forgives_every_sixth_counts_only_neighbours() -> None:
    came = paid(date(2026, 7, 3), date(2026, 8, 1), date(2026, 9, 4))
    assert plan_progress(PLAN, came, CureTerms(within=2), date(2026, 9, 30)).status is PlanStatus.ACTIVE


def test_what_comes_early_is_credit_and_pays_each_row_on_its_day_in_part_where_it_is_not_enough() -> None:
    early = [(date(2026, 6, 20), 15000)]
    before, first, second = (plan_progress(PLAN, early, SLIPS, date(2026, *day)) for day in ((6, 30), (7, 1), (8, 1)))
    assert [row.received for row in before.rows[:3]] == [0, 0, 0]
    assert [row.received for row in first.rows[:3]] == [10000, 0, 0]
    assert [row.received for row in second.rows[:3]] == [10000, 5000, 0]
    assert [row.status for row in second.rows[:3]] == [
        InstallmentStatus.PAID,
        InstallmentStatus.PART_PAID,
        InstallmentStatus.TO_COME,
    ]


def test_all_of_it_early_completes_it_on_the_day_the_last_fen_came() -> None:
    found = plan_progress(PLAN, [(date(2026, 6, 20), 59999), (date(2026, 7, 4), 1)], SLIPS, date(2026, 7, 10))
    assert (found.status, found.ended_on, found.left) == (PlanStatus.COMPLETED, date(2026, 7, 4), 0)


def test_a_pause_moves_what_is_to_come_by_its_days() -> None:
    pause = Pause(date(2026, 7, 10), date(2026, 8, 9))  # thirty days
    found = plan_progress(PLAN, paid(date(2026, 7, 1)), SLIPS, date(2026, 8, 20), (pause,))
    assert found.status is PlanStatus.ACTIVE
    assert [row.due_on for row in found.rows[:3]] == [date(2026, 7, 1), date(2026, 8, 31), date(2026, 10, 1)]


def test_a_pause_asked_for_asks_for_nothing_and_is_over_after_its_day() -> None:
    one = Plan(PLAN.as_of, "CNY", Amounts(principal=60000), Amounts(), (ROWS[0],), Fraction(0))
    assert plan_progress(one, [], SLIPS, date(2026, 7, 1), kind=OfferKind.PAUSE).status is PlanStatus.ACTIVE
    over = plan_progress(one, [], SLIPS, date(2026, 7, 2), kind=OfferKind.PAUSE)
    assert (over.status, over.ended_on) == (PlanStatus.COMPLETED, date(2026, 7, 1))


@pytest.mark.parametrize(("kept", "final"), [(0, 0), (1, 17), (3, 50), (5, 84), (6, 100)])
def test_of_a_waiver_of_one_yuan_over_six_the_claw_back_is_rounded_down(kept: int, final: int) -> None:
    # After one of six 5/6 of 100 fen come back, 83.33: 83, so 17 are final; after five 16.67: 16, so 84.
    assert vested(Amounts(penalty=100), kept, 6) == Amounts(penalty=final)


def test_a_row_that_is_not_whole_after_its_day_is_missed_and_one_to_come_may_be_paid_in_part() -> None:
    found = plan_progress(PLAN, paid(date(2026, 7, 1), date(2026, 7, 2), each=4000), SLIPS, date(2026, 7, 2))
    assert [row.status for row in found.rows][:2] == [InstallmentStatus.MISSED, InstallmentStatus.TO_COME]
    found = plan_progress(PLAN, paid(date(2026, 7, 1), each=4000), SLIPS, date(2026, 7, 1))
    assert found.rows[0].status is InstallmentStatus.PART_PAID


def test_penalty_on_the_row_of_a_plan_says_whose_it_is() -> None:
    whole = lived([], agreed(CASE, replace(SIX, covers=Covers.ALL), ref="W"))
    lines = position(whole, date(2026, 7, 20)).penalty_lines
    assert {(line.plan, line.installment) for line in lines if line.start > SIGNED} == {("W", 1)}
    assert {line.plan for line in lines if line.start < SIGNED} == {""}


def test_what_came_of_a_proposal_is_its_last_agreement() -> None:
    first, second = (replace(agreed(CASE, ref=ref), proposal="P-1") for ref in ("A", "B"))
    now = position(
        lived([], first, replace(second, plan=replace(second.plan, as_of=date(2026, 6, 20)))), date(2026, 7, 1)
    )
    found = now.progress_of("P-1")
    assert found is not None and found.agreement.ref == "B"
    assert now.progress_of("P-2") is None
