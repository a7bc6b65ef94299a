"""Erasure: a borrower's key is destroyed, and nobody can read them any more. Nobody is erased unasked: the lender set a
time for keeping and it is over, or the person closed their account and nothing is owed or open.

The facts of loans and the log stay: they name nobody, so that figures can be computed and chains verified.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from tortoise.queryset import QuerySet

from portal.actions.access import prune_access
from portal.actions.act import change_of_lender
from portal.actions.attempts import Attempt, at_once
from portal.actions.journal import Journal, borrower_stream, lender_stream
from portal.actions.outbox import TO_LOOK_AT
from portal.domain.conduct.retention import only_reports
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.reads.cases import LenderFacts
from portal.reads.erasure import DueBorrower, due_among, due_borrowers, erasure_done
from portal.reads.policy import kept_days
from portal.tables import models as tables

_BATCH = 50
_RETENTION_CLOCK = Actor("clock", "retention")


@dataclass(frozen=True, slots=True)
class ErasureRun:
    """A day's look at a lender: `days` it keeps (None: no time set), how many were `due` with nothing in the way, how
    many were `kept` all the same, by what, and how many were `erased`. One that only `reports` erases nobody.
    """

    days: int | None
    due: int
    kept: Mapping[str, int]
    reports: bool
    erased: int = 0


async def erase_due(lender: LenderFacts, moment: BusinessTime, attempt: Attempt = at_once) -> ErasureRun | None:
    """Erases whoever is due at a lender and kept by nothing, once a business day; None where that was done today.

    The first look at a lender, and the first after its time for keeping changed, only reports.
    """
    if await erasure_done(lender.id, moment.today):
        return None
    days = await kept_days(lender.id)
    found = await due_borrowers(lender.id, days, moment)
    run = await _begin(moment, lender, days, found)
    if run is None or run.reports:
        return run
    free = [each.borrower_id for each in found if not each.blockers]
    batches = [free[start : start + _BATCH] for start in range(0, len(free), _BATCH)]
    await attempt("the access log", partial(_prune_access, lender, days, moment))
    erased = [
        await attempt(f"erasure from borrower {batch[0]} on", partial(_erase, moment, lender, batch, days))
        for batch in batches
    ]
    return replace(run, erased=sum(erased))


async def _prune_access(lender: LenderFacts, days: int | None, moment: BusinessTime) -> int:
    """Who looked at whom is kept as long as people are; what is of no lender, as the longest of all lenders says."""
    if days is None:
        return 0
    removed = await prune_access(lender.id, moment.at - timedelta(days=days))
    everywhere = await tables.LenderRow.all().values_list("erasure_days", flat=True)
    if None in everywhere:
        return removed
    longest = max(int(str(each)) for each in everywhere)
    return removed + await prune_access(None, moment.at - timedelta(days=longest))


@change_of_lender
async def _begin(
    log: Journal, lender: LenderFacts, days: int | None, found: Sequence[DueBorrower]
) -> ErasureRun | None:
    """Takes the day under the lender's lock, so that of two workers one goes on; the other is answered None."""
    if log.lender.erasure_on == log.moment.today:
        return None
    reports = only_reports(log.lender.erasure_on, log.lender.erasure_days, days, log.moment.today)
    await tables.LenderRow.filter(id=lender.id).update(erasure_on=log.moment.today, erasure_days=days)
    kept = Counter(why.value for each in found for why in each.blockers)
    due = sum(not each.blockers for each in found)
    if reports and (found or days is not None):
        facts = {"due": due, "kept": dict(sorted(kept.items())), "kept_days": days}
        await log.write(lender_stream(lender.id), NewEvent("erasure.reported", _RETENTION_CLOCK, facts))
    return ErasureRun(days, due, kept, reports)


@change_of_lender
async def _erase(log: Journal, lender: LenderFacts, borrower_ids: Sequence[int], days: int | None) -> int:
    """A batch, but for whom something changed in the meantime: a new loan has to wait for the feed's lock too.

    Nobody while facts are still copied from the log: until then it is not known of every text which loan it is about.
    """
    if await kept_days(lender.id) != days or log.lender.facts_feed < log.lender.feed:
        return 0
    people = await _locked(borrower_ids)
    free = [each for each in await due_among(borrower_ids, days, log.moment) if not each.blockers]
    await _empty_borrowers([each.borrower_id for each in free], log.moment)
    await log.heads([borrower_stream(each.borrower_id) for each in free])
    for each in free:
        if person_id := people[each.borrower_id]:
            await _empty_texts(lender.id, person_id, each.borrower_id)
            if not await tables.BorrowerRow.exists(person_id=person_id):
                await _erase_person(person_id, log.moment)
        event = NewEvent("borrower.erased", _RETENTION_CLOCK, {"kept_days": days, "ground": each.ground.value})
        await log.write(borrower_stream(each.borrower_id), event)
    return len(free)


