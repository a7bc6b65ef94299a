"""The agreement as one file: what both sides hold to, readable without a network, and by machines too."""

import json
import re
import secrets
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from portal.actions.proposals import Signed
from portal.domain.event import BusinessTime
from portal.domain.restructuring.plan_codec import cure_facts, plan_facts
from portal.reads.papers import Signer
from portal.reads.proposals import ProposalCase
from portal.vault import new_ref
from portal.web.render import render_document

_BODY = re.compile(r"<body>(.*?)<script[^>]* id=\"facts\">(.*?)</script>", re.DOTALL)


def agreement_document(
    proposal: ProposalCase, tag: str, signer: Signer, ip: str, moment: BusinessTime, read_seconds: int = 0
) -> Signed:
    """The document of the offer on the table, in the language it was read in; `ip` is where it was signed from.

    Who signed stands in the signed bytes themselves, so that the file is evidence alone. They are sealed under the
    person's key, and the chains hold their hash only; the salt is in the bytes alone, so that once these are gone
    nobody comes upon a name by hashing one after the other.
    """
    ref = new_ref()
    facts = _facts(proposal, tag, signer, ip, moment, ref)
    values = {"plan": proposal.on_the_table.plan, "facts": facts, "signer": signer, "signed_at": moment.at}
    return Signed(ref, render_document(tag, "agreement", proposal=proposal, **values), read_seconds)


@dataclass(frozen=True, slots=True)
class SignedText:
    """What people read of a signed document, in which language, and whether it says who signed."""

    body: Markup
    language: str
    names_people: bool


def read_signed(text: str) -> SignedText:
    """Of bytes that were found to be those that were signed; before they named people they had a reference alone."""
    found = _BODY.search(text)
    assert found is not None
    facts = json.loads(found[2])
    return SignedText(Markup(found[1]), facts.get("language", "zh-CN"), "parties" in facts)


def terms_text(proposal: ProposalCase, tag: str) -> str:
    """What is read before signing, exactly as it stands in the document."""
    return render_document(tag, "terms", proposal=proposal, plan=proposal.on_the_table.plan)


def _facts(proposal: ProposalCase, tag: str, signer: Signer, ip: str, moment: BusinessTime, ref: str) -> dict[str, Any]:
    """Who by reference, the loan, the plan to the fen, by which rules, when and from where."""
    policy = proposal.policy.judging(proposal.case.loan.currency)
    return {
        "agreement": ref,
        "proposal": proposal.ref,
        "version": proposal.version,
        "lender": proposal.case.lender.slug,
        "loan_no": proposal.case.loan.loan_no,
        "borrower": signer.ref,
        "parties": {
            "lender": proposal.case.lender.registered_name,
            "borrower": {"name": signer.name, "id_last4": signer.id_last4},
        },
        "salt": secrets.token_hex(16),
        "agreed_at": moment.at.isoformat(timespec="seconds"),
        "from": ip,
        "language": tag,
        "policy_version": policy.version,
        "slips": cure_facts(policy.cure_terms, proposal.case.loan.currency),
        "reports": policy.reports,
        "plan": plan_facts(proposal.on_the_table.plan),
    }
