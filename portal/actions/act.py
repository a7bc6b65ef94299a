"""An act: one transaction under its lender's lock, in which what it is about is read anew, judged, and written once.

Whoever calls says who acts, what their form carried and when it is (`Acting`), and what they saw. Inside the lock a
form sent again is answered as before, one whose loan has gone on since its page is refused, and the act is given what
they saw as it is now, with the policy that holds for it.
"""

import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from functools import wraps
from inspect import Parameter, signature
from typing import Any, Concatenate, ParamSpec, TypeVar

from portal import clock
from portal.actions.journal import ANSWERS_KEPT, SYSTEM, Journal, KeyUsedOtherwise, loan_stream
from portal.domain.event import Actor, BusinessTime, salted_hash
from portal.domain.restructuring.plan_codec import offer_facts
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Quote
from portal.reads.cases import Case, LenderFacts, desk_case
from portal.reads.complaints import ComplaintCase, desk_complaint_case
from portal.reads.invitations import OpenInvitation
from portal.reads.jobs import JobStatus
from portal.reads.policy import policy as read_policy
from portal.reads.proposals import ProposalCase, desk_proposal
from portal.reads.sessions import SignedInStaff
from portal.tables import models as tables
from portal.tables.transaction import retried, transaction
from portal.vault import Vault, new_ref

_P = ParamSpec("_P")
_OfLoan = Case | ProposalCase | ComplaintCase
_Seen = TypeVar("_Seen", bound=_OfLoan | LenderFacts)
_Of = TypeVar("_Of", bound=Case | LenderFacts | OpenInvitation | SignedInStaff | JobStatus)
_Answer = TypeVar("_Answer", bound=str | None)
_Outcome = TypeVar("_Outcome")


@dataclass(frozen=True, slots=True)
class FormToken:
    """What a form carries back: the seq it was drawn at, and a key that makes a double click act once.

    A lender's system saw no page and judged nothing by one: then `drawn` is false, and no seq is expected.
    """

    expected_version: int
    key: str = ""
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts, the vault their words are sealed in, the language of their page; of staff, the role.

    `through` is the ref of the key of the lender's system that says what one of the staff does; empty at the desk.
    """

    actor: Actor
    vault: Vault
    note: str = ""
    lang: str = "zh-CN"
    role: str = ""
    through: str = ""


@dataclass(frozen=True, slots=True)
class Acting:
    """What is known before an act begins: who acts with which words, what their form carried back, and when it is."""

    author: Author
    token: FormToken
    moment: BusinessTime


@dataclass(frozen=True, slots=True)
class Act:
    """What is at hand inside: the same, and the open log of the lender whose feed is locked."""

    acting: Acting
    log: Journal

    @property
    def author(self) -> Author:
        return self.acting.author

    @property
    def actor(self) -> Actor:
        return self.acting.author.actor

    @property
    def today(self) -> date:
        return self.acting.moment.today

    @property
    def at(self) -> datetime:
        return self.acting.moment.at

    async def policy(self) -> Policy:
        """The lender's policy in force."""
        return await read_policy(self.log.lender.id, self.log.lender.currency)

    async def check_version(self, case: Case) -> None:
        """Raises SomebodyWasFirst where the loan has gone on since the page that the form stood on."""
        if self.acting.token.drawn:
            await self.log.expect(loan_stream(case.id), self.acting.token.expected_version)

    async def keep_note(self, person_id: int, loan_id: int) -> dict[str, str] | None:
        """Seals the note on a loan under the key of whom it is about; the event names it by ref and salted hash."""
        author = self.author
        if not author.note:
            return None
        person = await tables.PersonRow.get(id=person_id)
        salt = secrets.token_bytes(16)
        text = await tables.TextRow.create(
            ref=new_ref(),
            person_id=person.id,
            loan_id=loan_id,
            sealed=author.vault.seal(person.key, author.note),
            salt=salt,
            hash=salted_hash(salt, author.note),
            author=author.actor.kind,
            lang=author.lang,
        )
        return {"ref": text.ref, "hash": text.hash}


_Run = Coroutine[None, None, _Outcome]
_Unit = Callable[Concatenate[Act, _Seen, _P], Coroutine[None, None, _Answer]]
_Called = Callable[Concatenate[Acting, _Seen, _P], Coroutine[None, None, _Answer]]


def change(unit: _Unit[_Seen, _P, _Answer]) -> _Called[_Seen, _P, _Answer]:
    """An act on what somebody saw: `await decide(acting, complaint, ...)` runs `decide(act, complaint, ...)`.

    A form sent again is answered as before; what is given by keyword alone comes along and is not what was asked.
    Raises SomebodyWasFirst before anything is judged, KeyUsedOtherwise.
    """
    return _change(unit, checked=True)


def change_unchecked(unit: _Unit[_Seen, _P, _Answer]) -> _Called[_Seen, _P, _Answer]:
    """The same where something is judged first, or there are several loans: the act calls `check_version` itself."""
    return _change(unit, checked=False)


