"""Papers that were given out, by number: whether the code on one is its own, and what is true of it today.

Nothing is stored for it: a code is a keyed hash of the number and of what the paper states for good, the signed bytes
of an agreement or the day on which a plan or a loan was paid up.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from portal.domain.conduct.papers import PaperState, code_on_paper
from portal.domain.ledger.position import Position, position
from portal.domain.restructuring.negotiation import LIVE, State
from portal.reads.cases import Case, PersonScope, cases_by_id, first_found
from portal.reads.plans import proposal_today
from portal.reads.proposals import ProposalCase, proposal_of_agreement
from portal.tables import models as tables
from portal.vault import Vault

_IN_FORCE = frozenset({State.AGREED, *LIVE})

TodayIn = Callable[[str], date]
"""The business day in a time zone."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Whom a paper names: by the ref that events have, and as the lender told; empty what was not told or is erased."""

    ref: str
    name: str
    id_last4: str


async def signer_of(loan_id: int, scope: PersonScope, vault: Vault) -> Signer:
    """How a loan's lender knows this person. Raises NotFound."""
    rows = await tables.PartyRow.filter(loan_id=loan_id, **scope.filters("borrower__")).values(
        ref="borrower__person__ref",
        key="borrower__key",
        name="borrower__name_sealed",
        id_last4="borrower__id_last4_sealed",
    )
    row = first_found(rows, "")
    key = bytes(row["key"])
    name, id_last4 = (vault.unseal_if_kept(key, bytes(row[each])) or "" for each in ("name", "id_last4"))
    return Signer(row["ref"], name, id_last4)


def agreement_code(ref: str, digest: str, vault: Vault) -> str:
    """`digest` is the SHA-256 of the signed bytes."""
    return _code(vault, ref, digest)


async def letter_code(proposal: ProposalCase, completed_on: date, vault: Vault) -> str:
    """Of the letter that says that a plan was completed on a day."""
    digest = await tables.AgreementRow.filter(ref=proposal.agreement).values_list("hash", flat=True)
    return _code(vault, proposal.ref, f"{digest[0]} {completed_on}")


def paid_up_code(loan_ref: str, paid_up_on: date, vault: Vault) -> str:
    """Of the letter that says that a loan was paid up on a day."""
    return _code(vault, loan_ref, str(paid_up_on))


async def paper_state(number: str, code: str, vault: Vault, today_in: TodayIn) -> PaperState | None:
    """What is true today of the paper with this number and code; None where no paper has both."""
    found = await _agreement(number, code, vault, today_in)
    found = found or await _plan_letter(number, code, vault, today_in)
    return found or await _loan_letter(number, code, vault, today_in)


async def _agreement(number: str, code: str, vault: Vault, today_in: TodayIn) -> PaperState | None:
    """What is part of a plan is in force as long as that is."""
    rows = await tables.AgreementRow.filter(ref=number).values("hash", lender_id="proposal__lender_id")
    if not rows or not _same(code, agreement_code(number, rows[0]["hash"], vault)):
        return None
    return await _stands(number, rows[0]["lender_id"], today_in)


async def _stands(ref: str, lender_id: int, today_in: TodayIn) -> PaperState:
    """One that was signed within a plan and is part of it stands as long as the plan does."""
    proposal, _ = _today(await proposal_of_agreement(ref, lender_id), today_in)
    within = proposal.on_the_table.offer.within
    if within and proposal.state is State.SUPERSEDED:
        return await _stands(within, lender_id, today_in)
    if proposal.agreement != ref or proposal.state is State.SUPERSEDED:
        return PaperState.REPLACED
    return PaperState.IN_FORCE if proposal.state in _IN_FORCE else PaperState.ENDED


async def _plan_letter(number: str, code: str, vault: Vault, today_in: TodayIn) -> PaperState | None:
    """A letter states a day, which is none of what is typed: its code fits one of those since the plan was signed."""
    signed = tables.AgreementRow.filter(proposal__ref=number).order_by("-id").limit(1)
    for row in await signed.values("ref", "hash", lender_id="proposal__lender_id"):
        proposal, now = _today(await proposal_of_agreement(row["ref"], row["lender_id"]), today_in)
        begun = proposal.on_the_table.plan.as_of
        codes = {_code(vault, number, f"{row['hash']} {day}"): day for day in _days(begun, now.as_of)}
        if code in codes:
            progress = now.progress_of(number)
            done = progress.ended_on if progress and proposal.state is State.COMPLETED else None
            return _of_letter(codes[code], done)
    return None


async def _loan_letter(number: str, code: str, vault: Vault, today_in: TodayIn) -> PaperState | None:
    ids = await tables.LoanRow.filter(ref=number).values_list("id", flat=True)
    for case in await cases_by_id([int(str(each)) for each in ids]) if ids else ():
        now = _position(case, today_in)
        codes = {paid_up_code(number, day, vault): day for day in _days(case.loan.disbursed_on, now.as_of)}
        if code in codes:
            return _of_letter(codes[code], now.paid_up_on)
    return None


def _of_letter(states: date, true_now: date | None) -> PaperState:
    if true_now is None:
        return PaperState.WITHDRAWN
    return PaperState.IN_FORCE if true_now == states else PaperState.REPLACED


def _today(proposal: ProposalCase, today_in: TodayIn) -> tuple[ProposalCase, Position]:
    now = _position(proposal.case, today_in)
    return proposal_today(proposal, now), now


def _position(case: Case, today_in: TodayIn) -> Position:
    return position(case.loan, today_in(case.lender.timezone))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=day) for day in range((last - first).days + 1)]


def _code(vault: Vault, number: str, states: str) -> str:
    return code_on_paper(vault.lookup("paper", f"{number}\0{states}"))


def _same(code: str, expected: str) -> bool:
    return hmac.compare_digest(code.encode(), expected.encode())
