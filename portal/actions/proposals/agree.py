"""Confirming an accepted plan: the agreement's exact bytes are sealed, and their hash is in the event."""

import hashlib
import json

from portal.actions.authors import Author, Guard
from portal.actions.journal import journal, once
from portal.actions.proposals.moves import doer, locked, make_move, request, standing_facts, still_stands
from portal.domain.event import Moment
from portal.domain.negotiation import Move, Party, State, follow
from portal.domain.plan_codec import plan_facts
from portal.reads.proposals import ProposalCase
from portal.tables import models as t
from portal.tables.transaction import retried
from portal.vault import new_ref


@retried
async def agree(held: ProposalCase, author: Author, guard: Guard, moment: Moment) -> str:
    """The borrower confirms the accepted plan: the agreement's bytes are sealed and their hash is in the event.

    An agreement that could not be booked keeps its place; the next one on the same offer is another version.
    """
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, held, guard)
            follow(State(row.state), Party.BORROWER, Move.SIGN)
            still_stands(row, moment)
            document = _document(held, moment)
            person = await t.Person.get(id=held.person_id)
            digest = hashlib.sha256(document.encode()).hexdigest()
            ref = new_ref()
            await t.Agreement.create(
                ref=ref,
                proposal_id=row.id,
                version=await t.Agreement.filter(proposal_id=row.id).count() + 1,
                sealed=author.vault.seal(person.key, document),
                hash=digest,
                signed_at=moment.at,
            )
            row.expires_on = None
            facts = {**standing_facts(held), "agreement": ref, "document_hash": digest}
            await make_move(log, row, held.case, (Party.BORROWER, Move.SIGN), author.actor, facts, guard.seen)
            return ref

        return await once(doer(held, author), guard.key, request(held, "agree", author), unit)


def _document(held: ProposalCase, moment: Moment) -> str:
    """The agreement's canonical text: who by reference, the loan, the plan to the fen, and when."""
    body = {
        "proposal": held.ref,
        "version": held.version,
        "lender": held.case.lender.slug,
        "loan_no": held.case.loan.loan_no,
        "agreed_at": moment.at.isoformat(timespec="seconds"),
        "policy_version": held.policy.version,
        "plan": plan_facts(held.offers[-1].plan),
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