def change_of_lender(
    unit: Callable[Concatenate[Journal, _Of, _P], _Run[_Outcome]],
) -> Callable[Concatenate[BusinessTime, _Of, _P], _Run[_Outcome]]:
    """An act without a form, of a lender's file, its staff or a clock: `await end(moment, lender, ref)` runs
    `end(log, lender, ref)`, which reads what it judges itself.
    """

    @retried
    @wraps(unit)
    async def changed(moment: BusinessTime, of: _Of, /, *args: _P.args, **named: _P.kwargs) -> _Outcome:
        async with _feed(_lender_id(of), moment) as log:
            return await unit(log, of, *args, **named)

    return changed


def change_outside_feed(unit: Callable[_P, _Run[_Outcome]]) -> Callable[_P, _Run[_Outcome]]:
    """An act that no lender is told of: sessions, passwords, throttles, drafts. Within another act it is part of it."""

    @retried
    @wraps(unit)
    async def changed(*args: _P.args, **named: _P.kwargs) -> _Outcome:
        async with transaction():
            return await unit(*args, **named)

    return changed


def _change(unit: _Unit[_Seen, _P, _Answer], *, checked: bool) -> _Called[_Seen, _P, _Answer]:
    beside = {name for name, each in signature(unit).parameters.items() if each.kind is Parameter.KEYWORD_ONLY}

    @retried
    @wraps(unit)
    async def changed(acting: Acting, seen: _Seen, /, *args: _P.args, **named: _P.kwargs) -> _Answer:
        asked = {name: each for name, each in named.items() if name not in beside}
        digest = _digest([unit.__name__, seen, args, asked, acting.author.note])
        async with _feed(_lender_id(seen), acting.moment, acting.token.key, acting.author.through) as log:
            kept = await _answered(acting, log.lender.id, digest)
            if kept is not None:
                return kept.result or None  # type: ignore[return-value]
            act = Act(acting, log)
            if checked and not isinstance(seen, LenderFacts):
                await act.check_version(seen if isinstance(seen, Case) else seen.case)
            answer = await unit(act, await _again(seen), *args, **named)
            await _keep_answer(acting, log.lender.id, digest, answer)
            return answer

    return changed


@asynccontextmanager
async def _feed(lender_id: int, moment: BusinessTime, key: str = "", through: str = "") -> AsyncIterator[Journal]:
    """One transaction that holds the lender's feed until it commits; everything in it happens or nothing does."""
    async with transaction():
        lender = await tables.LenderRow.filter(id=lender_id).select_for_update(no_key=True).get()
        log = Journal(lender, moment, key, through)
        yield log
        await log.flush()


def _lender_id(of: _OfLoan | LenderFacts | OpenInvitation | SignedInStaff | JobStatus) -> int:
    match of:
        case LenderFacts():
            return of.id
        case Case():
            return of.lender.id
        case ProposalCase() | ComplaintCase():
            return of.case.lender.id
        case _:
            return of.lender_id


async def _again(seen: object) -> Any:
    """What somebody saw, as it is now, by its ref and of its lender alone: whoever calls was let in to it."""
    match seen:
        case Case():
            return await desk_case(seen.ref, seen.lender.id)
        case ProposalCase():
            return await desk_proposal(seen.ref, seen.case.lender.id)
        case ComplaintCase():
            return await desk_complaint_case(seen.ref, seen.case.lender.id)
    return seen


async def _answered(acting: Acting, lender_id: int, digest: str) -> tables.IdempotencyRow | None:
    """The answer to this form where it was sent before, for ANSWERS_KEPT; after that its key is a new one.

    Raises KeyUsedOtherwise where it came with another request.
    """
    key = acting.token.key
    row = await tables.IdempotencyRow.get_or_none(actor=_actor_key(acting, lender_id), key=key) if key else None
    if row is not None and row.created_at <= clock.now() - ANSWERS_KEPT:
        await row.delete()
        return None
    if row is not None and row.request_hash != digest:
        raise KeyUsedOtherwise("key")
    return row


async def _keep_answer(acting: Acting, lender_id: int, digest: str, answer: str | None) -> None:
    if key := acting.token.key:
        actor = _actor_key(acting, lender_id)
        await tables.IdempotencyRow.create(actor=actor, key=key, request_hash=digest, result=answer or "")


def _actor_key(acting: Acting, lender_id: int) -> str:
    """People have refs of their own; the systems of all lenders go by one, and their keys are theirs alone."""
    actor = acting.author.actor
    return f"{SYSTEM}{lender_id}:{actor.ref}" if actor.kind == "lender" else f"{actor.kind}:{actor.ref}"


def _digest(asked: Sequence[object]) -> str:
    text = json.dumps(asked, sort_keys=True, ensure_ascii=False, default=_facts)
    return hashlib.sha256(text.encode()).hexdigest()


def _facts(value: object) -> object:
    """What of a value tells one request from another: the ref of what was seen, the offer of a quote."""
    match value:
        case Case() | ProposalCase() | ComplaintCase():
            return value.ref
        case LenderFacts():
            return value.slug
        case Quote():
            return offer_facts(value.offer, value.plan.currency)
        case _ if is_dataclass(value):
            return {each.name: getattr(value, each.name) for each in fields(value)}
        case _:
            return str(value)
