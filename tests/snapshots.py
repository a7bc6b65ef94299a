"""What a later row of 小明's loan says otherwise, and what must come of it by every door: `ledger.md` 7, row by row."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from portal.demo import JQ, portfolio

XIAOMINGS = "JQ-2026-0001"
Row = dict[str, Any]
FEE = {"id": "C-1", "on": "2026-04-01", "due_on": "2026-04-01", "kind": "fees", "amount": "60.00"}
WAIVED = {"id": "W-1", "on": "2026-06-10", "penalty": "10.00", "reason": "goodwill"}
LATE = "2026-06-15"


def row(**changed: Any) -> Row:
    """The row of the demo, with these of its keys otherwise."""
    lines = (json.loads(line) for line in portfolio(JQ).splitlines())
    found: Row = next(each for each in lines if each["loan_no"] == XIAOMINGS)
    return {**found, **changed}


def paid(*more: Row, but: tuple[str, ...] = (), **otherwise: Row) -> Row:
    """The row with other payments: without those of an id, with others told otherwise, and with more."""
    kept = [each for each in row()["payments"] if each["id"] not in but]
    return row(payments=[*({**each, **otherwise.get(each["id"].replace("-", ""), {})} for each in kept), *more])


def terms(**changed: Any) -> Row:
    return row(terms={**row()["terms"], **changed})


@dataclass(frozen=True)
class Refused:
    """A row that is refused at a field, in words that have these; `before` is the row that was told before it."""

    told: Row
    field: str
    words: tuple[str, ...]
    before: Row | None = None


@dataclass(frozen=True)
class Taken:
    """A row that is taken: fields, old and new as they are answered, and the events beside `loan.changed`."""

    told: Row
    old: Row
    new: Row
    events: tuple[str, ...] = ()
    before: Row | None = None


def back(name: str, amount: str | None = None, day: str = "2026-06-10", of: str = "P-2") -> Row:
    return {"id": name, "received_on": day, "reverses": of, **({"amount": amount} if amount else {})}


REFUSED = {
    "another currency": Refused(row(currency="USD"), "currency", ("CNY", "USD")),
    "another borrower": Refused(row(borrower={"external_id": "B-9"}), "borrower.external_id", ("B-1", "B-9")),
    "another day of payout": Refused(row(disbursed_on="2025-12-16"), "disbursed_on", ("2025-12-15", "2025-12-16")),
    "another principal": Refused(
        row(principal="9999.00", schedule=None), "principal", ("12000.00 on record", "says 9999.00")
    ),
    "half its payments lost": Refused(paid(but=("P-2",)), "payments", ("P-2 of 1100.16", "2026-02-15")),
    "all its payments lost": Refused(row(payments=[]), "payments", ("P-1 of 1100.16",)),
    "a credit lost": Refused(row(), "credits", ("W-1 of 10.00", "2026-06-10"), before=row(credits=[WAIVED])),
    "a payment of a day to come": Refused(
        paid({"id": "P-3", "received_on": LATE, "amount": "1.00"}), "payments.2.received_on", (LATE, "2026-06-14")
    ),
    "a charge of a day to come": Refused(row(charges=[{**FEE, "on": LATE, "due_on": LATE}]), "charges.0.on", (LATE,)),
    "a credit of a day to come": Refused(row(credits=[{**WAIVED, "on": LATE}]), "credits.0.on", (LATE,)),
    "a statement of a day to come": Refused(row(statement={"as_of": LATE}), "statement.as_of", (LATE,)),
    "a closing of a day to come": Refused(row(closed={"on": LATE, "reason": "sold"}), "closed.on", (LATE,)),
    "a write-off of a day to come": Refused(row(written_off_on=LATE), "written_off_on", (LATE,)),
    "a payment of nothing": Refused(
        paid({"id": "P-3", "received_on": "2026-06-10", "amount": "0.00"}), "payments.2.amount", ("more than zero",)
    ),
    "a payment below nothing": Refused(
        paid({"id": "P-3", "received_on": "2026-06-10", "amount": "-1.00"}), "payments.2.amount", ("-1.00",)
    ),
    "more is allocated than was paid": Refused(
        paid({"id": "P-3", "received_on": "2026-06-10", "amount": "9.00", "allocated": {"interest": "9.01"}}),
        "payments.2.allocated",
        ("9.01", "9.00"),
    ),
    "an id with a blank at its end": Refused(
        paid({"id": "P-3 ", "received_on": "2026-06-10", "amount": "9.00"}), "payments.2.id", ("'P-3 '",)
    ),
    "an id that is not composed": Refused(
        paid({"id": "e\u0301", "received_on": "2026-06-10", "amount": "9.00"}), "payments.2.id", ("NFC",)
    ),
    "a refund above the credit": Refused(
        paid({"id": "B-1", "received_on": "2026-06-10", "amount": "9.00", "refunds": True}),
        "payments.2.amount",
        ("9.00",),
    ),
    "a payment taken back twice": Refused(paid(back("R-1"), back("R-2")), "payments.3.reverses", ("P-2",)),
    "more taken back than came": Refused(paid(back("R-1", "1100.17")), "payments.2.amount", ("1100.16", "1100.17")),
    "a payment corrected below what was taken back": Refused(
        paid(back("R-1", "500.00"), P2={"amount": "499.99"}), "payments.2.amount", ("499.99", "500.00"),
        before=paid(back("R-1", "500.00")),
    ),
    "a payment that becomes a refund": Refused(
        paid(P2={"refunds": True}), "payments", ("P-2", "a payment, not a refund")
    ),
}  # fmt: skip
FIRST, SECOND = ({"id": f"P-{n}", "received_on": f"2026-0{n}-15", "amount": "1100.16"} for n in (1, 2))
TAKEN = {
    "another rate": Taken(
        terms(annual_rate="0.12"), {"terms.annual_rate": "0.18"}, {"terms.annual_rate": "0.12"}
    ),
    "another penalty clause and product": Taken(
        {**terms(surplus="prepay"), "product": "Cash"},
        {"product": row()["product"], "terms.surplus": "credit"},
        {"product": "Cash", "terms.surplus": "prepay"},
    ),
    "a charge": Taken(row(charges=[FEE]), {"charges": []}, {"charges": [FEE]}),
    "a charge told otherwise": Taken(
        row(charges=[{**FEE, "amount": "20.00"}]),
        {"charges": [FEE]},
        {"charges": [{**FEE, "amount": "20.00"}]},
        ("charge.corrected",),
        before=row(charges=[FEE]),
    ),
    "a charge that is gone": Taken(
        row(), {"charges": [FEE]}, {"charges": []}, ("charge.withdrawn",), before=row(charges=[FEE])
    ),
    "a payment of another amount": Taken(
        paid(P2={"amount": "1000.16"}),
        {"payments": [SECOND]},
        {"payments": [{**SECOND, "amount": "1000.16"}]},
        ("payment.corrected", "statement.differs"),
    ),
    "a payment of another day": Taken(
        paid(P2={"received_on": "2026-02-20"}),
        {"payments": [SECOND]},
        {"payments": [{**SECOND, "received_on": "2026-02-20"}]},
        ("payment.corrected",),
    ),
    "a payment that is gone where the row is complete": Taken(
        {**paid(but=("P-2",)), "complete": True},
        {"payments": [SECOND]},
        {"payments": []},
        ("payment.withdrawn", "statement.differs"),
    ),
    "a credit that is gone where the row is complete": Taken(
        row(complete=True),
        {"credits": [{"id": "W-1", "on": "2026-06-10", "costs": "0.00", "fees": "0.00", "penalty": "10.00",
                      "interest": "0.00", "principal": "0.00", "total": "10.00"}]},
        {"credits": []},
        ("credit.withdrawn", "statement.agrees"),
        before=row(credits=[WAIVED]),
    ),
    "a reversal before its payment": Taken(
        row(payments=[back("R-1", of="P-9"), {**SECOND, "id": "P-9"}, *row()["payments"]]),
        {"payments": []},
        {"payments": [back("R-1", of="P-9"), {**SECOND, "id": "P-9"}]},
    ),
    "a loan that was closed is asked for again": Taken(
        row(), {"closed": {"on": "2026-06-13", "reason": "sold"}}, {"closed": None},
        before=row(closed={"on": "2026-06-13", "reason": "sold"}),
    ),
}  # fmt: skip


def numbered(cases: Iterable[Refused | Taken]) -> tuple[list[Row], list[Row]]:
    """A loan for each case: the rows that were told before, and those that are told now."""
    befores, nows = [], []
    for number, case in enumerate(cases):
        befores.append({**(case.before or row()), "loan_no": f"S-{number}"})
        nows.append({**case.told, "loan_no": f"S-{number}"})
    return befores, nows


def named(case: Refused, bad: list[Row]) -> bool:
    """Whether the problems of its row are at its field alone, and name what they have to."""
    text = " ".join(each["problem"] for each in bad)
    return {each["field"] for each in bad} == {case.field} and all(word in text for word in case.words)


def told(case: Taken, change: Row) -> bool:
    """Whether what is answered of its row, or told in its event, has old and new."""
    sides = (("old", case.old), ("new", case.new))
    return all(change[side][name] == each for side, wanted in sides for name, each in wanted.items())
