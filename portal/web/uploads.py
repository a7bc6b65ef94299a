"""A form with a file: its fields come first and are checked, then the file is read as it comes and never held whole.

Nothing of it lies open anywhere on the way: a library that reads forms would put it into a temporary file.
"""

from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from portal.web import csrf
from portal.web.forms import MOST_FIELDS

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_FIELD_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """`name` is what the file is called, empty where none was chosen; `chunks` are to be read to their end."""

    fields: FormData
    name: str
    chunks: AsyncGenerator[bytes]


async def upload(request: Request) -> Upload:
    """The fields before the file, origin and token checked. Raises ForeignRequest, OldForm, HTTPException."""
    vouched = csrf.check_source(request)
    parts = _parts(request)
    fields, name, typed, file = list[tuple[str, str | UploadFile]](), "", b"", ""
    async for what, data in parts:
        if what == "file":
            file = data.decode(errors="replace")
            break
        if what == "field":
            name, typed = data.decode(errors="replace"), b""
        elif what == "data":
            typed += data
        else:
            fields.append((name, typed.decode(errors="replace")))
        if len(fields) > MOST_FIELDS or len(typed) > MOST_FIELD_BYTES:
            raise HTTPException(413)
    request.state.form = FormData(fields)
    csrf.check_token(request, str(request.state.form.get("csrf", "")), vouched)
    return Upload(request.state.form, file, _chunks(parts))


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
    """`field` or `file` with its name, then its `data`, then its `end`."""
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
        what = "file" if b"filename" in options else "field"
        self.events.append((what, options.get(b"filename" if what == "file" else b"name", b"")))

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.events.append(("data", data[start:end]))

    def on_part_end(self) -> None:
        self.events.append(("end", b""))
