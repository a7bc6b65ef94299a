"""What is told to somebody's phone: what they chose, to whom a message goes, and what of it shows on their page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.conduct.news import ANY_HOUR_BY_DAY, NewsKind
from portal.domain.restructuring.policy import Policy
from portal.reads.cases import (
    LENDER_ASKED,
    LENDER_COLUMNS,
    LenderFacts,
    PersonScope,
    in_scope,
    lender_columns,
    lender_of,
    lender_of_columns,
)
from portal.reads.policy import policy as read_policy
from portal.reads.policy import policy_told
from portal.tables import models as tables
from portal.tables.query import Query

BY_MESSAGE = ("", "sms")
"""Ways to be reached by which a message may go: a text message, or none chosen yet."""
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class MessageChoice:
    """What somebody chose to be told of what they have with a lender: `kinds` is None where nobody asked them yet.

    `offered` are what the lender's policy sends, maybe nothing; `by_message` is false where another way is chosen.
    """

    lender: LenderFacts
    kinds: frozenset[str] | None
    offered: tuple[NewsKind, ...]
    by_message: bool


@dataclass(frozen=True, slots=True)
class MessageChoices:
    """Of all lenders that somebody came in for: it is one person with one phone who chooses."""

    by_lender: tuple[MessageChoice, ...]

    @property
    def asks(self) -> bool:
        """Whether there is a lender of whose messages they were not asked yet."""
        return any(each.kinds is None for each in self.by_lender)

    @property
    def wanted(self) -> frozenset[str]:
        return frozenset().union(*(each.kinds or () for each in self.by_lender))

    @property
    def offered(self) -> tuple[NewsKind, ...]:
        return tuple(kind for kind in NewsKind if any(kind in each.offered for each in self.by_lender))


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom a planned message goes, as their lender knows them, and how they chose to be told.

    Until `waits_until` the number was changed so lately that nothing goes there.
    """

    borrower_id: int
    person_id: int
    key: bytes
    phone_sealed: bytes
    phone_hash: str
    lender: LenderFacts
    kinds: frozenset[str]
    locale: str
    hours: tuple[int, int]
    waits_until: datetime | None


@dataclass(frozen=True, slots=True)
class ToldMessage:
    """One message in a borrower's list: `at` is when it arrived or ended, else when it goes next."""

    what: str
    state: str
    at: datetime
    lender: LenderFacts


_CHOICES = Query(f"""
SELECT DISTINCT {LENDER_ASKED}, told.text, told.version,
    message_choice.kinds, preference.channel
FROM borrower
JOIN lender ON lender.id = borrower.lender_id
LEFT JOIN policy_version AS told ON told.lender_id = lender.id
    AND told.version = (SELECT max(later.version) FROM policy_version AS later WHERE later.lender_id = lender.id)
LEFT JOIN message_choice ON message_choice.person_id = borrower.person_id AND message_choice.lender_id = lender.id
LEFT JOIN preference ON preference.person_id = borrower.person_id AND preference.lender_id = lender.id
WHERE borrower.person_id = :person AND borrower.lender_id IN :lenders AND borrower.withdrawn_at IS NULL
ORDER BY lender.id
""")


async def message_choices(scope: PersonScope) -> MessageChoices:
    """By lender, in one statement."""
    rows = await _CHOICES.read(**in_scope(scope))
    return MessageChoices(
        tuple(_message_choice(row[: len(LENDER_COLUMNS)], *row[len(LENDER_COLUMNS) :]) for row in rows)
    )


def _message_choice(
    lender: Sequence[Any], text: str | None, version: int | None, kinds: str | None, channel: str | None
) -> MessageChoice:
    at = lender_of_columns(lender)
    offered = kinds_sent(policy_told(text, version or 0, at.currency, at.timezone))
    return MessageChoice(
        at, None if kinds is None else frozenset(kinds.split()), offered, (channel or "") in BY_MESSAGE
    )


def kinds_sent(policy: Policy) -> tuple[NewsKind, ...]:
    """What a lender's policy lets be told."""
    sent = {
        NewsKind.ANSWERS: policy.tells_answers,
        NewsKind.PLAN: policy.tells_plan_payments,
        NewsKind.CONTRACT: policy.tells_contract_payments,
    }
    return tuple(kind for kind, goes in sent.items() if goes)


async def recipient(borrower_id: int) -> Recipient | None:
    """None for whoever is not to be told: gone, erased, without a number, reached otherwise, or not asked.

    A number that somebody else called not theirs since it was last changed is none.
    """
    rows = tables.BorrowerRow.filter(id=borrower_id, withdrawn_at__isnull=True).exclude(phone_hash="")
    columns = ("person_id", "key", "phone_sealed", "phone_hash", "number_changed_at", "number_waits_until")
    row = next(iter(await rows.values(*columns, **lender_columns("lender"))), None)
    if row is None or row["person_id"] is None or await is_disowned(borrower_id, row.pop("number_changed_at")):
        return None
    lender = lender_of(row)
    whose = {"person_id": row["person_id"], "lender_id": lender.id}
    choice = await tables.MessageChoiceRow.get_or_none(**whose)
    way = await tables.PreferenceRow.get_or_none(**whose)
    if choice is None or (way is not None and way.channel not in BY_MESSAGE):
        return None
    return Recipient(
        borrower_id=borrower_id,
        person_id=row["person_id"],
        key=bytes(row["key"]),
        phone_sealed=bytes(row["phone_sealed"]),
        phone_hash=row["phone_hash"],
        lender=lender,
        kinds=frozenset(choice.kinds.split()) & set(kinds_sent(await read_policy(lender.id, lender.currency))),
        locale=choice.locale,
        hours=(way.from_hour, way.to_hour) if way else ANY_HOUR_BY_DAY,
        waits_until=row["number_waits_until"],
    )


async def is_disowned(borrower_id: int, number_changed_at: datetime | None) -> bool:
    ended = tables.InvitationRow.filter(borrower_id=borrower_id, ended_why="not-me")
    since: dict[str, Any] = {"ended_at__gt": number_changed_at} if number_changed_at else {}
    return await ended.filter(**since).exists()


async def told_messages(scope: PersonScope) -> tuple[ToldMessage, ...]:
    """What went or goes to this person's phone from the lenders they came in for, the newest first; no codes, no links.

    `state` is `delivered`, `waiting` for its hour or for the gateway, `failed`, or `dropped` where it was so no more.
    """
    rows = tables.OutboundMessageRow.filter(kind="notice", **scope.filters("borrower__")).order_by("-id")
    columns = ("what", "state", "attempts", "next_at", "ended_at")
    found = await rows.limit(MOST_TOLD).values(*columns, **lender_columns("borrower__lender"))
    return tuple(
        ToldMessage(row["what"], _told_state(row), row["ended_at"] or row["next_at"], lender_of(row)) for row in found
    )


def _told_state(row: dict[str, Any]) -> str:
    if row["state"] == "expired":
        return "failed" if row["attempts"] else "dropped"
    return {"delivered": "delivered", "dead": "failed"}.get(row["state"], "waiting")
