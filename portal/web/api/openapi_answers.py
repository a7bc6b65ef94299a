"""What the API answers, as named schemas; what a loan and its ledger have is in the names of `position --json`."""

from portal.domain.json_schema import (
    AMOUNT_TEXT,
    CODED,
    DAY_TEXT,
    OPAQUE,
    RATE_TEXT,
    TEXT,
    TIME_TEXT,
    WHOLE,
    YES_OR_NO,
    Schema,
    defined,
    each_of,
    fields_of,
    list_of,
    mapped,
    maybe,
)
from portal.domain.money import COMPONENTS
from portal.jobs.runner import JOB_KINDS
from portal.web.api.openapi_books import BOOKS
from portal.web.api.openapi_loan import LOAN_ANSWERS, OF_DAY, POSITION_HEAD
from portal.web.api.openapi_problems import COUNT, PROBLEMS

_MANY = ("added", "changed", "unchanged", "stale")
_CHANGES = ("missing", "missing_loans", "changed_fields", "changes")
_BY_COMPONENT = each_of(COMPONENTS, AMOUNT_TEXT)
_ALLOCATED = mapped(AMOUNT_TEXT)

_SENT: dict[str, Schema] = {
    "PortfolioAnswer": fields_of(
        {
            **each_of(("rows", "loans", "bad"), COUNT),
            "imported": YES_OR_NO,
            "bad_rows": list_of(defined("ProblemOfRow")),
            **each_of(_MANY, COUNT),
            "missing": COUNT,
            "missing_loans": {**list_of(TEXT), "description": "of a file that is complete: the first of them"},
            "changed_fields": {**mapped(COUNT), "description": "how many loans say otherwise than before, by field"},
            "changes": {**list_of({"type": "object"}), "description": "the first, with what was told before"},
        },
        *(*_MANY, *_CHANGES),
        description="the counts of what changed, or would change, are there unless the file was refused",
    ),
    "PaymentsAnswer": fields_of(
        {
            **each_of(("payments", "added", "repeated", "bad"), COUNT),
            "bad_rows": list_of(defined("ProblemOfRow")),
            "corrected": COUNT,
            "corrections": {**list_of({"type": "object"}), "description": "the first, with old and new"},
        },
        *("bad", "bad_rows", "corrected", "corrections"),
    ),
    "Invitation": fields_of(
        {
            "index": COUNT,
            "loan_no": TEXT,
            "link": {**TEXT, "description": "a secret of the borrower"},
            "texts": {**mapped(TEXT), "description": "by language, neutral"},
            "sent": {**YES_OR_NO, "description": "the link went to a new number, and is told to nobody"},
            "field": TEXT,
            "problem": {**TEXT, "description": "why there is no link"},
        },
        *("link", "texts", "sent", "field", "problem"),
    ),
    "InvitationsAnswer": fields_of({"invitations": list_of(defined("Invitation")), "expires_at": TIME_TEXT}),
    "Job": fields_of(
        {
            "id": OPAQUE,
            "kind": {"type": "string", "enum": sorted(JOB_KINDS)},
            "state": {"type": "string", "enum": ["waiting", "running", "done", "refused", "failed"]},
            "read": COUNT,
            "total": maybe(WHOLE),
            "landed": COUNT,
            "counts": mapped(COUNT),
            **each_of(("created_at", "started_at", "ended_at"), maybe(TIME_TEXT)),
            "status": {**WHOLE, "description": "what the request would have been answered"},
            "answer": {"type": "object", "description": "and with which body; both are there once it is over"},
        },
        "status",
        "answer",
        description="how far something long is, and what came of it",
    ),
    "BookingAnswer": fields_of({"agreement": OPAQUE, "proposal": OPAQUE, "state": CODED}),
    "HoldAnswered": fields_of({"hold": OPAQUE, "loan_no": TEXT, "outcome": CODED}),
    "EventsPage": fields_of({"events": list_of(defined("Event")), "next": COUNT, "more": YES_OR_NO, "epoch": OPAQUE}),
}

