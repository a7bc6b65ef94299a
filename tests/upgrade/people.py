"""Who owes the third lender: a loan each, all alike, so that one figure serves for many."""

import json
from datetime import UTC, date, datetime
from typing import Any

from portal.actions.invitations import accept_invitation, invite
from portal.commands.seed import Seeder
from portal.demo import JQ, portfolio
from portal.domain.event import Actor, BusinessTime
from portal.reads.cases import LenderFacts, PersonScope
from portal.reads.invitations import open_invitation
from portal.vault import Vault

XQ, DX = "xq", "dx"
# 9,000.00 at 18 % in twelve installments from 10 January, three of them paid: the demo's JQ-2026-0006.
MODEL = json.loads(portfolio(JQ).splitlines()[5])
MODEL["terms"]["clauses"] = [each for each in MODEL["terms"]["clauses"] if each["about"] == "penalty"]
LOANS = [f"XQ-{number:02}" for number in range(1, 20)]
ERASED = "XQ-20"
LATER = ["XQ-21", "XQ-22"]
"""There since 0012: money told wrong and taken back in part beside a credit, and a loan sold with the plan that ran."""
BOTH = ("XQ-15", "XQ-16")
"""Two loans of one borrower."""
CODED, ENTRY_CODE = "XQ-08", "MAI2026"
"""Of whom no ID digits were told: the lender gave a code to type at the door."""

MORE: dict[str, dict[str, object]] = {
    "XQ-17": {
        "charges": [{"id": "C-1", "on": "2026-05-20", "due_on": "2026-05-20", "kind": "costs", "amount": "35.00"}],
        "co_borrowers": [{"external_id": "B-217", "name": "欧阳和", "phone": "+8613900000217", "id_last4": "717Y"}],
    },
    "XQ-19": {"written_off_on": "2026-06-11"},
    "XQ-21": {
        "payments": [
            *MODEL["payments"],
            {"id": "P-4", "received_on": "2026-06-01", "amount": "400.00"},
            {"id": "P-5", "received_on": "2026-06-11", "reverses": "P-4", "amount": "100.00"},
        ],
        "credits": [{"id": "L-1", "on": "2026-06-11", "penalty": "20.00", "reason": "罚息多收了。"}],
    },
    "XQ-22": {"closed": {"on": "2026-06-11", "reason": "sold"}},
}
TOLD_WRONG = {"payments": [*MODEL["payments"], {"id": "P-4", "received_on": "2026-06-01", "amount": "300.00"}]}
"""Of XQ-21 on 1 June, and told otherwise ten days later."""


def on(month: int, day: int, hour: int = 4) -> BusinessTime:
    return BusinessTime(datetime(2026, month, day, hour, tzinfo=UTC), date(2026, month, day))


def digits(loan_no: str) -> str:
    """What the door asks for."""
    return ENTRY_CODE if loan_no == CODED else f"7{loan_no[-2:]}X"


def row(loan_no: str, **changed: object) -> dict[str, object]:
    who = BOTH[0] if loan_no in BOTH else loan_no
    number = 100 + int(who[-2:])
    borrower = {
        "external_id": f"B-{number}",
        "name": f"欧阳{number}",
        "phone": f"+86139000{number:05}" if who.startswith("XQ") else f"+86137000{number:05}",
        ("entry_code" if who == CODED else "id_last4"): digits(who),
        "locale": "zh-CN",
    }
    return {
        **MODEL,
        "loan_no": loan_no,
        "lender_kind": "microloan",
        "borrower": borrower,
        **MORE.get(loan_no, {}),
        **changed,
    }


def row_by(day: date, loan_no: str) -> dict[str, object]:
    """Its row as it was on that day: only what has happened is told."""
    known, until = dict(row(loan_no)), day.isoformat()
    for name, dated in (("payments", "received_on"), ("charges", "on"), ("credits", "on")):
        facts: Any = known.get(name, [])
        known[name] = [each for each in facts if each[dated] <= until]
    last: Any = {"written_off_on": known.get("written_off_on"), "closed": known.get("closed")}
    gone = [name for name, fact in last.items() if fact and (fact["on"] if name == "closed" else fact) > until]
    return {name: fact for name, fact in known.items() if name not in gone}


def long_ago() -> dict[str, object]:
    """A loan whose every day lies four years back, paid up."""
    text = json.dumps(MODEL, ensure_ascii=False)
    for year in (2025, 2026):
        text = text.replace(f'"{year}-', f'"{year - 4}-')
    old = json.loads(text)
    rows = [
        {"id": f"P-{each['no']}", "received_on": each["due_on"], "amount": f"{_fen(each) / 100:.2f}"}
        for each in old["schedule"]
    ]
    dates = {name: old[name] for name in ("signed_on", "disbursed_on", "terms", "schedule")}
    return row(ERASED, **dates, payments=rows)


def portfolio_of(rows: list[dict[str, object]]) -> bytes:
    return b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in rows)


def _fen(installment: dict[str, str]) -> int:
    return sum(int(installment[name].replace(".", "")) for name in ("principal", "interest", "fees"))


class Comer(Seeder):
    """A borrower of the third lender, on any day; `he` is the colleague who approves what Wen proposes."""

    def __init__(
        self, at: LenderFacts, loan_no: str, wen: Actor, he: Actor, vault: Vault, moment: BusinessTime
    ) -> None:
        super().__init__(at, loan_no, wen, vault, moment)
        self.he = he

    async def enter(self) -> int:
        token = await invite(self.moment, self.lender, self.loan_no, "", self.vault)
        came = await accept_invitation(
            self.moment, await open_invitation(token, self.vault, self.moment.at), None, self.vault
        )
        self.person_id, self.borrower = came.person_id, Actor("borrower", came.ref)
        self.scope = PersonScope(self.person_id, frozenset({self.lender.id}))
        return self.person_id
