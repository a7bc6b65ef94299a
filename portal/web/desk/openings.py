"""For the lender's admin: who of the staff opened whose name and number and why, which loans, and which lists."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.access import LOOKED_ONCE_IN
from portal.actions.personal import MOST_OPENED
from portal.reads.access import OPENINGS_ON_A_PAGE, OpenedWhat, Opening, every_opening, staff_who_may_have
from portal.reads.access import openings as read_openings
from portal.web import guard
from portal.web.desk.own import note_export
from portal.web.labels.desk import OPENED_LABELS
from portal.web.render import page
from portal.web.sheets import SheetLine, streamed_sheet
from portal.web.urls import filled_query, id_in_address

_COLUMNS = ("at", "staff", "loan_no", "name", "what", "reason", "list")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for, and of whom; of everybody where it is nobody of the lender's."""

    what: OpenedWhat
    who: str
    colleagues: dict[str, str]

    @property
    def query(self) -> str:
        return filled_query({"what": self.what, "who": self.who})


async def openings_page(request: Request) -> Response:
    """The newest first; `before` is the row that the page before ended with, so that new ones move nothing."""
    asked, staff = await _asked(request), guard.current_staff(request)
    before = id_in_address(request.query_params.get("before", ""))
    found = await read_openings(staff.lender_id, before, request.app.state.vault, asked.what, asked.who)
    return page(
        request,
        "desk/openings",
        rows=found[:OPENINGS_ON_A_PAGE],
        before=before,
        older=found[OPENINGS_ON_A_PAGE - 1].id if len(found) > OPENINGS_ON_A_PAGE else None,
        most=MOST_OPENED,
        minutes=LOOKED_ONCE_IN.seconds // 60,
        asked=asked,
        kinds=list(OPENED_LABELS.items()),
    )


async def openings_sheet(request: Request) -> Response:
    """All of them; that this was taken is noted as of any other list."""
    asked, staff = await _asked(request), guard.current_staff(request)
    note_export(request, "openings")
    found = every_opening(staff.lender_id, request.app.state.vault, asked.what, asked.who)
    name = f"opened-{asked.what}-{guard.today(request, staff.timezone)}"
    return streamed_sheet(name, _COLUMNS, _rows(found, asked.what))


async def _rows(found: AsyncIterator[Opening], what: OpenedWhat) -> AsyncIterator[SheetLine]:
    async for each in found:
        refused = what is OpenedWhat.NAMES and not each.reason
        told = "refused" if refused else what.value
        yield each.at.isoformat(), each.email or "operator", each.loan_no, each.name, told, each.reason, each.listed


async def _asked(request: Request) -> _Asked:
    given, colleagues = request.query_params, await staff_who_may_have(guard.current_staff(request).lender_id)
    what, who = given.get("what", ""), given.get("who", "")
    known = OpenedWhat(what) if what in set(OpenedWhat) else OpenedWhat.NAMES
    return _Asked(known, who if who in colleagues else "", colleagues)
