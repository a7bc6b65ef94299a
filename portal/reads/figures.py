"""Figures of a day, as they were known on a day: counted, and the cases that they count. Of one lender alone."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from hashlib import sha256
from typing import Any

from portal.domain.conduct.complaints import NOT_CLASSIFIED
from portal.domain.conduct.figure_facts import FigureFact
from portal.domain.conduct.figure_totals import FigureChange
from portal.domain.conduct.figures import LATEST, FigureCell, FigureGroup, FigureSpan, FigureTable
from portal.reads.rows import each_by_pages, each_row, names_of
from portal.tables import models as tables
from portal.tables.query import Query, stored_date

CASES_ON_A_PAGE = 50
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class FigureDays:
    """Of which day the figures are, and from what was known at the end of which."""

    of: date
    known: date


@dataclass(frozen=True, slots=True)
class ReliefSum:
    """Of one kind (none: of all) in one currency: agreements, each person once, and minor units asked and waived."""

    kind: str
    currency: str
    agreements: int
    persons: int
    asked_minor: int
    waived_minor: int


@dataclass(frozen=True, slots=True)
class FigureCase:
    """One case that a figure counts; `feed` is where the page after it goes on."""

    feed: int
    loan_ref: str
    loan_no: str
    figure: str
    about: str
    kind: str
    state: str
    of: date
    since: date
    due: date | None
    asked_minor: int
    waived_minor: int
    currency: str


# Of each, the last that was told: a fact told late takes the place of what was told before.
_LAST = """
SELECT max(told.feed) FROM figure_fact AS told
WHERE told.lender_id = :lender AND told.figure = :figure AND {which}
    AND told.of_on <= :of AND told.known_on <= :known
GROUP BY {of_one}
"""
_LAST_OF_SPAN = _LAST.format(
    which="told.since_on BETWEEN :first AND :of", of_one="told.since_on, told.about, told.turn"
)
_LAST_OPEN = _LAST.format(which="told.over_on > :open_after", of_one="told.about, told.turn")
_WHICH = "WHERE fact.lender_id = :lender AND fact.figure = :figure AND fact.feed IN ({last})"
_CAUSE = f"coalesce(fact.cause, '{NOT_CLASSIFIED}')"
_GROUPS = """
SELECT state, {kind}, since_on, due_on, sum(counted) FROM figure_total
WHERE lender_id = :lender AND figure = :figure AND state IN :states AND since_on BETWEEN :first AND :of
    AND of_on <= :of AND known_on <= :known
GROUP BY state, {kind}, since_on, due_on HAVING sum(counted) > 0
"""
_GROUPS_BY_KIND, _GROUPS_BY_CAUSE = Query(_GROUPS.format(kind="kind")), Query(_GROUPS.format(kind="cause"))
_RELIEF = """
SELECT {kind}, fact.currency, count(*), count(DISTINCT fact.person), sum(fact.asked_minor), sum(fact.waived_minor)
FROM figure_fact AS fact {which} AND fact.state = 'agreed'
GROUP BY {group}fact.currency ORDER BY {group}fact.currency
"""
_OF_SPAN = _WHICH.format(last=_LAST_OF_SPAN)
_RELIEF_BY_KIND = Query(_RELIEF.format(kind="fact.kind", group="fact.kind, ", which=_OF_SPAN))
_RELIEF_IN_ALL = Query(_RELIEF.format(kind="''", group="", which=_OF_SPAN))
# In the order of no index: PostgreSQL would walk one backwards for the few, and find the last of all for each.
_CASES = f"""
SELECT fact.feed, loan.ref, loan.loan_no, fact.figure, fact.about, fact.kind, fact.state, fact.of_on, fact.since_on,
    fact.due_on, fact.asked_minor, fact.waived_minor, fact.currency
FROM figure_fact AS fact JOIN loan ON loan.id = fact.loan_id {_WHICH}
    AND fact.state IN :states AND fact.since_on BETWEEN :since AND :until AND fact.feed < :before
    AND (fact.due_on BETWEEN :due AND :due_until OR (fact.due_on IS NULL AND :undated = 1))
    AND (CASE WHEN :caused = 1 THEN {_CAUSE} ELSE fact.kind END = :kind OR :every = 1)
