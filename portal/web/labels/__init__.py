"""The labels of codes: what a component, a state, a move, a rule or an event is called on a page."""

from collections.abc import Mapping
from typing import Any

from portal.domain.restructuring.reasons import (
    BORROWER_REASONS,
    CASE_REASONS,
    DECLINE_REASONS,
    HOLD_REASONS,
    OPEN_REASONS,
    REJECT_REASONS,
)
from portal.web.labels.bulk import BULK_ACT_LABELS, BULK_OUTCOME_LABELS, LEFT_OUT_LABELS
from portal.web.labels.contacts import CONTACT_CHANNEL_LABELS, CONTACT_OUTCOME_LABELS, CONTACT_REFUSAL_LABELS
from portal.web.labels.desk import LISTED_LABELS
from portal.web.labels.events import EVENT_LABELS, FIELD_LABELS
from portal.web.labels.figures import BUCKET_LABELS, FIGURE_COLUMN_LABELS, FIGURE_TABLE_LABELS, RELIEF_KIND_LABELS
from portal.web.labels.loans import (
    CAP_LABELS,
    CAUSE_LABELS,
    CLOSED_AS_LABELS,
    CLOSING_LABELS,
    COMPONENT_LABELS,
    DAY_COUNT_LABELS,
    GRACE_LABELS,
    LEGAL_STAGE_LABELS,
    LEGAL_STAGE_SENTENCES,
    LINE_OF_LABELS,
    PENALTY_BASE_LABELS,
    THEN_LABELS,
)
from portal.web.labels.people import (
    ACCESS_LABELS,
    ACTOR_LABELS,
    CHANNEL_LABELS,
    CLAIM_STATUS_LABELS,
    COMPLAINT_CAUSE_LABELS,
    COMPLAINT_KIND_LABELS,
    DEVICE_LABELS,
    NEWS_KIND_LABELS,
    OUTCOME_LABELS,
    ROLE_LABELS,
    TEXT_SIZE_LABELS,
    TOLD_LABELS,
    TOLD_STATE_LABELS,
)
from portal.web.labels.plans import (
    ANSWER_LABELS,
    BOOKING_LABELS,
    COVERS_LABELS,
    INSTALLMENT_STATUS_LABELS,
    QUESTION_LABELS,
    STATE_LABELS,
)
from portal.web.labels.webhooks import DELIVERY_STATE_LABELS, WEBHOOK_PROBLEM_LABELS, WEBHOOK_STATE_LABELS

LABELS: Mapping[str, Mapping[Any, str]] = {
    "component": COMPONENT_LABELS,
    "state": STATE_LABELS,
    "covers": COVERS_LABELS,
    "booking": BOOKING_LABELS,
    "event": EVENT_LABELS,
    "field": FIELD_LABELS,
    "stand": CLAIM_STATUS_LABELS,
    "actor": ACTOR_LABELS,
    "base": PENALTY_BASE_LABELS,
    "line_of": LINE_OF_LABELS,
    "cause": CAUSE_LABELS,
    "day_count": DAY_COUNT_LABELS,
    "grace": GRACE_LABELS,
    "cap": CAP_LABELS,
    "reason": {
        **BORROWER_REASONS,
        **DECLINE_REASONS,
        **OPEN_REASONS,
        **CASE_REASONS,
        **REJECT_REASONS,
        **HOLD_REASONS,
    },
    "role": ROLE_LABELS,
    "how": ACCESS_LABELS,
    "installment_status": INSTALLMENT_STATUS_LABELS,
    "question": QUESTION_LABELS,
    "answer": ANSWER_LABELS,
    "device": DEVICE_LABELS,
    "wrong": COMPLAINT_KIND_LABELS,
    "complaint_cause": COMPLAINT_CAUSE_LABELS,
    "bucket": BUCKET_LABELS,
    "listed": LISTED_LABELS,
    "outcome": OUTCOME_LABELS,
    "channel": CHANNEL_LABELS,
    "contact_channel": CONTACT_CHANNEL_LABELS,
    "contact_outcome": CONTACT_OUTCOME_LABELS,
    "contact_refusal": CONTACT_REFUSAL_LABELS,
    "then": THEN_LABELS,
    "closing": CLOSING_LABELS,
    "closed_as": CLOSED_AS_LABELS,
    "legal_stage": LEGAL_STAGE_LABELS,
    "legal_step": LEGAL_STAGE_SENTENCES,
    "size": TEXT_SIZE_LABELS,
    "news_kind": NEWS_KIND_LABELS,
    "figure": FIGURE_TABLE_LABELS,
    "figure_column": FIGURE_COLUMN_LABELS,
    "relief": RELIEF_KIND_LABELS,
    "told": TOLD_LABELS,
    "told_state": TOLD_STATE_LABELS,
    "bulk_act": BULK_ACT_LABELS,
    "left_out": LEFT_OUT_LABELS,
    "bulk_outcome": BULK_OUTCOME_LABELS,
    "webhook_state": WEBHOOK_STATE_LABELS,
    "delivery": DELIVERY_STATE_LABELS,
    "webhook_problem": WEBHOOK_PROBLEM_LABELS,
}
