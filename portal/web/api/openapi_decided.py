"""What reading and deciding answer, as named schemas."""

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
    maybe,
)

_SHOWN: Schema = {
    "as_of": DAY_TEXT,
    "currency": TEXT,
    "offer": defined("Offer"),
    "schedule": list_of(defined("PlanRow")),
    "waived": defined("Amounts"),
    "paused": {"type": "object", "description": "of a pause: what it makes of other dates"},
    "total": AMOUNT_TEXT,
    "last_due_on": DAY_TEXT,
}
_PROPOSAL: Schema = {
    "proposal": OPAQUE,
    "loan_no": TEXT,
    **each_of(("kind", "state"), CODED),
    "version": {**WHOLE, "description": "of the offer on the table"},
    "submitted_at": maybe(TIME_TEXT),
    **each_of(("decide_by", "expires_on"), maybe(DAY_TEXT)),
}
_SIGNED: Schema = {
    **each_of(("agreement", "proposal"), OPAQUE),
    "loan_no": TEXT,
    "version": WHOLE,
    "state": {**CODED, "description": "of its proposal, and so of its plan"},
    "booking_state": {
        **maybe(CODED),
        "description": "to-book, booked or refused; null where none came",
    },
    "document_hash": {**TEXT, "description": "SHA-256 of the exact bytes that were signed"},
    "signed_at": TIME_TEXT,
    "signed_on": maybe(DAY_TEXT),
}
_COMPLAINT: Schema = {
    "problem": OPAQUE,
    "loan_no": TEXT,
    **each_of(("kind", "state"), CODED),
    **each_of(("component", "outcome"), maybe(CODED)),
    "answer_by": DAY_TEXT,
    "extensions": WHOLE,
    "opened_at": TIME_TEXT,
    "decided_at": maybe(TIME_TEXT),
}
_CLAIM: Schema = {
    "report": OPAQUE,
    "loan_no": TEXT,
    "state": CODED,
    **each_of(("paid_on", "look_by"), DAY_TEXT),
    "amount": AMOUNT_TEXT,
    "currency": TEXT,
    **each_of(("installment", "plan_installment"), maybe(WHOLE)),
    "reported_at": TIME_TEXT,
    "payment": {**maybe(TEXT), "description": "the lender's own id of the payment that it was"},
    "arrived": maybe(AMOUNT_TEXT),
}


def _page(name: str, row: str) -> Schema:
    next_ = {**maybe(TEXT), "description": "what to send as after; null on the last page"}
    return fields_of({name: list_of(defined(row)), "next": next_, "more": YES_OR_NO})


