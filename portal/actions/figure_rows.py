"""The rows that figures are counted from: the worker reads on in a lender's feed, a span at a time, each whole or not
at all. All of them can be made again, and are the same.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from portal.actions.act import change_of_lender
from portal.actions.attempts import Attempt, at_once
from portal.actions.journal import Journal
from portal.domain.conduct.figure_facts import Figure, FigureEvent, FigureFact, abouts, figure_facts, over_on
from portal.domain.conduct.figure_totals import FigureChange, figure_changes
from portal.domain.event import BusinessTime
from portal.reads.cases import LenderFacts
from portal.reads.facts import telling
from portal.reads.rows import columns_of, names_of
from portal.tables import models as tables

_SPAN = 1000
"""So many events are looked at in one transaction, which has the lender's lock."""
_FORGET = 5000
_OneTurn = tuple[Figure, str, int]
_Facts = Mapping[_OneTurn, list[FigureFact]]


async def count_figures(lender: LenderFacts, moment: BusinessTime, attempt: Attempt = at_once) -> int:
    """Reads on to the end of the lender's feed; answers how many events it looked at."""
    looked_at = 0
    for counted in await tables.FigureFeedRow.filter(lender_id=lender.id):
        while counted.summed_feed != counted.feed and await _forget(moment, lender):
            pass
    while more := await attempt(f"{lender.slug}, figures", partial(_count_span, moment, lender)):
        looked_at += more
    return looked_at


async def count_figures_again(lender: LenderFacts, moment: BusinessTime) -> int:
    """The same from the beginning; what was counted before is forgotten."""
    while await _forget(moment, lender):
        pass
    return await count_figures(lender, moment)


@change_of_lender
async def _count_span(log: Journal, _lender: LenderFacts) -> int:
    lender, (counted, _) = log.lender, await tables.FigureFeedRow.get_or_create(lender_id=log.lender.id)
    until = min(counted.feed + _SPAN, lender.feed)
    if until == counted.feed:
        return 0
    span = tables.EventRow.filter(
        telling(), lender_id=lender.id, feed__gt=counted.feed, feed__lte=until, stream__startswith="loan:"
    )
    rows = await span.order_by("feed").values("feed", "stream", "type", "business_date", "proposal_ref", "body")
    await _keep_facts(lender.id, [(row, _event(row)) for row in rows])
    looked_at = until - counted.feed
    counted.feed = counted.summed_feed = until
    await counted.save()
    return looked_at


async def _keep_facts(lender_id: int, events: list[tuple[Mapping[str, Any], FigureEvent]]) -> None:
    named = sorted(set().union(*(abouts(event) for _, event in events)))
    told = await _facts_before(lender_id, named)
    before = {(figure, about): facts[-1] for (figure, about, _), facts in told.items()}
    found: dict[_OneTurn, list[tables.FigureFactRow]] = defaultdict(list)
    new: dict[_OneTurn, list[FigureFact]] = defaultdict(list)
    ended: dict[_OneTurn, date] = {}
    for row, event in events:
        for fact in figure_facts(event, before):
            place = {"lender_id": lender_id, "loan_id": int(row["stream"].removeprefix("loan:")), "feed": row["feed"]}
            one = fact.figure, fact.about, fact.turn
            found[one].append(tables.FigureFactRow(**place, **columns_of(fact)))
            before[fact.figure, fact.about] = fact
            new[one].append(fact)
            if over := over_on(fact):
                ended[one] = over
    for one, over in ended.items():
        await _end(lender_id, one, over, found[one])
    rows = sorted((row for of_one in found.values() for row in of_one), key=lambda row: (row.feed, row.figure))
    await tables.FigureFactRow.bulk_create(rows, batch_size=500)
    await _add_changes(lender_id, told, new)


async def _end(lender_id: int, one: _OneTurn, over: date, found: list[tables.FigureFactRow]) -> None:
    """What was told before of the same turn is over as well."""
    for row in found:
        row.over_on = over
    figure, about, turn = one
    await tables.FigureFactRow.filter(lender_id=lender_id, figure=figure, about=about, turn=turn).update(over_on=over)


async def _add_changes(lender_id: int, told: _Facts, new: _Facts) -> None:
    """What is counted changes by what came to each turn."""
    changes: Counter[FigureChange] = Counter()
    for one, facts in new.items():
        before = told.get(one, [])
        changes.update(figure_changes([*before, *facts]))
        changes.subtract(figure_changes(before))
    for change, count in changes.items():
        if count:
            row, _ = await tables.FigureTotalRow.get_or_create(lender_id=lender_id, **columns_of(change))
            row.counted += count
            await row.save()


async def _facts_before(lender_id: int, named: list[str]) -> dict[_OneTurn, list[FigureFact]]:
    """Of each turn in the order in which they were told, the last turn of each last."""
    rows = tables.FigureFactRow.filter(lender_id=lender_id, about__in=named).order_by("feed")
    found = [FigureFact(**{**row, "figure": Figure(row["figure"])}) for row in await rows.values(*names_of(FigureFact))]
    turns: dict[_OneTurn, list[FigureFact]] = defaultdict(list)
    for fact in found:
        turns[fact.figure, fact.about, fact.turn].append(fact)
    return turns


def _event(row: Mapping[str, Any]) -> FigureEvent:
    body = json.loads(bytes(row["body"]))
    actor = body["actor"]
    return FigureEvent(
        row["type"], row["business_date"], actor["kind"], actor["ref"], row["proposal_ref"], body["data"]
    )


@change_of_lender
async def _forget(log: Journal, lender: LenderFacts) -> int:
    await tables.FigureFeedRow.filter(lender_id=lender.id).update(feed=0, summed_feed=None)
    await tables.FigureTotalRow.filter(lender_id=lender.id).delete()
    ids = await tables.FigureFactRow.filter(lender_id=lender.id).limit(_FORGET).values_list("id", flat=True)
    return await tables.FigureFactRow.filter(id__in=ids).delete()
