"""What the API answers of one loan, as named schemas."""

from portal.domain.json_schema import (
    AMOUNT_TEXT,
    CODED,
    DAY_TEXT,
    OPAQUE,
    TEXT,
    TIME_TEXT,
    WHOLE,
    YES_OR_NO,
    Schema,
    defined,
    each_of,
    fields_of,
    list_of,
    maybe,
)
from portal.domain.ledger.delinquency import DelinquencyStatus
from portal.domain.money import COMPONENTS

OF_DAY: Schema = {"loan_no": TEXT, "as_of": DAY_TEXT, "valid_until": DAY_TEXT, "currency": TEXT}
POSITION_HEAD: Schema = {
    "days_past_due": {**WHOLE, "minimum": 0},
    "overdue": defined("Amounts"),
    **each_of(("outstanding_principal", "credit", "payoff"), AMOUNT_TEXT),
    "next": list_of(defined("NextDue")),
    "next_30_days": AMOUNT_TEXT,
}

LOAN_ANSWERS: dict[str, Schema] = {
    "LoanBorrower": fields_of(
        {"external_id": TEXT, "role": CODED, "came_in": YES_OR_NO}, description="the lender's own id of them"
    ),
    "StatedInstallment": fields_of(
        {"no": WHOLE, "due_on": DAY_TEXT, **each_of(("principal", "interest", "fees"), AMOUNT_TEXT)}
    ),
    "Due": fields_of(
        {
            "key": TEXT,
            "due_on": DAY_TEXT,
            **each_of(COMPONENTS, AMOUNT_TEXT),
            **each_of(("total", "paid", "left"), AMOUNT_TEXT),
        },
        description="what is in force of one due, penalty of the day included",
    ),
    "PositionHead": fields_of(POSITION_HEAD, description="what a position tells first"),
    "BookingSaid": fields_of({"outcome": CODED, **each_of(("core_id", "reason"), maybe(TEXT))}),
    "LoanAgreement": fields_of(
        {
            **each_of(("agreement", "proposal"), OPAQUE),
            **each_of(("kind", "covers", "state"), CODED),
            **each_of(("as_of", "signed_on"), DAY_TEXT),
            "answered_on": maybe(DAY_TEXT),
            "booking": maybe(defined("BookingSaid")),
        }
    ),
    "OpenProposal": fields_of(
        {
            "proposal": OPAQUE,
            **each_of(("kind", "state"), CODED),
            "version": WHOLE,
            **each_of(("decide_by", "expires_on"), maybe(DAY_TEXT)),
        }
    ),
    "OpenHold": fields_of(
        {
            "hold": OPAQUE,
            "reason": CODED,
            "about": maybe(OPAQUE),
            "requested_at": TIME_TEXT,
            "acknowledged_at": maybe(TIME_TEXT),
            "until": maybe(DAY_TEXT),
        }
    ),
    "LoanClosed": fields_of({"on": DAY_TEXT, "reason": CODED}),
    "LoanDetails": fields_of(
        {
            **OF_DAY,
            **each_of(("product", "lender_kind"), TEXT),
            **each_of(("signed_on", "disbursed_on"), DAY_TEXT),
            "principal": AMOUNT_TEXT,
            "state": {"type": "string", "enum": [each.value for each in DelinquencyStatus]},
            "closed": maybe(defined("LoanClosed")),
            **each_of(("closed_on", "written_off_on", "restated_on", "stale_since"), maybe(DAY_TEXT)),
            "terms": defined("Terms"),
            "stated_schedule": list_of(defined("StatedInstallment")),
            "schedule_generated": YES_OR_NO,
            "schedule": list_of(defined("Due")),
            "position": defined("PositionHead"),
            "plan": maybe(defined("PlanPosition")),
            "agreements": list_of(defined("LoanAgreement")),
            "borrowers": list_of(defined("LoanBorrower")),
            "open_proposal": maybe(defined("OpenProposal")),
            "holds": list_of(defined("OpenHold")),
        },
        description="all that the portal knows of a loan; of people no more than the lender's own ids",
    ),
}
