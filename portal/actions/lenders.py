"""Lenders and their policies: what an operator sets up before the first borrower comes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from portal.actions.act import change_of_lender, change_outside_feed
from portal.actions.journal import Journal, lender_stream
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.domain.refusal import Refusal
from portal.reads.caps import check_kind
from portal.reads.cases import LenderFacts
from portal.reads.policy_file import policy_from_text, policy_to_set
from portal.tables import models as tables

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
    legal_name: str = ""


@change_outside_feed
async def add_lender(moment: BusinessTime, new: NewLender) -> int:
    """Raises LenderExists, NotOneOf."""
    check_kind(new.kind, "kind")
    if await tables.LenderRow.exists(slug=new.slug):
        raise LenderExists("slug", slug=new.slug)
    row = await tables.LenderRow.create(**asdict(new))
    await _begin_feed(moment, LenderFacts(row.id, **asdict(new), copied=True))
    return row.id


@change_of_lender
async def _begin_feed(log: Journal, lender: LenderFacts) -> None:
    await log.write(lender_stream(lender.id), NewEvent("lender.added", OPERATOR, {"kind": lender.kind}))


CODES = ("kind", "currency", "timezone")
"""Of what may be set about a lender, what an event may repeat; names are only said to have changed."""


@change_of_lender
async def set_lender(log: Journal, lender: LenderFacts, wanted: Mapping[str, str]) -> list[str]:
    """Sets what is wanted otherwise: names, kind, hotline, timezone; answers what changed.

    The currency only while there is no loan. Raises NotOneOf, CurrencyInUse.
    """
    if "kind" in wanted:
        check_kind(wanted["kind"], "kind")
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


@change_of_lender
async def set_policy(log: Journal, lender: LenderFacts, text: str, actor: Actor) -> int:
    """A new version of the lender's policy; answers its number. Raises BadPolicy."""
    return await put_in_force(log, lender, text, actor)


async def put_in_force(
    log: Journal, lender: LenderFacts, text: str, actor: Actor, proposed_by: str | None = None
) -> int:
    """The version after the last, and its event. Raises BadPolicy."""
    policy_to_set(text, 1, lender.currency)
    last = await tables.PolicyVersionRow.filter(lender_id=lender.id).order_by("-version").first()
    version = (last.version if last else 0) + 1
    await tables.PolicyVersionRow.create(
        lender_id=lender.id,
        version=version,
        text=text,
        proposed_by=proposed_by,
        set_by=actor.ref,
        recorded_at=log.moment.at,
    )
    await log.write(lender_stream(lender.id), NewEvent("policy.set", actor, {"policy_version": version}))
    return version
