"""Every contact that was asked for, with what came of it: a list with filters, and the same as a sheet (CSV)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.refusal import N_, Refusal
from portal.reads.contact_lists import ContactList, ContactSearch, agencies_of, every_contact, found_contacts
from portal.reads.contacts import ContactRecord
from portal.reads.visits import coming_visits
from portal.web import guard
from portal.web.api.contacts import contact_facts
from portal.web.desk.own import note_export
from portal.web.forms import Form, clean_text
from portal.web.labels.contacts import CONTACT_LIST_LABELS
from portal.web.render import page
from portal.web.sheets import SheetLine, streamed_sheet
from portal.web.urls import filled_query, id_in_address

LONGEST_RANGE = timedelta(days=3 * 366)
_LONGEST = 100
_COLUMNS = (
    *("contact", "loan_no", "borrower", "channel", "agency", "asked_at", "timezone", "allowed", "until", "reason"),
    *("detail", "allowed_from", "by", "outcome", "made_at", "seconds", "told_at", "against"),
)


class LongerThanKept(Refusal):
    says = N_("A list is of up to {most} days; these are {given}.")


@dataclass(frozen=True, slots=True)
class _Asked:
    search: ContactSearch
    form: Form

    @property
    def narrowed(self) -> bool:
        """By whoever reads it, and not by how far back the list goes anyway."""
        typed = any(self.form.raw(name) for name in ("agency", "loan", "since", "until"))
        return typed or self.search.which is not ContactList.ALL

    @property
    def query(self) -> str:
        asked = self.search
        names = {"which": asked.which, "agency": asked.agency, "loan": asked.loan_no}
        return filled_query({**names, "since": asked.since or "", "until": asked.until or ""})


async def contacts_list(request: Request) -> Response:
    """The newest first; `before` is the id that the page before ended with."""
    return await _page(request, _asked(request))


async def contacts_sheet(request: Request) -> Response:
    """All that the filters name, over up to three years; that it was taken is noted as of any other list."""
    asked = _asked(request)
    if asked.form.errors:
        return await _page(request, asked)
    note_export(request, "contacts")
    name = f"contacts-{guard.today(request, guard.current_staff(request).timezone)}"
    return streamed_sheet(name, _COLUMNS, _lines(every_contact(asked.search)))


async def _page(request: Request, asked: _Asked) -> Response:
    before, staff = id_in_address(request.query_params.get("before", "")), guard.current_staff(request)
    at = guard.business_time(request, staff.timezone).at
    found = await found_contacts(asked.search, before)
    return page(
        request,
        "desk/contacts",
        status=422 if asked.form.errors else 200,
        rows=found.rows,
        older=found.older,
        before=before,
        search=asked.search,
        narrowed=asked.narrowed,
        query=asked.query,
        values=asked.form.values,
        errors=asked.form.errors,
        kinds=list(CONTACT_LIST_LABELS.items()),
        agencies=await agencies_of(asked.search.lender_id),
        visits=await coming_visits(asked.search.lender_id, at),
    )


def _asked(request: Request) -> _Asked:
    """Filters nobody knows are none; of days, the last is today and the first three years before, if not said."""
    staff, form = guard.current_staff(request), Form(request.query_params)
    today = guard.today(request, staff.timezone)
    since, until = (form.date(name, example=today, past=True) for name in ("since", "until"))
    which, agency = form.raw("which"), clean_text(form.raw("agency"))[:_LONGEST]
    first, last = _range(form, today, since, until)
    search = ContactSearch(
        staff.lender_id,
        ContactList(which) if which in tuple(ContactList) else ContactList.ALL,
        agency,
        clean_text(form.raw("loan"))[:_LONGEST],
        first,
        last,
    )
    return _Asked(search, form)


def _range(form: Form, today: date, since: date | None, until: date | None) -> tuple[date, date | None]:
    """Where a borrower is, it may be tomorrow already: without a last day there is none."""
    last = until or today
    first = since or last - LONGEST_RANGE
    if last - first > LONGEST_RANGE:
        form.refuse("since", LongerThanKept("since", most=LONGEST_RANGE.days, given=(last - first).days))
    return first, until


async def _lines(found: AsyncIterator[ContactRecord]) -> AsyncIterator[SheetLine]:
    async for each in found:
        facts = contact_facts(each)
        yield ["" if facts[name] is None else _cell(facts[name]) for name in _COLUMNS]


def _cell(value: object) -> str:
    return ("yes" if value else "") if isinstance(value, bool) else str(value)
