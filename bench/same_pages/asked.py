"""Pages that no link leads to: previews, questions and mistakes typed into an address. Each in both languages."""

from urllib.parse import urlencode

Asked = tuple[str, str, dict[str, str]]
TERMS = {"how": "count", "installments": "6", "every": "1m", "first_due": "2026-07-01"}
HTMX = {"hx-request": "true"}


def _plan(number: str, **terms: str) -> str:
    return f"/loans/{{loan {number}}}/plan?{urlencode({**TERMS, **terms})}"


def _counter(number: str, **terms: str) -> str:
    return f"/desk/proposals/{{proposal {number}}}/counter?{urlencode(terms)}"


_PLANS: tuple[dict[str, str], ...] = (
    {"installments": "3"},
    {"installments": "12", "first_due": "2026-07-10"},
    {"installments": "36"},
    {"installments": "60"},
    {"installments": "abc", "first_due": "yesterday"},
    {"installments": "61", "first_due": "2026-06-01"},
    {"every": "2w"},
    {"every": "1w", "how": "amount", "amount": "150", "installments": ""},
    {"how": "amount", "amount": "500", "installments": ""},
    {"how": "amount", "amount": "1e9", "installments": ""},
    {"down_payment": "413.12"},
    {"down_payment": "3413.12"},
    {"waiver_penalty": "56.32"},
    {"waiver_penalty": "56.33", "waiver_interest": "20"},
    {"kind": "settlement", "settle": "2000", "first_due": "2026-07-01"},
    {"kind": "settlement", "settle": "3300.00", "first_due": "2026-06-20"},
    {"kind": "pause", "first_due": "2026-07-14"},
    {"kind": "nothing", "every": "3d"},
)
_LOAN, _PAY = "/loans/{loan 1}", "/loans/{loan 1}/pay"

BORROWERS: tuple[Asked, ...] = (
    *(("B-1", _plan("1", **terms), {}) for terms in _PLANS),
    *(("B-1", _plan("1", **terms), HTMX) for terms in _PLANS[:4]),
    *(("B-2", _plan("YH-88-2201", **terms), {}) for terms in _PLANS[:4]),
    ("B-9", _plan("9", installments="10"), {}),
    ("B-14", "/loans/{loan 16}/plan?kind=pause", {}),
    *(("B-1", f"{_PAY}?{query}", {}) for query in ("what=overdue", "what=all", "what=amount&amount=500")),
    *(
        ("B-1", f"{_PAY}?what=amount&{query}", {})
        for query in ("amount=1138.52&installment=4", "amount=x", "amount=1e5")
    ),
    ("B-1", f"{_PAY}?what=amount&amount=500", HTMX),
    ("B-14", "/loans/{loan 16}/pay?what=amount&amount=700", {}),
    *(("B-1", f"{_LOAN}/day?on={day}", {}) for day in ("2026-03-20", "2026-05-15", "2026-07-31", "2027-01-01", "no")),
    *(("B-1", f"{_LOAN}/why?on={day}", {}) for day in ("2026-05-01", "2026-06-13&known=then", "2030-01-01")),
    ("B-2", "/loans/{loan YH-88-2201}/day?on=2026-05-01", {}),
    ("B-2", "/loans/{loan YH-88-2201}/why?on=2026-05-01", {}),
    ("B-5", "/together/jq?amount=1500&every=1m&first_due=2026-07-01", {}),
    ("B-5", "/together/jq?amount=1500&every=1m&first_due=2026-07-01", HTMX),
    ("B-5", "/together/jq?amount=300&every=2w&first_due=2026-07-01&spread=smallest-first", {}),
    ("B-5", "/together/jq?amount=x&every=1m&first_due=2026-06-01", {}),
    ("B-5", "/together/yh", {}),
    ("B-1", "/loans/{loan 3}", {}),
    ("B-1", "/loans/{loan 3}/why", {}),
    ("B-1", "/proposals/{proposal 6}", {}),
    ("B-10", "/proposals/{proposal 10}/sign", {}),
    ("B-14", "/proposals/{proposal 16}/letter", {}),
    ("nobody", "/loans/{loan 1}?x=1", {}),
    ("nobody", "/healthz", {}),
    ("nobody", "/readyz", {}),
    ("nobody", "/help/nothing", {}),
)
DESK: tuple[Asked, ...] = (
    *(("rui", f"/desk/loans?q={query}", {}) for query in ("2026-0001", "JQ", "B-5", "%E7%8E%8B", "nothing", "")),
    *(("rui", f"/desk?page={number}", {}) for number in ("1", "2", "x")),
    *(("rui", _counter("6", installments=number), {}) for number in ("8", "36", "x")),
    ("rui", _counter("6", installments="8", waiver_penalty="20", show="1"), {}),
    ("rui", _counter("6", how="amount", amount="420.74", installments=""), HTMX),
    ("rui", _counter("10"), {}),
    ("rui", "/desk/imports", {}),
    ("rui", "/desk/staff", {}),
    ("an", "/desk/loans/{loan 1}", {}),
    ("an", "/desk/proposals/{proposal 6}", {}),
    ("mei", "/desk/openings?before=x", {}),
)
ASKED = BORROWERS + DESK

_CSV = {"accept": "text/csv"}
API: tuple[tuple[str, dict[str, str]], ...] = (
    ("/api/v1/openapi.json", {}),
    ("/api/v1/events", {}),
    ("/api/v1/events?after=0&limit=1000", {}),
    ("/api/v1/events?after=0&limit=1000", _CSV),
    ("/api/v1/events?after=40&limit=7", {}),
    ("/api/v1/events?after=-1", {}),
    ("/api/v1/events?other=1", {}),
    ("/api/v1/jobs/nothing", {}),
    ("/api/v1/nothing", {}),
)
