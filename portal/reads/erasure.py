"""Who is due to be erased at a lender, on what ground, and what keeps some of them all the same."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.expressions import Q, Subquery

from portal.domain.conduct.payment_claim import CLAIMS_TO_ANSWER
from portal.domain.conduct.retention import AFTER_IMPORT, Blocker, Ground, all_ended_on, erasure_ground, only_reports
from portal.domain.event import BusinessTime
from portal.reads.cases import LenderFacts
from portal.reads.loans import load_loans
from portal.tables import models as tables

_BATCH = 200


@dataclass(frozen=True, slots=True)
class DueBorrower:
    """Somebody whose loans at a lender have all ended and who is due on `ground`; erased only where nothing blocks."""

    borrower_id: int
    external_id: str
    loan_nos: tuple[str, ...]
    ended_on: date
    ground: Ground
    blockers: tuple[Blocker, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing the account would do at a lender: `earliest` is the first day on which the person is erased there.

    Until `owed` is false and no blocker is left they stay.
    """

    lender: LenderFacts
    owed: bool
    blockers: tuple[Blocker, ...]
    earliest: date


async def erasure_done(lender_id: int, today: date) -> bool:
    """Whether erasure has looked here today: all that a worker asks the rest of the day."""
    return await tables.LenderRow.exists(id=lender_id, erasure_on=today)


async def next_only_reports(lender_id: int, days: int | None, today: date) -> bool:
    """Whether the next look erases nobody yet."""
    last_on, last_days = await tables.LenderRow.get(id=lender_id).values_list("erasure_on", "erasure_days")
    return only_reports(last_on, last_days, days, today)


async def due_borrowers(lender_id: int, days: int | None, moment: BusinessTime) -> list[DueBorrower]:
    """Everybody who is due at a lender that keeps for so many days, or for no time that it has set."""
    found: list[DueBorrower] = []
    async for ids in _candidates(lender_id, days, moment.today):
        found += await due_among(ids, days, moment)
    return found


async def due_among(borrower_ids: Sequence[int], days: int | None, moment: BusinessTime) -> list[DueBorrower]:
    """Of these borrowers, those who are due."""
    known = tables.BorrowerRow.filter(id__in=list(borrower_ids), erased_at__isnull=True).order_by("id")
    rows = await known.values("id", "external_id", "closed_at")
    loans_of = await _loans_of(borrower_ids)
    loans = await load_loans(sorted({each for owed in loans_of.values() for each in owed}))
    due: list[tuple[dict[str, Any], date, Ground]] = []
    for row in rows:
        ended = all_ended_on([loans[each][0] for each in loans_of[row["id"]]], moment.today)
        ground = erasure_ground(ended, days, row["closed_at"] is not None, moment.today)
        if ended is not None and ground is not None:
            due.append((row, ended, ground))
    blocked = await _blockers({row["id"]: loans_of[row["id"]] for row, _, _ in due}, moment.at)
    return [
        DueBorrower(
            borrower_id=row["id"],
            external_id=row["external_id"],
            loan_nos=tuple(loans[each][0].loan_no for each in loans_of[row["id"]]),
            ended_on=ended,
            ground=ground,
            blockers=blocked[row["id"]],
        )
        for row, ended, ground in due
    ]


