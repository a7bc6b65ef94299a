"""A dry run of a policy that waits for a second person: what it would have made of what was proposed before.

First it proves itself: the versions then in force have to give back what happened, all of it. Where they do not, it
says so and nothing else.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from portal.actions.jobs import note_progress
from portal.domain.ledger.position import position
from portal.domain.money import format_amount
from portal.domain.restructuring.affordability import Strain, strain
from portal.domain.restructuring.choices import heaviest_month
from portal.domain.restructuring.never_worse import quoted
from portal.domain.restructuring.plan_codec import offer_from_facts
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.replay import Turned, turned
from portal.jobs.running import BREATHER_SECONDS, JobAnswer, ReadSoFar, Running
from portal.reads.loans import load_loans
from portal.reads.policy import negotiated, policy_told
from portal.reads.policy_file import BadPolicy
from portal.reads.replays import PastProposal, past_proposals, proposed_policy
from portal.reads.told_income import told_incomes
from portal.vault import Vault

MOST_TURNED = 200
_AT_ONCE = 20
_INCOMES = 200


@dataclass(slots=True)
class Answered:
    """Proposals that would have been answered otherwise, all counted and summed by currency, the first ones listed.

    `months` is what each asks for a month, by ref, where that is held against what is left over.
    """

    count: int = 0
    let_go: Counter[str] = field(default_factory=Counter)
    months: dict[str, int] = field(default_factory=dict)
    listed: list[dict[str, object]] = field(default_factory=list)

    def add(self, past: PastProposal, found: Turned) -> None:
        self.count += 1
        self.let_go[past.currency] += found.waived
        if found.a_month is not None:
            self.months[past.ref] = found.a_month
        if len(self.listed) < MOST_TURNED:
            self.listed.append(_line(past, found))

    def told(self) -> dict[str, object]:
        sums = {currency: format_amount(minor, currency) for currency, minor in sorted(self.let_go.items())}
        return {"count": self.count, "let_go": sums, "listed": self.listed}


class Burden(NamedTuple):
    """Of what is newly accepted, how many ask for so much a month, who of them showed their income, and for how many
    of these it is more than half of what is left over.
    """

    asked: int = 0
    shown: int = 0
    above: int = 0


_UNASKED = Burden()


@dataclass(slots=True)
class Replayed:
    """What was judged again, how much of it came out as it was, and what the new policy makes otherwise.

    `same` counts what it would have answered as it was answered; `promises` are open, `beyond` of them it would not
    take of itself.
    """

    proposals: int = 0
    judged: int = 0
    given_back: int = 0
    older: int = 0
    differs: list[dict[str, str]] = field(default_factory=list)
    accepted: Answered = field(default_factory=Answered)
    to_a_person: Answered = field(default_factory=Answered)
    same_at_once: int = 0
    same_to_a_person: int = 0
    promises: int = 0
    beyond: int = 0
    burden: Burden = _UNASKED

    def add(self, past: PastProposal, policy: Policy) -> None:
        judged = len(past.offers) + past.kept
        given_back = sum(each.is_given_back() for each in past.offers) + past.given_back
        self.proposals += 1
        self.judged, self.given_back = self.judged + judged, self.given_back + given_back
        self.older += past.older
        if judged != given_back:
            self.differs += [{"ref": past.ref, "loan_no": past.loan_no}] if len(self.differs) < MOST_TURNED else []
        elif past.offers:
            self._turn(past, policy)

    def _turn(self, past: PastProposal, policy: Policy) -> None:
        found = turned(past.offers, policy)
        if found is not None:
            (self.accepted if found.accepted else self.to_a_person).add(past, found)
        elif any(each.at_once for each in past.offers):
            self.same_at_once += 1
        else:
            self.same_to_a_person += 1

    def told(self) -> dict[str, object]:
        """Nothing of its effect, unless all of what happened came out again."""
        proven = self.judged == self.given_back
        proof = {"proven": proven, "proposals": self.proposals, "judged": self.judged, "given_back": self.given_back}
        if not proven:
            return {**proof, "older": self.older, "differs": self.differs}
        return {
            **proof,
            "older": self.older,
            "accepted": self.accepted.told(),
            "to_a_person": self.to_a_person.told(),
            "same_at_once": self.same_at_once,
            "same_to_a_person": self.same_to_a_person,
            "promises": self.promises,
            "beyond": self.beyond,
            "burden": self.burden._asdict(),
        }


async def replay_policy(running: Running) -> JobAnswer:
    """Options: `approval`, `days`. Begun anew where it died: it writes nothing but its answer."""
    lender, job, today = running.lender, running.job, running.moment().today
    since = today - timedelta(days=job.options["days"])
    text = await proposed_policy(lender.id, job.options["approval"])
    try:
        policy = policy_told(text, 0, lender.currency, lender.timezone)
        found = await _replay(running, policy, since)
    except BadPolicy as refusal:
        return JobAnswer("refused", 422, {"problem": str(refusal)})
    open_now = await negotiated(lender.id)
    counts = {"open": open_now.open, "bound": open_now.accepted, "running": open_now.running}
    return JobAnswer("done", 200, {"since": since.isoformat(), "until": today.isoformat(), **counts, **found.told()})


async def _replay(running: Running, policy: Policy, since: date) -> Replayed:
    found, so_far, today = Replayed(), ReadSoFar(running.job.id), running.moment().today
    async for past in past_proposals(running.lender, since):
        found.add(past, policy)
        if past.promise and past.promise[1] >= today:
            found.promises += 1
            found.beyond += not await _takes(past, policy, today)
        await so_far.note(found.proposals)
        if found.proposals % _AT_ONCE == 0:
            await asyncio.sleep(BREATHER_SECONDS)
    found.burden = await _burden(found.accepted.months, running.vault)
    await note_progress(running.job.id, read=found.proposals, total=found.proposals)
    return found


async def _burden(months: Mapping[str, int], vault: Vault) -> Burden:
    """Counts alone: the answer of a job is kept, and what was shown may be taken back."""
    refs, shown, above = [*months], 0, 0
    for start in range(0, len(refs), _INCOMES):
        told = await told_incomes(refs[start : start + _INCOMES], vault)
        shown += len(told)
        above += sum(strain(months[ref], each.budget.left) is not Strain.EASY for ref, each in told.items())
        await asyncio.sleep(BREATHER_SECONDS)
    return Burden(len(refs), shown, above)


async def _takes(past: PastProposal, policy: Policy, today: date) -> bool:
    """Whether the policy by itself would take today what was promised."""
    assert past.promise is not None
    terms, _ = past.promise
    loan, _ = (await load_loans([past.loan_id]))[past.loan_id]
    quote = quoted(position(loan, today), offer_from_facts(json.loads(terms), past.currency), policy)
    return quote is not None and quote.accepted_at_once


def _line(past: PastProposal, found: Turned) -> dict[str, object]:
    plan, currency = found.quote.plan, past.currency
    return {
        "ref": past.ref,
        "loan_no": past.loan_no,
        "state": past.state.value,
        "currency": currency,
        "waived": format_amount(found.waived, currency),
        "total": format_amount(plan.total, currency),
        "count": len(plan.installments),
        "a_month": format_amount(heaviest_month(found.quote), currency),
    }
