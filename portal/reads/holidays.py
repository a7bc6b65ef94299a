"""Which days are worked where a lender is: mainland China has its holidays, and weekends that make up for them."""

from functools import cache

from chinese_calendar.constants import holidays, workdays

from portal.domain.contract.calendar import WorkingDays

_MAINLAND_ZONES = frozenset({"Asia/Shanghai", "Asia/Chongqing", "Asia/Harbin", "Asia/Urumqi", "PRC"})


@cache
def working_days(timezone: str) -> WorkingDays:
    """Source: the State Council's yearly notices, as the package `chinesecalendar` has them; elsewhere the week."""
    return WorkingDays(frozenset(holidays), frozenset(workdays)) if timezone in _MAINLAND_ZONES else WorkingDays()
