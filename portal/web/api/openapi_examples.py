"""Examples of what the API takes and answers, by the id of the operation; a test holds each to its schema."""

from typing import Any

from portal.web.api.openapi_contacts import CONTACT_EXAMPLE
from portal.web.api.openapi_webhooks import WEBHOOK_ANSWERS, WEBHOOK_BODIES

_LOAN: dict[str, Any] = {
    "loan_no": "JQ-2026-0099",
    "currency": "CNY",
    "borrower": {"external_id": "B-99", "name": "王小明", "phone": "+8613800000099", "id_last4": "123X"},
    "signed_on": "2025-12-10",
    "disbursed_on": "2025-12-15",
    "principal": "12000.00",
    "terms": {
        "annual_rate": "0.18",
        "method": "level",
        "installments": 12,
        "every": "1m",
        "first_due": "2026-01-15",
        "day_count": "30/360",
    },
}

BODIES: dict[str, Any] = {
    "sendPortfolio": {"loans": [_LOAN]},
    "sendPayments": {
        "payments": [
            {"loan_no": "JQ-2026-0001", "id": "P-3", "received_on": "2026-06-12", "amount": "500.00"},
            {"loan_no": "JQ-2026-0001", "id": "P-3-back", "received_on": "2026-06-13", "reverses": "P-3"},
        ]
    },
    "makeInvitations": {"loans": [{"loan_no": "JQ-2026-0001"}]},
    "bookAgreement": {"outcome": "booked", "core_id": "K-2026-77"},
    "answerHold": {"outcome": "acknowledged"},
    "askContact": {"loan_no": "JQ-2026-0001", "channel": "call"},
    "setTestClock": {"days": 30},
    "decideProposal": {
        "decision": "decline",
        "expected_version": 7,
        "decided_by": "rui@jq.example",
        "reason": "too_long",
        "nearest": "none",
        "note": "这个方案期限太长。",
    },
    "answerComplaint": {
        "answer": "decide",
        "decided_by": "rui@jq.example",
        "outcome": "upheld",
        "cause": "fees",
        "text": "您说得对，这笔罚息算错了，已更正。",
    },
    "answerPaymentClaim": {"outcome": "found", "payment": "P-3"},
    **WEBHOOK_BODIES,
}

_CLOCK = {"date": "2026-07-14", "timezone": "Asia/Shanghai", "now": "2026-07-14T01:00:00+00:00", "on_the_way_to": None}

ANSWERS: dict[str, Any] = {
    **WEBHOOK_ANSWERS,
    "getTestClock": _CLOCK,
    "setTestClock": _CLOCK,
    "sendPortfolio": {
        **{"rows": 1, "loans": 1, "bad": 0, "imported": True, "bad_rows": []},
        **{"added": 1, "changed": 0, "unchanged": 0, "stale": 0},
    },
    "sendPayments": {"payments": 2, "added": 2, "repeated": 0},
    "makeInvitations": {
        "invitations": [
            {
                "index": 0,
                "loan_no": "JQ-2026-0001",
                "link": "https://pay.example/i/TOKEN",
                "texts": {"zh-CN": "佳泉消费金融：…", "en": "佳泉消费金融: …"},
            }
        ],
        "expires_at": "2026-06-21T10:00:00+00:00",
    },
    "bookAgreement": {"agreement": "k3fcjnd5nplacjks", "proposal": "p7w2xq4mznb3ytrs", "state": "active"},
    "decideProposal": {
        **{"proposal": "p7w2xq4mznb3ytrs", "decision": "decline", "state": "declined"},
        "waits_for_second": False,
    },
    "listProposals": {
        "proposals": [
            {
                **{"proposal": "p7w2xq4mznb3ytrs", "loan_no": "JQ-2026-0006", "kind": "plan", "state": "submitted"},
                **{"version": 1, "submitted_at": "2026-06-14T10:02:11+00:00", "decide_by": "2026-06-17"},
                **{"expires_on": None, "rule": "max_installments"},
            }
        ],
        "next": None,
        "more": False,
    },
    "answerHold": {"hold": "h5dkq2v7rwm4xzpb", "loan_no": "JQ-2026-0001", "outcome": "acknowledged"},
    "askContact": CONTACT_EXAMPLE,
    "listContacts": {"contacts": [CONTACT_EXAMPLE], "next": "c4n7qk2vxrw5mzpb", "more": False},
    "listEvents": {
        "events": [
            {
                "id": "e4n7qk2vxrw5mzpb",
                "type": "plan.activated",
                "schema_version": 1,
                "lender": "jq",
                "loan_no": "JQ-2026-0001",
                "stream": "loan:1",
                "seq": 9,
                "feed": 41,
                "occurred_at": "2026-06-14T10:02:11.000Z",
                "business_date": "2026-06-14",
                "actor": {"kind": "lender", "ref": "core"},
                "proposal": "p7w2xq4mznb3ytrs",
                "version": 1,
                "correlation": "c2v7rwm4xzpbh5dk",
                "idempotency_key": None,
                "data": {"agreement": "k3fcjnd5nplacjks", "core_id": "K-2026-77"},
            }
        ],
        "next": 41,
        "more": False,
        "epoch": "first",
    },
    "getPayoff": {
        **{"loan_no": "JQ-2026-0001", "as_of": "2026-06-14", "valid_until": "2026-06-14", "currency": "CNY"},
        **{"payoff": "152.19", "total": "152.19", "credit": "0.00", "not_charged": "0.00", "closed_on": None},
        "lines": [{"due": "contract:3", "due_on": "2026-03-15", "component": "interest", "amount": "152.19"}],
    },
}
