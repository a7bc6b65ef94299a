"""Reading and deciding as OpenAPI has it: its operations."""

from portal.domain.contract.agreement import Covers
from portal.domain.json_schema import AMOUNT_TEXT, DAY_TEXT, RATE_TEXT, TEXT, YES_OR_NO, Schema, list_of
from portal.domain.restructuring.offer import MOST_INSTALLMENTS
from portal.reads.listed import BOOKINGS
from portal.web.api.claims import CLAIM_STATES
from portal.web.api.complaints import COMPLAINT_STATES
from portal.web.api.events import LAST_POSITION, MOST_EVENTS
from portal.web.api.lists import MOST_LISTED
from portal.web.api.openapi_operation import (
    KEY_PARAMETER,
    LOAN_PARAMETERS,
    REF_PARAMETER,
    ApiOperation,
    api_parameter,
)
from portal.web.api.proposals import PROPOSAL_STATES

_PAGED = (
    api_parameter("after", "query", TEXT, "next of the page before; what is none of this list is refused"),
    api_parameter(
        "limit", "query", {"type": "integer", "minimum": 1, "maximum": MOST_LISTED}, "at most so many; 50 if absent"
    ),
)


def _state(*states: str) -> Schema:
    return api_parameter("state", "query", {"type": "string", "enum": list(states)}, "only those in this state")


_OF_LOAN = api_parameter("loan_no", "query", TEXT, "only those of this loan")
_NUMBERED = (
    api_parameter(
        "after", "query", {"type": "integer", "minimum": 0, "maximum": LAST_POSITION}, "the seq of the last one"
    ),
    api_parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": MOST_EVENTS}, "at most so many"),
)
_COUNTED: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_INSTALLMENTS}
_TERMS = (
    api_parameter("first_due", "query", DAY_TEXT, "the first payment's day", required=True),
    api_parameter("installments", "query", _COUNTED, "how many payments; or amount"),
    api_parameter("amount", "query", AMOUNT_TEXT, "how much each; or installments"),
    api_parameter("every", "query", TEXT, "1m, 2w, 1w, 15d, ...; a month if absent"),
    api_parameter("down_payment", "query", AMOUNT_TEXT, "paid before the first"),
    api_parameter("covers", "query", {"type": "string", "enum": [each.value for each in Covers]}, "what it takes in"),
    api_parameter("interest_rate", "query", RATE_TEXT, "inside the plan; the policy's, if absent"),
    api_parameter("interest_only", "query", {**_COUNTED, "minimum": 0}, "the first N ask for interest alone"),
    api_parameter("round_to", "query", AMOUNT_TEXT, "each payment a multiple of it"),
    api_parameter("waive", "query", list_of(TEXT), "COMPONENT=AMOUNT, again for each"),
    api_parameter("settlement", "query", YES_OR_NO, "principal may be waived too"),
    api_parameter("settle", "query", AMOUNT_TEXT, "one sum that settles all it covers"),
)
_AS_AT_DESK = "decided_by is somebody of the lender's staff; their role and limits hold as at the desk. "