ORDER BY fact.feed + 0 DESC LIMIT {CASES_ON_A_PAGE + 1}
"""
_CASES_OF_SPAN, _CASES_OPEN = (Query(_CASES.format(last=last)) for last in (_LAST_OF_SPAN, _LAST_OPEN))


async def figure_groups(lender_id: int, table: FigureTable, days: FigureDays) -> tuple[FigureGroup, ...]:
    groups = _GROUPS_BY_CAUSE if table.by_cause else _GROUPS_BY_KIND
    states = frozenset[str]().union(*(column.states for column in table.columns))
    asked = {"first": table.begins(days.of), "of": days.of, "known": days.known}
    which = {"lender": lender_id, "figure": table.figure.value, "states": tuple(sorted(states))}
    rows = await groups.read(**which, **asked)
    return tuple(
        FigureGroup(state, kind, stored_date(since), _due(stored_date(due)), int(count))
        for state, kind, since, due, count in rows
    )


def _due(stored: date) -> date | None:
    return None if stored == LATEST else stored


async def relief_sums(lender_id: int, table: FigureTable, days: FigureDays) -> tuple[ReliefSum, ...]:
    """By kind, and behind them in all, where a person who was given two kinds is one."""
    asked = _asked(lender_id, table, days)
    rows = [*await _RELIEF_BY_KIND.read(**asked), *await _RELIEF_IN_ALL.read(**asked)]
    return tuple(ReliefSum(kind, currency, *map(int, counts)) for kind, currency, *counts in rows)


async def figure_cases(
    lender_id: int, table: FigureTable, cell: FigureCell, days: FigureDays, kind: str, before: int
) -> tuple[FigureCase, ...]:
    """Those told last first, CASES_ON_A_PAGE and one more where there are more; `kind` empty is every one."""
    cases = _CASES_OPEN if table.span is FigureSpan.OPEN else _CASES_OF_SPAN
    rows = await cases.read(
        **_asked(lender_id, table, days),
        states=tuple(sorted(cell.states)),
        since=cell.since_from,
        until=cell.since_to,
        before=before,
        due=cell.due_from,
        due_until=cell.due_to,
        undated=int(cell.undated),
        caused=int(table.by_cause),
        kind=kind,
        every=int(not kind),
    )
    return tuple(_case(row) for row in rows)


def every_figure_case(
    lender_id: int, table: FigureTable, cell: FigureCell, days: FigureDays, kind: str, before: int
) -> AsyncIterator[FigureCase]:
    """All of them, a page in memory at a time."""
    page = partial(figure_cases, lender_id, table, cell, days, kind)
    return each_by_pages(page, before, CASES_ON_A_PAGE, lambda each: each.feed)


async def figures_behind(lender_id: int) -> int:
    """How many events of the lender's feed the figures have not been counted from yet."""
    (told,) = await tables.LenderRow.filter(id=lender_id).values_list("feed", flat=True)
    counted = await tables.FigureFeedRow.filter(lender_id=lender_id).values_list("summed_feed", flat=True)
    return int(str(told)) - int(str(counted[0] or 0)) if counted else int(str(told))


def _asked(lender_id: int, table: FigureTable, days: FigureDays) -> dict[str, Any]:
    asked = {"lender": lender_id, "figure": table.figure.value, "of": days.of, "known": days.known}
    if table.span is FigureSpan.OPEN:
        return {**asked, "open_after": min(days.of, days.known)}
    return {**asked, "first": table.begins(days.of)}


def _case(row: Any) -> FigureCase:
    told = dict(zip(names_of(FigureCase), row, strict=True))
    return FigureCase(**{**told, **{name: stored_date(told[name]) for name in ("of", "since", "due")}})


async def figures_digest(lender_id: int) -> tuple[int, str]:
    """How many facts a lender's figures are counted from, and the SHA-256 of them in the order of its feed,
    and of their sums."""
    digest, count = sha256(), 0
    columns = (*names_of(FigureFact), "loan_id", "over_on")
    async for row in each_row(tables.FigureFactRow.filter(lender_id=lender_id), _AT_ONCE, "id", "feed", *columns):
        told = [str(row[name]) for name in ("feed", *columns)]
        digest.update(json.dumps(told, ensure_ascii=False).encode() + b"\n")
        count += 1
    names = names_of(FigureChange)
    totals = tables.FigureTotalRow.filter(lender_id=lender_id).exclude(counted=0).order_by(*names)
    for each in await totals.values_list(*names, "counted"):
        digest.update(json.dumps([str(told) for told in each], ensure_ascii=False).encode() + b"\n")
    return count, digest.hexdigest()
