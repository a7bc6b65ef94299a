"""A form with a file: its fields come first and are checked, then the file is read as it comes and never held whole.

Nothing of it lies open anywhere on the way: a library that reads forms would put it into a temporary file. Small files
that are read whole may come before it.
"""

from collections import deque
from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from portal.domain.refusal import N_, Refusal
from portal.web import csrf
from portal.web.forms import MOST_FIELDS

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_FIELD_BYTES, MOST_SMALL_FILE_BYTES = 16 * 1024, 128 * 1024


class NoFile(Refusal):
    says = N_("Please choose a file; this one is empty or was not chosen.")


class NotTextFile(Refusal):
    says = N_("This is no text in UTF-8: byte {at} of it cannot be read. Please save it as UTF-8 and send it again.")


@dataclass(frozen=True, slots=True)
class Upload:
    """`name` is what the file is called, empty where none was chosen; `chunks` are to be read to their end.

    `small` are the files before it, by field: name and content, of which no byte past MOST_SMALL_FILE_BYTES and one
    more is kept.
    """

    fields: FormData
    name: str
    chunks: AsyncGenerator[bytes]
    small: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)


async def upload(request: Request, small: Collection[str] = ()) -> Upload:
    """The fields before the file, origin and token checked; `small` names the fields whose files are read whole.

    Raises ForeignRequest, OldForm, HTTPException.
    """
    vouched = csrf.check_source(request)
    parts, before, name = _parts(request), _BeforeFile(small), ""
    async for what, data in parts:
        if what == "file" and before.field not in small:
            name = data.decode(errors="replace")
            break
        before.take(what, data)
    request.state.form = FormData(before.fields)
    csrf.check_token(request, str(request.state.form.get("csrf", "")), vouched)
    return Upload(request.state.form, name, _chunks(parts), before.files)


class _BeforeFile:
    """What came up to the file, piece by piece."""

    def __init__(self, small: Collection[str]) -> None:
        self.small, self.field = small, ""
        self.fields: list[tuple[str, str | UploadFile]] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        self._file, self._typed = "", b""

    def take(self, what: str, data: bytes) -> None:
        """Raises HTTPException."""
        if what == "named":
            self.field, self._file, self._typed = data.decode(errors="replace"), "", b""
        elif what == "file":
            self._file = data.decode(errors="replace")
        elif what == "data":
            self._typed = (self._typed + data)[: MOST_SMALL_FILE_BYTES + 1]
        elif self.field in self.small:
            self.files[self.field] = (self._file, self._typed)
        else:
            self.fields.append((self.field, self._typed.decode(errors="replace")))
        too_long = self.field not in self.small and len(self._typed) > MOST_FIELD_BYTES
        if too_long or len(self.fields) > MOST_FIELDS:
            raise HTTPException(413)


def text_of_file(content: bytes, field_name: str) -> str:
    """Raises NotTextFile, NoFile."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotTextFile(field_name, at=error.start + 1) from error
    if not text.strip():
        raise NoFile(field_name)
    return text


async def _chunks(parts: AsyncGenerator[tuple[str, bytes]]) -> AsyncGenerator[bytes]:
    """The file to its end, and past the few fields that may stand behind it. Raises HTTPException where its end never
    comes, or that of the form.
    """
    ends = 0
    async for what, data in parts:
        if what == "data" and not ends:
            yield data
        ends += what == "end"
        if ends > MOST_FIELDS:
            raise HTTPException(400)
    if not ends:
        raise HTTPException(400)


async def _parts(request: Request) -> AsyncGenerator[tuple[str, bytes]]:
    """`named` with its field, of a file `file` with its own name too, then its `data`, then its `end`."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise HTTPException(400)
    found = _Found()
    try:
        parser = MultipartParser(options[b"boundary"], found.callbacks())
        async for chunk in request.stream():
            parser.write(chunk)
            while found.events:
                yield found.events.popleft()
    except FormParserError as error:
        raise HTTPException(400) from error


class _Found:
    """What the parser tells of, in its order."""

    def __init__(self) -> None:
        self.events: deque[tuple[str, bytes]] = deque()
        self._header, self._value, self._disposition = b"", b"", b""

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_header_field": self.on_header_field,
            "on_header_value": self.on_header_value,
            "on_header_end": self.on_header_end,
            "on_headers_finished": self.on_headers_finished,
            "on_part_data": self.on_part_data,
            "on_part_end": self.on_part_end,
        }

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._disposition = b""
        self.events.append(("named", options.get(b"name", b"")))
        if b"filename" in options:
            self.events.append(("file", options[b"filename"]))

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.events.append(("data", data[start:end]))

    def on_part_end(self) -> None:
        self.events.append(("end", b""))