DECIDING_OPERATIONS = (
    ApiOperation(
        *("get", "/loans/{loan_no}/quote", "quotePlan", "Loans", "The plan the borrower would see"),
        "As the command quote; nothing is written.",
        *("PlanQuote", (*LOAN_PARAMETERS, *_TERMS)),
    ),
    ApiOperation(
        *("get", "/loans/{loan_no}/events", "listLoanEvents", "Events", "The events of one loan"),
        "By their number in the loan's own stream, byte for byte as they were chained.",
        *("EventsPage", (LOAN_PARAMETERS[0], *_NUMBERED)),
    ),
    ApiOperation(
        *("get", "/proposals", "listProposals", "Proposals", "Proposals, the oldest first"),
        "In the state last told.",
        *("ProposalsPage", (*_PAGED, _state(*PROPOSAL_STATES), _OF_LOAN)),
    ),
    ApiOperation(
        *("get", "/proposals/{ref}", "getProposal", "Proposals", "One proposal, and what may be answered"),
        "With what people wrote in it; that it was read is written down.",
        *("ProposalDetails", (REF_PARAMETER,)),
    ),
    ApiOperation(
        *("post", "/proposals/{ref}/decision", "decideProposal", "Proposals", "What one of the staff decided"),
        f"{_AS_AT_DESK}No proposal is declined by a machine alone. What takes two waits for a colleague at the desk.",
        "DecisionAnswer",
        (REF_PARAMETER, KEY_PARAMETER),
        ("Decision",),
        conflict="It has moved on: state, version and expected_version say how it is",
    ),
    ApiOperation(
        *("get", "/agreements", "listAgreements", "Agreements", "Agreements, the oldest first"),
        "By what the lender's books said of them.",
        *("AgreementsPage", (*_PAGED, _state(*BOOKINGS))),
    ),
    ApiOperation(
        *("get", "/agreements/{ref}", "getAgreement", "Agreements", "One agreement, its schedule and rules"),
        "Without names: these stand in the document alone.",
        *("AgreementFacts", (REF_PARAMETER,)),
    ),
    ApiOperation(
        *("get", "/agreements/{ref}/document", "getAgreementDocument", "Agreements", "The bytes that were signed"),
        "Their SHA-256 is in the header Document-SHA256; that they were taken is written down.",
        *("", (REF_PARAMETER,)),
        media="text/html",
    ),
    ApiOperation(
        *("get", "/complaints", "listComplaints", "Complaints", "What borrowers say is wrong, the oldest first"),
        "Without what was written.",
        *("ComplaintsPage", (*_PAGED, _state(*COMPLAINT_STATES))),
    ),
    ApiOperation(
        *("get", "/complaints/{ref}", "getComplaint", "Complaints", "One complaint with its thread"),
        "That it was read is written down.",
        *("ComplaintDetails", (REF_PARAMETER,)),
    ),
    ApiOperation(
        *("post", "/complaints/{ref}/answer", "answerComplaint", "Complaints", "Decide, take more time, or write"),
        f"{_AS_AT_DESK}The answer is how it is then.",
        "Complaint",
        (REF_PARAMETER, KEY_PARAMETER),
        ("ComplaintAnswer",),
        conflict="It is closed, was extended twice, or the loan has gone on: state says how it is",
    ),
    ApiOperation(
        *("get", "/payment-claims", "listPaymentClaims", "Complaints", "Payments that borrowers told of"),
        "The oldest first, without what they wrote.",
        *("PaymentClaimsPage", (*_PAGED, _state(*CLAIM_STATES))),
    ),
    ApiOperation(
        *("get", "/payment-claims/{ref}", "getPaymentClaim", "Complaints", "One of them, and what it could be"),
        "With the reference that the borrower gave; that it was read is written down.",
        *("ReportedPaymentDetails", (REF_PARAMETER,)),
    ),
    ApiOperation(
        *("post", "/payment-claims/{ref}/answer", "answerPaymentClaim", "Complaints", "Found, or not to be found"),
        "Which payment it was. The answer is how it is then.",
        "ReportedPayment",
        (REF_PARAMETER, KEY_PARAMETER),
        ("ClaimAnswer",),
        conflict="It was answered before: state and payment say how",
    ),
    ApiOperation(
        *("get", "/holds", "listHolds", "Holds", "Holds, the oldest first"),
        "Where collection is asked to stop, has stopped, or goes on again.",
        *("HoldsPage", (*_PAGED, _OF_LOAN, api_parameter("open", "query", YES_OR_NO, "only what has not ended"))),
    ),
    ApiOperation(
        *("get", "/holds/{ref}", "getHold", "Holds", "One hold"),
        "As it is now.",
        *("HoldFacts", (REF_PARAMETER,)),
    ),
)
