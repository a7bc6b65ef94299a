"""Erasure: when the time for keeping is over, a borrower's key is destroyed, and nobody can read them any more.

The facts of loans and the log stay: they name nobody, so that figures can be computed and chains verified.
"""

import json

from portal.actions.journal import borrower_stream, journal, loan_stream
from portal.domain.event import Actor, Happening, Moment
from portal.domain.retention import due_for_erasure
from portal.reads.cases import LenderFacts
from portal.reads.loans import load_loans
from portal.reads.policy import policy
from portal.tables import models as t
from portal.tables.transaction import retried

BATCH = 200
CLOCK = Actor("clock", "retention")


async def erase_due(lender: LenderFacts, moment: Moment) -> int:
    """Erases every borrower of a lender whose loans all ended longer ago than its policy keeps; answers how many."""
    days = (await policy(lender.id, lender.currency)).retention_days
    erased, last = 0, 0
    while ids := await _next_borrowers(lender.id, last):
        for borrower_id in await _due(ids, days, moment):
            erased += await _erase(lender.id, borrower_id, days, moment)
        last = ids[-1]
    return erased


async def _next_borrowers(lender_id: int, after: int) -> list[int]:
    rows = t.Borrower.filter(lender_id=lender_id, id__gt=after, erased_at__isnull=True)
    return [int(str(each)) for each in await rows.order_by("id").limit(BATCH).values_list("id", flat=True)]


async def _due(borrower_ids: list[int], days: int, moment: Moment) -> list[int]:
    """Of these borrowers, those with nothing open and every loan ended long enough ago."""
    owes: dict[int, list[int]] = {each: [] for each in borrower_ids}
    for borrower_id, loan_id in await t.Party.filter(borrower_id__in=borrower_ids).values_list(
        "borrower_id", "loan_id"
    ):
        owes[borrower_id].append(loan_id)
    ids = sorted({loan_id for loans in owes.values() for loan_id in loans})
    loans = await load_loans(ids)
    busy = set(await t.ProposalLine.filter(open_loan__in=ids).values_list("loan_id", flat=True))
    busy |= set(await t.Problem.filter(loan_id__in=ids, state="open").values_list("loan_id", flat=True))
    return [
        borrower_id
        for borrower_id, owed in owes.items()
        if not busy & set(owed) and due_for_erasure([loans[each][0] for each in owed], days, moment.today)
    ]


@retried
async def _erase(lender_id: int, borrower_id: int, days: int, moment: Moment) -> int:
    """One borrower, unless something new came in the meantime: a new loan has to wait for the feed's lock too."""
    async with journal(lender_id, moment) as log:
        row = await t.Borrower.filter(id=borrower_id, erased_at__isnull=True).select_for_update().first()
        if row is None or not await _due([borrower_id], days, moment):
            return 0
        person_id: int | None = row.person_id  # type: ignore[attr-defined]
        if person_id is not None:
            await _empty_texts(lender_id, person_id, borrower_id)
        empty = {"key": b"", "name_sealed": b"", "phone_sealed": b"", "id_last4_sealed": b"", "phone_hash": ""}
        await t.Borrower.filter(id=borrower_id).update(person_id=None, erased_at=moment.at, **empty)
        await t.Invitation.filter(borrower_id=borrower_id).update(phone_sealed=None)
        links = t.Invitation.filter(borrower_id=borrower_id, ended_at__isnull=True)
        await links.update(ended_at=moment.at, ended_why="erased")
        if person_id is not None and not await t.Borrower.exists(person_id=person_id):
            await _erase_person(person_id, moment)
        told = Happening("borrower.erased", CLOCK, {"kept_days": days})
        await log.write(borrower_stream(borrower_id), told)
        return 1


async def _empty_texts(lender_id: int, person_id: int, borrower_id: int) -> None:
    """What was written and signed at this lender goes even where the person's key still serves another lender."""
    loan_ids = await t.Party.filter(borrower_id=borrower_id).values_list("loan_id", flat=True)
    streams = [loan_stream(int(str(each))) for each in loan_ids]
    bodies = await t.Event.filter(stream__in=streams).values_list("body", flat=True)
    notes = [json.loads(bytes(body))["data"].get("note") for body in bodies]
    refs = [note["ref"] for note in notes if note]
    thread = await t.Message.filter(problem__loan_id__in=loan_ids).values_list("text_id", flat=True)
    await t.Text.filter(ref__in=refs, person_id=person_id).update(sealed=b"")
    await t.Text.filter(id__in=thread, person_id=person_id).update(sealed=b"")
    await t.Draft.filter(loan_id__in=loan_ids, person_id=person_id).delete()
    await t.PaymentReport.filter(loan_id__in=loan_ids, person_id=person_id).update(reference_sealed=None)
    mine = await t.Proposal.filter(lender_id=lender_id, person_id=person_id).values_list("id", flat=True)
    await t.Agreement.filter(proposal_id__in=mine).update(sealed=b"")


async def _erase_person(person_id: int, moment: Moment) -> None:
    """Nobody's loans are left to see: the way in goes too."""
    await t.Person.filter(id=person_id).update(
        key=b"", phone_hash=None, phone_sealed=None, password_hash=None, erased_at=moment.at
    )
    await t.Session.filter(person_id=person_id, ended_at__isnull=True).update(ended_at=moment.at)
    await t.Code.filter(person_id=person_id).delete()
    await t.OutboundMessage.filter(person_id=person_id).update(sealed=b"")
    await t.OutboundMessage.filter(person_id=person_id, state="waiting").update(state="expired", ended_at=moment.at)
