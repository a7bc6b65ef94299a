"""A borrower who lost the link is sent another one from the desk: to the number on record, and nobody here sees it."""

from portal.actions.act import Act, change_unchecked
from portal.actions.invitations import invite_borrower, party_of
from portal.actions.numbers import number_of, send_notice
from portal.domain.conduct.messages import INVITATION
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import Case
from portal.reads.news import is_disowned


class NoNumberOnRecord(Refusal):
    says = N_("No number of this borrower is on record, so nothing can be sent. A new one is noted by two of you.")


class NumberDisowned(Refusal):
    says = N_(
        "Whoever has the number on record said that it is not theirs, so nothing is sent there. A new one is noted by "
        "two of you."
    )


@change_unchecked
async def send_link_again(act: Act, case: Case, *, base_url: str) -> None:
    """The same limits hold as for links that the lender's own system asks for.

    Raises BorrowerErased, NoNumberOnRecord, NumberDisowned, NothingToAsk, TooManyInvitations, TooManyMessages.
    """
    borrower, vault = (await party_of(act.log, case.loan.loan_no)).borrower, act.author.vault
    phone = number_of(borrower, vault)
    if not phone:
        raise NoNumberOnRecord("phone")
    if await is_disowned(borrower.id, borrower.number_changed_at):
        raise NumberDisowned("phone")
    token = await invite_borrower(act.log, borrower, case.id, case.loan.loan_no, vault, act.actor)
    await send_notice(act.log, borrower, phone, "link", INVITATION, vault, link=f"{base_url}/i/{token}")
