"""The case file of a loan, written: a zip of what is kept, two pages to read it by, and what checks it.

What is written goes to a file a batch at a time; neither packing it nor counting happens on the event loop.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from starlette.concurrency import run_in_threadpool

from portal.domain.conduct.case_manifest import MANIFEST, VERIFIER, Fingerprint
from portal.domain.event import BusinessTime
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.position_facts import position_facts
from portal.reads.case_file import case_file_parts, case_history
from portal.reads.case_rows import case_line
from portal.reads.cases import Case
from portal.reads.desk import names_in
from portal.reads.personal import opened
from portal.vault import Vault
from portal.web.case_file.contents import CONTENTS
from portal.web.render import render_document

_PAGES = {"index.html": "zh-CN", "index.en.html": "en"}
_OWNERS_ALONE = 0o600 << 16


@dataclass(frozen=True, slots=True)
class CaseFileMade:
    """When it is made, by whom (an e-mail address, or nothing for the operator), and the code of what for."""

    moment: BusinessTime
    by: str
    reason: str


async def write_case_file(out: BinaryIO, case: Case, made: CaseFileMade, vault: Vault) -> str:
    """Writes the zip; answers the SHA-256 of its manifest, by which it is known again."""
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        archive, personal = _Archive(packed, made.moment.at), set(_PAGES)
        async for part in case_file_parts(case, vault):
            await archive.add(part.name, part.pieces)
            personal |= {part.name} if part.personal else set()
        now = await run_in_threadpool(position, case.loan, made.moment.today)
        await archive.add("position.json", _once(case_line(position_facts(now))))
        await archive.add("about.json", _once(case_line(_about(case, made))))
        await archive.add(VERIFIER, _once(Path(__file__).with_name(VERIFIER).read_bytes()))
        sizes = {**dict.fromkeys(_PAGES, 1), **archive.sizes}
        files = [(name, CONTENTS[_kind(name)], name in personal, sizes[name]) for name in sorted(sizes)]
        for name, tag in _PAGES.items():
            await archive.add(name, _once(await _page(tag, case, made, now, files, vault)))
        return await archive.add(MANIFEST, _once(b"".join(archive.lines[name] for name in sorted(archive.lines))))


def _about(case: Case, made: CaseFileMade) -> dict[str, object]:
    return {
        "lender": case.lender.slug,
        "lender_name": case.lender.registered_name,
        "loan_no": case.loan.loan_no,
        "currency": case.loan.currency,
        "made_at": made.moment.at,
        "business_date": made.moment.today,
        "made_by": made.by or "operator",
        "reason": made.reason,
        "events": case.seq,
    }


async def _page(
    tag: str, case: Case, made: CaseFileMade, now: Position, files: list[tuple[str, str, bool, int]], vault: Vault
) -> bytes:
    """What a person begins with, in one language."""
    history = await case_history(case, vault)
    values = {
        "case": case,
        "made": made,
        "now": now,
        "people": await opened(case.id, vault),
        "history": history,
        "staff": await names_in(history, case.lender.id),
        "files": files,
        "manifest": MANIFEST,
        "verifier": VERIFIER,
    }
    text = await run_in_threadpool(render_document, tag, "case_file", **values)
    return text.encode()


def _kind(name: str) -> str:
    """Files of a folder are of one kind, and so are a chain's lines and its links."""
    folder, _, _ = name.rpartition("/")
    return folder if folder else name.partition(".")[0]


class _Archive:
    """A zip that grows at its end; of each file its line of the manifest is kept."""

    def __init__(self, packed: ZipFile, at: datetime) -> None:
        self._zip, self._at = packed, at.timetuple()[:6]
        self.lines: dict[str, bytes] = {}
        self.sizes: dict[str, int] = {}

    async def add(self, name: str, pieces: AsyncIterator[bytes]) -> str:
        """Answers its SHA-256."""
        mark, entry = Fingerprint(), ZipInfo(name, self._at)
        entry.external_attr, entry.compress_type = _OWNERS_ALONE, ZIP_DEFLATED
        with self._zip.open(entry, "w") as file:
            async for piece in pieces:
                mark.add(piece)
                await run_in_threadpool(file.write, piece)
        self.lines[name], self.sizes[name] = mark.line(name), mark.bytes
        return mark.sha256


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
