"""The log as figures are counted from it: of what was sent, agreed or reported, in which state it was from which day.

Each fact follows from an event and the facts before it, so that all of them can be made again of the log alone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from portal.domain.money import parse_amount


class Figure(StrEnum):
    """What is counted: answers to proposals, whether it was asked why, plans that live, relief agreed, complaints."""

    ANSWERS = "answers"
    CIRCUMSTANCES = "circumstances"
    PLANS = "plans"
    RELIEF = "relief"
    COMPLAINTS = "complaints"


@dataclass(frozen=True, slots=True)
class FigureFact:
    """From the day `of_on` on it was in `state`, as was known from the day `known_on`.

    `about` is the ref of a proposal or a complaint; a proposal that came back to be answered, and one that was signed
    again, has another `turn`. It began on `since_on`; who has to act, acts by `due_on`. Amounts are minor units.
    Of a complaint that was answered, `cause` is what was behind it.
    """

    figure: Figure
    about: str
    turn: int
    state: str
    kind: str
    of_on: date
    known_on: date
    since_on: date
    due_on: date | None = None
    person: str = ""
    asked_minor: int = 0
    waived_minor: int = 0
    currency: str = ""
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class FigureEvent:
    """One event of a loan, as far as figures are counted from it."""

    type: str
    on: date
    actor_kind: str
    actor_ref: str
    proposal: str
    data: Mapping[str, Any]

    def day(self, name: str) -> date:
        return date.fromisoformat(self.data[name])


NO_REASON = ("", "prefer_not_to_say")
ANSWERED = frozenset({"at_once", "in_time", "late", "withdrawn"})
"""In these states a turn of a proposal is over for good; should it come back, that is another turn."""


def over_on(fact: FigureFact) -> date | None:
    """The day from which on it is known to be over for good."""
    final = fact.figure is Figure.ANSWERS and fact.state in ANSWERED
    return max(fact.of_on, fact.known_on) if final else None


FactsBefore = Mapping[tuple[Figure, str], FigureFact]
"""The last fact of each, by what it is about."""
_Told = Iterator[FigureFact]


def figure_facts(event: FigureEvent, before: FactsBefore) -> _Told:
    """What an event tells, at most one fact of each figure."""
    for reader in _READERS.get(event.type, ()):
        yield from reader(event, before)


def abouts(event: FigureEvent) -> set[str]:
    """Of what the facts are asked for that were told before."""
    return {str(each) for each in (event.proposal, event.data.get("problem")) if each}


def relief_kind(offer: Mapping[str, Any]) -> str:
    """What an offer gives: more time for what is overdue or for all, less to pay, a rest, another day."""
    kind = str(offer["kind"])
    if kind == "pause":
        return "moved" if (offer.get("pause") or {}).get("scope") == "next" else "pause"
    return "whole_loan" if kind == "plan" and offer["covers"] != "overdue" else kind


def _sent(event: FigureEvent, before: FactsBefore) -> _Told:
    last = before.get((Figure.ANSWERS, event.proposal))
    yield FigureFact(
        figure=Figure.ANSWERS,
        about=event.proposal,
        turn=last.turn + 1 if last else 0,
        state="waiting",
        kind=relief_kind(event.data["offer"]),
        of_on=event.on,
        known_on=event.on,
        since_on=event.on,
        due_on=event.day("decide_by"),
    )


def _told_why(event: FigureEvent, before: FactsBefore) -> _Told:
    """Whether the borrower said why, or let income and spending be seen; "I would rather not say" is no reason."""
    last = before.get((Figure.CIRCUMSTANCES, event.proposal))
    said = event.data["offer"]["reason"] not in NO_REASON or event.data.get("income_told", False)
    yield FigureFact(
        figure=Figure.CIRCUMSTANCES,
        about=event.proposal,
        turn=last.turn + 1 if last else 0,
        state="told" if said else "untold",
        kind=relief_kind(event.data["offer"]),
        of_on=event.on,
        known_on=event.on,
        since_on=event.on,
    )


def _answered(event: FigureEvent, before: FactsBefore) -> _Told:
    """What the lender's side answers; a borrower's yes to its offer is none."""
    last = before.get((Figure.ANSWERS, event.proposal))
    if last is None or last.state not in ("waiting", "asked") or event.actor_kind not in ("staff", "lender", "system"):
        return
    by_rules = event.actor_kind == "system"
    in_time = last.due_on is None or event.on <= last.due_on
    yield _next(last, event, "at_once" if by_rules else "in_time" if in_time else "late")


def _asked(event: FigureEvent, before: FactsBefore) -> _Told:
    """Whatever it is that is asked, somebody wanted to know more."""
    yield from _moved(Figure.ANSWERS, event, before, "asked")
    yield from _moved(Figure.CIRCUMSTANCES, event, before, "explored")


def _provided(event: FigureEvent, before: FactsBefore) -> _Told:
    last = before.get((Figure.ANSWERS, event.proposal))
    if last is not None:
        yield replace(_next(last, event, "waiting"), due_on=event.day("decide_by"))


def _withdrawn(event: FigureEvent, before: FactsBefore) -> _Told:
    last = before.get((Figure.ANSWERS, event.proposal))
    if last is not None and last.state in ("waiting", "asked"):
        yield _next(last, event, "withdrawn")


def _signed(event: FigureEvent, before: FactsBefore) -> _Told:
    """Relief is agreed, and by it a plan that lives from when the lender's books have it."""
    data, currency, last = event.data, event.data["currency"], before.get((Figure.RELIEF, event.proposal))
    begun = FigureFact(
        figure=Figure.RELIEF,
        about=event.proposal,
        turn=last.turn + 1 if last else 0,
        state="agreed",
        kind=relief_kind(data["offer"]),
        of_on=event.on,
        known_on=event.on,
        since_on=event.on,
        person=event.actor_ref,
        asked_minor=sum(parse_amount(row["total"], currency) for row in data["schedule"]),
        waived_minor=parse_amount(data["waived"]["total"], currency),
        currency=currency,
    )
    yield begun
    if not data["offer"].get("within"):
        yield replace(begun, figure=Figure.PLANS, turn=0, state="signed")


