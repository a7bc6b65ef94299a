"""A lender's policy: the version in force, or an earlier one that something was decided under."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from portal.domain.restructuring.negotiation import BOUND, LIVE, OPEN_STATES
from portal.domain.restructuring.policy import Policy
from portal.reads.holidays import working_days
from portal.reads.policy_file import policy_from_text
from portal.tables import models as tables
from portal.tables.query import Query

MOST_VERSIONS = 200
_LAST_POLICY = """
SELECT policy_version.text, policy_version.version, lender.timezone
FROM lender LEFT JOIN policy_version ON policy_version.lender_id = lender.id{}
WHERE lender.id = :lender ORDER BY policy_version.version DESC LIMIT 1
"""
_IN_FORCE, _OF_THEN = (Query(_LAST_POLICY.format(which)) for which in ("", " AND policy_version.version = :version"))


async def policy(lender_id: int, currency: str, version: int | None = None) -> Policy:
    """That version, or the last one set; version 0 are the careful defaults of a lender that has set none."""
    if version is None:
        ((text, found, timezone),) = await _IN_FORCE.read(lender=lender_id)
    else:
        ((text, found, timezone),) = await _OF_THEN.read(lender=lender_id, version=version)
    return policy_told(text, found, currency, timezone)


@lru_cache(256)
def policy_told(text: str | None, version: int, currency: str, timezone: str) -> Policy:
    """What a version says, or the careful defaults; it never changes, so that is worked out once."""
    found = Policy() if text is None else policy_from_text(text, version, currency)
    return replace(found, working_days=working_days(timezone))


async def kept_days(lender_id: int) -> int | None:
    """For how many days after their last loan has ended a lender keeps somebody; None where it has set no time."""
    currencies = await tables.LenderRow.filter(id=lender_id).values_list("currency", flat=True)
    return (await policy(lender_id, str(currencies[0]))).retention_days


async def policy_text(lender_id: int, version: int | None = None) -> tuple[int, str]:
    """Version and text as the lender wrote it, the last one or that; (0, "") where there is none such."""
    rows = tables.PolicyVersionRow.filter(lender_id=lender_id, **({} if version is None else {"version": version}))
    row = await rows.order_by("-version").first()
    return (row.version, row.text) if row else (0, "")


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version and since when it was in force; `proposed_by` and `set_by` are e-mail addresses of staff, or
    `operator`, and empty where that was not kept.
    """

    version: int
    recorded_at: datetime
    proposed_by: str
    set_by: str


async def policy_versions(lender_id: int) -> tuple[PolicyVersion, ...]:
    """Up to MOST_VERSIONS, the last one first."""
    columns = ("version", "recorded_at", "proposed_by", "set_by")
    rows = tables.PolicyVersionRow.filter(lender_id=lender_id).order_by("-version").limit(MOST_VERSIONS)
    found = await rows.values(*columns)
    refs = {each[name] for each in found for name in ("proposed_by", "set_by")} - {None}
    staff = await tables.StaffRow.filter(lender_id=lender_id, ref__in=refs).values_list("ref", "email")
    emails = {str(ref): str(email) for ref, email in staff}

    def who(ref: str | None) -> str:
        return emails.get(ref or "", ref or "")

    return tuple(
        PolicyVersion(each["version"], each["recorded_at"], who(each["proposed_by"]), who(each["set_by"]))
        for each in found
    )


@dataclass(frozen=True, slots=True)
class Negotiated:
    """How many proposals of a lender are open, accepted or signed but not running, and lived under as plans."""

    open: int
    accepted: int
    running: int


async def negotiated(lender_id: int) -> Negotiated:
    states = {"open": OPEN_STATES - BOUND, "accepted": OPEN_STATES & BOUND, "running": LIVE}
    counts = {
        name: await tables.ProposalRow.filter(lender_id=lender_id, state__in=[state.value for state in which]).count()
        for name, which in states.items()
    }
    return Negotiated(**counts)
