"""The door: a link shows nothing until the last four are right, and opening it changes nothing."""

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from tortoise.expressions import F

from portal.actions.journal import Journal, borrower_stream, journal
from portal.domain.event import Actor, Happening, Moment
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import Case, LenderFacts, NotFound
from portal.reads.door import OpenInvitation
from portal.tables import models as t
from portal.tables.transaction import retried
from portal.vault import Vault, new_ref, new_token, token_hash

INVITATION_DAYS = 7
MOST_FAILURES = 5
MOST_INVITATIONS_A_DAY = 20
NOTICE = "2026-06"
LENDER = Actor("lender", "invitation")


class WrongDigits(Refusal):
    says = N_("These are not the last four characters we have. Tries left: {left}.")


class NotFour(Refusal):
    says = N_("Please give the last four characters, such as 123X. This did not count as a try.")


class BorrowerErased(Refusal):
    says = N_(
        "What was kept about the borrower of this loan was erased. A new loan in the lender's file brings them back."
    )


class InvitationOver(Refusal):
    says = N_("This link has ended. Please ask your lender for a new one.")


class TooManyInvitations(Refusal):
    says = N_("The borrower of loan {loan_no} was sent {most} links within a day. The next can be made tomorrow.")


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody who gave the right four, and whether they still have to agree to the privacy notice."""

    borrower_id: int
    consented: bool


@retried
async def invite(lender: LenderFacts, loan_no: str, phone: str, vault: Vault, moment: Moment) -> str:
    """A link's token for the borrower of a loan; `phone` empty uses the one the lender told.

    Raises NotFound, BorrowerErased, TooManyInvitations.
    """
    async with journal(lender.id, moment) as log:
        return await _invite(log, loan_no, phone, vault)


async def _invite(log: Journal, loan_no: str, phone: str, vault: Vault) -> str:
    token, moment = new_token(), log.moment
    party = (
        await t.Party.filter(loan__lender_id=log.lender.id, loan__loan_no=loan_no, role="borrower")
        .prefetch_related("borrower")
        .first()
    )
    if party is None:
        raise NotFound(loan_no)
    borrower = party.borrower
    if not borrower.key:
        raise BorrowerErased("loan_no")
    await _check_flood(borrower.id, loan_no, moment)
    row = await t.Invitation.create(
        ref=new_ref(),
        lender_id=log.lender.id,
        borrower_id=borrower.id,
        loan_id=party.loan_id,  # type: ignore[attr-defined]
        token_hash=token_hash(token),
        phone_sealed=vault.seal(borrower.key, phone) if phone else None,
        expires_at=moment.at + timedelta(days=INVITATION_DAYS),
    )
    sent = Happening("invitation.sent", LENDER, {"invitation": row.ref})
    await log.write(borrower_stream(borrower.id), sent, loan_no=loan_no)
    return token


async def _check_flood(borrower_id: int, loan_no: str, moment: Moment) -> None:
    """A core in a loop must not ring somebody's phone all day, nor fill the feed."""
    day_ago = moment.at - timedelta(days=1)
    if await t.Invitation.filter(borrower_id=borrower_id, created_at__gt=day_ago).count() >= MOST_INVITATIONS_A_DAY:
        raise TooManyInvitations("loan_no", loan_no=loan_no, most=MOST_INVITATIONS_A_DAY)


def last_four(typed: str) -> str:
    """What was typed, as the four are compared. Raises NotFour."""
    given = unicodedata.normalize("NFKC", typed).strip().upper()
    if len(given) != 4:
        raise NotFour("digits")
    return given


async def check_digits(found: OpenInvitation, given: str, vault: Vault) -> Entered:
    """`given` comes from `last_four`.

    Raises WrongDigits, or InvitationOver at the fifth wrong guess; guesses are counted before they are judged.
    """
    borrower = await t.Borrower.get(id=found.borrower_id)
    expected = vault.unseal(bytes(borrower.key), bytes(borrower.id_last4_sealed)) or found.loan_no[-4:].upper()
    counted = await t.Invitation.filter(id=found.id, failures__lt=MOST_FAILURES, ended_at__isnull=True).update(
        failures=F("failures") + 1
    )
    if not counted:
        raise InvitationOver("digits")
    if hmac.compare_digest(given.encode(), expected.encode()):
        await t.Invitation.filter(id=found.id).update(failures=F("failures") - 1)
        return Entered(borrower.id, await _consented(borrower))
    row = await t.Invitation.get(id=found.id)
    if row.failures >= MOST_FAILURES:
        await t.Invitation.filter(id=found.id).update(ended_why="failures")
        raise InvitationOver("digits")
    raise WrongDigits("digits", left=MOST_FAILURES - row.failures)


@retried
async def enter(found: OpenInvitation, signed_in: int | None, vault: Vault, moment: Moment) -> int:
    """Through the door, the privacy notice agreed to: answers the person's id.

    Whoever is signed in keeps being that person, and only so do loans of several lenders join one; people who
    share a phone stay two. A phone that another person signs in with is never taken over.
    """
    async with journal(found.lender_id, moment) as log:
        borrower = await t.Borrower.filter(id=found.borrower_id).select_for_update().get()
        person_id: int | None = borrower.person_id  # type: ignore[attr-defined]
        if person_id is None:
            known = signed_in if signed_in and await _same_person(signed_in, borrower, vault) else None
            person_id = known or await _new_person(borrower, vault)
            await t.Borrower.filter(id=borrower.id).update(person_id=person_id)
        await t.Person.filter(id=person_id).update(closed_at=None)
        person = await t.Person.get(id=person_id)
        if person.phone_hash is None:
            await _take_number(found, borrower, person, vault)
        actor = Actor("borrower", person.ref)
        _, fresh = await t.Consent.get_or_create(
            person_id=person_id, lender_id=found.lender_id, notice=NOTICE, defaults={"given_at": moment.at}
        )
        stream = borrower_stream(borrower.id)
        if fresh or borrower.withdrawn_at is not None:
            await t.Borrower.filter(id=borrower.id).update(withdrawn_at=None)
            await log.write(stream, Happening("consent.given", actor, {"notice": NOTICE}))
        await log.write(stream, Happening("invitation.opened", actor, {"invitation": found.ref}))
        await t.Invitation.filter(id=found.id).update(used_at=moment.at, failures=0)
        return person_id


