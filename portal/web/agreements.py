"""The agreement as one file: what both sides hold to, readable without a network, and by machines too."""

from typing import Any

from portal.actions.proposals import Signed
from portal.domain.event import BusinessTime
from portal.domain.restructuring.plan_codec import plan_facts
from portal.reads.proposals import ProposalCase
from portal.vault import new_ref
from portal.web.render import render_document


def paper(held: ProposalCase, tag: str, borrower: str, ip: str, moment: BusinessTime, read_seconds: int = 0) -> Signed:
    """The document of the offer on the table, in the language it was read in; `ip` is where it was signed from."""
    ref = new_ref()
    facts = _facts(held, tag, borrower, ip, moment, ref)
    values = {"held": held, "plan": held.on_the_table.plan, "facts": facts, "signed_at": moment.at}
    return Signed(ref, render_document(tag, "agreement", **values), read_seconds)


def terms_text(held: ProposalCase, tag: str) -> str:
    """What is read before signing, exactly as it stands in the document."""
    return render_document(tag, "terms", held=held, plan=held.on_the_table.plan)


def _facts(held: ProposalCase, tag: str, borrower: str, ip: str, moment: BusinessTime, ref: str) -> dict[str, Any]:
    """Who by reference, the loan, the plan to the fen, by which rules, when and from where."""
    policy = held.policy
    return {
        "agreement": ref,
        "proposal": held.ref,
        "version": held.version,
        "lender": held.case.lender.slug,
        "loan_no": held.case.loan.loan_no,
        "borrower": borrower,
        "agreed_at": moment.at.isoformat(timespec="seconds"),
        "from": ip,
        "language": tag,
        "policy_version": policy.version,
        "slips": {"cure_days": policy.slips.cure_days, "within": policy.slips.within},
        "reports": policy.reports,
        "plan": plan_facts(held.on_the_table.plan),
    }
