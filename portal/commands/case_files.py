"""`case` writes the case file of a loan: all that is kept of it, and what checks it, as a zip or a folder."""

import argparse
import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from zipfile import ZipFile

from portal.actions.personal import note_case_made, note_opened_by_operator
from portal.commands import Subparsers
from portal.commands.setup import Context, Failed, add_command, lender_time, say
from portal.domain.restructuring.reasons import CASE_REASONS
from portal.reads.cases import LenderFacts, NotFound, lender_case
from portal.web.case_file import CaseFileMade, write_case_file

_PIECE_BYTES = 64 * 1024


def add_case_files_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    case = add_command(
        subparsers, "case", _case_file, "everything shown, said and decided on one loan, with hashes", "loan_no",
        lender=True,
    )  # fmt: skip
    case.add_argument("--out", required=True, type=Path, metavar="FILE", help="a .zip, or a folder that is made")
    case.add_argument(
        "--reason", default="case_review", choices=list(CASE_REASONS), help="what the borrower is told it was made for"
    )


async def _case_file(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    """That it is made is written down first; the SHA-256 of its manifest is the answer."""
    try:
        case = await lender_case(chosen.loan_no, lender.id)
    except NotFound:
        raise Failed(f"LOAN_NO: {lender.slug} has no loan {chosen.loan_no!r}") from None
    moment = lender_time(context, lender)
    with TemporaryFile() as made:
        place = _new(chosen.out)
        await note_opened_by_operator(case.ref, lender.id, chosen.reason, moment.at)
        digest = await write_case_file(made, case, CaseFileMade(moment, "", chosen.reason), context.vault)
        _put(made, place)
    await note_case_made(case.ref, lender.id, ("operator", ""), digest, moment.at)
    say(
        f"{chosen.out}: the case file of {chosen.loan_no}; names and words of people are in it. Unpacked, it is "
        "checked by `python3 verify.py`; the SHA-256 of its manifest.jsonl is in the access log too:"
    )
    print(digest)


def _new(out: Path) -> Path:
    """Nothing that is there is written over. Raises Failed."""
    if out.exists():
        raise Failed(f"--out: {str(out)!r} is there already; name a file or folder that is not")
    if not out.absolute().parent.is_dir():
        raise Failed(f"--out: there is no folder {str(out.absolute().parent)!r} to put it in")
    return out


def _put(made: IO[bytes], out: Path) -> None:
    """Readable by nobody else. Raises Failed."""
    made.seek(0)
    try:
        if out.suffix == ".zip":
            with open(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                while piece := made.read(_PIECE_BYTES):
                    file.write(piece)
        else:
            out.mkdir(0o700)
            with ZipFile(made) as archive:
                archive.extractall(out)
    except OSError as error:
        raise Failed(f"--out: {str(out)!r} cannot be written: {error.strerror}") from error
