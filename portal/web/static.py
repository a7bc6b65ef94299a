"""Static files under an address that carries their content's hash, so that a browser keeps them for good."""

import hashlib
from pathlib import Path

from servestatic import ServeStaticASGI
from starlette.exceptions import HTTPException
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

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

    def mount(self) -> Mount:
        return Mount(self._prefix, app=self._files, name="static")


async def _nothing_there(scope: Scope, receive: Receive, send: Send) -> None:
    raise HTTPException(404)
