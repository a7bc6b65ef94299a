"""What the lender's staff write for each other about a loan: no event tells of it, and no form grows old by it."""

from portal.actions.act import Act, Author, change_unchecked
from portal.actions.invitations import party_of
from portal.actions.journal import Journal
from portal.reads.cases import Case
from portal.reads.staff_notes import staff_note_place
from portal.tables import models as tables
from portal.vault import new_ref


@change_unchecked
async def write_staff_note(act: Act, case: Case) -> None:
    """The words that came with the act are kept for colleagues. Raises BorrowerErased."""
    await keep_staff_note(act.log, case, act.author, act.author.note)


async def keep_staff_note(log: Journal, case: Case, author: Author, text: str, about: str = "") -> None:
    """Within another act; `about` is the ref of the approval that it is the reason for. Raises BorrowerErased."""
    borrower, ref = (await party_of(log, case.loan.loan_no)).borrower, new_ref()
    await tables.StaffNoteRow.create(
        ref=ref,
        loan_id=case.id,
        borrower_id=borrower.id,
        sealed=author.vault.seal_in(bytes(borrower.key), staff_note_place(ref), text),
        author=author.actor.ref,
        about=about,
        written_at=log.moment.at,
    )
