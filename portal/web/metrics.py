"""What a Prometheus asks every few seconds: queues, the worker's signs of life, refused sign-ins. No names, no numbers.

Source of the format: prometheus.io, Exposition formats, text-based, version 0.0.4.
"""

import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from portal import clock
from portal.reads.cases import NotFound
from portal.reads.metrics import Metrics, Queue
from portal.reads.metrics import metrics as read_metrics
from portal.settings import Settings
from portal.web.guard import today

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[Mapping[str, str], int]


async def metrics_page(request: Request) -> Response:
    """With the token of the settings; where none is set, on this machine's own address alone. Else nothing is here."""
    settings: Settings = request.app.state.settings
    if not _may_ask(settings, request.headers.get("authorization", "")):
        raise NotFound(request.url.path)
    at = clock.now()
    found = await read_metrics(at, lambda timezone: today(request, timezone))
    return Response("".join(_lines(found, at)), media_type=MEDIA_TYPE)


def _may_ask(settings: Settings, sent: str) -> bool:
    if not settings.metrics_token:
        return settings.on_loopback
    return hmac.compare_digest(sent.encode(), f"Bearer {settings.metrics_token}".encode())


def _lines(found: Metrics, at: datetime) -> Iterator[str]:
    for name, says, samples in _gauges(found, at):
        yield f"# HELP portal_{name} {says}\n# TYPE portal_{name} gauge\n"
        for labels, value in samples:
            label_text = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
            yield f"portal_{name}{{{label_text}}} {value}\n" if label_text else f"portal_{name} {value}\n"


def _gauges(found: Metrics, at: datetime) -> Iterator[tuple[str, str, list[Sample]]]:
    yield "schema_info", "The newest migration that the database has run.", [({"migration": found.migration}, 1)]
    yield "messages", "Messages to phones, by state.", [({"state": s}, q.count) for s, q in found.messages.items()]
    waiting = found.messages["waiting"]
    yield "oldest_message_seconds", "Age of the oldest message that waits.", [({}, _age(waiting, at))]
    yield "jobs", "Files and requests that are read in the background, by state.", [
        ({"state": state}, queue.count) for state, queue in found.jobs.items()
    ]  # fmt: skip
    yield "oldest_job_seconds", "Age of the oldest job, by state.", [
        ({"state": state}, _age(queue, at)) for state, queue in found.jobs.items() if state != "failed"
    ]  # fmt: skip
    yield from _of_lenders(found, at)
    yield "worker_seconds", "Since the worker was last seen at this.", [
        ({"task": pulse.name}, max(0, round((clock.by_wall(at) - pulse.at).total_seconds()))) for pulse in found.worker
    ]  # fmt: skip
    yield "worker_failing", "1 where this failed when the worker last did it.", [
        ({"task": pulse.name}, int(bool(pulse.problem))) for pulse in found.worker
    ]  # fmt: skip
    yield from _of_webhooks(found, at)
    yield "sign_ins_refused", "Ways in that were refused within the last hour.", [({}, found.refused)]


def _of_lenders(found: Metrics, at: datetime) -> Iterator[tuple[str, str, list[Sample]]]:
    yield "proposals_to_answer", "Proposals that wait for the lender.", [
        ({"lender": each.slug}, each.to_answer.count) for each in found.queues
    ]  # fmt: skip
    yield "oldest_proposal_seconds", "Age of the oldest proposal that waits for the lender.", [
        ({"lender": each.slug}, _age(each.to_answer, at)) for each in found.queues
    ]  # fmt: skip
    yield "answers_overdue", "What had to be answered on an earlier day.", [
        ({"lender": each.slug, "of": of}, count) for each in found.queues for of, count in each.overdue.items()
    ]  # fmt: skip


def _of_webhooks(found: Metrics, at: datetime) -> Iterator[tuple[str, str, list[Sample]]]:
    named = [({"lender": slug, "webhook": each.ref}, each) for slug, each in found.webhooks]
    yield "webhook_on", "1 where news is sent to this endpoint, 0 where staff stopped it.", [
        (labels, int(each.state == "on")) for labels, each in named
    ]  # fmt: skip
    yield "webhook_failing_seconds", "Since when it, or a loan on its way to it, fails; 0 where none does.", [
        (labels, round((at - (each.since(at) or at)).total_seconds())) for labels, each in named
    ]  # fmt: skip
    yield "webhook_unread", "Events of the feed that were not looked at yet for this endpoint.", [
        (labels, each.unread) for labels, each in named
    ]  # fmt: skip
    yield "webhook_waiting", "Loans whose next event this endpoint has not accepted yet.", [
        (labels, each.waiting) for labels, each in named
    ]  # fmt: skip


def _age(queue: Queue, at: datetime) -> int:
    return round(queue.age(at).total_seconds())


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
