"""Whoever telephones is found: by the beginning of a loan's number, by whole name or phone, by its last four digits.

Names and phones are found by keyed hashes alone; the same name is another hash at another lender.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.domain.conduct.names import sought_name
from portal.reads.personal import hidden
from portal.tables.query import Query
from portal.vault import Vault

MOST_FOUND, _LEAST_DIGITS, _LAST = 50, 7, 4
_AFTER_ALL = "\U0010ffff"

_COLUMNS = """
SELECT loan.ref, loan.loan_no, borrower.key, borrower.name_sealed, open_line.proposal_id IS NOT NULL
"""
_BESIDE = """
LEFT JOIN proposal_line AS open_line ON open_line.open_loan = loan.id
"""
_BY_NUMBER = Query(f"""{_COLUMNS}
FROM loan
JOIN party ON party.loan_id = loan.id AND party.role = 'borrower'
JOIN borrower ON borrower.id = party.borrower_id {_BESIDE}
WHERE loan.lender_id = :lender AND loan.loan_no COLLATE "C" >= :begins AND loan.loan_no COLLATE "C" < :ends
ORDER BY loan.loan_no COLLATE "C" LIMIT :most
""")
_OF_BORROWER = f"""{_COLUMNS}
FROM borrower
JOIN party ON party.borrower_id = borrower.id
JOIN loan ON loan.id = party.loan_id {_BESIDE}
WHERE"""
_ENDS = "= :hashed ORDER BY loan.id LIMIT :most"
_BY_NAME = Query(f"{_OF_BORROWER} borrower.lender_id = :lender AND borrower.name_hash {_ENDS}")
_BY_LAST_FOUR = Query(f"{_OF_BORROWER} borrower.lender_id = :lender AND borrower.last4_hash {_ENDS}")
# A sign before the column keeps SQLite from looking through all of the lender's.
_BY_PHONE = Query(f"{_OF_BORROWER} +borrower.lender_id = :lender AND borrower.phone_hash {_ENDS}")


@dataclass(frozen=True, slots=True)
class FoundLoan:
    """`by` is what of it was typed: number, name, phone or last4; `open` where a proposal is on it."""

    ref: str
    loan_no: str
    name: str
    by: str
    open: bool


def name_hash(lender_id: int, name: str, vault: Vault) -> str:
    """Empty for no name."""
    sought = sought_name(name)
    return vault.lookup("name", f"{lender_id}\0{sought}") if sought else ""


def last4_hash(lender_id: int, phone: str, vault: Vault) -> str:
    """Empty for no phone."""
    return vault.lookup("last4", f"{lender_id}\0{phone[-_LAST:]}") if phone else ""


async def find_loans(lender_id: int, typed: str, phone: str, vault: Vault) -> tuple[tuple[FoundLoan, ...], bool]:
    """A lender's loans by what was typed, names masked, and whether there are more than `MOST_FOUND`.

    `phone` is what was typed in international form, where it may be one.
    """
    plain = unicodedata.normalize("NFKC", typed)
    asked: list[tuple[str, Query, dict[str, Any]]] = [
        ("number", _BY_NUMBER, {"begins": begins, "ends": begins + _AFTER_ALL})
        for begins in dict.fromkeys((typed, plain.upper(), plain.lower()))
    ]
    if len(re.sub(r"\D", "", phone)) >= _LEAST_DIGITS:
        asked.append(("phone", _BY_PHONE, {"hashed": vault.lookup("phone", phone)}))
    if re.fullmatch(rf"[0-9]{{{_LAST}}}", plain):
        asked.append(("last4", _BY_LAST_FOUR, {"hashed": last4_hash(lender_id, plain, vault)}))
    if hashed := name_hash(lender_id, typed, vault):
        asked.append(("name", _BY_NAME, {"hashed": hashed}))
    found: dict[str, FoundLoan] = {}
    for by, query, values in asked:
        rows = await query.read(lender=lender_id, most=MOST_FOUND + 1, **values)
        found = {each.ref: each for each in _found(rows, by, vault)} | found
    return tuple(found.values())[:MOST_FOUND], len(found) > MOST_FOUND


def _found(rows: Sequence[Any], by: str, vault: Vault) -> list[FoundLoan]:
    return [
        FoundLoan(ref, loan_no, hidden(vault.unseal_if_kept(bytes(key), bytes(name)) or ""), by, bool(is_open))
        for ref, loan_no, key, name, is_open in rows
    ]
