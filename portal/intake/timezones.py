"""Time zones by their names in the IANA database."""

from functools import cache
from zoneinfo import available_timezones

from portal.domain.refusal import N_, Refusal


class NotATimezone(Refusal):
    says = N_("A time zone is a name of the IANA database, such as Asia/Shanghai; {given} is none.")


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def check_timezone_name(name: str) -> None:
    """Raises NotATimezone."""
    if name not in _known():
        raise NotATimezone(given=repr(name[:64]))
