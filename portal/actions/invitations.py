"""The door: a link shows nothing until the last four are right, and opening it changes nothing.

By it somebody may look at the loans of the lender that sent it, propose, and tell; what binds waits for a proof.
"""

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from tortoise.expressions import F
from tortoise.queryset import QuerySet

from portal.actions.act import change_of_lender, change_outside_feed
from portal.actions.guess_limits import MOST_FAILURES_A_DAY, GuessedTooOften, end_guessed, guessed
from portal.actions.journal import Journal, borrower_stream
from portal.actions.numbers import correct_number, guard_join, send_notice
from portal.domain.conduct.messages import INVITATION
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import LenderFacts, first_found
from portal.reads.invitations import MOST_WRONG_DIGITS, OpenInvitation, asked_at_door, has_ended
from portal.tables import models as tables
from portal.vault import Vault, new_ref, new_token, token_hash

INVITATION_DAYS = 7
LONGEST_ENTRY_CODE = 12
MOST_INVITATIONS_A_DAY = 20
NOTICE = "2026-06"
LENDER = Actor("lender", "invitation")


class WrongDigits(Refusal):
    says = N_("This does not match what your lender told us. Tries left: {left}.")


class NotFour(Refusal):
    says = N_("Please give the last four characters, such as 123X. This did not count as a try.")


class NotFourOrCode(Refusal):
    says = N_(
        "Please type the last four characters of your ID number, such as 123X, or the entry code you have from your "
        "lender, of 4 to {most} characters. This did not count as a try."
    )


class NotAnEntryCode(Refusal):
    says = N_("An entry code has 4 to {most} letters and digits. This did not count as a try.")


class NoIdDigit(Refusal):
    says = N_(
        "Only digits and letters from A to Z count here, such as 123X; “{given}” is neither. "
        "This did not count as a try."
    )


class BorrowerErased(Refusal):
    says = N_(
        "What was kept about the borrower of this loan was erased. A new loan in the lender's file brings them back."
    )


class NothingToAsk(Refusal):
    says = N_(
        "Of the borrower of loan {loan_no} neither ID digits nor an entry code were told, so the link would open to "
        "anybody who has it. Tell id_last4 or entry_code in the portfolio first."
    )


class InvitationOver(Refusal):
    says = N_("This link has ended. Please ask your lender for a new one.")


class TooManyInvitations(Refusal):
    says = N_("The borrower of loan {loan_no} was sent {most} links within a day. The next can be made tomorrow.")


@dataclass(frozen=True, slots=True)
class CameIn:
    """Who came in by a link, and their ref as events name them."""

    person_id: int
    ref: str


@dataclass(frozen=True, slots=True)
class InvitationAccepted:
    """Somebody who gave the right four, and whether they still have to agree to the privacy notice."""

    borrower_id: int
    consented: bool


@change_of_lender
async def invite(log: Journal, lender: LenderFacts, loan_no: str, phone: str, vault: Vault, base_url: str = "") -> str:
    """A link's token for the borrower of a loan; `phone` empty uses the one on record.

    Another `phone` than that is a change of number, with all that follows from one: the link goes there under
    `base_url` and is told to nobody, so the answer is empty.
    Raises NotFound, BorrowerErased, NothingToAsk, TooManyInvitations, TooManyMessages.
    """
    return await invite_within(log, loan_no, phone, vault, base_url)


async def invite_within(log: Journal, loan_no: str, phone: str, vault: Vault, base_url: str) -> str:
    """The same within an act that writes down more than the link."""
    party = await party_of(log, loan_no)
    borrower = party.borrower
    changed = bool(phone) and await correct_number(log, borrower, phone, LENDER, vault)
    token = await invite_borrower(log, borrower, party.loan_id, loan_no, vault)  # type: ignore[attr-defined]
    if not changed:
        return token
    await send_notice(log, borrower, phone, "link", INVITATION, vault, link=f"{base_url}/i/{token}")
    return ""


async def party_of(log: Journal, loan_no: str) -> tables.PartyRow:
    """The borrower's part in a loan, with their row. Raises NotFound, BorrowerErased."""
    found = tables.PartyRow.filter(loan__lender_id=log.lender.id, loan__loan_no=loan_no, role="borrower")
    party = first_found(await found.order_by("id").limit(1).prefetch_related("borrower"), loan_no)
    if not party.borrower.key:
        raise BorrowerErased("loan_no")
    return party


