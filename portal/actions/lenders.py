"""Lenders and their policies: what an operator sets up before the first borrower comes."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.actions.journal import journal, lender_stream
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.domain.refusal import Refusal
from portal.reads.caps import check_kind
from portal.reads.cases import LenderFacts
from portal.reads.policy_file import policy_from_text
from portal.tables import models as tables
from portal.tables.transaction import retried, transaction

OPERATOR = Actor("system", "operator")


class LenderExists(Refusal):
    says = "There is already a lender {slug}."


class CurrencyInUse(Refusal):
    says = "The currency of the lender stays {allowed}, for {loans} loans are there already; {given} was asked for."


@dataclass(frozen=True, slots=True)
class NewLender:
    slug: str
    name: str
    kind: str
    currency: str
    timezone: str
    hotline: str = ""


@retried
async def add_lender(new: NewLender, moment: BusinessTime) -> int:
    """Raises LenderExists, NotOneOf."""
    check_kind(new.kind, "kind")
    async with transaction():
        if await tables.LenderRow.exists(slug=new.slug):
            raise LenderExists("slug", slug=new.slug)
        row = await tables.LenderRow.create(
            slug=new.slug,
            name=new.name,
            kind=new.kind,
            currency=new.currency,
            timezone=new.timezone,
            hotline=new.hotline,
        )
        async with journal(row.id, moment) as log:
            await log.write(lender_stream(row.id), NewEvent("lender.added", OPERATOR, {"kind": new.kind}))
        return row.id


CODES = ("kind", "currency", "timezone")
"""Of what may be set about a lender, what an event may repeat; names are only said to have changed."""


@retried
async def set_lender(lender: LenderFacts, wanted: Mapping[str, str], moment: BusinessTime) -> list[str]:
    """Sets what is wanted otherwise: name, kind, hotline, timezone; answers what changed.

    The currency only while there is no loan. Raises NotOneOf, CurrencyInUse.
    """
    if "kind" in wanted:
        check_kind(wanted["kind"], "kind")
    async with journal(lender.id, moment) as log:
        before = {name: str(getattr(log.lender, name)) for name in wanted}
        changed = sorted(name for name, value in wanted.items() if value != before[name])
        if not changed:
            return []
        loans = await tables.LoanRow.filter(lender_id=lender.id).count() if "currency" in changed else 0
        if loans:
            raise CurrencyInUse("currency", allowed=before["currency"], loans=loans, given=wanted["currency"])
        if "currency" in changed:
            await _check_policy(lender.id, wanted["currency"])
        await tables.LenderRow.filter(id=lender.id).update(**{name: wanted[name] for name in changed})
        codes = [name for name in changed if name in CODES]
        facts = {"fields": changed, "old": {n: before[n] for n in codes}, "new": {n: wanted[n] for n in codes}}
        await log.write(lender_stream(lender.id), NewEvent("lender.changed", OPERATOR, facts))
        return changed


async def _check_policy(lender_id: int, currency: str) -> None:
    """The amounts of the policy in force have to be amounts in the new currency too. Raises BadPolicy."""
    last = await tables.PolicyVersionRow.filter(lender_id=lender_id).order_by("-version").first()
    if last is not None:
        policy_from_text(last.text, last.version, currency)


@retried
async def set_policy(lender: LenderFacts, text: str, actor: Actor, moment: BusinessTime) -> int:
    """A new version of the lender's policy; answers its number. Raises BadPolicy."""
    policy_from_text(text, 1, lender.currency)
    async with journal(lender.id, moment) as log:
        last = await tables.PolicyVersionRow.filter(lender_id=lender.id).order_by("-version").first()
        version = (last.version if last else 0) + 1
        await tables.PolicyVersionRow.create(lender_id=lender.id, version=version, text=text, recorded_at=moment.at)
        await log.write(lender_stream(lender.id), NewEvent("policy.set", actor, {"policy_version": version}))
        return version
