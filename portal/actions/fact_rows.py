"""Facts that were told before they were rows, or by a process of the version before, become rows: a span of a lender's
feed at a time, each whole or not at all. `lender.facts_feed` says up to where; a whole feed costs nothing.
"""

from collections.abc import Sequence
from functools import partial

from portal.actions.act import change_of_lender
from portal.actions.attempts import Attempt, at_once
from portal.actions.journal import Journal
from portal.domain.event import BusinessTime
from portal.reads.cases import LenderFacts
from portal.reads.facts import FACT_KINDS, FactColumns, FactKey, is_kept, kept_facts, telling, told_facts
from portal.tables import models as tables

SPAN = 1000
"""So many events are looked at in one transaction, which has the lender's lock."""


async def copy_facts(lender: LenderFacts, moment: BusinessTime, attempt: Attempt = at_once) -> int:
    """Goes on where it stopped, to the end of the lender's feed; answers how many events it looked at.

    One that cannot be read stops this lender's, whose facts are read from the log until it can be.
    """
    looked_at = 0
    while not lender.copied and (more := await attempt(f"{lender.slug}, the log", partial(_copy_span, moment, lender))):
        looked_at += more
    return looked_at


@change_of_lender
async def _copy_span(log: Journal, _lender: LenderFacts) -> int:
    lender = log.lender
    until = min(lender.facts_feed + SPAN, lender.feed)
    span = tables.EventRow.filter(telling(), lender_id=lender.id, feed__gt=lender.facts_feed, feed__lte=until)
    streams = set(await span.values_list("stream", flat=True))
    await _copy([int(str(each).removeprefix("loan:")) for each in streams])
    await tables.LenderRow.filter(id=lender.id).update(facts_feed=until)
    return until - lender.facts_feed


async def _copy(loan_ids: Sequence[int]) -> None:
    """All facts of these loans, those told later too: what is a row already stays as it is."""
    found, ids = await told_facts(loan_ids), await _ids(loan_ids)
    for kind, told in found.items():
        kept = await kept_facts(loan_ids, kind) if told else {}
        for key, columns in told.items():
            if not is_kept(kind, columns, kept.get(key)):
                await _keep(kind, key, columns, kept.get(key), ids)


async def _keep(kind: str, key: FactKey, told: FactColumns, kept: FactColumns | None, ids: dict[str, int]) -> None:
    fact, (owner, *rest) = FACT_KINDS[kind], key
    if kept is not None:
        await fact.table.filter(id=kept["id"]).update(**told)
    elif fact.makes:
        row: FactColumns = {f"{fact.makes}_id": ids[owner], **dict(zip(fact.key[1:], rest, strict=True)), **told}
        await fact.table.create(**row)
    elif fact.key == ("ref",):
        await fact.table.filter(ref=owner).update(**told)


async def _ids(loan_ids: Sequence[int]) -> dict[str, int]:
    """Of the loans' proposals and agreements, by ref."""
    lines = tables.ProposalLineRow.filter(loan_id__in=list(loan_ids))
    proposals: dict[str, int] = dict(await lines.values_list("proposal__ref", "proposal_id"))
    agreements = tables.AgreementRow.filter(proposal_id__in=list(proposals.values()))
    return {**proposals, **dict(await agreements.values_list("ref", "id"))}
