"""Agreements as they were signed: the sealed bytes, their plan and their rules."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.domain.contract.plan import Plan
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.plan_codec import offer_from_facts, plan_from_facts
from portal.reads.cases import PersonScope, first_found
from portal.reads.facts import signed_rules
from portal.tables import models as tables
from portal.vault import Vault


@dataclass(frozen=True, slots=True)
class AgreementText:
    """An agreement as its sealed bytes have it, the plan it was signed over, and the rules that were signed."""

    ref: str
    proposal: str
    text: str
    plan: Plan
    rules: Mapping[str, Any]
    hash: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class SignedAgreement:
    """What was signed, by its figures and rules; `hash` is of the exact bytes."""

    ref: str
    proposal: str
    version: int
    hash: str
    signed_at: datetime
    signed_on: date | None
    offer: Offer
    plan: Plan
    rules: Mapping[str, Any]


async def agreement_text(ref: str, scope: PersonScope, vault: Vault) -> AgreementText:
    """A person's own agreement with a lender they came in for, unsealed. Raises NotFound."""
    return await _text(tables.AgreementRow.filter(ref=ref, **scope.filters("proposal__")), ref, vault)


async def lenders_agreement_text(ref: str, lender_id: int, vault: Vault) -> AgreementText:
    """The same for the lender it is with. Raises NotFound, and Erased once nobody can read it any more."""
    return await _text(tables.AgreementRow.filter(ref=ref, proposal__lender_id=lender_id), ref, vault)


async def signed_agreement(ref: str, lender_id: int) -> SignedAgreement:
    """An agreement with this lender without its document, whose hash alone names it. Raises NotFound."""
    agreements = tables.AgreementRow.filter(ref=ref, proposal__lender_id=lender_id)
    beside = {"proposal": "proposal__ref", "kept": "rules"}
    row = first_found(await agreements.values(*_HEAD, "proposal_id", **beside), ref)
    rules = await signed_rules(ref, row["proposal_id"], row.pop("kept"))
    offer = await tables.OfferRow.get(proposal_id=row.pop("proposal_id"), version=rules["offer"])
    plan = plan_from_facts(json.loads(offer.plan))
    return SignedAgreement(
        offer=offer_from_facts(json.loads(offer.terms), plan.currency), plan=plan, rules=rules, **row
    )


_HEAD = ("ref", "version", "hash", "signed_at", "signed_on")


async def _text(agreements: Any, ref: str, vault: Vault) -> AgreementText:
    rows = await agreements.values(
        "ref",
        "sealed",
        "hash",
        "signed_at",
        "proposal_id",
        kept="rules",
        proposal="proposal__ref",
        key="proposal__person__key",
    )
    row = first_found(rows, ref)
    text = vault.unseal(bytes(row.pop("key")), bytes(row.pop("sealed")))
    proposal_id = row.pop("proposal_id")
    rules = await signed_rules(ref, proposal_id, row.pop("kept"))
    offer = await tables.OfferRow.get(proposal_id=proposal_id, version=rules["offer"])
    return AgreementText(text=text, plan=plan_from_facts(json.loads(offer.plan)), rules=rules, **row)


async def agreement_by_hash(digest: str) -> tuple[str, datetime] | None:
    """The ref of the agreement whose bytes have this SHA-256, and when it was signed."""
    rows = await tables.AgreementRow.filter(hash=digest).values_list("ref", "signed_at")
    return (str(rows[0][0]), rows[0][1]) if rows else None
