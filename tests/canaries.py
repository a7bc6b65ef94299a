"""Rows that are refused in a personal field, each with a value that may then be found nowhere."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

NAME, PHONE, LAST_FOUR = "卡纳里·罗拉", "+86139000CANARY", "7C4NA"
WANTED = (NAME, "CANARY", LAST_FOUR, "13977770001", "卡纳里")


@dataclass(frozen=True)
class Refused:
    """A row that cannot be taken; `line` is how it is sent."""

    what: str
    line: str


def _row(**borrower: object) -> dict[str, object]:
    return {
        "loan_no": "N-1",
        "lender_kind": "consumer-finance",
        "currency": "CNY",
        "borrower": {"external_id": "B-90", **borrower},
        "signed_on": "2025-12-10",
        "disbursed_on": "2025-12-15",
        "principal": "12000.00",
        "terms": {
            "annual_rate": "0.18",
            "method": "level",
            "installments": 12,
            "every": "1m",
            "first_due": "2026-01-15",
            "day_count": "30/360",
            "rounding": "half-up",
            "penalty": {"kind": "none"},
        },
    }


def _said(row: object) -> str:
    return json.dumps(row, ensure_ascii=False)


OTHER = {"external_id": "B-91", "name": "孙立"}
REFUSED = [
    Refused("a name too long", _said(_row(name=NAME * 60))),
    Refused("a name that is a list", _said(_row(name=[NAME]))),
    Refused("a name with a NUL", _said(_row(name=NAME)).replace(NAME, NAME + "\\u0000")),
    Refused("a phone with letters", _said(_row(phone=PHONE))),
    Refused("a phone that is a number", _said(_row(phone=13977770001))),
    Refused("too many digits of the ID", _said(_row(id_last4=LAST_FOUR))),
    Refused("digits of the ID that are an object", _said(_row(id_last4={"of": LAST_FOUR}))),
    Refused("a borrower who is a text", _said({**_row(), "borrower": NAME})),
    Refused("a list of borrowers", _said({**_row(), "borrower": [{"name": NAME, "phone": PHONE}]})),
    Refused("a key nobody knows, with a phone", _said(_row(mobile=PHONE))),
    Refused("a key nobody knows beside the borrower", _said({**_row(), "customer_name": NAME})),
    Refused("a co-borrower's phone", _said({**_row(), "co_borrowers": [{**OTHER, "phone": PHONE}]})),
    Refused("a co-borrower's digits", _said({**_row(), "co_borrowers": [{**OTHER, "id_last4": LAST_FOUR}]})),
    Refused("co-borrowers who are a text", _said({**_row(), "co_borrowers": NAME})),
    Refused("a co-borrower who is a text", _said({**_row(), "co_borrowers": [PHONE]})),
    Refused("a line that is a text", _said(f"{NAME} {PHONE}")),
    Refused("a line cut off", _said(_row(name=NAME, phone=PHONE))[:-40]),
    Refused("a line that is no JSON", _said(_row(name=NAME)).replace('"currency"', "currency")),
    Refused(
        "a key that stands twice",
        _said(_row(name=NAME)).replace('"currency"', f'"name": "{NAME}", "name"'),
    ),
]


ROWS = [pytest.param(row, id=row.what) for row in REFUSED]
GOOD = _said({**_row(external_id="B-92", name="孙立"), "loan_no": "N-2"})
"""A row that can be taken: where all of them are refused nothing is written."""


def quoted(*texts: str) -> set[str]:
    """Which of the values stand in what was answered or written."""
    whole = "\n".join(texts).replace("\\\\", "\\")
    return {each for each in WANTED if each in whole or ascii(each)[1:-1] in whole}


def kept(folder: Path) -> set[str]:
    """Which of the values lie open in a file of the folder: the database, what stands beside it, and the spool."""
    files = [each for each in folder.rglob("*") if each.is_file() and ".db" in str(each.relative_to(folder))]
    files += [each for each in folder.glob("spool/*")]
    whole = b"".join(file.read_bytes() for file in files)
    return {each for each in WANTED if each.encode() in whole or ascii(each)[1:-1].encode() in whole}
