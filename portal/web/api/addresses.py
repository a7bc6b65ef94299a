"""Where a lender's system reads what is negotiated, signed and complained of, and says what its staff decided."""

from portal.web.api import agreements, claims, complaints, decisions, holds, loans, proposals
from portal.web.api.lists import PAGED
from portal.web.api.requests import for_api
from portal.web.route_kinds import get, post

READ_AND_DECIDE = [
    get(
        "/api/v1/loans/{loan_no}/quote",
        for_api("portfolio", loans.get_quote, *loans.QUOTE_PARAMETERS),
        name="api_quote",
    ),
    get(
        "/api/v1/loans/{loan_no}/events",
        for_api("events", loans.get_loan_events, *PAGED),
        name="api_loan_events",
    ),
    get(
        "/api/v1/proposals",
        for_api("proposals", proposals.get_proposals, *PAGED, "state", "loan_no"),
        name="api_proposals",
    ),
    get("/api/v1/proposals/{ref}", for_api("proposals", proposals.get_proposal), name="api_proposal"),
    post("/api/v1/proposals/{ref}/decision", for_api("proposals", decisions.post_decision), name="api_decision"),
    get(
        "/api/v1/agreements",
        for_api("agreements", agreements.get_agreements, *PAGED, "state"),
        name="api_agreements",
    ),
    get("/api/v1/agreements/{ref}", for_api("agreements", agreements.get_agreement), name="api_agreement"),
    get(
        "/api/v1/agreements/{ref}/document",
        for_api("agreements", agreements.get_document),
        name="api_agreement_document",
    ),
    get(
        "/api/v1/complaints",
        for_api("complaints", complaints.get_complaints, *PAGED, "state"),
        name="api_complaints",
    ),
    get("/api/v1/complaints/{ref}", for_api("complaints", complaints.get_complaint), name="api_complaint"),
    post(
        "/api/v1/complaints/{ref}/answer",
        for_api("complaints", complaints.post_complaint_answer),
        name="api_complaint_answer",
    ),
    get("/api/v1/payment-claims", for_api("complaints", claims.get_claims, *PAGED, "state"), name="api_claims"),
    get("/api/v1/payment-claims/{ref}", for_api("complaints", claims.get_claim), name="api_claim"),
    post(
        "/api/v1/payment-claims/{ref}/answer",
        for_api("complaints", claims.post_claim_answer),
        name="api_claim_answer",
    ),
    get("/api/v1/holds", for_api("contact", holds.get_holds, *PAGED, "open", "loan_no"), name="api_holds"),
]
