"""What the log tells, as figures are counted from it."""

from dataclasses import replace
from datetime import date
from typing import Any

from portal.domain.conduct.figure_facts import (
    Figure,
    FigureEvent,
    FigureFact,
    abouts,
    figure_facts,
    over_on,
    relief_kind,
)

PLAN = {"kind": "plan", "covers": "overdue", "reason": "illness"}


def day(number: int) -> date:
    return date(2026, 6, number)


def event(type_: str, on: int, who: str = "staff", **data: Any) -> FigureEvent:
    return FigureEvent(type_, day(on), who, "w1", "p1", data)


def told(*events: FigureEvent) -> list[FigureFact]:
    """All facts, each read with those before it."""
    before: dict[tuple[Figure, str], FigureFact] = {}
    found: list[FigureFact] = []
    for each in events:
        facts = list(figure_facts(each, before))
        before |= {(fact.figure, fact.about): fact for fact in facts}
        found += facts
    return found


def states(facts: list[FigureFact], figure: Figure) -> list[tuple[int, str, int]]:
    return [(fact.turn, fact.state, fact.of_on.day) for fact in facts if fact.figure is figure]


SENT = event("proposal.submitted", 1, "borrower", offer=PLAN, decide_by="2026-06-04")
SIGNED = event(
    "agreement.signed",
    5,
    "borrower",
    offer=PLAN,
    currency="CNY",
    schedule=[{"total": "100.10"}, {"total": "100.05"}],
    waived={"total": "3.20"},
)
PLANNED = event("plan.activated", 6, "lender", agreement="a1", core_id="K")


def test_an_answer_on_the_last_day_is_in_time_and_one_the_day_after_late() -> None:
    for on, state in ((4, "in_time"), (5, "late")):
        for answer in ("accepted", "countered", "declined"):
            facts = told(SENT, event(f"proposal.{answer}", on))
            assert states(facts, Figure.ANSWERS) == [(0, "waiting", 1), (0, state, on)]
            assert facts[-1].since_on == day(1) and facts[-1].due_on == day(4)


def test_what_the_rules_take_is_answered_at_once_and_a_borrowers_yes_is_no_answer() -> None:
    assert states(told(SENT, event("proposal.accepted", 1, "system")), Figure.ANSWERS)[1] == (0, "at_once", 1)
    facts = told(SENT, event("proposal.countered", 2), event("proposal.accepted", 9, "borrower"))
    assert states(facts, Figure.ANSWERS) == [(0, "waiting", 1), (0, "in_time", 2)]


def test_while_the_borrower_is_asked_the_clock_is_another() -> None:
    asked = event("proposal.info_requested", 3)
    given = event("proposal.info_provided", 8, "borrower", decide_by="2026-06-11")
    facts = told(SENT, asked, given, event("proposal.declined", 11))
    assert states(facts, Figure.ANSWERS) == [(0, "waiting", 1), (0, "asked", 3), (0, "waiting", 8), (0, "in_time", 11)]


def test_a_turn_is_over_for_good_once_it_is_answered_and_that_is_known() -> None:
    facts = [fact for fact in told(SENT, event("proposal.declined", 3)) if fact.figure is Figure.ANSWERS]
    assert [over_on(fact) for fact in facts] == [None, day(3)]
    assert all(over_on(fact) is None for fact in told(SIGNED, PLANNED, event("plan.broken", 8, broken_on="2026-06-07")))


def test_what_comes_back_changed_is_another_one_to_answer() -> None:
    facts = told(SENT, event("proposal.countered", 2), replace(SENT, on=day(7)), event("proposal.withdrawn", 8))
    assert states(facts, Figure.ANSWERS) == [
        (0, "waiting", 1),
        (0, "in_time", 2),
        (1, "waiting", 7),
        (1, "withdrawn", 8),
    ]


def test_why_is_told_or_asked_or_neither() -> None:
    for reason, state in (("illness", "told"), ("prefer_not_to_say", "untold"), ("", "untold")):
        sent = replace(SENT, data={**SENT.data, "offer": {**PLAN, "reason": reason}})
        facts = told(sent, event("proposal.info_requested", 2))
        assert states(facts, Figure.CIRCUMSTANCES) == [(0, state, 1), (0, "explored", 2)]


def test_relief_is_told_with_its_sums_in_minor_units_and_begins_a_plan() -> None:
    """100.10 + 100.05 = 200.15."""
    relief, plan = told(SIGNED)
    assert (relief.figure, relief.state, relief.person, relief.currency) == (Figure.RELIEF, "agreed", "w1", "CNY")
    assert (relief.asked_minor, relief.waived_minor) == (20015, 320)
    assert (plan.figure, plan.state, plan.kind) == (Figure.PLANS, "signed", "plan")


def test_what_the_books_did_not_take_is_neither_relief_nor_plan_and_waits_again() -> None:
    facts = told(SENT, event("proposal.accepted", 2), SIGNED, event("agreement.booking_failed", 6, "lender"))
    assert states(facts, Figure.RELIEF) == [(0, "agreed", 5), (0, "not_booked", 6)]
    assert states(facts, Figure.PLANS) == [(0, "signed", 5), (0, "not_booked", 6)]
    assert states(facts, Figure.ANSWERS)[-1] == (1, "waiting", 6)


def test_a_break_is_of_the_day_it_broke_and_is_overturned_from_then_on() -> None:
    broken = event("plan.broken", 21, "clock", broken_on="2026-06-20")
    facts = told(SIGNED, PLANNED, event("plan.strained", 10, "clock"), broken, event("plan.reinstated", 25, "clock"))
    assert states(facts, Figure.PLANS) == [
        (0, "signed", 5),
        (0, "kept", 6),
        (0, "strained", 10),
        (0, "broken", 20),
        (0, "kept", 20),
    ]
    assert [fact.known_on.day for fact in facts if fact.figure is Figure.PLANS] == [5, 6, 10, 21, 25]


def test_a_problem_is_open_until_it_is_answered_or_taken_back() -> None:
    opened = event("complaint.opened", 1, "borrower", problem="c1", kind="threat", answer_by="2026-06-16")
    more = event("complaint.extended", 9, problem="c1", answer_by="2026-07-01")
    decided = event("complaint.decided", 12, problem="c1", outcome="partly")
    facts = told(opened, more, decided)
    assert states(facts, Figure.COMPLAINTS) == [(0, "open", 1), (0, "open", 9), (0, "partly", 12)]
    assert facts[1].due_on == date(2026, 7, 1) and facts[2].kind == "threat"
    assert told(opened, event("complaint.withdrawn", 3, "borrower", problem="c1"))[1].state == "withdrawn"


def test_kinds_of_relief_are_told_apart_by_what_is_given() -> None:
    assert relief_kind(PLAN) == "plan"
    assert relief_kind({"kind": "plan", "covers": "all"}) == "whole_loan"
    assert relief_kind({"kind": "settlement", "covers": "all"}) == "settlement"
    assert relief_kind({"kind": "pause", "pause": {"scope": "next"}}) == "moved"
    assert relief_kind({"kind": "pause"}) == "pause"


def test_an_event_of_something_told_before_the_figures_began_tells_nothing() -> None:
    assert told(event("plan.broken", 21, broken_on="2026-06-20"), event("proposal.declined", 3)) == []
    assert told(event("loan.added", 1)) == [] and abouts(event("complaint.opened", 1, problem="c1")) == {"p1", "c1"}
