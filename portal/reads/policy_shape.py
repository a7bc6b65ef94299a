"""The policy file a lender writes (TOML), as shapes: what each table is for, and each key with what it means and takes.

These words are in the example and in the JSON Schema.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from portal.domain.contract.agreement import Covers, MissedContract
from portal.domain.contract.calendar import Every
from portal.domain.contract.pause import PauseInterest, PauseScope
from portal.domain.restructuring.offer import MOST_INSTALLMENTS, MOST_MONTHS, MOST_PAUSE
from portal.reads.policy_values import (
    AMOUNT,
    CONTACT_RULES,
    COVERS_LIST,
    EVERY_LIST,
    MISSED_CONTRACT,
    PAUSE_SCOPE,
    PAUSED_INTEREST,
    PLAN_RATE,
    REPORTED_AS,
    SHARE,
    SWITCH,
    whole,
)


class PolicyTable(BaseModel):
    """A key sets the field of `Policy` of its own name, or of its alias."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class PlanTable(PolicyTable):
    """a plan inside these bounds is accepted at once, at any hour; outside them a person decides"""

    max_months: Annotated[int | None, whole(1, MOST_MONTHS)] = None
    """the last payment is at most so many months away"""
    max_installments: Annotated[int | None, whole(1, MOST_INSTALLMENTS)] = None
    """at most so many payments"""
    first_due_within_days: Annotated[int | None, whole(1, 366)] = None
    """the first payment is at most so many days away"""
    min_installment: Annotated[int | None, AMOUNT] = None
    """no payment but the last comes to less a month; a weekly 200.00 is some 867 a month"""
    min_down_payment: Annotated[Fraction | None, SHARE] = None
    """at least this share is paid at once"""
    every: Annotated[tuple[Every, ...] | None, EVERY_LIST] = None
    """the steps between payments that may be chosen: months, weeks"""
    covers: Annotated[tuple[Covers, ...] | None, COVERS_LIST] = None
    """what a plan may take in: what is overdue, what is to come, or both"""


class WaiverTable(PolicyTable):
    """how much of each component is let go at once, as a share of what is overdue of it"""

    costs: Annotated[Fraction | None, SHARE] = None
    """of costs"""
    fees: Annotated[Fraction | None, SHARE] = None
    """of fees"""
    penalty: Annotated[Fraction | None, SHARE] = None
    """of penalty"""
    interest: Annotated[Fraction | None, SHARE] = None
    """of interest; principal is never let go by a plan"""


class WholeLoanTable(PolicyTable):
    """a plan that takes in what is to come too (`covers` says whether at once); what is left out is as in [plan]"""

    max_months: Annotated[int | None, whole(1, MOST_MONTHS)] = None
    """the last payment is at most so many months away"""
    max_installments: Annotated[int | None, whole(1, MOST_INSTALLMENTS)] = None
    """at most so many payments"""
    first_due_within_days: Annotated[int | None, whole(1, 366)] = None
    """the first payment is at most so many days away"""
    min_installment: Annotated[int | None, AMOUNT] = None
    """no payment but the last comes to less a month"""
    min_down_payment: Annotated[Fraction | None, SHARE] = None
    """at least this share is paid at once"""
    every: Annotated[tuple[Every, ...] | None, EVERY_LIST] = None
    """the steps between payments that may be chosen: months, weeks"""
    interest_rate: Annotated[Fraction | None, PLAN_RATE] = None
    """what such a plan bears a year; where it is left out, the contract's own rate"""
    waiver_costs: Annotated[Fraction | None, SHARE] = None
    """of costs, waived at once"""
    waiver_fees: Annotated[Fraction | None, SHARE] = None
    """of fees, waived at once"""
    waiver_penalty: Annotated[Fraction | None, SHARE] = None
    """of penalty, waived at once"""
    waiver_interest: Annotated[Fraction | None, SHARE] = None
    """of overdue interest, waived at once"""


