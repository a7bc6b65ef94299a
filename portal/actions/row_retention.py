"""How long a row of each table lives, or why it is kept: every table stands in one of the two lists.

The worker removes what is over a batch at a time, the oldest first: no statement is long, and none reads a whole table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tortoise.models import Model

from portal.actions.act import change_outside_feed
from portal.actions.journal import ANSWERS_KEPT
from portal.tables import models as tables

BATCH, BATCHES = 500, 20


@dataclass(frozen=True, slots=True)
class Retention:
    """A row of `table`, where it is one of `where`, is removed `keeps` after `since`; `by` is the order of an index."""

    table: type[Model]
    keeps: timedelta
    since: str
    by: str
    where: Mapping[str, Any] = field(default_factory=dict)

    def oldest(self, most: int) -> Any:
        return self.table.filter(**self.where).order_by(self.by).limit(most).values_list("id", self.since)

    async def over(self, at: datetime) -> list[int]:
        """A batch of those whose time is over; where the very oldest is not, the others are not looked at."""
        for most in (1, BATCH):
            found = [id_ for id_, since in await self.oldest(most) if since <= at - self.keeps]
            if not found:
                break
        return found


DAY, MONTH = timedelta(days=1), timedelta(days=30)

RETENTIONS = (
    Retention(tables.ThrottleRow, DAY, "since", "since"),
    Retention(tables.CodeRow, DAY, "expires_at", "sent_at"),
    # One that ended before its time goes with those that began when it did: at most a session's hours later.
    Retention(tables.SessionRow, MONTH, "expires_at", "expires_at"),
    Retention(tables.IdempotencyRow, ANSWERS_KEPT, "created_at", "id"),
    Retention(tables.OutboundMessageRow, MONTH, "ended_at", "ended_at", {"ended_at__isnull": False}),
    Retention(tables.JobRow, MONTH, "ended_at", "id", {"ended_at__isnull": False, "file": ""}),
    Retention(tables.WebhookDeliveryRow, MONTH, "last_at", "last_at"),
)

_LOAN, _ERASED = "a fact of a loan, in the lender's books", "emptied by erasure; what is left names nobody"
_DECIDED = "what was agreed and decided of a loan: its proof"

KEPT: Mapping[type[Model], str] = {
    tables.AccessRow: (
        "as long as the lender's policy keeps people (`[retention]`): its chain is cut by `erasure.erase_due`"
    ),
    tables.AgreementRow: _ERASED,
    tables.ApiKeyRow: "names, in the log, which key did what; one that ended opens nothing",
    tables.ApprovalRow: _DECIDED,
    tables.BookingRow: _DECIDED,
    tables.BorrowerRow: _ERASED,
    tables.ChainHeadRow: "one row for each chain",
    tables.ChargeRow: _LOAN,
    tables.LenderCreditRow: _LOAN,
    tables.CorrectionRow: _LOAN,
    tables.ConsentRow: "proof of what was agreed to, and when",
    tables.ContactRow: "proof of each contact and of each that was refused; three years at least, and no number",
    tables.ContractRow: _LOAN,
    tables.DecisionRow: _DECIDED,
    tables.DraftRow: "until it is sent or thrown away, one for each loan and person; or erased",
    tables.FeedStatementRow: "what was signed, as it was signed: one for each day that somebody asked for",
    tables.EventRow: "the log: nothing is taken out of it",
    tables.FigureFactRow: "follows from the log, of which nothing is taken out; it has refs alone",
    tables.FigureFeedRow: "one row for each lender",
    tables.FigureTotalRow: "sums of what follows from the log",
    tables.HoldRow: _LOAN,
    tables.InstallmentOutcomeRow: _DECIDED,
    tables.InvitationRow: "events name it, and a link that has ended says so; a borrower is sent twenty a day at most",
    tables.LenderRow: "one row for each lender",
    tables.LoanRow: _LOAN,
    tables.MessageChoiceRow: "one for each person and lender, until it is chosen anew; or erased",
    tables.MessageRow: _ERASED,
    tables.MonthEndPlaceRow: "one row for each lender",
    tables.MonthEndRow: "follows from the facts of a loan, which are kept; it has ids and sums alone",
    tables.MonthEndTotalRow: "sums of the month ends, which are kept",
    tables.OfferRow: _DECIDED,
    tables.PartyRow: _LOAN,
    tables.PaymentRow: _LOAN,
    tables.PaymentClaimRow: _ERASED,
    tables.PersonRow: _ERASED,
    tables.PlanPauseRow: _DECIDED,
    tables.PolicyVersionRow: "what was decided under it is bound by it",
    tables.PreferenceRow: "one for each person and lender, until it is set anew",
    tables.ComplaintRow: _ERASED,
    tables.PromiseRow: _DECIDED,
    tables.ProposalRow: _DECIDED,
    tables.ProposalLineRow: _DECIDED,
    tables.PulseRow: "one row for each kind of work, written over",
    tables.StaffRow: "names, in the log, who did what; one that ended signs in no more",
    tables.StaffNoteRow: _ERASED,
    tables.StatementRow: _LOAN,
    tables.SuspensionRow: _LOAN,
    tables.TestClockRow: "one row, in a test database alone",
    tables.TextRow: _ERASED,
    tables.ToldIncomeRow: _ERASED,
    tables.VaultCheckRow: "one row",
    tables.VisitRow: _ERASED,
    tables.WaiverRow: _LOAN,
    tables.WebhookEndpointRow: "names, in the log, where news went; one that was removed has no secret any more",
    tables.WebhookLaneRow: "one for each stream and endpoint, until that is removed: how far it is",
}


async def prune(at: datetime) -> int:
    """Removes rows whose time is over, up to BATCHES of each table; answers how many."""
    return sum([await _prune(retention, at) for retention in RETENTIONS])


async def _prune(retention: Retention, at: datetime) -> int:
    removed = 0
    for _ in range(BATCHES):
        over = await retention.over(at)
        removed += await _remove(retention, over) if over else 0
        if len(over) < BATCH:
            break
    return removed


@change_outside_feed
async def _remove(retention: Retention, over: Sequence[int]) -> int:
    return await retention.table.filter(id__in=over).delete()