async def _locked(borrower_ids: Sequence[int]) -> dict[int, int | None]:
    """Who came in as each of these; nobody comes back by a link of another lender until the batch is through."""
    rows = await tables.BorrowerRow.filter(id__in=list(borrower_ids)).order_by("id").select_for_update()
    people: dict[int, int | None] = {row.id: row.person_id for row in rows}  # type: ignore[attr-defined]
    known = [person_id for person_id in people.values() if person_id is not None]
    await tables.PersonRow.filter(id__in=known).order_by("id").select_for_update()
    return people


async def _empty_borrowers(ids: Sequence[int], moment: BusinessTime) -> None:
    """What the lender told, what its staff wrote of them, their links, and what waits to be sent or for two of them."""
    empty = {"key": b"", "name_sealed": b"", "phone_sealed": b"", "id_last4_sealed": b"", "phone_hash": ""}
    empty |= {"name_hash": "", "last4_hash": ""}
    gone = dict.fromkeys(("person_id", "entry_code_sealed", "number_changed_at", "number_waits_until"))
    await tables.BorrowerRow.filter(id__in=list(ids)).update(**empty, **gone, erased_at=moment.at)
    links = tables.InvitationRow.filter(borrower_id__in=list(ids))
    await links.update(phone_sealed=None)
    await links.filter(ended_at__isnull=True).update(ended_at=moment.at, ended_why="erased")
    await tables.ContactRow.filter(borrower_id__in=list(ids)).update(number_hash="")
    loan_ids = await tables.PartyRow.filter(borrower_id__in=list(ids)).values_list("loan_id", flat=True)
    await tables.ApprovalRow.filter(loan_id__in=loan_ids).update(sealed=None)
    await tables.StaffNoteRow.filter(loan_id__in=loan_ids).update(sealed=b"")
    await _empty_messages(tables.OutboundMessageRow.filter(borrower_id__in=list(ids)), moment)


async def _empty_messages(messages: QuerySet[tables.OutboundMessageRow], moment: BusinessTime) -> None:
    await messages.update(sealed=b"")
    waiting = messages.filter(state__in=("waiting", *TO_LOOK_AT))
    await waiting.update(state="expired", ended_at=moment.at, leased_until=None)


async def _empty_texts(lender_id: int, person_id: int, borrower_id: int) -> None:
    """What was written and signed at this lender goes even where the person's key still serves another lender."""
    loan_ids = await tables.PartyRow.filter(borrower_id=borrower_id).values_list("loan_id", flat=True)
    await tables.TextRow.filter(loan_id__in=loan_ids, person_id=person_id).update(sealed=b"")
    await tables.DraftRow.filter(loan_id__in=loan_ids, person_id=person_id).delete()
    await tables.MessageChoiceRow.filter(lender_id=lender_id, person_id=person_id).delete()
    await tables.PaymentClaimRow.filter(loan_id__in=loan_ids, person_id=person_id).update(reference_sealed=None)
    mine = await tables.ProposalRow.filter(lender_id=lender_id, person_id=person_id).values_list("id", flat=True)
    await tables.AgreementRow.filter(proposal_id__in=mine).update(sealed=b"")
    await tables.ToldIncomeRow.filter(proposal_id__in=mine).update(sealed=b"")


async def _erase_person(person_id: int, moment: BusinessTime) -> None:
    """Nobody's loans are left to see: the way in goes too."""
    await tables.PersonRow.filter(id=person_id).update(
        key=b"", phone_hash=None, phone_sealed=None, password_hash=None, erased_at=moment.at
    )
    await tables.SessionRow.filter(person_id=person_id, ended_at__isnull=True).update(ended_at=moment.at)
    await tables.CodeRow.filter(person_id=person_id).delete()
    await _empty_messages(tables.OutboundMessageRow.filter(person_id=person_id), moment)