class ChangesTable(PolicyTable):
    """how often it may be changed at once how a loan is paid, by a plan, a pause or a settlement that was signed"""

    in_life: Annotated[int | None, whole(0, 99), Field(serialization_alias="changes_in_life")] = None
    """so many times in the life of a loan; the next is for a person"""
    in_a_year: Annotated[int | None, whole(0, 99), Field(serialization_alias="changes_in_a_year")] = None
    """so many times within a year"""


class ClocksTable(PolicyTable):
    """how long each side has; what runs out is told to both, and nothing is declined by it"""

    decision_working_days: Annotated[int | None, whole(1, 21)] = None
    """the lender decides within so many working days"""
    quote_working_days: Annotated[int | None, whole(1, MOST_PAUSE.days)] = None
    """an offer or a counter can be taken for so many working days"""
    hold_days: Annotated[int | None, whole(0, 366)] = None
    """after a no collection is held for so many days"""
    pause_days: Annotated[int | None, whole(1, 60)] = None
    """a pause of so many days is accepted at once"""
    complaint_days: Annotated[int | None, whole(1, 15)] = None
    """a complaint is answered within so many days"""
    complaint_extended_days: Annotated[int | None, whole(1, 30)] = None
    """in all, after one extension with its reason"""
    complaint_final_days: Annotated[int | None, whole(0, 30)] = None
    """so many days more after a second extension"""
    report_working_days: Annotated[int | None, whole(1, 60)] = None
    """a payment that a borrower tells of is found within so many working days"""
    info_working_days: Annotated[int | None, whole(1, 60)] = None
    """the borrower has so many working days to answer a question"""
    booking_working_days: Annotated[int | None, whole(1, 60)] = None
    """a signed plan is in the books within so many working days, or comes back"""
    penalty_stops_when_late: Annotated[bool | None, SWITCH] = None
    """penalty stands still while the lender's answer is late"""


class BookingTable(PolicyTable):
    """when a signed plan begins to run"""

    automatic: Annotated[bool | None, SWITCH, Field(serialization_alias="booking_automatic")] = None
    """true: a signed plan runs at once; false: when the core or the desk says booked"""


class SigningTable(PolicyTable):
    """what comes before a signature"""

    reading_seconds: Annotated[int | None, whole(0, 300)] = None
    """the terms are there for so many seconds before they can be signed"""


class SlipsTable(PolicyTable):
    """what a running plan forgives"""

    cure_days: Annotated[int | None, whole(0, 60)] = None
    """a missed payment can be caught up for so many days"""
    within: Annotated[int | None, whole(1, 60)] = None
    """a second miss within so many payments breaks the plan"""
    telling_days: Annotated[int | None, whole(0, 20)] = None
    """working days after the last day to catch up in which what was paid in time can still be told"""
    contract: Annotated[MissedContract | None, MISSED_CONTRACT] = None
    """whether an installment of the contract that is missed beside a plan breaks it too"""


class PauseTable(PolicyTable):
    """what a pause holds; it is signed with the pause, and a later policy does not change it"""

    scope: Annotated[PauseScope | None, PAUSE_SCOPE] = None
    """whether all that falls due until its last day moves, or only what is overdue is not asked for"""
    interest: Annotated[PauseInterest | None, PAUSED_INTEREST] = None
    """whether the contract's interest is charged for the periods by which installments move"""


class FourEyesTable(PolicyTable):
    """what one of the staff cannot decide alone"""

    waiver_above: Annotated[int | None, AMOUNT, Field(serialization_alias="four_eyes_above")] = None
    """more than this, on a loan in all or by one person in a month, takes two of the staff"""


class StatementTable(PolicyTable):
    """what holds while the portal and the lender's own statement differ"""

    tolerance: Annotated[int | None, AMOUNT] = None
    """up to this difference the borrower signs at the lower figure; beyond it nobody signs"""
    penalty_stops: Annotated[bool | None, SWITCH, Field(serialization_alias="penalty_stops_when_books_differ")] = None
    """penalty stands still while the books differ, from the statement's day on"""


class ArrearsTable(PolicyTable):
    """what is too little to be asked for by itself"""

    tolerance: Annotated[int | None, AMOUNT, Field(serialization_alias="arrears_tolerance")] = None
    """where no more is overdue in all nobody is called overdue, invited or charged, and no plan's payment is missed"""


