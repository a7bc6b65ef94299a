"""The cast: named people and their loans at two lenders, for the demo, the tests, the documents and the screenshots."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from portal.domain.contract.schedule import generate
from portal.domain.contract.schedule_values import ScheduleRow
from portal.domain.money import format_amount

TODAY = date(2026, 6, 14)
TIMEZONE = "Asia/Shanghai"
JQ_NAME = "佳泉消费金融"
JQ, YH = "jq", "yh"
AGENCY = "信达资产催收服务"
"""Who calls for the first of the two lenders."""


@dataclass(frozen=True, slots=True)
class Someone:
    """One of the cast: how they get in, and what they are there to show."""

    external_id: str
    name: str
    phone: str
    id_last4: str
    shows: str

    @property
    def known(self) -> dict[str, str]:
        """What a lender's file says of them."""
        return {name: text for name, text in asdict(self).items() if name != "shows"}


XIAOMING = Someone("B-1", "王小明", "+8613800000001", "123X", "the case: three installments overdue, 3,413.12")
LI_JING = Someone("B-2", "李静", "+8613800000002", "2027", "a card whose penalty of 27 % is held to 24 %")
ZHAO_QIANG = Someone("B-3", "赵强", "+8613800000003", "3035", "a loan in its days of grace")
CHEN_FANG = Someone("B-4", "陈芳", "+8613800000004", "4042", "a loan paid up")
LIU_YANG = Someone("B-5", "刘洋", "+8613800000005", "5059", "three loans at two lenders, two to join in one")
ZHOU_MIN = Someone("B-6", "周敏", "+8613800000006", "6066", "a proposal just sent")
WU_LEI = Someone("B-7", "吴磊", "+8613800000007", "7073", "a proposal under review")
ZHENG_LI = Someone("B-8", "郑丽", "+8613800000008", "8080", "a question from the lender")
SUN_HAO = Someone("B-9", "孙浩", "+8613800000009", "9097", "a counter-offer to answer")
ZHU_LIN = Someone("B-10", "朱琳", "+8613800000010", "1004", "an accepted plan to confirm")
MA_CHAO = Someone("B-11", "马超", "+8613800000011", "1101", "an agreed plan, a payment he told of")
HU_XUE = Someone("B-12", "胡雪", "+8613800000012", "1208", "a declined proposal, an answered problem")
LIN_FENG = Someone("B-13", "林峰", "+8613800000013", "1315", "a proposal taken back, a disputed penalty")
GUO_TAO = Someone("B-14", "郭涛", "+8613800000014", "1412", "a plan that runs, its first sum paid")
HE_JING = Someone("B-15", "何静", "+8613800000015", "151X", "a pause until July")
GAO_MIN = Someone("B-16", "高敏", "+8613800000016", "1619", "nothing overdue, and 550.08 due tomorrow")

CASH, CARD = "现金分期 12 期", "信用卡账单分期"

DEMO_POLICY = (Path(__file__).resolve().parent / "rules" / "demo-policy.toml").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class DemoContract:
    """One loan of the cast; `paid` is how many installments were paid on time. Amounts are decimal strings."""

    loan_no: str
    who: Someone
    principal: str
    annual_rate: str
    first_due: date
    installments: int = 12
    paid: int = 0
    product: str = CASH
    penalty_multiple: str = "1.3"
    grace_days: int = 0
    statement: dict[str, str] | None = None


CASE = DemoContract(
    "JQ-2026-0001",
    XIAOMING,
    "12000.00",
    "0.18",
    date(2026, 1, 15),
    paid=2,
    statement={
        "as_of": "2026-06-14",
        "principal": "2886.78",
        "interest": "413.70",
        "penalty": "112.64",
        "fees": "0.00",
        "costs": "0.00",
    },
)


def _waiting(number: int, who: Someone, principal: str) -> DemoContract:
    return DemoContract(f"JQ-2026-{number:04}", who, principal, "0.18", date(2026, 1, 10), paid=3)


def _card(loan_no: str, who: Someone, principal: str, annual_rate: str, first_due: date, paid: int) -> DemoContract:
    return DemoContract(
        loan_no, who, principal, annual_rate, first_due, paid=paid, product=CARD, penalty_multiple="1.5"
    )


PORTFOLIOS: dict[str, tuple[DemoContract, ...]] = {
    JQ: (
        CASE,
        DemoContract("JQ-2026-0003", ZHAO_QIANG, "6000.00", "0.15", date(2026, 2, 12), paid=4, grace_days=5),
        DemoContract(
            "JQ-2026-0004", CHEN_FANG, "3000.00", "0.12", date(2025, 7, 5), 10, paid=10, product="现金分期 10 期"
        ),
        DemoContract("JQ-2026-0005", LIU_YANG, "8000.00", "0.18", date(2026, 2, 1), paid=3),
        DemoContract("JQ-2026-0015", LIU_YANG, "5000.00", "0.16", date(2026, 3, 20), paid=2),
        _waiting(6, ZHOU_MIN, "9000.00"),
        _waiting(7, WU_LEI, "7000.00"),
        _waiting(8, ZHENG_LI, "10000.00"),
        _waiting(9, SUN_HAO, "15000.00"),
        _waiting(10, ZHU_LIN, "6000.00"),
        _waiting(11, MA_CHAO, "8000.00"),
        _waiting(12, HU_XUE, "20000.00"),
        _waiting(13, LIN_FENG, "5000.00"),
        _waiting(16, GUO_TAO, "8000.00"),
        _waiting(17, HE_JING, "7000.00"),
        DemoContract("JQ-2026-0018", GAO_MIN, "6000.00", "0.18", date(2026, 1, 15), paid=5),
    ),
    YH: (
        _card("YH-88-2201", LI_JING, "4800.00", "0.18", date(2025, 12, 25), paid=3),
        _card("YH-88-2305", LIU_YANG, "9600.00", "0.156", date(2026, 2, 8), paid=3),
    ),
}