async def invite_borrower(
    log: Journal, borrower: tables.BorrowerRow, loan_id: int, loan_no: str, vault: Vault, by: Actor = LENDER
) -> str:
    """A new link's token, within an act that has the feed's lock. Raises NothingToAsk, TooManyInvitations."""
    await _check_flood(borrower.id, loan_no, log.moment)
    if not asked_at_door(borrower, vault):
        raise NothingToAsk("loan_no", loan_no=loan_no)
    token = new_token()
    row = await tables.InvitationRow.create(
        ref=new_ref(),
        lender_id=log.lender.id,
        borrower_id=borrower.id,
        loan_id=loan_id,
        token_hash=token_hash(token),
        expires_at=log.moment.at + timedelta(days=INVITATION_DAYS),
    )
    sent = NewEvent("invitation.sent", by, {"invitation": row.ref})
    await log.write(borrower_stream(borrower.id), sent, loan_no=loan_no)
    return token


async def _check_flood(borrower_id: int, loan_no: str, moment: BusinessTime) -> None:
    """A core in a loop must not ring somebody's phone all day, nor fill the feed."""
    sent = tables.InvitationRow.filter(borrower_id=borrower_id, created_at__gt=moment.at - timedelta(days=1))
    if await sent.count() >= MOST_INVITATIONS_A_DAY:
        raise TooManyInvitations("loan_no", loan_no=loan_no, most=MOST_INVITATIONS_A_DAY)


def last_four(typed: str, *, of_id: bool | None = None) -> str:
    """What was typed, as it is compared: the end of an ID number, an entry code, or either where nobody knows yet.

    Raises NotFour, NotAnEntryCode, NotFourOrCode, NoIdDigit: none is a guess.
    """
    given = unicodedata.normalize("NFKC", typed).strip().upper()
    if of_id and len(given) != 4:
        raise NotFour("digits")
    if not 4 <= len(given) <= LONGEST_ENTRY_CODE:
        raise (NotFourOrCode if of_id is None else NotAnEntryCode)("digits", most=LONGEST_ENTRY_CODE)
    odd = [letter for letter in given if not (letter.isascii() and letter.isalnum())]
    if odd:
        raise NoIdDigit("digits", given="".join(odd))
    return given


async def check_digits(found: OpenInvitation, given: str, vault: Vault, *, known: bool = False) -> InvitationAccepted:
    """`given` comes from `last_four`. Guesses are counted before they are judged, at the link and at all of a borrower.

    Raises WrongDigits, InvitationOver at the wrong guess that ends the link, or GuessedTooOften, this one unjudged;
    a device that is known is judged all the same.
    """
    borrower = await tables.BorrowerRow.get(id=found.borrower_id)
    expected = asked_at_door(borrower, vault)
    here = tables.InvitationRow.filter(id=found.id)
    if not await _count_guess(here.filter(failures__lt=MOST_WRONG_DIGITS, ended_at__isnull=True), 1):
        raise InvitationOver("digits")
    total, hours = await guessed(found)
    right = bool(expected) and hmac.compare_digest(given.encode(), expected.encode())
    shut = total > MOST_FAILURES_A_DAY and not known
    if right or shut:
        await _count_guess(here, -1)
    if shut:
        raise GuessedTooOften("digits", hours=hours)
    if right:
        return InvitationAccepted(borrower.id, await _consented(borrower))
    failures = (await here.get()).failures
    if failures >= MOST_WRONG_DIGITS or total == MOST_FAILURES_A_DAY:
        at = found.read_at
        await end_guessed(BusinessTime(at, at.astimezone(ZoneInfo(found.timezone)).date()), found, total)
        raise InvitationOver("digits")
    left = MOST_WRONG_DIGITS - failures
    raise WrongDigits("digits", left=left if known else min(left, MOST_FAILURES_A_DAY - total))


@change_outside_feed
async def _count_guess(links: QuerySet[tables.InvitationRow], more: int) -> int:
    """A transaction of its own, so that guesses at several links count for each other before any is judged."""
    return await links.update(failures=F("failures") + more)


