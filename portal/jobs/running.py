"""A job while it is run, and how it ended."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from portal.domain.event import Moment
from portal.jobs.spool import Spool
from portal.reads.cases import LenderFacts
from portal.reads.jobs import Job
from portal.vault import Vault


@dataclass(frozen=True, slots=True)
class Running:
    """A job as it is run: for whom, with what, and when; `at` of the moment may be fixed with the day, `now` is not."""

    job: Job
    lender: LenderFacts
    vault: Vault
    spool: Spool
    moment: Callable[[], Moment]
    base_url: str = ""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a job ended: `done` or `refused`, and what is answered, with its HTTP status."""

    state: str
    status: int
    body: dict[str, object]
