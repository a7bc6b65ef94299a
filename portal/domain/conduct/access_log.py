"""The access log as chains: each row in bytes that never change, linked to the row before it in its chain.

There is a chain for each lender and one for what belongs to none, as each has its own time for keeping: rows go from
the front of a chain, and a lender that keeps long holds back nobody else's.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from portal.domain.event import canonical_text

LOG = "access"
PRUNED = "access.pruned"
"""The row that tells how far a chain was pruned: by its `subject`, so that it is told apart from what was cut off."""
LOOKED, EXPORTED, DOCUMENT_TAKEN = "loan.looked", "list.exported", "document.taken"
"""One of the staff opened a page of a loan, or a system read what was written on it; took a list as a sheet, which one
says `detail`; a system took the document of an agreement, which one says `detail`.
"""


@dataclass(frozen=True, slots=True)
class AccessLogEntry:
    """Who did what, by codes and refs: as `portal.tables` keeps it, and its place in its chain."""

    chain: str
    seq: int
    at: datetime
    actor_kind: str
    actor_ref: str
    what: str
    subject: str = ""
    detail: str = ""
    source: str = ""


def chain_of(lender_id: int | None) -> str:
    """The name of the chain that a lender's rows are in, or those of no lender."""
    return LOG if lender_id is None else f"{LOG}:{lender_id}"


def canonical_row(row: AccessLogEntry) -> bytes:
    """The bytes that are chained: UTF-8 JSON, keys sorted, no spaces, the time in UTC to the microsecond."""
    body = {
        "chain": row.chain,
        "seq": row.seq,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": {"kind": row.actor_kind, "ref": row.actor_ref},
        "what": row.what,
        "subject": row.subject,
        "detail": row.detail,
        "source": row.source,
    }
    return canonical_text(body).encode()


def pruned_to(seq: int) -> str:
    """How the row that tells of a pruning names the last row that went."""
    return f"{LOG}:1-{seq}"
