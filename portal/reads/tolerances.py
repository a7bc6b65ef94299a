"""What a lender's policy does not ask for where no more is overdue, version by version."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from portal.domain.contract.loan import ToleratedArrears
from portal.reads.policy_file import BadPolicy, policy_from_text

TOLERANCES_SQL = """
SELECT 'policy', lender.id, policy_version.text, event.business_date, NULL,
    policy_version.version, lender.currency, lender.timezone, NULL, NULL, NULL, policy_version.recorded_at,
    NULL, NULL, NULL, NULL, NULL, policy_version.version
FROM lender JOIN policy_version ON policy_version.lender_id = lender.id
LEFT JOIN event ON event.stream = 'lender:' || lender.id AND event.type = 'policy.set'
    AND event.occurred_at = policy_version.recorded_at
WHERE policy_version.recorded_at <= :known_at
    AND lender.id IN (SELECT loan.lender_id FROM loan WHERE loan.id IN :loans)
    AND EXISTS (SELECT 1 FROM policy_version AS told WHERE told.lender_id = lender.id AND told.text LIKE '%arrears%')
"""
"""Rows of facts of the lenders of some loans: every version of a policy that has ever spoken of arrears."""


class PolicyText(NamedTuple):
    """One version: `set_on` is the day on which it was told, unless it was told before there was a log."""

    text: str
    currency: str
    timezone: str
    set_on: date | None
    recorded_at: datetime


def tolerances(versions: Iterable[PolicyText], currency: str) -> tuple[ToleratedArrears, ...]:
    """Each from the day on which it was set.

    An amount of a policy is of the lender's currency and says nothing of a loan in another one. A version that cannot
    be read any more overlooks nothing.
    """
    return tuple(
        ToleratedArrears(
            each.set_on or each.recorded_at.astimezone(ZoneInfo(each.timezone)).date(),
            _amount(each.text, currency) if each.currency == currency else 0,
        )
        for each in versions
    )


@lru_cache(256)
def _amount(text: str, currency: str) -> int:
    try:
        return policy_from_text(text, 0, currency).arrears_tolerance
    except BadPolicy:
        return 0
