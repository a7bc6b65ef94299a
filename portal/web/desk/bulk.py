"""Answering a list of the desk at once: asked for, looked through, confirmed, and what came of each.

The worker looks through the list and answers it; a page says how far it is, by itself or when it is opened again.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.jobs import NewJob, TooManyJobs, ask_job
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.bulk import MOST_IN_BULK, BulkAct
from portal.domain.restructuring.reasons import DECLINE_REASONS, OTHER_REASON, READY_QUESTIONS
from portal.reads.bulk import (
    BULK,
    BULK_PREVIEW,
    QUEUES_IN_BULK,
    BulkItem,
    bulk_acts,
    bulk_job,
    bulk_key,
    confirmed_job,
    listing_facts,
    listing_from_facts,
    outcomes_of,
    shown_items,
    sums_of,
)
from portal.reads.cases import NotFound
from portal.reads.desk import masked_names, working_colleagues
from portal.reads.desk_queue import listed_page
from portal.reads.jobs import JobStatus, who_asked
from portal.web import guard
from portal.web.changing import Elsewhere, FormPage
from portal.web.desk.listing import listing_of, listing_query
from portal.web.desk.review import ready_question
from portal.web.forms import MOST_FIELDS, Form
from portal.web.labels.bulk import BULK_OUTCOME_LABELS
from portal.web.labels.plans import RULE_NAMES
from portal.web.render import fragment, page_language, see_other, wants_fragment
from portal.web.sheets import sheet

MOST_TICKS = MOST_IN_BULK + MOST_FIELDS


class NoSuchAct(Refusal):
    says = N_("A list can be accepted, declined, asked or assigned at once. You sent “{given}”.")


class NotInBulk(Refusal):
    says = N_("Only what is to be answered, or is assigned to you, is answered at once. Please go there first.")


class NobodyListed(Refusal):
    says = N_("Nothing is in this list, so there is nothing to answer.")


class NobodyTicked(Refusal):
    says = N_("Nothing is ticked, so there is nothing to answer.")


class AskedByColleague(Refusal):
    says = N_("A colleague has looked through this list; only they can confirm it. Please look through it yourself.")


async def _no_subject(request: Request) -> None:
    return None


async def _acts(request: Request, nothing: None, form: Form) -> Mapping[str, Any]:
    staff = guard.current_staff(request)
    acts = await bulk_acts(staff.lender_id)
    return {"acts": acts, "asked": await who_asked(acts, staff.lender_id)}


_ACTS = FormPage("desk/bulk_acts", _no_subject, _acts)


@_ACTS.post(NoSuchAct, NotInBulk, NobodyListed, TooManyJobs)
async def bulk_acts_page(request: Request, nothing: None, form: Form) -> Response:
    """The last ones; a list to look through becomes a job, and the way goes on at its page."""
    staff, act = guard.current_staff(request), form.raw("act")
    if act not in {each.value for each in BulkAct}:
        raise NoSuchAct(given=act[:20])
    listing = listing_of(dict(parse_qsl(form.raw("listed"))))
    if listing.queue not in QUEUES_IN_BULK:
        raise NotInBulk
    today = guard.today(request, staff.timezone)
    first = await listed_page(staff.lender_id, staff.ref, replace(listing, after=None), today, 1)
    if not first.ids and first.onward is None:
        raise NobodyListed
    options = {"act": act, **listing_facts(listing)}
    new = NewJob(staff.lender_id, BULK_PREVIEW, f"staff:{staff.ref}", options, request_hash=_digest(options))
    ref, _ = await ask_job(new, guard.now())
    return see_other(request, "desk_bulk", ref=ref)


async def _job(request: Request) -> JobStatus:
    """Raises NotFound; Elsewhere, to what came of it, for a preview that was confirmed."""
    staff, ref = guard.current_staff(request), request.path_params["ref"]
    found = await bulk_job(ref, staff.lender_id, request.app.state.vault)
    confirmed = await confirmed_job(ref, staff.lender_id) if found.kind == BULK_PREVIEW else ""
    if confirmed:
        again = Response(status_code=204, headers={"hx-refresh": "true"})
        raise Elsewhere(again if wants_fragment(request) else see_other(request, "desk_bulk", ref=confirmed))
    return found


async def _values(request: Request, job: JobStatus, form: Form) -> Mapping[str, Any]:
    staff = guard.current_staff(request)
    shown: Mapping[str, Any] = {}
    if job.over and job.answer:
        shown = await (_preview if job.kind == BULK_PREVIEW else _answered)(request, job, form)
    return {
        "job": job,
        "preview": job.kind == BULK_PREVIEW,
        "act": job.options["act"],
        "live": not job.over,
        "asked": await who_asked([job], staff.lender_id),
        "mine": job.asked_by == f"staff:{staff.ref}",
        **shown,
    }


@dataclass(frozen=True, slots=True)
class _BulkRow:
    item: BulkItem
    name: str
    ticked: bool


async def _preview(request: Request, job: JobStatus, form: Form) -> Mapping[str, Any]:
    """What it has found: first what is left out, then those that would be answered, with their sums."""
    staff, items, listing = guard.current_staff(request), shown_items(job), listing_from_facts(job.options)
    names = await masked_names(staff.lender_id, [each.loan_ref for each in items], request.app.state.vault)
    sent = bool(form.values)
    rows = [
        _BulkRow(each, names.get(each.loan_ref, ""), not each.out and (not sent or form.ticked(f"in-{each.ref}")))
        for each in items
    ]
    chosen = [each.item for each in rows if each.ticked]
    rule = listing.filters.get("rule", "")
    return {
        "rows": [each for each in rows if not each.item.out],
        "left_out": [each for each in rows if each.item.out],
        "sums": sums_of(each.asked for each in chosen),
        "promised": sums_of(each.nearest for each in chosen if each.nearest),
        "recounted": sent and form.raw("counted") != str(len(chosen)),
        "stay": job.answer["stay"] if job.answer else 0,
        "rule": RULE_NAMES.get(rule, rule),
        "listed": listing_query(listing),
        "reasons": DECLINE_REASONS,
        "questions": READY_QUESTIONS,
        "colleagues": [each.email for each in await working_colleagues(staff.lender_id)],
        "most": MOST_IN_BULK,
    }


async def _answered(request: Request, job: JobStatus, form: Form) -> Mapping[str, Any]:
    outcomes = outcomes_of(job)
    return {
        "done_ones": [each for each in outcomes if each.done],
        "refused_ones": [each for each in outcomes if not each.done],
    }


_ONE = FormPage("desk/bulk", _job, _values)


@_ONE.post(NobodyTicked, AskedByColleague, TooManyJobs)
async def _confirm(request: Request, job: JobStatus, form: Form) -> Response:
    """What was ticked of a preview is answered, as it was shown; sent again it is the same act.

    Where some were unticked the page comes once more, with the sums of the others.
    """
    staff, vault = guard.current_staff(request), request.app.state.vault
    if job.kind != BULK_PREVIEW or job.state != "done":
        return see_other(request, "desk_bulk", ref=job.ref)
    if job.asked_by != f"staff:{staff.ref}":
        raise AskedByColleague
    ticked = [each.ref for each in shown_items(job) if not each.out and form.ticked(f"in-{each.ref}")]
    if not ticked:
        raise NobodyTicked
    options, note = await _answer(request, job, form, ticked), form.text("note")
    form.check()
    if form.raw("counted") != str(len(ticked)):
        return await _ONE.show(request, job, form)
    sealed = vault.seal_own(bulk_key(job.ref), note) if note else ""
    new = NewJob(
        lender_id=staff.lender_id,
        kind=BULK,
        asked_by=job.asked_by,
        options={**options, "note": sealed},
        key=bulk_key(job.ref),
        request_hash=_digest([options, note]),
    )
    ref, _ = await ask_job(new, guard.now())
    return see_other(request, "desk_bulk", ref=ref)


async def _answer(request: Request, job: JobStatus, form: Form, ticked: Sequence[str]) -> dict[str, object]:
    """What the form says that all of them are answered."""
    act = BulkAct(job.options["act"])
    reason = form.choice("reason", tuple(DECLINE_REASONS)) if act is BulkAct.DECLINE else ""
    question = ready_question(form) if act is BulkAct.ASK else ""
    form.text("note", required=(act is BulkAct.ASK and not question) or reason == OTHER_REASON)
    working = [each.email for each in await working_colleagues(guard.current_staff(request).lender_id)]
    assignee = form.choice("assignee", ("", *working)) if act is BulkAct.ASSIGN else ""
    answer = {
        "act": act.value,
        "reason": reason,
        "question": question,
        "assignee": assignee,
        "lang": page_language(request).tag,
    }
    return {"preview": job.ref, "ticked": list(ticked), **answer}


async def bulk_page(request: Request) -> Response:
    """The page and its form; while the worker is at it, only the part that changes."""
    if request.method != "GET" or not wants_fragment(request):
        return await _confirm(request)
    try:
        job = await _job(request)
    except Elsewhere as found:
        return found.response
    form = Form({})
    return fragment(request, "desk_bulk", form=form, values={}, **await _values(request, job, form))


async def bulk_sheet(request: Request) -> Response:
    """What came of each, a line an item."""
    job, spoken = await _job(request), page_language(request)
    if job.kind != BULK or not job.over:
        raise NotFound(job.ref)
    rows = (
        (each.loan_no, each.ref, each.code, each.state, spoken.text(BULK_OUTCOME_LABELS.get(each.code, each.code)))
        for each in outcomes_of(job)
    )
    return sheet(f"bulk-{job.ref}", ("loan_no", "proposal", "outcome", "state", "words"), rows)


def _digest(asked: object) -> str:
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
