"""What the figures of the desk are called: their tables, columns and kinds."""

from portal.domain.ledger.month_end import Bucket
from portal.domain.refusal import N_

FIGURE_TABLE_LABELS = {
    "answered": N_("Answered in time: plans sent in the month until then"),
    "waiting": N_("What then waited for the lender, by days since it was sent"),
    "circumstances": N_("Why it is asked for: plans sent in the month until then"),
    "relief": N_("Relief agreed in the month until then"),
    "plans": N_("Plans agreed in the 365 days until then: kept or not"),
    "complaints": N_("Problems reported in the month until then"),
    "causes": N_("Problems reported in the month until then and answered, by cause"),
}

BUCKET_LABELS = {
    Bucket.CURRENT.value: N_("Not overdue"),
    Bucket.DAYS_1.value: N_("1 to 29 days overdue"),
    Bucket.DAYS_30.value: N_("30 to 59 days overdue"),
    Bucket.DAYS_60.value: N_("60 to 89 days overdue"),
    Bucket.DAYS_90.value: N_("90 days overdue and more"),
    Bucket.CLOSED.value: N_("Paid off or closed"),
    "": N_("Not here before"),
}

FIGURE_COLUMN_LABELS = {
    "at_once": N_("By the rules"),
    "in_time": N_("In time"),
    "late": N_("Late"),
    "waiting": N_("Waits, in time"),
    "overdue": N_("Waits, late"),
    "asked": N_("Asked back"),
    "withdrawn": N_("Withdrawn or expired"),
    "days_0_1": N_("0 to 1 day"),
    "days_2_3": N_("2 to 3 days"),
    "days_4_7": N_("4 to 7 days"),
    "days_8": N_("8 days and more"),
    "told": N_("The borrower said why, or showed income"),
    "explored": N_("The lender asked"),
    "untold": N_("Neither"),
    "agreed": N_("Agreements"),
    "kept": N_("Kept"),
    "strained": N_("A payment missing"),
    "paused": N_("Paused"),
    "broken": N_("Broken"),
    "completed": N_("Completed"),
    "over": N_("Ended otherwise"),
    "open": N_("Open, in time"),
    "open_late": N_("Open, late"),
    "upheld": N_("Confirmed"),
    "partly": N_("Partly confirmed"),
    "rejected": N_("Not confirmed"),
}

RELIEF_KIND_LABELS = {
    "plan": N_("Installments for what is overdue"),
    "whole_loan": N_("New installments for the whole loan"),
    "settlement": N_("Settlement"),
    "pause": N_("Pause"),
    "moved": N_("Another day for one payment"),
    "variation": N_("Change of a plan"),
}
