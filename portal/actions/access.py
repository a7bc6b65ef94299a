"""The access log: who looked at what, and ways in that were tried. Codes and refs alone, nothing that was typed."""

from datetime import datetime

from portal.tables import models as t


async def note_access(
    actor: tuple[str, str],
    what: str,
    at: datetime,
    *,
    subject: str = "",
    detail: str = "",
    lender_id: int | None = None,
    source: str = "",
) -> None:
    """Writes one row, inside the caller's transaction where there is one.

    `actor` is a kind (borrower, staff, key, operator, nobody) and its ref; `subject` what it is about, such as
    `loan:REF`; `source` a keyed hash of an address, where nobody is known.
    """
    kind, ref = actor
    await t.Access.create(
        actor_kind=kind,
        actor_ref=ref,
        what=what,
        subject=subject,
        detail=detail,
        lender_id=lender_id,
        source=source,
        at=at,
    )


async def prune_access(lender_id: int | None, before: datetime) -> int:
    """Removes a lender's rows, or those of no lender, that are older; answers how many: none until rows are chained."""
    return 0