@retried
async def disown(found: OpenInvitation, moment: Moment) -> None:
    """Not me: the link ends, and the lender is told that the number is somebody else's."""
    async with journal(found.lender_id, moment) as log:
        ended = await t.Invitation.filter(id=found.id, ended_at__isnull=True).update(
            ended_at=moment.at, ended_why="not-me"
        )
        if ended:
            facts = {"invitation": found.ref}
            told = Happening("contact.number_disowned", Actor("borrower"), facts)
            await log.write(borrower_stream(found.borrower_id), told, loan_no=found.loan_no)


async def _consented(borrower: t.Borrower) -> bool:
    person_id: int | None = borrower.person_id  # type: ignore[attr-defined]
    lender_id: int = borrower.lender_id  # type: ignore[attr-defined]
    if person_id is None or borrower.withdrawn_at is not None:
        return False
    return await t.Consent.exists(person_id=person_id, lender_id=lender_id, notice=NOTICE)


async def _same_person(person_id: int, borrower: t.Borrower, vault: Vault) -> bool:
    """Whether nothing that their lenders told of the two contradicts: the last four, or the name where one has none."""
    digits, name = _told(borrower, vault)
    for known_digits, known_name in [_told(other, vault) for other in await t.Borrower.filter(person_id=person_id)]:
        same = digits == known_digits if digits and known_digits else name == known_name
        if not same:
            return False
    return True


def _told(borrower: t.Borrower, vault: Vault) -> tuple[str, str]:
    key = bytes(borrower.key)
    return vault.unseal(key, bytes(borrower.id_last4_sealed)), vault.unseal(key, bytes(borrower.name_sealed))


async def _new_person(borrower: t.Borrower, vault: Vault) -> int:
    person = await t.Person.create(ref=new_ref(), key=vault.new_key(), locale=borrower.locale)
    return person.id


async def _take_number(found: OpenInvitation, borrower: t.Borrower, person: t.Person, vault: Vault) -> None:
    """Whoever has no number to sign in with takes the one the link was sent to, unless it is another person's."""
    invitation = await t.Invitation.get(id=found.id)
    phone = vault.unseal(bytes(borrower.key), bytes(invitation.phone_sealed or borrower.phone_sealed))
    hashed = vault.lookup("phone", phone) if phone else None
    if hashed and not await t.Person.exists(phone_hash=hashed):
        sealed = vault.seal(bytes(person.key), phone)
        await t.Person.filter(id=person.id).update(phone_hash=hashed, phone_sealed=sealed)


@retried
async def change_number(case: Case, phone: str, checked: str, actor: Actor, vault: Vault, moment: Moment) -> str:
    """The lender has checked who it is: the old number lets nobody in any more; answers a new link's token.

    Sessions, password, codes on their way and open links of the borrower end. `checked` is a code of how identity
    was checked. Raises BorrowerErased, TooManyInvitations; then nothing has changed.
    """
    async with journal(case.lender.id, moment) as log:
        party = await t.Party.filter(loan_id=case.id, role="borrower").prefetch_related("borrower").get()
        borrower = party.borrower
        if not borrower.key:
            raise BorrowerErased("loan_no")
        person_id: int | None = borrower.person_id  # type: ignore[attr-defined]
        if person_id is not None:
            await shut_out(person_id, moment)
        sealed, hashed = vault.seal(bytes(borrower.key), phone), vault.lookup("phone", phone)
        await t.Borrower.filter(id=borrower.id).update(phone_sealed=sealed, phone_hash=hashed)
        links = t.Invitation.filter(borrower_id=borrower.id, ended_at__isnull=True)
        await links.update(ended_at=moment.at, ended_why="number-changed")
        told = Happening("contact.number_changed", actor, {"checked": checked})
        await log.write(borrower_stream(borrower.id), told, loan_no=case.loan.loan_no)
        await t.Access.create(
            actor_kind=actor.kind,
            actor_ref=actor.ref,
            what="number-changed",
            subject=f"loan:{case.ref}",
            at=moment.at,
        )
        return await _invite(log, case.loan.loan_no, phone, vault)


async def shut_out(person_id: int, moment: Moment) -> None:
    """Whatever the old number could still open, also a code that was sent a minute ago or is about to be."""
    await t.Person.filter(id=person_id).update(phone_hash=None, phone_sealed=None, password_hash=None)
    await t.Session.filter(person_id=person_id, ended_at__isnull=True).update(ended_at=moment.at)
    await t.Code.filter(person_id=person_id, used_at__isnull=True).update(used_at=moment.at)
    waiting = t.OutboundMessage.filter(person_id=person_id, state="waiting")
    await waiting.update(state="expired", ended_at=moment.at, sealed=b"", leased_until=None)