class NumbersTable(PolicyTable):
    """how long a changed phone number proves nothing, after the old one was told"""

    wait_hours: Annotated[int | None, whole(24, 168), Field(serialization_alias="number_wait_hours")] = None
    """so many hours a changed number signs nothing, nor does somebody added to a loan"""


class MessagesTable(PolicyTable):
    """what borrowers who want it are told to their phone; what guards number and password always goes"""

    answers: Annotated[bool | None, SWITCH, Field(serialization_alias="tells_answers")] = None
    """that there is an answer or a question, something to sign, and whether it was booked"""
    plan_payments: Annotated[bool | None, SWITCH, Field(serialization_alias="tells_plan_payments")] = None
    """a payment under a plan three days before, and the morning after one was missed"""
    contract_payments: Annotated[bool | None, SWITCH, Field(serialization_alias="tells_contract_payments")] = None
    """an installment of a loan without a plan three days before"""


class ContactTable(PolicyTable):
    """when and how often borrowers are contacted; the lender may be stricter than the rules it names, never looser"""

    rules: Annotated[str | None, CONTACT_RULES] = None
    """the rules of which country hold, as rules/contact.toml has them with their sources"""
    from_hour: Annotated[int | None, whole(0, 23)] = None
    """nobody is contacted before this full hour, in the borrower's local time"""
    to_hour: Annotated[int | None, whole(1, 24)] = None
    """nor from this one on"""
    effective_calls_a_day: Annotated[int | None, whole(0, 99)] = None
    """so many calls that were answered, to one borrower, over all loans and all agencies"""
    unanswered_tries_a_day: Annotated[int | None, whole(0, 99)] = None
    """so many calls that nobody answered, on one number"""
    tries_in_seven_days: Annotated[int | None, whole(0, 99)] = None
    """so many calls about one loan, answered or not"""
    visit_within_days: Annotated[int | None, whole(1, 60)] = None
    """a borrower can make an appointment for a visit so many days ahead"""


class InvitationsTable(PolicyTable):
    """how often somebody who has come in is told again of what is overdue"""

    again_days: Annotated[int | None, whole(7, 366), Field(serialization_alias="invite_again_days")] = None
    """so many days after they were last told, if nothing new has fallen overdue"""


class RetentionTable(PolicyTable):
    """how long a borrower is kept after their last loan has ended; without it nobody goes by time"""

    days_after_end: Annotated[int | None, whole(30, 7306), Field(serialization_alias="retention_days")] = None
    """so many days after their last loan has ended a borrower is erased"""


class CreditBureauTable(PolicyTable):
    """what the borrower reads about the credit record before signing"""

    reports: Annotated[str | None, REPORTED_AS] = None
    """how the lender reports the loan while a plan is kept"""


class PolicyFile(PolicyTable):
    """All tables but the ways to pay, which have a checker of their own."""

    plan: PlanTable = PlanTable()
    waiver: WaiverTable = WaiverTable()
    whole_loan: WholeLoanTable = WholeLoanTable()
    changes: ChangesTable = ChangesTable()
    clocks: ClocksTable = ClocksTable()
    booking: BookingTable = BookingTable()
    signing: SigningTable = SigningTable()
    slips: SlipsTable = SlipsTable()
    pause: PauseTable = PauseTable()
    four_eyes: FourEyesTable = FourEyesTable()
    statement: StatementTable = StatementTable()
    arrears: ArrearsTable = ArrearsTable()
    numbers: NumbersTable = NumbersTable()
    messages: MessagesTable = MessagesTable()
    contact: ContactTable = ContactTable()
    invitations: InvitationsTable = InvitationsTable()
    retention: RetentionTable = RetentionTable()
    credit_bureau: CreditBureauTable = CreditBureauTable()


EMPTY_POLICY = PolicyFile()
POLICY_TABLES = {table: type(shape) for table, shape in EMPTY_POLICY}


def policy_keys() -> Iterator[tuple[str, str, FieldInfo]]:
    """Table, name and field of every key, in the order of the file."""
    for table, shape in POLICY_TABLES.items():
        for name, key in shape.model_fields.items():
            yield table, name, key
