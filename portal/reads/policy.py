"""The policy in force: the last version its lender set, or the careful defaults."""

from portal.domain.policy import Policy
from portal.domain.policy_file import policy_from_text
from portal.tables import models as t


async def policy(lender_id: int, currency: str) -> Policy:
    row = await t.PolicyVersion.filter(lender_id=lender_id).order_by("-version").first()
    return policy_from_text(row.text, row.version, currency) if row else Policy()


async def policy_text(lender_id: int) -> tuple[int, str]:
    """Version and text as the lender wrote it; (0, "") when none was set."""
    row = await t.PolicyVersion.filter(lender_id=lender_id).order_by("-version").first()
    return (row.version, row.text) if row else (0, "")
