"""A fixed series of changes by both sides and the lender's system, also wrong, stale and repeated ones.

`on` are the addresses opened before: `{loan 1}` stands for a ref, `>/proposals/` for the page's first link with that
in it. `to` is how the address of the form ends; what is `typed` goes over what the form holds. Time stands still but
for a while before each form is sent: long enough to have read it, and short enough that nobody is locked out.
"""

import json
from dataclasses import dataclass, field
from typing import Any

JSON, LINES = "application/json", "application/x-ndjson"


@dataclass(frozen=True)
class Act:
    """`times` sends the same form again; `at` sends it to another address; `file` is chosen where it asks for one."""

    who: str
    on: tuple[str, ...]
    to: str
    typed: dict[str, str] = field(default_factory=dict)
    times: int = 1
    at: str = ""
    file: str = ""


@dataclass(frozen=True)
class Call:
    """Of the lender's system; one that waits for a `job` has the worker beside it."""

    path: str
    said: Any
    key: str = ""
    job: bool = False

    @property
    def headers(self) -> dict[str, str]:
        kind = LINES if isinstance(self.said, str) else JSON
        return {"content-type": kind, **({"idempotency-key": self.key} if self.key else {})}

    def body(self) -> bytes:
        return self.said.encode() if isinstance(self.said, str) else json.dumps(self.said).encode()


@dataclass(frozen=True)
class Work:
    """The worker, once, at this time."""

    at: str


_PAID = {"loan_no": "JQ-2026-0001", "id": "P-9", "received_on": "2026-06-12", "amount": "500.00"}
_LINE = {
    "loan_no": "N-1",
    "product": "现金分期",
    "lender_kind": "consumer-finance",
    "currency": "CNY",
    "borrower": {"external_id": "B-90", "name": "钱多", "phone": "+8613900000090", "id_last4": "9090"},
    "signed_on": "2025-12-10",
    "disbursed_on": "2025-12-15",
    "principal": "12000.00",
    "terms": {
        **{"annual_rate": "0.18", "method": "level", "installments": 12, "every": "1m", "first_due": "2026-01-15"},
        **{"day_count": "30/360", "rounding": "half-up", "penalty": {"kind": "none"}},
    },
}
_NEW, _WRONG = (
    json.dumps(line, ensure_ascii=False) + "\n" for line in (_LINE, {**_LINE, "loan_no": "N-2", "principal": "12e3"})
)
_ANSWERS = {"q_missed": "catch_up", "q_late": "next_day", "q_difficult": "tell"}
_NUMBER = {"phone": "13900000003", "checked": "id_document", "move": "propose"}
_SIGNED = {"limitation": "1", "confirmed": "1", **_ANSWERS}
_TWENTY_FOUR = "/loans/{loan YH-88-2201}/plan?how=count&installments=24&every=1m&first_due=2026-07-10"
_TWELVE = "/loans/{loan 1}/plan?how=count&installments=12&every=1m&first_due=2026-07-10"


def _proves(who: str, on: str) -> tuple[Act, ...]:
    """Goes to a page that asks again who it is, and has a code sent."""
    return (
        Act(who, (on,), "/prove", {"by": "send"}),
        Act(who, (), "/prove", {"by": "code", "code": "000000"}),
        Act(who, (), "/prove", {"by": "code", "code": "271828"}),
    )


def _signs(who: str, on: str, times: int = 2) -> tuple[Act, ...]:
    return (
        *_proves(who, on),
        Act(who, (), "/sign", {"confirmed": "1", "q_late": "week"}),
        Act(who, (), "/sign", _SIGNED, times=times),
    )