@change_of_lender
async def accept_invitation(log: Journal, found: OpenInvitation, signed_in: int | None, vault: Vault) -> CameIn:
    """Through the door, the privacy notice agreed to. Raises InvitationOver where the link has ended meanwhile.

    Whoever is signed in keeps being that person, and only so do loans of several lenders join one; people who
    share a phone stay two. A phone that another person signs in with is never taken over. Where there is a password, a
    link lets another device in once.
    """
    borrower = await tables.BorrowerRow.filter(id=found.borrower_id).select_for_update().get()
    link = await tables.InvitationRow.filter(id=found.id).select_for_update().get()
    if has_ended(link.ended_at, link.expires_at, link.failures, log.moment.at) or not borrower.key:
        raise InvitationOver("digits")
    person = await _person_of(log, borrower, signed_in, vault)
    if person.phone_hash is None:
        await _take_number(borrower, person)
    await tables.BorrowerRow.filter(id=borrower.id).update(closed_at=None)
    actor, stream = Actor("borrower", person.ref), borrower_stream(borrower.id)
    _, fresh = await tables.ConsentRow.get_or_create(
        person_id=person.id, lender_id=found.lender_id, notice=NOTICE, defaults={"given_at": log.moment.at}
    )
    if fresh or borrower.withdrawn_at is not None:
        await tables.BorrowerRow.filter(id=borrower.id).update(withdrawn_at=None)
        await log.write(stream, NewEvent("consent.given", actor, {"notice": NOTICE}))
    await log.write(stream, NewEvent("invitation.opened", actor, {"invitation": found.ref}))
    outranked = person.password_hash is not None and signed_in != person.id
    over = {"ended_at": log.moment.at, "ended_why": "used"} if outranked else {}
    await tables.InvitationRow.filter(id=found.id).update(used_at=log.moment.at, **over)
    return CameIn(person.id, person.ref)


@change_of_lender
async def report_wrong_recipient(log: Journal, found: OpenInvitation) -> None:
    """Not me: the link ends, and the lender is told that the number is somebody else's."""
    ended = await tables.InvitationRow.filter(id=found.id, ended_at__isnull=True).update(
        ended_at=log.moment.at, ended_why="not-me"
    )
    if ended:
        facts = {"invitation": found.ref}
        event = NewEvent("contact.number_disowned", Actor("borrower"), facts)
        await log.write(borrower_stream(found.borrower_id), event, loan_no=found.loan_no)


async def _consented(borrower: tables.BorrowerRow) -> bool:
    person_id: int | None = borrower.person_id  # type: ignore[attr-defined]
    lender_id: int = borrower.lender_id  # type: ignore[attr-defined]
    if person_id is None or borrower.withdrawn_at is not None:
        return False
    return await tables.ConsentRow.exists(person_id=person_id, lender_id=lender_id, notice=NOTICE)


async def told_alike(person_id: int, found: OpenInvitation, vault: Vault) -> bool:
    """Whether what lenders told of somebody and of whom a link is for may be one human being."""
    borrower = await tables.BorrowerRow.get(id=found.borrower_id)
    return bool(borrower.key) and await _same_person(person_id, borrower, vault)


async def _same_person(person_id: int, borrower: tables.BorrowerRow, vault: Vault) -> bool:
    """Whether nothing that their lenders told of the two contradicts: the last four, or the name where one has none."""
    digits, name = _told(borrower, vault)
    for known_digits, known_name in [
        _told(other, vault) for other in await tables.BorrowerRow.filter(person_id=person_id)
    ]:
        same = digits == known_digits if digits and known_digits else name == known_name
        if not same:
            return False
    return True


def _told(borrower: tables.BorrowerRow, vault: Vault) -> tuple[str, str]:
    key = bytes(borrower.key)
    return vault.unseal(key, bytes(borrower.id_last4_sealed)), vault.unseal(key, bytes(borrower.name_sealed))


async def _person_of(
    log: Journal, borrower: tables.BorrowerRow, signed_in: int | None, vault: Vault
) -> tables.PersonRow:
    """Who came in for this borrower before, or whoever is signed in where nothing contradicts that, or somebody new."""
    person_id: int | None = borrower.person_id  # type: ignore[attr-defined]
    if person_id is None:
        person_id = signed_in if signed_in and await _same_person(signed_in, borrower, vault) else None
        if person_id is None:
            new = await tables.PersonRow.create(ref=new_ref(), key=vault.new_key(), locale=borrower.locale)
            person_id = new.id
        await tables.BorrowerRow.filter(id=borrower.id).update(person_id=person_id)
        await guard_join(log, borrower, person_id, vault)
    return await tables.PersonRow.get(id=person_id)


async def _take_number(borrower: tables.BorrowerRow, person: tables.PersonRow) -> None:
    """Whoever has no number to sign in with takes the one on record, unless it is another person's."""
    hashed = borrower.phone_hash
    if hashed and not await tables.PersonRow.exists(phone_hash=hashed):
        await tables.PersonRow.filter(id=person.id).update(phone_hash=hashed)
