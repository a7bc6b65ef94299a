"""A portfolio on its way in: one walk checks all of it and writes nothing, a second one lands it batch by batch."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import partial
from itertools import islice
from typing import Any

from portal.actions.jobs import note_progress
from portal.actions.portfolio import Against, Imported, LandedRows, NotKept, contradictions, land_batch
from portal.domain.contract.portfolio import BadRow, LoanRecord
from portal.intake.mapped import mapped_portfolio
from portal.intake.mapping_file import mapping_of
from portal.intake.portfolio import portfolio_lines
from portal.intake.reading import FileRow, LoanNumbers, PortfolioFile
from portal.jobs.bad_rows import BadRows, PassedLines, refused_row, rows_told
from portal.jobs.running import BREATHER_SECONDS, JobAnswer, ReadSoFar, Running
from portal.jobs.told_changes import ToldChanges
from portal.reads.contracts import not_in_file

LOANS_A_BATCH = 200
MOST_MISSING = 1_000


@dataclass(slots=True)
class Checked:
    """What the first walk found. `against` are rows that say otherwise than what is stored, number by line.

    `changes` are those of the second: what landing changed or, in a dry run, would.
    """

    problems: BadRows = field(default_factory=BadRows)
    numbers: LoanNumbers = field(default_factory=LoanNumbers)
    against: dict[int, str] = field(default_factory=dict)
    passed: PassedLines = field(default_factory=PassedLines)
    changes: ToldChanges = field(default_factory=ToldChanges)
    rows: int = 0
    sound: int = 0

    @property
    def loans(self) -> int:
        """How many rows can land."""
        against = sum(self.numbers.once(loan_no) for loan_no in self.against.values())
        return self.sound - self.numbers.lost - against

    @property
    def counts(self) -> dict[str, object]:
        found = {"rows": self.rows, "loans": self.loans, "bad": self.problems.count}
        return {**found, **self.passed.told()}

    def lands(self, row: FileRow) -> bool:
        return row.record is not None and self.numbers.once(row.loan_no) and row.line not in self.against


@dataclass(frozen=True, slots=True)
class Landed:
    """How far the second walk came: up to which line, and what it did."""

    line: int = 0
    done: Imported = field(default_factory=Imported)

    @property
    def in_books(self) -> int:
        return self.done.added + self.done.changed + self.done.unchanged

    @classmethod
    def of(cls, counts: Mapping[str, Any]) -> "Landed":
        return cls(counts["line"], Imported(**{each: counts[each] for each in asdict(Imported())})) if counts else cls()

    def as_text(self) -> str:
        return json.dumps({"line": self.line, **asdict(self.done)})


async def land_portfolio(running: Running) -> JobAnswer:
    """Options: `skip_bad`, `dry_run`, `complete`, `mapping` (the text of one, for a CSV), `as_of`.

    One that died goes on behind the last batch that landed; its file was found good before, and is not stopped again.
    """
    options, job = running.job.options, running.job
    file = await asyncio.to_thread(_file, running)
    if file.unreadable is not None:
        return _refused({"rows": 0, "loans": 0, "bad": 1}, [file.unreadable], unreadable=True)
    checked = await _check(running, file)
    counts = checked.counts
    bad = checked.problems.listed
    stops = checked.problems.count and not (options.get("skip_bad") and checked.loans)
    if stops and job.total is None:
        return _refused(counts, bad)
    missing = await _missing(running, checked)
    if job.total is None:
        await note_progress(job.id, read=checked.rows, total=checked.loans)
    done, kept = await _land(running, file, checked), not options.get("dry_run")
    counts = {**checked.counts, **asdict(done)}
    told = {"imported": kept, "bad_rows": rows_told(bad), **checked.changes.facts(), **missing}
    return JobAnswer("done", 200, {**counts, **told}, done.event(running.sender, **missing) if kept else None)


async def _missing(running: Running, checked: Checked) -> dict[str, object]:
    """Of a file that is `complete`, the loans that it does not have: they are told, and nothing happens to them."""
    if not running.job.options.get("complete"):
        return {}
    found = [number async for number in not_in_file(running.lender.id, checked.numbers.known)]
    return {"missing": len(found), "missing_loans": found[:MOST_MISSING]}


def _refused(counts: dict[str, object], bad: list[BadRow], *, unreadable: bool = False) -> JobAnswer:
    body = {**counts, "imported": False, "bad_rows": rows_told(bad), "unreadable": unreadable}
    return JobAnswer("refused", 422, body)


def _file(running: Running) -> PortfolioFile:
    options = running.job.options
    opened = partial(running.spool.read, running.job.file)
    if not options.get("mapping"):
        return portfolio_lines(opened, running.lender.kind)
    as_of = date.fromisoformat(options["as_of"]) if options.get("as_of") else None
    return mapped_portfolio(opened, mapping_of(options["mapping"]), running.lender.kind, as_of)


async def _batches(rows: Iterator[FileRow]) -> AsyncIterator[list[FileRow]]:
    """Read beside the event loop, and never more of them in memory."""
    while batch := await asyncio.to_thread(lambda: list(islice(rows, LOANS_A_BATCH))):
        yield batch


async def _check(running: Running, file: PortfolioFile) -> Checked:
    checked, so_far = Checked(), ReadSoFar(running.job.id)
    async for batch in _batches(file.rows()):
        for row in batch:
            if row.passed is not None:
                checked.passed.add(row.passed)
                continue
            checked.numbers.note(row)
            checked.problems.add(*row.bad)
        records = [row.record for row in batch if row.record is not None]
        against = await contradictions(running.lender.id, records, running.moment().today)
        _note_against(checked, records, against)
        checked.rows += sum(row.passed is None for row in batch)
        checked.sound += len(records)
        await so_far.note(checked.rows)
    checked.problems.add(*(file.twice(*each) for each in checked.numbers.again()))
    return checked


def _note_against(checked: Checked, records: Iterable[LoanRecord], against: Against) -> None:
    for record in records:
        loan_no = record.loan.loan_no
        if loan_no in against:
            checked.against[record.line] = loan_no
            checked.problems.add(*(refused_row(record, loan_no, refusal) for refusal in against[loan_no]))


async def _land(running: Running, file: PortfolioFile, checked: Checked) -> Imported:
    """Goes on behind the last line that landed. A loan that says otherwise by now is refused by itself.

    A dry run does the same, and each batch is given up: it begins at the first line.
    """
    reached = Landed() if running.job.options.get("dry_run") else Landed.of(running.job.counts)
    async for batch in _batches(row for row in file.rows() if row.line > reached.line):
        reached = await _land_batch(running, batch, checked, reached)
        await asyncio.sleep(BREATHER_SECONDS)
    return reached.done


async def _land_batch(running: Running, batch: list[FileRow], checked: Checked, reached: Landed) -> Landed:
    records = [row.record for row in batch if row.record is not None and checked.lands(row)]
    refused = [checked.numbers.refused(row) for row in batch if not checked.lands(row)]

    def after(done: Imported) -> Landed:
        return Landed(batch[-1].line, reached.done + done)

    async def note(done: Imported) -> None:
        now = after(done)
        await note_progress(running.job.id, landed=now.in_books, facts=now.as_text(), attempts=0)

    if running.job.options.get("dry_run"):
        landed = await _tried(running, records, refused)
        await note_progress(running.job.id, landed=after(landed.done).in_books)
    else:
        landed = await land_batch(running.moment(), running.lender, records, refused, running.vault, note)
    _note_against(checked, records, landed.against)
    checked.changes.add(*landed.changes)
    return after(landed.done)


async def _tried(running: Running, records: list[LoanRecord], refused: list[str]) -> LandedRows:
    """What landing would have done."""
    try:
        return await land_batch(running.moment(), running.lender, records, refused, running.vault, None)
    except NotKept as given_up:
        return given_up.landed
