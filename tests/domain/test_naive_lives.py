"""Lives that are drawn at random hold what is rare, and the second count loses nothing in them."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.naive.dues import MONEY
from tests.naive.happened import BEYOND, RARE, beyond, happened
from tests.naive.ledger import Life, owed
from tests.naive.lives import Drawn, drawn_life

FEW = settings(max_examples=20, derandomize=True, deadline=None)

lives = st.integers(0, 2**32).map(lambda seed: drawn_life(Random(seed)))


@FEW
@given(lives, st.randoms(use_true_random=False))
def test_the_order_of_telling_changes_nothing(life: Drawn, rnd: Random) -> None:
    payments, charges = list(life.loan.payments), list(life.loan.charges)
    rnd.shuffle(payments)
    rnd.shuffle(charges)
    told_otherwise = replace(life.loan, payments=tuple(payments), charges=tuple(charges))
    assert owed(told_otherwise, life.on) == owed(life.loan, life.on)


def where_it_went(count: Life) -> Counter[str]:
    """What each payment paid, what is left of it, and what a lender stated of it that found nothing."""
    went: Counter[str] = Counter()
    for slot in count.book.credit:
        went[slot.who] += slot.fen
    for (who, _), fen in count.book.unmatched.items():
        went[who] += fen
    for pile in (pile for due in count.book.dues for pile in due.piles):
        assert pile.amount >= sum(entry.fen for entry in pile.entries)
        for entry in pile.entries:
            went[entry.who] += entry.fen if entry.why in MONEY else 0
    return went


@FEW
@given(lives)
def test_no_fen_that_was_received_is_lost_or_paid_out_twice(life: Drawn) -> None:
    received = {p.id: p.amount for p in life.loan.payments if p.received_on <= life.on and not p.reverses}
    for payment in life.loan.payments:
        if payment.received_on <= life.on and not payment.amount:
            received.pop(payment.reverses, None)
    count = Life(life.loan, life.on)
    count.live(life.on)
    went = where_it_went(count)
    backs = [p for p in life.loan.payments if p.received_on <= life.on and p.amount and (p.reverses or p.is_refund)]
    received = {p: fen for p, fen in received.items() if p not in {back.id for back in backs}}
    if not backs:
        assert +went == +Counter(received)
    assert all(fen <= received[who] for who, fen in went.items() if fen)
    assert sum(received.values()) - sum(went.values()) <= sum(back.amount for back in backs)


@FEW
@given(lives)
def test_money_passes_by_what_is_frozen(life: Drawn) -> None:
    count = Life(life.loan, life.on)
    count.live(life.on)
    for pile in (pile for due in count.book.dues for pile in due.piles if pile.disputes):
        assert pile.kind == "row"
        assert [entry for entry in pile.entries if entry.why == "paid" and pile.frozen(entry.day)] == []


@pytest.mark.proof
def test_a_thousand_lives_hold_fifty_of_everything_rare() -> None:
    found: Counter[str] = Counter()
    for seed in range(1_000):
        found += happened(drawn_life(Random(seed)))
    assert {what: found[what] for what in RARE if found[what] < 50} == {}


@pytest.mark.proof
def test_three_thousand_lives_hold_fifty_of_everything_beyond_what_is_due() -> None:
    found: Counter[str] = Counter()
    for seed in range(3_000):
        found += beyond(drawn_life(Random(seed)))
    assert {what: found[what] for what in BEYOND if found[what] < 50} == {}
    assert set(found) == set(BEYOND)