def _refused(event: FigureEvent, before: FactsBefore) -> _Told:
    """The lender's books did not take it, and a person has to answer again."""
    for figure in (Figure.RELIEF, Figure.PLANS):
        yield from _moved(figure, event, before, "not_booked")
    last = before.get((Figure.ANSWERS, event.proposal))
    if last is not None:
        yield replace(_next(last, event, "waiting"), turn=last.turn + 1, since_on=event.on, due_on=None)


def _plan(state: str, day: str = "", *, overturns: bool = False) -> Callable[[FigureEvent, FactsBefore], _Told]:
    """A plan is in a state from the day that the event names; one that `overturns` is so since that it overturns."""

    def read(event: FigureEvent, before: FactsBefore) -> _Told:
        last = before.get((Figure.PLANS, event.proposal))
        if last is not None:
            of_on = last.of_on if overturns else event.day(day) if event.data.get(day) else event.on
            yield replace(_next(last, event, state), of_on=of_on)

    return read


def _reported(event: FigureEvent, before: FactsBefore) -> _Told:
    yield FigureFact(
        figure=Figure.COMPLAINTS,
        about=event.data["problem"],
        turn=0,
        state="open",
        kind=event.data["kind"],
        of_on=event.on,
        known_on=event.on,
        since_on=event.on,
        due_on=event.day("answer_by"),
    )


def _extended(event: FigureEvent, before: FactsBefore) -> _Told:
    last = before.get((Figure.COMPLAINTS, event.data["problem"]))
    if last is not None:
        yield replace(_next(last, event, last.state), due_on=event.day("answer_by"))


def _decided(event: FigureEvent, before: FactsBefore) -> _Told:
    last = before.get((Figure.COMPLAINTS, event.data["problem"]))
    if last is not None:
        yield replace(_next(last, event, event.data.get("outcome") or "withdrawn"), cause=event.data.get("cause"))


def _moved(figure: Figure, event: FigureEvent, before: FactsBefore, state: str) -> _Told:
    last = before.get((figure, event.proposal))
    if last is not None:
        yield _next(last, event, state)


def _next(last: FigureFact, event: FigureEvent, state: str) -> FigureFact:
    return replace(last, state=state, of_on=event.on, known_on=event.on)


_READERS: Mapping[str, tuple[Callable[[FigureEvent, FactsBefore], _Told], ...]] = {
    "proposal.submitted": (_sent, _told_why),
    "proposal.accepted": (_answered,),
    "proposal.countered": (_answered,),
    "proposal.declined": (_answered,),
    "proposal.info_requested": (_asked,),
    "proposal.info_provided": (_provided,),
    "proposal.withdrawn": (_withdrawn,),
    "proposal.expired": (_withdrawn,),
    "agreement.signed": (_signed,),
    "agreement.booking_failed": (_refused,),
    "plan.activated": (_plan("kept"),),
    "plan.strained": (_plan("strained"),),
    "plan.cured": (_plan("kept"),),
    "plan.paused": (_plan("paused", "from"),),
    "plan.resumed": (_plan("kept", "on"),),
    "plan.broken": (_plan("broken", "broken_on"),),
    "plan.reinstated": (_plan("kept", overturns=True),),
    "plan.completed": (_plan("completed", "completed_on"),),
    "plan.reopened": (_plan("kept", overturns=True),),
    "plan.superseded": (_plan("superseded"),),
    "plan.ended": (_plan("ended", "ended_on"),),
    "complaint.opened": (_reported,),
    "complaint.extended": (_extended,),
    "complaint.decided": (_decided,),
    "complaint.withdrawn": (_decided,),
}
