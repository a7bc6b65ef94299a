"""The agreement as one file: what both sides hold to, readable without a network, and by machines too."""

from typing import Any

from portal.actions.proposals import Signed
from portal.domain.event import BusinessTime
from portal.domain.restructuring.plan_codec import cure_facts, plan_facts
from portal.reads.proposals import ProposalCase
from portal.vault import new_ref
from portal.web.render import render_document


def agreement_document(
    proposal: ProposalCase, tag: str, borrower: str, ip: str, moment: BusinessTime, read_seconds: int = 0
) -> Signed:
    """The document of the offer on the table, in the language it was read in; `ip` is where it was signed from."""
    ref = new_ref()
    facts = _facts(proposal, tag, borrower, ip, moment, ref)
    values = {"proposal": proposal, "plan": proposal.on_the_table.plan, "facts": facts, "signed_at": moment.at}
    return Signed(ref, render_document(tag, "agreement", **values), read_seconds)


def terms_text(proposal: ProposalCase, tag: str) -> str:
    """What is read before signing, exactly as it stands in the document."""
    return render_document(tag, "terms", proposal=proposal, plan=proposal.on_the_table.plan)


def _facts(proposal: ProposalCase, tag: str, borrower: str, ip: str, moment: BusinessTime, ref: str) -> dict[str, Any]:
    """Who by reference, the loan, the plan to the fen, by which rules, when and from where."""
    policy = proposal.policy.judging(proposal.case.loan.currency)
    return {
        "agreement": ref,
        "proposal": proposal.ref,
        "version": proposal.version,
        "lender": proposal.case.lender.slug,
        "loan_no": proposal.case.loan.loan_no,
        "borrower": borrower,
        "agreed_at": moment.at.isoformat(timespec="seconds"),
        "from": ip,
        "language": tag,
        "policy_version": policy.version,
        "slips": cure_facts(policy.cure_terms, proposal.case.loan.currency),
        "reports": policy.reports,
        "plan": plan_facts(proposal.on_the_table.plan),
    }
