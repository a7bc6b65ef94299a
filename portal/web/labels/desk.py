"""The desk's lists and their orders, in words."""

from portal.domain.refusal import N_
from portal.web.labels.loans import CAUSE_LABELS

QUEUE_LABELS = {
    "answer": N_("To be answered"),
    "mine": N_("Assigned to me"),
    "second": N_("Waiting for a second person"),
    "borrower": N_("Waiting for the borrower"),
    "book": N_("Agreed, to be booked"),
    "missing": N_("A payment is missing"),
    "ended": N_("Ended, and nothing since"),
    "books": N_("The books differ"),
    "problems": N_("Complaints"),
    "payments": N_("Claimed as paid"),
}

OPENED_LABELS = {
    "names": N_("Names and numbers"),
    "pages": N_("Pages of loans"),
    "sheets": N_("Lists as sheets"),
}

LISTED_LABELS = {
    **QUEUE_LABELS,
    "openings": N_("Who opened what"),
    "contacts": N_("Contacts"),
    "figure_cases": N_("The cases of a figure"),
    "month_end_cases": N_("The loans of a figure"),
}
"""Lists that can be had as a sheet."""

SORT_LABELS = {
    "clock": N_("What has to be answered first"),
    "late": N_("Most days past due first"),
    "overdue": N_("Most overdue first"),
    "asked": N_("Largest sum asked first"),
}

CAUSE_NAMES = {
    **{cause.value: words for cause, words in CAUSE_LABELS.items()},
    "none": N_("no single thing explains it"),
}
"""Why books differ, where many do for the same."""
