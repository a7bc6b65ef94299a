"""Payments on their way in: the whole file is checked first, then recorded a batch of loans at a time.

Rows of one loan are taken together, in their order, wherever they stand in the file, so that a plan is never judged by
half of what came in for it.
"""

import asyncio
import json
from array import array
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, field
from sys import intern

from portal.actions.jobs import note_progress
from portal.actions.payments import Recorded, books_of, new_payments, record_batch
from portal.intake.lines import numbered_lines
from portal.intake.payments import payment_line, payment_records
from portal.intake.shape import PaymentLine
from portal.jobs.bad_rows import BadRows, refused_row, rows_told
from portal.jobs.running import BREATHER_SECONDS, JobAnswer, ReadSoFar, Running
from portal.jobs.told_changes import ToldChanges

LOANS_AT_ONCE = 200
NO_BATCH = -1

Lines = list[tuple[int, PaymentLine]]


@dataclass(slots=True)
class Sorted:
    """Which rows belong together: `batches` says it row by row, by the loans in the order of their first rows.

    `last` is the last line of each batch; `currencies` are those of the loans that are there, `sound` how many rows can
    be recorded, `corrections` those that were corrected.
    """

    problems: BadRows = field(default_factory=BadRows)
    batches: "array[int]" = field(default_factory=lambda: array("i"))
    last: list[int] = field(default_factory=list)
    currencies: dict[str, str] = field(default_factory=dict)
    sound: int = 0
    corrections: ToldChanges = field(default_factory=ToldChanges)


async def record_payment_file(running: Running) -> JobAnswer:
    """Options: `skip_bad`. One that died goes on behind the last batch that landed; its file was found good before."""
    job = running.job
    found = await asyncio.to_thread(_sorted, running)
    await _check(running, found)
    stops = found.problems.count and not (job.options.get("skip_bad") and found.sound)
    if stops and job.total is None:
        return JobAnswer("refused", 422, {"payments": len(found.batches), **_told(found)})
    if job.total is None:
        await note_progress(job.id, read=len(found.batches), total=len(found.batches))
    done = await _record(running, found)
    counts = {name: count for name, count in asdict(done).items() if count or name != "corrected"}
    return JobAnswer("done", 200, {"payments": len(found.batches), **counts, **_told(found)})


def _told(found: Sorted) -> dict[str, object]:
    bad, corrected = found.problems, found.corrections.listed
    told: dict[str, object] = {"bad": bad.count, "bad_rows": rows_told(bad.listed)} if bad.count else {}
    return {**told, "corrections": corrected} if corrected else told


def _sorted(running: Running) -> Sorted:
    found, places = Sorted(), dict[str, int]()
    with running.spool.read(running.job.file) as file:
        for line, raw in numbered_lines(file):
            shape, bad = payment_line(line, raw)
            found.problems.add(*bad)
            if shape is None:
                found.batches.append(NO_BATCH)
                continue
            batch = places.setdefault(shape.loan_no, len(places)) // LOANS_AT_ONCE
            found.batches.append(batch)
            found.last[batch : batch + 1] = [line]
    return found


async def _batches(running: Running, found: Sorted) -> AsyncIterator[tuple[int, Lines]]:
    """Read beside the event loop; what waits for the rest of its batch waits as it stands in the file."""
    batches = _in_order(running, found)
    while (batch := await asyncio.to_thread(next, batches, None)) is not None:
        yield batch


def _in_order(running: Running, found: Sorted) -> Iterator[tuple[int, Lines]]:
    waiting: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
    number = 0
    with running.spool.read(running.job.file) as file:
        for batch, (line, raw) in zip(found.batches, numbered_lines(file), strict=True):
            if batch == NO_BATCH:
                continue
            waiting[batch].append((line, raw))
            while number < len(found.last) and found.last[number] <= line:
                yield number, _shaped(waiting.pop(number))
                number += 1


def _shaped(rows: list[tuple[int, bytes]]) -> Lines:
    shapes = ((line, payment_line(line, raw)[0]) for line, raw in rows)
    return [(line, shape) for line, shape in shapes if shape is not None]


async def _check(running: Running, found: Sorted) -> None:
    so_far, rows = ReadSoFar(running.job.id), 0
    async for _, lines in _batches(running, found):
        books = await books_of(running.lender.id, {shape.loan_no for _, shape in lines})
        found.currencies |= {loan_no: intern(currency) for loan_no, currency in books.currencies.items()}
        records = []
        for record, bad in payment_records(lines, found.currencies):
            found.problems.add(*bad)
            records += [record] if record is not None else []
        _, refused = await new_payments(books, records, running.moment().today)
        found.sound += len(records) - len(refused)
        found.problems.add(*(refused_row(record, record.loan_no, refusal) for record, refusal in refused))
        rows += len(lines)
        await so_far.note(rows)


async def _record(running: Running, found: Sorted) -> Recorded:
    """Goes on behind the last batch that landed. A payment that cannot be by now is refused by itself."""
    counts = running.job.counts
    done = Recorded(counts.get("added", 0), counts.get("repeated", 0), counts.get("corrected", 0))
    async for number, lines in _batches(running, found):
        if number >= counts.get("batches", 0):
            done = await _record_one(running, found, number, lines, done)
            await asyncio.sleep(BREATHER_SECONDS)
    return done


async def _record_one(running: Running, found: Sorted, number: int, lines: Lines, so_far: Recorded) -> Recorded:
    records = [record for record, _ in payment_records(lines, found.currencies) if record is not None]

    async def note(done: Recorded) -> None:
        now = so_far + done
        facts = json.dumps({"batches": number + 1, **asdict(now)})
        await note_progress(running.job.id, landed=now.added + now.repeated + now.corrected, facts=facts, attempts=0)

    recorded = await record_batch(running.moment(), running.lender, records, running.vault, note)
    known = {(row.line, row.problem) for row in found.problems.listed}
    late = [refused_row(record, record.loan_no, refusal) for record, refusal in recorded.refused]
    found.problems.add(*(row for row in late if (row.line, row.problem) not in known))
    found.corrections.add(*recorded.corrections)
    return so_far + recorded.done
