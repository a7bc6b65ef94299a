"""A policy at the desk: one of the staff proposes it, another puts in force what they were shown to do."""

import hashlib
import json
from datetime import timedelta

from portal.actions import approvals
from portal.actions.act import Act, change
from portal.actions.journal import lender_stream
from portal.actions.lenders import put_in_force
from portal.domain.event import NewEvent
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import LenderFacts
from portal.reads.policy import policy_text
from portal.reads.policy_file import policy_to_set
from portal.reads.replays import POLICY, policy_replay
from portal.vault import new_ref

SETTERS = ("approver", "admin")
"""Who proposes a policy, and who puts in force what a colleague has proposed."""
WAITS_FOR = timedelta(days=14)


class SamePolicy(Refusal):
    says = N_(
        "This file says what version {version} says, to the letter, and that one is in force. Nothing was proposed."
    )


class NotReplayed(Refusal):
    says = N_(
        "The dry run of this policy is not over. Please look at what it would have done before you put it in force."
    )


class Unproven(Refusal):
    says = N_("The dry run did not give back what happened. Please tick that you put it in force without knowing more.")


@change
async def propose_policy(act: Act, lender: LenderFacts, text: str) -> str:
    """Lays it before a second person; answers the ref of that. Raises BadPolicy, SamePolicy, AlreadyProposed."""
    policy_to_set(text, 1, lender.currency)
    version, in_force = await policy_text(lender.id)
    if version and text == in_force:
        raise SamePolicy("file", version=version)
    what = approvals.Waits(POLICY, str(lender.id), new_ref())
    await approvals.propose(
        act.log,
        what,
        loan_id=None,
        by=act.actor,
        until=act.today + WAITS_FOR,
        facts=json.dumps({"text": text}, ensure_ascii=False),
        shown=text_hash(text),
    )
    await _tell(act, lender, "policy.proposed", what.ref)
    return what.ref


@change
async def approve_policy(
    act: Act, lender: LenderFacts, ref: str, shown: str, against: int, days: int, untold: bool
) -> str:
    """The second person puts it in force; answers its version.

    `shown` is the hash of what their page showed, `against` the version that it was compared with, `days` those of the
    dry run on it, and `untold` that they do without what it could not say. Raises what `approvals.approve` does,
    NotReplayed, Unproven.
    """
    what = approvals.Waits(POLICY, str(lender.id), ref)
    row = await approvals.approve(act.log, what, act.actor, act.author.role, shown, SETTERS)
    version, _ = await policy_text(lender.id)
    if version != against:
        raise approvals.ApprovalChanged(POLICY)
    replay = await policy_replay(lender.id, ref, days, act.author.vault)
    if replay is None or replay.answer is None:
        raise NotReplayed("replay")
    if not (replay.answer.get("proven") or untold):
        raise Unproven("untold")
    return str(await put_in_force(act.log, lender, json.loads(row.facts)["text"], act.actor, row.proposed_by))


@change
async def reject_policy(act: Act, lender: LenderFacts, ref: str) -> None:
    """Whoever proposed it takes it back, or somebody else does not agree. Raises NothingWaits."""
    row = await approvals.reject(act.log, approvals.Waits(POLICY, str(lender.id), ref), act.actor)
    await _tell(act, lender, "policy.withdrawn" if row.proposed_by == act.actor.ref else "policy.rejected", ref)


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def _tell(act: Act, lender: LenderFacts, kind: str, approval: str) -> None:
    await act.log.write(lender_stream(lender.id), NewEvent(kind, act.actor, {"approval": approval}))
