"""Static files under an address that carries their content's hash, so that a browser keeps them for good.

What browsers and crawlers ask for by itself has a fixed address, and is kept for a day.
"""

import hashlib
from functools import partial
from pathlib import Path

from servestatic import ServeStaticASGI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

# An iPhone asks for the second where somebody puts a page on its first screen, old ones for the third.
ASKED_FOR = {
    "/favicon.ico": "favicon.ico",
    "/apple-touch-icon.png": "apple-touch-icon.png",
    "/apple-touch-icon-precomposed.png": "apple-touch-icon.png",
    "/robots.txt": "robots.txt",
}
FOLDER = Path(__file__).resolve().parent.parent.parent / "static"


class StaticFiles:
    """The files of `static/`; a change in any of them gives all of them new addresses."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._names = frozenset(path.name for path in folder.iterdir() if path.is_file())
        digest = hashlib.sha256()
        for name in sorted(self._names):
            digest.update(name.encode() + b"\0" + (folder / name).read_bytes())
        self.version = digest.hexdigest()[:12]
        self._prefix = f"/static/{self.version}"
        self._files = ServeStaticASGI(
            _nothing_there,
            root=folder,
            prefix=self._prefix,
            allow_all_origins=False,
            immutable_file_test=lambda _path, _url: True,
        )

    def url(self, name: str) -> str:
        if name not in self._names:
            raise LookupError(f"static/{name} does not exist")
        return f"{self._prefix}/{name}"

    def routes(self) -> list[BaseRoute]:
        return [
            Mount(self._prefix, app=self._files, name="static"),
            *(Route(path, partial(_kept_for_a_day, FOLDER / name)) for path, name in ASKED_FOR.items()),
        ]


async def _kept_for_a_day(path: Path, _request: Request) -> Response:
    return FileResponse(path, headers={"cache-control": "public, max-age=86400"})


async def _nothing_there(scope: Scope, receive: Receive, send: Send) -> None:
    raise HTTPException(404)
