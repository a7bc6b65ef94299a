"""The next dates of a loan as a file for a phone's calendar. Others look at a calendar: it names no sum and no debt."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.ledger.upcoming import less_credit
from portal.domain.refusal import N_
from portal.reads.cases import NotFound
from portal.web import guard
from portal.web.borrower.own import own_loan
from portal.web.written import written

_NAME = N_("An agreed date")
_REMINDS = "-PT15H"
"""Nine in the morning of the day before: a day begins at its midnight."""


async def loan_dates(request: Request) -> Response:
    """Each day from today on on which something is to be paid, of contract and plan together, once."""
    context = await own_loan(request)
    if context.case.by_other:
        raise NotFound(context.case.ref)
    dues = less_credit(context.now.next_dues, context.now.credit)
    days = sorted({due.due_on for due in dues})
    name = written(request).text(_NAME)
    lines = calendar_lines(context.case.ref, name, days, guard.now())
    saved = {"content-disposition": 'attachment; filename="dates.ics"'}
    return Response("".join(f"{line}\r\n" for line in lines), media_type="text/calendar", headers=saved)


def calendar_lines(key: str, name: str, days: Sequence[date], at: datetime) -> Iterator[str]:
    """One whole day an event, for that nobody is busy; the same key and day is the same event when it is read again.

    Source: RFC 5545, sections 3.4, 3.6.1 and 3.6.6. No line is long enough to be folded.
    """
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//portal//dates//EN")
    for day in days:
        yield from ("BEGIN:VEVENT", f"UID:{key}-{day:%Y%m%d}@dates", f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        yield from (f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}")
        yield from (f"SUMMARY:{name}", "CLASS:PRIVATE", "TRANSP:TRANSPARENT")
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{name}", f"TRIGGER:{_REMINDS}", "END:VALARM")
        yield "END:VEVENT"
    yield "END:VCALENDAR"
