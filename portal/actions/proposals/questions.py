"""A question to the borrower: one that is ready, in their own language, and what one of the staff wrote beside it."""

from dataclasses import replace

from portal.actions.act import Acting
from portal.actions.proposals.answer import step
from portal.domain.restructuring.negotiation import Move, Party
from portal.domain.restructuring.reasons import READY_QUESTIONS
from portal.languages import choose
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables


async def ask_borrower(acting: Acting, proposal: ProposalCase, question: str = "") -> None:
    """`question` is a code of READY_QUESTIONS or nothing. Raises what `step` raises."""
    author = acting.author
    if question:
        person = await tables.PersonRow.get(id=proposal.person_id)
        spoken = choose(person.locale)
        words = "\n".join(filter(None, (spoken.text(READY_QUESTIONS[question]), author.note)))
        author = replace(author, note=words, lang=author.lang if author.note else spoken.tag)
    await step(replace(acting, author=author), proposal, Party.LENDER, Move.ASK)