_ANSWERS: dict[str, Schema] = {
    "ListedProposal": fields_of({**_PROPOSAL, "rule": maybe(CODED)}),
    "ProposalsPage": _page("proposals", "ListedProposal"),
    "ListedAgreement": fields_of(_SIGNED),
    "AgreementsPage": _page("agreements", "ListedAgreement"),
    "AgreementFacts": fields_of(
        {
            **_SIGNED,
            **each_of(("kind", "covers"), CODED),
            "booking": maybe(defined("BookingSaid")),
            "rules": {"type": "object", "description": "that both sides hold to, as they were signed"},
            **_SHOWN,
            "taken_in": list_of(defined("TakenIn")),
        },
        "paused",
    ),
    "Complaint": fields_of(_COMPLAINT),
    "ComplaintsPage": _page("complaints", "Complaint"),
    "ComplaintText": fields_of(
        {"ref": OPAQUE, "author": CODED, "at": TIME_TEXT, "text": maybe(TEXT)},
        description="the text is null once erased",
    ),
    "ComplaintDetails": fields_of(
        {
            **_COMPLAINT,
            **each_of(("cause", "reason"), maybe(CODED)),
            "opened_on": DAY_TEXT,
            "expected_version": WHOLE,
            "thread": list_of(defined("ComplaintText")),
        }
    ),
    "ReportedPayment": fields_of(_CLAIM),
    "PaymentClaimsPage": _page("payment_claims", "ReportedPayment"),
    "CouldBe": fields_of({"payment": TEXT, "received_on": DAY_TEXT, "amount": AMOUNT_TEXT}),
    "ReportedPaymentDetails": fields_of({**_CLAIM, "reference": maybe(TEXT), "could_be": list_of(defined("CouldBe"))}),
    "HoldFacts": fields_of(
        {
            "hold": OPAQUE,
            "loan_no": TEXT,
            **each_of(("state", "reason"), CODED),
            "about": maybe(OPAQUE),
            "requested_at": TIME_TEXT,
            **each_of(("acknowledged_at", "ended_at"), maybe(TIME_TEXT)),
            "until": maybe(DAY_TEXT),
        }
    ),
    "HoldsPage": _page("holds", "HoldFacts"),
}
_PROPOSALS: dict[str, Schema] = {
    "PolicyBreak": fields_of(
        {"rule": CODED, **each_of(("allowed", "asked"), {"type": ["string", "integer"]})},
        description="a rule of the policy that an offer goes beyond",
    ),
    "OfferMade": fields_of(
        {"version": WHOLE, "party": CODED, "made_at": TIME_TEXT, "policy_version": WHOLE, **_SHOWN}, "paused"
    ),
    "ProposalLine": fields_of({"loan_no": TEXT, "expected_version": WHOLE}),
    "SentTogether": fields_of({"proposal": OPAQUE, "loan_no": TEXT}),
    "WaitsForSecond": fields_of({"proposed_by": OPAQUE, "until": DAY_TEXT}),
    "ProposalEntry": fields_of(
        {
            "type": CODED,
            "at": TIME_TEXT,
            "actor": defined("Actor"),
            "version": maybe(WHOLE),
            "note": {**maybe(TEXT), "description": "what was written with it"},
        }
    ),
    "ProposalDetails": fields_of(
        {
            **_PROPOSAL,
            "covers": CODED,
            "expected_version": {**WHOLE, "description": "what a decision on it has to carry"},
            "lines": list_of(defined("ProposalLine")),
            "assignee": maybe(OPAQUE),
            "policy_version": WHOLE,
            "agreement": maybe(OPAQUE),
            "offers": list_of(defined("OfferMade")),
            "breaks": list_of(defined("PolicyBreak")),
            "nearest": {
                **maybe(TEXT),
                "description": "what a decline names; null where nothing is to decide",
            },
            "nearest_yes": maybe(defined("NearestYes")),
            "waits_for_second": maybe(defined("WaitsForSecond")),
            "sent_together": list_of(defined("SentTogether")),
            "history": list_of(defined("ProposalEntry")),
        }
    ),
    "DecisionAnswer": fields_of(
        {
            "proposal": OPAQUE,
            **each_of(("decision", "state"), CODED),
            "waits_for_second": {**YES_OR_NO, "description": "it takes two, and a colleague is asked at the desk"},
        },
        description="what the decision led to",
    ),
}
_QUOTE: dict[str, Schema] = {
    "ComparedDay": fields_of({"on": DAY_TEXT, **each_of(("before", "after"), AMOUNT_TEXT)}),
    "Comparison": fields_of(
        {**each_of(("before", "after"), AMOUNT_TEXT), "changes": list_of(defined("ComparedDay"))},
        description="what is to be paid without the plan and with it",
    ),
    "PlanQuote": fields_of(
        {
            "loan_no": TEXT,
            **each_of(("as_of", "valid_until", "last_due_on"), DAY_TEXT),
            "currency": TEXT,
            "offer": defined("Offer"),
            **each_of(("balance", "waived"), defined("Amounts")),
            "rows": list_of(defined("PlanRow")),
            "total": AMOUNT_TEXT,
            "apr": RATE_TEXT,
            "policy_version": WHOLE,
            "accepted_at_once": YES_OR_NO,
            "breaks": list_of(defined("PolicyBreak")),
            "comparison": defined("Comparison"),
        },
        description="the plan that the borrower would see",
    ),
}


def deciding_schemas() -> dict[str, Schema]:
    return {**_PROPOSALS, **_ANSWERS, **_QUOTE}
