"""A lender's policy: the version in force, or an earlier one that something was decided under."""

from dataclasses import replace

from portal.domain.policy import Policy
from portal.domain.policy_file import policy_from_text
from portal.reads.holidays import working_days
from portal.tables import models as t


async def policy(lender_id: int, currency: str, version: int | None = None) -> Policy:
    """That version, or the last one set; version 0 are the careful defaults of a lender that has set none."""
    versions = t.PolicyVersion.filter(lender_id=lender_id, **({} if version is None else {"version": version}))
    rows = await versions.order_by("-version").limit(1).values("text", "version", timezone="lender__timezone")
    if not rows:
        zones = await t.Lender.filter(id=lender_id).values_list("timezone", flat=True)
        return replace(Policy(), working_days=working_days(str(zones[0])))
    found = policy_from_text(rows[0]["text"], rows[0]["version"], currency)
    return replace(found, working_days=working_days(rows[0]["timezone"]))


async def kept_days(lender_id: int) -> int | None:
    """For how many days after their last loan has ended a lender keeps somebody; None where it has set no time."""
    currencies = await t.Lender.filter(id=lender_id).values_list("currency", flat=True)
    return (await policy(lender_id, str(currencies[0]))).retention_days


async def policy_text(lender_id: int) -> tuple[int, str]:
    """Version and text as the lender wrote it; (0, "") when none was set."""
    row = await t.PolicyVersion.filter(lender_id=lender_id).order_by("-version").first()
    return (row.version, row.text) if row else (0, "")