PLAN = (
    Act("B-1 zh", ("/loans/{loan 1}/plan",), "/plan", {"installments": "x", "note": "请看"}),
    Act("B-1 zh", (_TWELVE,), "/plan", {"seen": "0", "note": "旧的"}),
    Act("B-1 zh", (_TWELVE,), "/plan", {"note": "每月十号"}, at="/draft"),
    Act("B-1 zh", (_TWELVE,), "/plan", {"csrf": "x.y"}),
    Act("B-1 en", ("/loans/{loan 1}/plan/afford",), "/afford", {"income": "a lot", "food": "1500"}),
    Act("B-1 en", ("/loans/{loan 1}/plan/afford",), "/afford", {"income": "7100.16", "home": "2500", "food": "1500"}),
    Act("B-1 zh", (_TWELVE,), "/plan", {"note": "收入降了"}, times=2),
    Act("rui en", ("/desk/loans/{loan 1}", ">/desk/proposals/"), "/take_up"),
    Act("rui en", (), "/ask", {"note": "  "}),
    Act("rui en", (">/counter",), "/counter", {"installments": "6", "waiver_penalty": "20", "show": "1"}),
    Act("rui en", (), "/counter", {"note": "六期可以"}),
    Act("B-1 zh", ("/loans/{loan 1}", ">/proposals/"), "/accept", {"seen": "1"}),
    Act("B-1 zh", ("/loans/{loan 1}", ">/proposals/"), "/accept", times=2),
    *_signs("B-1 zh", ">/sign", times=1),
)
CORE = (
    Call("/api/v1/agreements/{at B-1 zh}/booking", {"outcome": "booked"}),
    *[Call("/api/v1/agreements/{at B-1 zh}/booking", {"outcome": "booked", "core_id": "K-1"})] * 2,
    Call("/api/v1/agreements/{at B-1 zh}/booking", {"outcome": "refused", "reason": "loan_closed"}),
    Call("/api/v1/agreements/nothing/booking", {"outcome": "booked", "core_id": "K-1"}),
    Call("/api/v1/payments", [_PAID], key="paid", job=True),
    Call("/api/v1/payments", [_PAID], key="paid"),
    Call("/api/v1/payments", [{**_PAID, "amount": "501.00"}], key="paid"),
    Call("/api/v1/payments", [{**_PAID, "id": "P-10", "amount": "5e2"}, {**_PAID, "loan_no": "?"}], job=True),
    *[Call("/api/v1/holds/{hold 6}", {"outcome": "acknowledged"})] * 2,
    Call("/api/v1/holds/{hold 6}", {"outcome": "ended"}),
    Call("/api/v1/holds/{hold 7}", {"outcome": "ended", "reason": "agreed_otherwise"}),
    Call("/api/v1/portfolio?skip_bad=true", _NEW + _WRONG, job=True),
    Call("/api/v1/portfolio", _WRONG, job=True),
    Call("/api/v1/portfolio?dry_run=maybe", _NEW),
    Call("/api/v1/invitations", {"loans": [{"loan_no": "N-1"}]}, key="asked", job=True),
    Call("/api/v1/invitations", {"loans": [{"loan_no": "N-1"}, {"loan_no": "?"}]}, job=True),
)
NEGOTIATIONS = (
    Act("B-6 en", ("/proposals/{proposal 6}",), "/withdraw", {"seen": "1"}),
    Act("rui zh", ("/desk/proposals/{proposal 6}",), "/accept", times=2),
    *_signs("B-6 en", "/proposals/{proposal 6}/sign"),
    Act("lan zh", ("/desk/proposals/{proposal 6}",), "/book", {"core_id": ""}),
    Act("lan zh", ("/desk/proposals/{proposal 6}",), "/book", {"core_id": "K-6"}, times=2),
    Act("rui en", ("/desk/proposals/{proposal 7}",), "/ask", {"note": "您每月几号发工资？"}),
    Act("B-7 zh", ("/proposals/{proposal 7}",), "/answer", {"note": ""}),
    Act("B-7 zh", ("/proposals/{proposal 7}",), "/answer", {"note": "每月十号"}),
    Act("rui en", ("/desk/proposals/{proposal 7}",), "/decline", {"note": "再谈谈"}),
    Act("rui en", ("/desk/proposals/{proposal 7}",), "/decline", {"reason": "too_long", "note": "再谈谈"}),
    Act("B-8 en", ("/proposals/{proposal 8}",), "/answer", {"note": "On the tenth."}),
    Act("rui zh", ("/desk/proposals/{proposal 8}/counter",), "/counter", {"waiver_interest": "200.01", "show": "1"}),
    Act("rui zh", (), "/counter", {"note": "利息可减"}),
    Act("lan en", ("/desk/proposals/{proposal 8}",), "/approve"),
    Act("B-8 en", ("/proposals/{proposal 8}",), "/accept"),
    Act("B-9 zh", ("/proposals/{proposal 9}",), "/accept"),
    *_signs("B-9 zh", "/proposals/{proposal 9}/sign"),
    Act("lan en", ("/desk/proposals/{proposal 9}",), "/refuse_booking", {"reason": "loan_closed"}),
    *_signs("B-10 en", "/proposals/{proposal 10}/sign"),
    Act("B-3 en", ("/loans/{loan 3}",), "/hold"),
    Act("rui zh", ("/desk/loans/{loan 3}",), "/hold/acknowledge"),
    Act("rui zh", ("/desk/loans/{loan 3}",), "/hold/end", {"reason": "agreed_otherwise"}),
    Act("B-5 zh", ("/together/jq?amount=1500&every=1m&first_due=2026-07-01",), "/together/jq", {"seen": "forged 1"}),
    Act("B-5 zh", ("/together/jq?amount=1500&every=1m&first_due=2026-07-01",), "/together/jq", {"note": "一起"}),
    Act("B-5 en", ("/loans/{loan YH-88-2305}/plan?kind=pause",), "/plan", {"reason": "illness"}),
    Act("B-2 en", (_TWENTY_FOUR,), "/plan", {"note": "I was ill."}),
    Act("an zh", ("/desk/loans/{loan YH-88-2201}", ">/desk/proposals/"), "/take_up"),
    Act("an zh", (), "/accept"),
)
CLAIMS = (
    Act("rui en", ("/desk/payments/{report 11}",), "/not_found"),
    Act("B-11 zh", ("/loans/{loan 11}/pay",), "/pay", {"paid": "x", "paid_on": "2027-01-01"}),
    Act("B-11 zh", ("/loans/{loan 11}/pay",), "/pay", {"paid": "500", "paid_on": "2026-06-12", "reference": "T-77"}),
    Act("rui zh", ("/desk/payments", ">/desk/payments/"), "/found", {"payment": "P-3"}),
    Act("B-12 en", ("/loans/{loan 12}/pay",), "/pay", {"paid": "50", "paid_on": "2026-06-13", "reference": "T-78"}),
    Act("B-12 en", ("/loans/{loan 12}/pay",), "/withdraw", times=2),
    Act("B-12 zh", ("/loans/{loan 12}/problem",), "/problem", {"kind": "still_calling", "when": "昨晚", "who": "律师"}),
    Act("B-4 en", ("/loans/{loan 4}/problem",), "/problem", {"kind": "amount_wrong", "component": "penalty"}),
    Act("rui en", ("/desk/problems", ">/desk/problems/"), "/extend", {"note": "还要查一笔还款"}),
    Act("rui en", ("/desk/problems/{problem 13}",), "/answer", {"note": "在查"}),
    Act("B-13 zh", ("/problems/{problem 13}",), "/write", {"note": "谢谢"}),
    Act("rui en", ("/desk/problems/{problem 13}",), "/decide", {"outcome": "rejected", "note": "与合同一致"}),
    Act("rui en", ("/desk/problems/{problem 13}",), "/decide", {"outcome": "upheld", "note": "已改正"}),
)
ACCOUNTS = (
    Act("B-4 zh", ("/account",), "/account/display", {"size": "largest", "shield": "1"}),
    *_proves("B-4 zh", "/account/password"),
    Act("B-4 zh", (), "/account/password", {"password": "12345678"}),
    Act("B-4 zh", (), "/account/password", {"password": "quiet evening by the sea"}),
    Act("B-4 zh", ("/account",), "/account/reached", {"channel": "letter", "hours": "18-22"}),
    Act("B-4 zh", ("/account/close",), "/account/close"),
    Act("nobody zh", ("/sign-in",), "/sign-in", {"phone": "1", "password": "2"}),
    Act("nobody en", ("/sign-in/code",), "/sign-in/code", {"phone": "13800000015", "digits": "151X"}),
    Act("nobody en", (), "/enter", {"code": "271828"}),
    Act("B-15 zh", ("/account/consent/jq",), "/account/consent/jq"),
    Act("rui en", ("/desk/loans/{loan 1}",), "/open", {"reason": "speak"}),
    Act("rui en", ("/desk/account/password",), "/password", {"present": "guess", "password": "a lamp by the window"}),
    Act("lan en", ("/desk/loans/{loan 3}/number",), "/number", _NUMBER),
    Act("mei en", ("/desk/loans/{loan 3}/number",), "/number", {"move": "approve", "checked": "callback"}),
    Act("mei zh", ("/desk/imports",), "/desk/imports", {"what": "payments"}, file=json.dumps(_PAID) + "\n"),
    Work(""),
    Act("mei zh", ("/desk/staff", "/desk/imports", ">/desk/imports/"), "/desk/sign-out"),
    Act("mei en", ("/desk/staff", ">/role"), "/role", {"role": "approver"}),
    Act("an en", ("/desk/account",), "/desk/sign-out"),
)
ACTS: tuple[Act | Call | Work, ...] = (*PLAN, *CORE, *NEGOTIATIONS, *CLAIMS, *ACCOUNTS, Work(""))
