"""How much a key may ask: so many requests in any minute, writes included, so that a system in a loop stops itself.

Counted in the memory of this process, so that it costs no statement; each process that serves counts for itself. What
is refused is not counted: whoever waits has requests again.
"""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class RequestBudget:
    """What a key has left; `more_in` is in how many seconds there is one more, `refused` that there was none."""

    most: int
    left: int
    more_in: int
    refused: bool = False

    @property
    def headers(self) -> Mapping[str, str]:
        """Source: draft-ietf-httpapi-ratelimit-headers-10."""
        return {
            "ratelimit-policy": f'"minute";q={self.most};w={WINDOW_SECONDS}',
            "ratelimit": f'"minute";r={self.left};t={self.more_in}',
        }


class RequestBudgets:
    def __init__(self, most: int) -> None:
        self._most = most
        self._times: dict[str, deque[float]] = defaultdict(deque)

    def take(self, key: str, at: float) -> RequestBudget:
        """One request of a key, at seconds of a clock that nobody sets."""
        times = self._times[key]
        while times and times[0] <= at - WINDOW_SECONDS:
            times.popleft()
        refused = len(times) >= self._most
        if not refused:
            times.append(at)
        more_in = ceil(times[0] + WINDOW_SECONDS - at)
        return RequestBudget(self._most, self._most - len(times), more_in, refused)