# The clauses of both lenders' contracts: ref, what it is about, language, title, text.
CLAUSE_TEXTS = (
    ("3.1", "interest", "zh-CN", "利息", "贷款年利率见本合同首页，按月计息，每月按三十天、全年按三百六十天计算。"),
    (
        "3.1",
        "interest",
        "en",
        "Interest",
        "The yearly rate is stated on the first page. Interest is charged by the month, with thirty days to a month "
        "and three hundred and sixty to a year.",
    ),
    ("5.1", "repayment", "zh-CN", "还款", "借款人应于每期还款日前足额还款。每期还款额见还款计划表。"),
    (
        "5.1",
        "repayment",
        "en",
        "Repayment",
        "The borrower pays each installment in full by its due date. The installments are listed in the schedule.",
    ),
    (
        "8.2",
        "penalty",
        "zh-CN",
        "逾期罚息",
        "借款人未按期偿还本金的，自逾期之日起，就逾期本金按约定罚息利率按日计收罚息，直至清偿之日；"
        "罚息不计入本金，不计复利。",
    ),
    (
        "8.2",
        "penalty",
        "en",
        "Penalty for late payment",
        "Where principal is not paid when due, a daily penalty at the agreed penalty rate is charged on the overdue "
        "principal from the day after the due date until it is paid. Penalty is not added to principal and bears no "
        "interest.",
    ),
    (
        "8.4",
        "allocation",
        "zh-CN",
        "还款顺序",
        "还款依次用于支付实现债权的费用、各项费用、罚息、利息、本金；多期逾期的，先还最早到期的一期。",
    ),
    (
        "8.4",
        "allocation",
        "en",
        "Order of payments",
        "A payment goes to costs, fees, penalty, interest and principal, in that order; where several installments "
        "are overdue, to the oldest first.",
    ),
)
CLAUSES = tuple(dict(zip(("ref", "about", "lang", "title", "text"), texts, strict=True)) for texts in CLAUSE_TEXTS)


def portfolio(slug: str) -> bytes:
    """A lender's part of the cast as a portfolio file."""
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in _lines(PORTFOLIOS[slug]))


def _lines(contracts: Sequence[DemoContract]) -> Iterator[dict[str, Any]]:
    for contract in contracts:
        rows, disbursed_on = _schedule(contract), _month_before(contract.first_due)
        yield {
            "loan_no": contract.loan_no,
            "product": contract.product,
            "lender_kind": "consumer-finance",
            "currency": "CNY",
            "borrower": {**contract.who.known, "locale": "zh-CN"},
            "signed_on": disbursed_on.replace(day=1).isoformat(),
            "disbursed_on": disbursed_on.isoformat(),
            "principal": contract.principal,
            "terms": _terms(contract),
            "schedule": [_stated(row) for row in rows],
            "payments": [_payment(row) for row in rows[: contract.paid]],
            **({"statement": contract.statement} if contract.statement else {}),
        }


def _terms(contract: DemoContract) -> dict[str, Any]:
    return {
        "annual_rate": contract.annual_rate,
        "method": "level",
        "installments": contract.installments,
        "every": "1m",
        "first_due": contract.first_due.isoformat(),
        "day_count": "30/360",
        "penalty": {
            "kind": "daily-simple",
            "rate": {"multiple_of_contract": contract.penalty_multiple},
            "grace_days": contract.grace_days,
            "clause": "8.2",
        },
        "cap": {"rule": "24-percent"},
        "clauses": list(CLAUSES),
    }


def _schedule(contract: DemoContract) -> Sequence[ScheduleRow]:
    return generate(
        int(contract.principal.replace(".", "")),
        Fraction(contract.annual_rate),
        contract.installments,
        contract.first_due,
        disbursed=_month_before(contract.first_due),
    ).rows


def _stated(row: ScheduleRow) -> dict[str, Any]:
    principal, interest = (format_amount(minor, "CNY") for minor in (row.principal, row.interest))
    day = row.due_on.isoformat()
    return {"no": row.no, "due_on": day, "principal": principal, "interest": interest, "fees": "0.00"}


def _payment(row: ScheduleRow) -> dict[str, str]:
    amount = format_amount(row.total, "CNY")
    return {"id": f"P-{row.no}", "received_on": row.due_on.isoformat(), "amount": amount}


def _month_before(day: date) -> date:
    return day.replace(month=day.month - 1) if day.month > 1 else day.replace(year=day.year - 1, month=12)