_LEDGER: dict[str, Schema] = {
    "NextDue": fields_of({"key": TEXT, "due_on": DAY_TEXT, "amount": AMOUNT_TEXT}),
    "InstallmentPosition": fields_of(
        {
            "no": WHOLE,
            "due_on": DAY_TEXT,
            **each_of(("principal", "interest", "fees", "paid", "overdue"), AMOUNT_TEXT),
            "days_past_due": COUNT,
        }
    ),
    "PenaltyLine": fields_of(
        {
            "installment": maybe(WHOLE),
            "of": CODED,
            "base": AMOUNT_TEXT,
            "rate": maybe(RATE_TEXT),
            **each_of(("per", "day_count"), CODED),
            **each_of(("from", "to"), DAY_TEXT),
            "days": COUNT,
            **each_of(("contract", "charged", "not_charged"), AMOUNT_TEXT),
            "clause": maybe(TEXT),
        },
        description="base x rate over days; from is excluded, to included",
    ),
    "AllocatedPayment": fields_of(
        {
            "id": TEXT,
            "received_on": DAY_TEXT,
            "amount": AMOUNT_TEXT,
            "allocated": _ALLOCATED,
            **each_of(("installment", "plan_installment"), WHOLE),
            **each_of(("unallocated", "refunded", "taken_back"), AMOUNT_TEXT),
            "reversed_on": DAY_TEXT,
        },
        *("installment", "plan_installment", "unallocated", "refunded", "taken_back", "reversed_on"),
    ),
    "LenderCredit": fields_of(
        {"id": TEXT, "on": DAY_TEXT, "amount": AMOUNT_TEXT, "allocated": _ALLOCATED, "reason": TEXT}
    ),
    "Itemisation": fields_of(
        {
            "opened_on": DAY_TEXT,
            **each_of(("opening", "principal_due", "interest", "penalty_fees_costs", "credited", "now"), AMOUNT_TEXT),
        }
    ),
    "PlanDue": fields_of(
        {
            "key": TEXT,
            "no": WHOLE,
            "due_on": DAY_TEXT,
            **each_of(("asked", "received", "left"), AMOUNT_TEXT),
            "status": CODED,
        }
    ),
    "TakenInTotal": fields_of({"due": TEXT, **_BY_COMPONENT, "total": AMOUNT_TEXT}),
    "PlanPosition": fields_of(
        {
            "ref": OPAQUE,
            "status": CODED,
            "rows": list_of(defined("PlanDue")),
            "taken_in": list_of(defined("TakenInTotal")),
        },
        description="the last agreement: what it asks for, and what it took in",
    ),
    "StatementDifference": fields_of({"component": CODED, "stated": AMOUNT_TEXT, "computed": AMOUNT_TEXT}),
    "LenderStatement": fields_of(
        {"as_of": DAY_TEXT, "agrees": YES_OR_NO, "differences": list_of(defined("StatementDifference"))}
    ),
    "Position": fields_of(
        {
            **OF_DAY,
            **POSITION_HEAD,
            **each_of(("unallocated", "overlooked"), AMOUNT_TEXT),
            "installments": list_of(defined("InstallmentPosition")),
            "penalty_lines": list_of(defined("PenaltyLine")),
            "payments": list_of(defined("AllocatedPayment")),
            "lender_credits": list_of(defined("LenderCredit")),
            "plan": maybe(defined("PlanPosition")),
            "itemisation": defined("Itemisation"),
            "schedule_generated": YES_OR_NO,
            **each_of(("closed_on", "written_off_on"), maybe(DAY_TEXT)),
            "lender_statement": maybe(defined("LenderStatement")),
            "books": defined("LoanBooks"),
        },
        "books",
        description="what is owed at the end of a day, and why",
    ),
    "InterestRun": fields_of(
        {**each_of(("from", "to"), DAY_TEXT), **each_of(("days", "of_days"), COUNT), "stated": AMOUNT_TEXT}
    ),
    "PayoffLine": fields_of(
        {"due": TEXT, "due_on": DAY_TEXT, "component": CODED, "amount": AMOUNT_TEXT, "runs": defined("InterestRun")},
        "runs",
    ),
    "Payoff": fields_of(
        {
            **OF_DAY,
            **each_of(("payoff", "total", "credit", "not_charged"), AMOUNT_TEXT),
            "lines": list_of(defined("PayoffLine")),
            "closed_on": maybe(DAY_TEXT),
        },
        description="what pays everything: the total of the lines, less credit and less what is not charged",
    ),
}


def answer_schemas() -> dict[str, Schema]:
    return {**PROBLEMS, **_SENT, **_LEDGER, **BOOKS, **LOAN_ANSWERS}
