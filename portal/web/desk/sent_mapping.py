"""A mapping of the lender's own, sent beside the CSV that it reads, and used again until another one is sent."""

from collections.abc import Mapping

from starlette.requests import Request

from portal.domain.refusal import N_, Refusal
from portal.intake import shipped_mappings
from portal.intake.mapping_file import mapping_of, mapping_text
from portal.languages import Language
from portal.reads.jobs import last_options
from portal.web import guard
from portal.web.forms import Form
from portal.web.reworded import reworded
from portal.web.uploads import MOST_SMALL_FILE_BYTES, Upload, text_of_file

OWN, MOST_NAME = "own", 80
"""What is in a file: a CSV read by a mapping of one's own."""


class CsvOnly(Refusal):
    says = N_("This goes with a CSV only. Please choose one above, or leave this empty.")


class AsOfToCome(Refusal):
    says = N_("The day a file speaks of is not after today, {today}; this is {given}.")


class NoMapping(Refusal):
    says = N_("Please choose the file of the mapping: a TOML that names the columns. There is no earlier one.")


class MappingTooLarge(Refusal):
    says = N_("A mapping can have at most {most} kB; this file has more. Nothing of it was kept.")


async def csv_options(request: Request, form: Form, what: str, sent: Upload) -> Mapping[str, object]:
    """How a CSV is read, by the names of a job's options: by which mapping, one that ships or one's own, and of which
    day it speaks. Nothing of other files. Raises BadMapping.
    """
    staff = guard.current_staff(request)
    today, own = guard.today(request, staff.timezone), sent.small.get("mapping", ("", b""))
    day = form.date("as_of", example=today, past=True)
    if day is not None and day > today:
        form.refuse("as_of", AsOfToCome("as_of", today=today.isoformat(), given=day.isoformat()))
    is_csv = what == OWN or what in shipped_mappings()
    for name, given in (("mapping", own[0] and what != OWN), ("as_of", day and not is_csv)):
        if given:
            form.refuse(name, CsvOnly(name))
    as_of = {"as_of": day.isoformat()} if day else {}
    if what in shipped_mappings():
        return {"mapping": mapping_text(what), "mapping_name": what, **as_of}
    return {**await _own_mapping(staff.lender_id, form, *own), **as_of} if what == OWN else {}


async def _own_mapping(lender_id: int, form: Form, name: str, content: bytes) -> Mapping[str, object]:
    """Nothing chosen is the one that was sent last. Raises BadMapping."""
    if not name:
        last = await last_mapping(lender_id)
        if not last:
            form.refuse("mapping", NoMapping("mapping"))
        return last
    try:
        if len(content) > MOST_SMALL_FILE_BYTES:
            raise MappingTooLarge("mapping", most=MOST_SMALL_FILE_BYTES >> 10)
        text = text_of_file(content, "mapping")
    except Refusal as refusal:
        form.refuse("mapping", refusal)
        return {}
    mapping_of(text)
    return {"mapping": text, "mapping_name": name[:MOST_NAME], OWN: True}


async def last_mapping(lender_id: int) -> Mapping[str, object]:
    """The newest of the lender's own, by the names of a job's options; nothing where there is none."""
    options = await last_options(lender_id, OWN)
    return {name: options[name] for name in ("mapping", "mapping_name", OWN) if name in options}


def mapping_problem(spoken: Language, problem: str) -> tuple[str, str]:
    """Table and key, and what is wrong there in the page's language where it has words for it."""
    place, _, sentence = problem.partition(": ")
    return place, reworded(spoken, sentence) or sentence