async def closing(person_id: int, lender: LenderFacts, moment: BusinessTime) -> Closing:
    """What becomes of this person at the lender once they close their account today."""
    known = tables.BorrowerRow.filter(person_id=person_id, lender_id=lender.id, erased_at__isnull=True)
    ids = [int(str(each)) for each in await known.values_list("id", flat=True)]
    loans_of = await _loans_of(ids)
    loans = await load_loans(sorted({each for owed in loans_of.values() for each in owed}))
    ends = [all_ended_on([loans[each][0] for each in owed], moment.today) for owed in loans_of.values()]
    blocked = {why for each in (await _blockers(loans_of, moment.at)).values() for why in each}
    left = max((when + AFTER_IMPORT - moment.at for when in (await _told_at(loans_of)).values()), default=timedelta(0))
    return Closing(
        lender=lender,
        owed=None in ends,
        blockers=tuple(sorted(blocked - {Blocker.IMPORT})),
        earliest=moment.today + timedelta(days=max(1, -(-left // timedelta(days=1)))),
    )


async def _candidates(lender_id: int, days: int | None, today: date) -> AsyncIterator[list[int]]:
    """Those worth a walk of their loans: whoever closed the account, and where there is a time for keeping, whoever
    neither paid nor was charged within it. One statement; the walk goes a batch at a time.
    """
    which = Q(closed_at__isnull=False)
    if days is not None:
        which |= ~Q(id__in=_active(lender_id, today - timedelta(days=days)))
    rows = tables.BorrowerRow.filter(which, lender_id=lender_id, erased_at__isnull=True).order_by("id")
    ids = [int(str(each)) for each in await rows.values_list("id", flat=True)]
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def _active(lender_id: int, since: date) -> Subquery:
    """Borrowers on whose loans a payment or charge is dated since then."""
    paid = tables.PaymentRow.filter(loan__lender_id=lender_id, received_on__gte=since)
    charged = tables.ChargeRow.filter(loan__lender_id=lender_id, made_on__gte=since)
    moved = Q(loan_id__in=Subquery(paid.values("loan_id"))) | Q(loan_id__in=Subquery(charged.values("loan_id")))
    return Subquery(tables.PartyRow.filter(moved).values("borrower_id"))


async def _loans_of(borrower_ids: Sequence[int]) -> dict[int, list[int]]:
    owes: dict[int, list[int]] = {each: [] for each in borrower_ids}
    parties = tables.PartyRow.filter(borrower_id__in=list(borrower_ids)).order_by("loan_id")
    for borrower_id, loan_id in await parties.values_list("borrower_id", "loan_id"):
        owes[borrower_id].append(loan_id)
    return owes


async def _blockers(loans_of: Mapping[int, Sequence[int]], at: datetime) -> dict[int, tuple[Blocker, ...]]:
    """By borrower, what stands on any of their loans."""
    ids, yesterday = sorted({each for owed in loans_of.values() for each in owed}), (at - timedelta(days=1)).date()
    blocked: dict[Blocker, set[int]] = {
        Blocker.PROPOSAL: await _loans(tables.ProposalLineRow.filter(open_loan__in=ids)),
        Blocker.PLAN: await _loans(tables.ProposalLineRow.filter(live_loan__in=ids)),
        Blocker.CLAIM: await _loans(tables.PaymentClaimRow.filter(loan_id__in=ids, state__in=[*CLAIMS_TO_ANSWER])),
        Blocker.COMPLAINT: await _loans(tables.ComplaintRow.filter(loan_id__in=ids, state="open")),
        Blocker.HOLD: await _loans(tables.HoldRow.filter(loan_id__in=ids, ended_at__isnull=True)),
        Blocker.APPROVAL: await _loans(tables.ApprovalRow.filter(loan_id__in=ids, outcome="", until__gte=yesterday)),
    }
    told_at = await _told_at(loans_of)
    fresh = {borrower_id for borrower_id, when in told_at.items() if when + AFTER_IMPORT > at}
    return {
        borrower_id: (
            *(why for why, loans in blocked.items() if loans.intersection(owed)),
            *([Blocker.IMPORT] if borrower_id in fresh else []),
        )
        for borrower_id, owed in loans_of.items()
    }


async def _told_at(loans_of: Mapping[int, Sequence[int]]) -> dict[int, datetime]:
    """By borrower, when the lender last told of them anew, or of a loan of theirs for the first time."""
    ids = sorted({each for owed in loans_of.values() for each in owed})
    firsts = await tables.ContractRow.filter(loan_id__in=ids, version=1).values_list("loan_id", "recorded_at")
    first: dict[int, datetime] = dict(firsts)
    rows = await tables.BorrowerRow.filter(id__in=list(loans_of)).values_list("id", "recorded_at")
    return {
        borrower_id: max([recorded_at, *(first[each] for each in loans_of[borrower_id] if each in first)])
        for borrower_id, recorded_at in rows
    }


async def _loans(rows: Any) -> set[int]:
    return set(await rows.values_list("loan_id", flat=True))
