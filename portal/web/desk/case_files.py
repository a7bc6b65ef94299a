"""The case file of a loan, for whoever says what it is for: told and limited as an opening of names is."""

import re
from collections.abc import AsyncIterator, Mapping
from tempfile import TemporaryFile
from typing import IO, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from portal.actions.personal import TooManyOpened, note_case_made, note_opened
from portal.domain.restructuring.reasons import CASE_REASONS
from portal.reads.cases import Case
from portal.reads.desk import masked_name, staff_email
from portal.web import guard
from portal.web.case_file import CaseFileMade, write_case_file
from portal.web.changing import FormPage
from portal.web.desk.own import lenders_case, wall_time
from portal.web.forms import Form

_PIECE_BYTES = 64 * 1024


async def _values(request: Request, case: Case, form: Form) -> Mapping[str, Any]:
    return {"case": case, "name": await masked_name(case.id, request.app.state.vault), "reasons": CASE_REASONS}


_CASE_FILE = FormPage("desk/case_file", lenders_case, _values)


@_CASE_FILE.post(at={TooManyOpened: "reason"})
async def make_case_file(request: Request, case: Case, form: Form) -> Response:
    """That it is made is written down first, and of which it was once it is there; only then it is given out."""
    staff, vault = guard.current_staff(request), request.app.state.vault
    reason, moment = form.choice("reason", CASE_REASONS), wall_time(request, case.lender.timezone)
    form.check()
    await note_opened(case.ref, staff, reason, moment, CASE_REASONS)
    made = CaseFileMade(moment, await staff_email(staff.lender_id, staff.ref), reason)
    out = await run_in_threadpool(TemporaryFile)
    try:
        digest = await write_case_file(out, case, made, vault)
        await note_case_made(case.ref, staff.lender_id, ("staff", staff.ref), digest, guard.now())
    except BaseException:
        out.close()
        raise
    name = f"case-{re.sub(r'[^A-Za-z0-9.-]', '-', case.loan.loan_no)}-{digest[:12]}.zip"
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-length": str(out.tell())}
    return StreamingResponse(_pieces(out), media_type="application/zip", headers=headers)


async def _pieces(out: IO[bytes]) -> AsyncIterator[bytes]:
    """The file has no name, and is gone once it is closed."""
    with out:
        out.seek(0)
        while piece := await run_in_threadpool(out.read, _PIECE_BYTES):
            yield piece
