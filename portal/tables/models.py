"""Every table by its name: the one module that Tortoise is told about."""

from portal.tables.care import ComplaintRow, HoldRow, MessageChoiceRow, MessageRow, PreferenceRow
from portal.tables.contacts import ContactRow, VisitRow
from portal.tables.decisions import ApprovalRow, DecisionRow, PromiseRow
from portal.tables.figures import (
    FigureFactRow,
    FigureFeedRow,
    FigureTotalRow,
    MonthEndPlaceRow,
    MonthEndRow,
    MonthEndTotalRow,
)
from portal.tables.jobs import JobRow, PulseRow
from portal.tables.loans import (
    ChargeRow,
    ContractRow,
    CorrectionRow,
    LenderCreditRow,
    LoanRow,
    PartyRow,
    PaymentClaimRow,
    PaymentRow,
    StatementRow,
    SuspensionRow,
    WaiverRow,
)
from portal.tables.log import EventRow, FeedStatementRow, IdempotencyRow
from portal.tables.notes import StaffNoteRow
from portal.tables.outbox import OutboundMessageRow
from portal.tables.people import ApiKeyRow, BorrowerRow, LenderRow, PersonRow, PolicyVersionRow, StaffRow, VaultCheckRow
from portal.tables.plans import BookingRow, InstallmentOutcomeRow, PlanPauseRow
from portal.tables.proposals import (
    AgreementRow,
    DraftRow,
    OfferRow,
    ProposalLineRow,
    ProposalRow,
    TextRow,
    ToldIncomeRow,
)
from portal.tables.sign_in import AccessRow, ChainHeadRow, CodeRow, ConsentRow, InvitationRow, SessionRow, ThrottleRow
from portal.tables.time import TestClockRow
from portal.tables.webhooks import WebhookDeliveryRow, WebhookEndpointRow, WebhookLaneRow
