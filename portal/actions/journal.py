"""The append-only log: within an act a lender's feed is locked, so its events get their numbers in order."""

from dataclasses import replace
from datetime import timedelta

from tortoise.exceptions import IntegrityError

from portal.domain.event import GENESIS, BusinessTime, Envelope, NewEvent, canonical, link
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.negotiation import SomebodyWasFirst
from portal.reads.cases import Case
from portal.reads.log import stream_head
from portal.reads.rows import columns_of
from portal.tables import models as tables
from portal.vault import new_ref

ANSWERS_KEPT = timedelta(days=7)
SYSTEM = "lender:"
"""How the actor of a stored answer begins where a lender's system asked."""


class KeyUsedOtherwise(Refusal):
    says = N_("This form was already sent with other content. Please open the page again.")


class Journal:
    """The events of one action, numbered as they come and written together when it commits."""

    def __init__(self, lender: tables.LenderRow, moment: BusinessTime, key: str, through: str = "") -> None:
        """`through` is the ref of the key by which a system says what one of the staff does."""
        self.lender = lender
        self.moment = moment
        self.key = key
        self.through = through
        self.correlation = new_ref()
        self._feed = lender.feed
        self._copied = lender.facts_feed == lender.feed
        self._heads: dict[str, tuple[int, str]] = {}
        self._rows: list[tables.EventRow] = []

    async def heads(self, streams: list[str]) -> None:
        """Reads where many streams end in one statement, before a bulk of events."""
        for start in range(0, len(streams), 500):
            rows = await (
                tables.EventRow.filter(stream__in=streams[start : start + 500])
                .order_by("seq")
                .only("stream", "seq", "hash")
            )
            self._heads.update({row.stream: (row.seq, row.hash) for row in rows})
        for stream in streams:
            self._heads.setdefault(stream, (0, GENESIS))

    async def expect(self, stream: str, expected_version: int) -> None:
        """Raises SomebodyWasFirst when the stream has gone on since `expected_version`."""
        if await self.seq(stream) != expected_version:
            raise SomebodyWasFirst("expected_version")

    async def seq(self, stream: str) -> int:
        """The number of the stream's last event, what this act wrote included."""
        return (await self._head(stream))[0]

    async def tell(self, case: Case, happening: NewEvent) -> None:
        """Appends to the stream of a loan."""
        await self.write(loan_stream(case.id), happening, loan_no=case.loan.loan_no)

    async def write(self, stream: str, happening: NewEvent, *, loan_no: str = "") -> None:
        """Appends to a stream."""
        seq, previous = await self._head(stream)
        if self.through:
            happening = replace(happening, facts={**happening.facts, "through": self.through})
        self._feed += 1
        place = Envelope(
            stream=stream,
            seq=seq + 1,
            feed=self._feed,
            lender=self.lender.slug,
            loan_no=loan_no,
            occurred_at=self.moment.at,
            business_date=self.moment.today,
            correlation=self.correlation,
            key=self.key,
        )
        row = _row(self.lender, new_ref(), happening, place, previous)
        self._heads[stream] = (place.seq, row.hash)
        self._rows.append(row)

    async def _head(self, stream: str) -> tuple[int, str]:
        if stream not in self._heads:
            self._heads[stream] = await stream_head(stream)
        return self._heads[stream]

    async def flush(self) -> None:
        """Writes what has happened so far, for whoever reads it back within the same action."""
        if not self._rows:
            return
        rows, self._rows = self._rows, []
        try:
            await tables.EventRow.bulk_create(rows, batch_size=500)
        except IntegrityError as error:
            raise SomebodyWasFirst("expected_version") from error
        # Whoever tells a fact keeps its row: a feed whose facts were all rows goes on so.
        copied = {"facts_feed": self._feed} if self._copied else {}
        await tables.LenderRow.filter(id=self.lender.id).update(feed=self._feed, **copied)


def loan_stream(loan_id: int) -> str:
    return f"loan:{loan_id}"


def lender_stream(lender_id: int) -> str:
    return f"lender:{lender_id}"


def borrower_stream(borrower_id: int) -> str:
    return f"borrower:{borrower_id}"


def _row(lender: tables.LenderRow, ref: str, happening: NewEvent, place: Envelope, previous: str) -> tables.EventRow:
    body = canonical(ref, happening, place)
    return tables.EventRow(
        ref=ref,
        lender_id=lender.id,
        type=happening.type,
        proposal_ref=happening.proposal,
        body=body,
        previous=previous,
        hash=link(previous, body),
        **columns_of(place, "lender", "loan_no", "correlation", "key"),
    )
