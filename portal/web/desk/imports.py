"""Files of the lender on their way into the books: what was sent, by whom, how far it is; and one to send.

For approvers and admins: a file says something of every loan at once, and agents work on one case at a time.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.jobs import NewJob, TooManyJobs
from portal.actions.journal import KeyUsedOtherwise
from portal.domain.refusal import N_, Refusal
from portal.intake import shipped_mappings
from portal.intake.mapping_file import BadMapping
from portal.jobs.asking import ask_of_spool
from portal.jobs.spool import NoRoom, Spool, Spooled
from portal.reads.cases import NotFound
from portal.reads.jobs import MOST_LISTED, OF_FILES, JobStatus, jobs_of, who_asked
from portal.reads.jobs import job_status as read_job
from portal.web import guard
from portal.web.desk.sent_mapping import OWN, csv_options, last_mapping, mapping_problem
from portal.web.forms import Form
from portal.web.render import fragment, page, page_language, see_other, wants_fragment
from portal.web.reworded import reworded
from portal.web.sheets import sheet
from portal.web.uploads import NoFile, Upload, upload

MOST_FILE_BYTES = 64 * 1024 * 1024
ROWS_SHOWN = 200
LINES = ("portfolio", "payments")
"""Files of JSON Lines, by the kind of job that reads them; any other is a CSV and named by its mapping."""
_KINDS = {
    "portfolio": N_("Portfolio"),
    "payments": N_("Payments and reversals"),
    "invitations": N_("Invitation links"),
}
_STATES = {
    "waiting": N_("Waits its turn"),
    "running": N_("Under way"),
    "done": N_("Done"),
    "refused": N_("Refused"),
    "failed": N_("Broken off"),
}


_STATUS: dict[type[Refusal], int] = {NoRoom: 503, KeyUsedOtherwise: 409, TooManyJobs: 409}


class PortfolioOnly(Refusal):
    says = N_("This goes with a portfolio only. Please take the tick away.")


class FileTooLarge(Refusal):
    says = N_("A file can have at most {most} MB; this one has more. Nothing of it was kept. Please send it in parts.")


async def imports(request: Request) -> Response:
    """The list, the newest first; a file that is sent becomes a job, and the way goes on at its page."""
    if request.method != "POST":
        return await _list(request, Form({}))
    sent = await upload(request, small=("mapping",))
    form = Form(dict(sent.fields))
    try:
        what = _filled_in(form, sent)
        as_csv = await csv_options(request, form, what, sent)
        form.check()
        new = _asked(request, form, what, as_csv, await _kept(request, sent))
        return see_other(request, "desk_import", ref=await ask_of_spool(_spool(request), new, guard.now()))
    except BadMapping as bad:
        return await _list(request, form, 422, problems=bad.problems)
    except Refusal as refusal:
        if form:
            form.refuse("file", refusal)
        return await _list(request, form, _STATUS.get(type(refusal), 422))


def _filled_in(form: Form, sent: Upload) -> str:
    """What the file is."""
    what = form.choice("what", (*LINES, *shipped_mappings(), OWN))
    for name in ("dry_run", "complete"):
        if what == "payments" and form.raw(name):
            form.refuse(name, PortfolioOnly(name))
    if not sent.name:
        form.refuse("file", NoFile("file"))
    return what


async def _kept(request: Request, sent: Upload) -> Spooled:
    """Raises NoRoom, FileTooLarge, NoFile."""
    try:
        kept = await _spool(request).keep(sent.chunks)
    except HTTPException as error:
        if error.status_code != 413:
            raise
        raise FileTooLarge("file", most=MOST_FILE_BYTES >> 20) from error
    if not kept.size:
        _spool(request).remove(kept.name)
        raise NoFile("file")
    return kept


def _asked(request: Request, form: Form, what: str, as_csv: Mapping[str, object], kept: Spooled) -> NewJob:
    kind = what if what in LINES else "portfolio"
    options: dict[str, object] = {name: bool(form.raw(name)) for name in ("dry_run", "skip_bad", "complete")}
    options |= as_csv
    text = json.dumps([kept.digest, kind, options], sort_keys=True)
    return NewJob(
        lender_id=guard.current_staff(request).lender_id,
        kind=kind,
        asked_by=f"staff:{guard.current_staff(request).ref}",
        options=options,
        file=kept.name,
        file_bytes=kept.size,
        key=f"desk:{form.raw('key')}"[:100] if form.raw("key") else "",
        request_hash=hashlib.sha256(text.encode()).hexdigest(),
    )


async def _list(request: Request, form: Form, status: int = 200, problems: Sequence[str] = ()) -> Response:
    staff = guard.current_staff(request)
    jobs = await jobs_of(staff.lender_id, request.query_params.get("before", "")[: guard.LONGEST_REF])
    return page(
        request,
        "desk/imports",
        status=status,
        jobs=jobs,
        kinds=_KINDS,
        states=_STATES,
        asked=await who_asked(jobs, staff.lender_id),
        older=jobs[-1].ref if len(jobs) == MOST_LISTED else "",
        form=form,
        mappings=shipped_mappings(),
        last=await last_mapping(staff.lender_id),
        problems=[mapping_problem(page_language(request), each) for each in problems],
        most=MOST_FILE_BYTES >> 20,
    )


async def one(request: Request) -> Response:
    """How far one is, by itself while it runs; its bad rows by line once it is over."""
    staff, found = guard.current_staff(request), await _job(request)
    bad, answer = _bad(found), found.answer or {}
    values: dict[str, Any] = {
        "job": found,
        "kinds": _KINDS,
        "states": _STATES,
        "asked": await who_asked([found], staff.lender_id),
        "bad": [_worded(request, row) for row in bad[:ROWS_SHOWN]],
        "bad_count": len(bad),
        "passed": answer.get("passed_over_lines", ()),
        "passed_count": answer.get("passed_over", 0),
        "missing": answer.get("missing_loans", ())[:ROWS_SHOWN],
        "missing_count": answer.get("missing", 0),
        "changed_fields": _most_first(answer.get("changed_fields", {})),
        "changes": answer.get("changes", ())[:ROWS_SHOWN],
        "changes_count": answer.get("changed", 0),
        "live": not found.over,
    }
    if wants_fragment(request):
        return fragment(request, "desk_import", **values)
    return page(request, "desk/import", **values)


def _most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


async def refused_rows(request: Request) -> Response:
    """The rows that were refused, as a sheet: no value of them is quoted that is about a person."""
    found = await _job(request)
    rows = _bad(found)
    if not rows:
        raise NotFound
    names = ("line", "loan_no", "field", "problem")
    worded = (_worded(request, row) for row in rows)
    return sheet(f"refused-{found.ref}", names, ([each[name] for name in names] for each in worded))


def _bad(job: JobStatus) -> list[Mapping[str, object]]:
    """What was refused, by line, as the answer has it: beside what landed, or instead of it."""
    answer = job.answer if job.over and job.answer else {}
    return list(answer.get("bad_rows") or answer.get("errors") or ())


def _worded(request: Request, row: Mapping[str, object]) -> dict[str, object]:
    """In the page's language where it has words for it."""
    problem = str(row["problem"])
    words = reworded(page_language(request), problem)
    line = row.get("line", row.get("index", ""))
    return {"loan_no": "", **row, "line": line, "problem": words or problem, "lang": "" if words else "en"}


async def _job(request: Request) -> JobStatus:
    """Raises NotFound, for a job that is of no file too."""
    ref, staff = request.path_params["ref"], guard.current_staff(request)
    found = await read_job(ref, staff.lender_id, request.app.state.vault)
    if found.kind not in OF_FILES:
        raise NotFound(ref)
    return found


def _spool(request: Request) -> Spool:
    found: Spool = request.app.state.spool
    return found
