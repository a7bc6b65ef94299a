"""Whom the standing offers of a policy that waits would reach today, over all loans of the lender."""

import asyncio

from portal.domain.ledger.position import position
from portal.domain.money import format_amount
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.reach import Reach
from portal.jobs.running import BREATHER_SECONDS, JobAnswer, ReadSoFar, Running
from portal.reads.loans import every_loan
from portal.reads.policy import policy_told
from portal.reads.policy_file import BadPolicy
from portal.reads.replays import proposed_policy

_AT_ONCE = 50


async def count_reach(running: Running) -> JobAnswer:
    """Options: `approval`. Begun anew where it died: it writes nothing but its answer."""
    lender, today = running.lender, running.moment().today
    text = await proposed_policy(lender.id, running.job.options["approval"])
    try:
        policy = policy_told(text, 0, lender.currency, lender.timezone)
    except BadPolicy as refusal:
        return JobAnswer("refused", 422, {"problem": str(refusal)})
    found, so_far, loans = [Reach(offer) for offer in policy.offers], ReadSoFar(running.job.id), 0
    async for loan in every_loan(lender.id):
        now, loans = position(loan, today).without_plan, loans + 1
        for each in found:
            each.add(now, policy)
        await so_far.note(loans)
        if loans % _AT_ONCE == 0:
            await asyncio.sleep(BREATHER_SECONDS)
    offers = [_told(each, policy) for each in found]
    return JobAnswer("done", 200, {"on": today.isoformat(), "loans": loans, "offers": offers})


def _told(found: Reach, policy: Policy) -> dict[str, object]:
    count: dict[str, object] = {"id": found.offer.id, "count": len(found.each), "without_plan": found.without_plan}
    if not found.each:
        return count
    least, half, most = found.figures
    sums = {"taken_in": found.taken_in, "waived": found.waived, "total": found.total}
    sums |= {"least": least, "half": half, "most": most}
    return {**count, **{name: format_amount(minor, policy.currency) for name, minor in sums.items()}}
