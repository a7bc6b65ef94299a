"""Loans whose books differ, grouped by the likeliest cause: one thing that a lender's system does otherwise."""

from dataclasses import dataclass
from datetime import date

from portal.domain.ledger.reconciliation import Cause
from portal.reads.desk_queue import MOST_COUNTED, ROWS_ON_A_PAGE, Cursor
from portal.reads.personal import hidden
from portal.tables.query import Query, stored_date
from portal.vault import Vault

NO_CAUSE = "none"
"""Where no single thing explains it."""
_ROWS = """
SELECT loan.books_differ_on, loan.id, loan.ref, loan.loan_no, loan.books_cause, borrower.key, borrower.name_sealed
FROM loan
JOIN party ON party.loan_id = loan.id AND party.role = 'borrower'
JOIN borrower ON borrower.id = party.borrower_id
WHERE loan.lender_id = :lender AND loan.books_differ_on IS NOT NULL {of_cause}
    AND loan.books_differ_on >= :after AND (loan.books_differ_on > :after OR loan.id > :id)
ORDER BY loan.books_differ_on, loan.id LIMIT :rows
"""
_ALL = Query(_ROWS.format(of_cause=""))
_OF_CAUSE = Query(_ROWS.format(of_cause="AND loan.books_cause = :cause"))


def _counted(cause: str) -> str:
    rows = f"loan WHERE lender_id = :lender AND books_cause = '{cause}' AND books_differ_on IS NOT NULL"
    name = f"{cause or NO_CAUSE}_counted"
    return f"(SELECT COUNT(*) FROM (SELECT 1 FROM {rows} LIMIT {MOST_COUNTED + 1}) AS {name})"


_STORED = {**{cause.value: cause.value for cause in Cause}, NO_CAUSE: ""}
CAUSES = tuple(_STORED)
_COUNTS = Query(f"SELECT {', '.join(_counted(each) for each in _STORED.values())}")


@dataclass(frozen=True, slots=True)
class DifferingLoan:
    """A loan whose books differ by more than is tolerated since the statement of a day; the name is masked.

    `cause` is empty where no single thing explains it, and None until the worker has looked.
    """

    since: date
    id: int
    ref: str
    loan_no: str
    cause: str | None
    name: str


async def loans_that_differ(
    lender_id: int, cause: str, after: Cursor | None, vault: Vault
) -> tuple[list[DifferingLoan], Cursor | None]:
    """A page of them, the oldest difference first, and where the next one begins; with no cause of all."""
    place = after or Cursor(date.min, 0)
    asked = {"lender": lender_id, "after": place.key, "id": place.id, "rows": ROWS_ON_A_PAGE + 1}
    rows = await (_OF_CAUSE.read(**asked, cause=_STORED[cause]) if cause else _ALL.read(**asked))
    found = [
        DifferingLoan(
            *(stored_date(day), id_, ref, loan_no, why),
            name=hidden(vault.unseal_if_kept(bytes(key), bytes(name)) or ""),
        )
        for day, id_, ref, loan_no, why, key, name in rows[:ROWS_ON_A_PAGE]
    ]
    return found, Cursor(found[-1].since, found[-1].id) if len(rows) > ROWS_ON_A_PAGE else None


async def cause_counts(lender_id: int) -> dict[str, int]:
    """By cause, how many differ for it, up to one more than `MOST_COUNTED`; where there are any."""
    (row,) = await _COUNTS.read(lender=lender_id)
    return {cause: count for cause, count in zip(CAUSES, row, strict=True) if count}
