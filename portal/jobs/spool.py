"""Files on their way into the books lie here, sealed, from the first byte that comes until they are read.

A spooled file is a row of sealed pieces, each bound to its place in it: one that was cut off, put in another order or
mixed with another does not open.
"""

import asyncio
import errno
import hashlib
import hmac
import io
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from portal.domain.refusal import N_, Refusal
from portal.vault import Vault, WrongPlace, new_ref

PIECE_BYTES = 256 * 1024
PRIVATE, FOLDER_MODE = 0o600, 0o700
LAST = "last"


class NoRoom(Refusal):
    says = N_("There is no room for this file just now. Nothing of it was kept; please send it again later.")


class Cut(Exception):
    """The spooled file is not there, or not whole. It has to be sent again."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """`digest` is a keyed hash of the whole body, by which a repeated request is known again."""

    name: str
    size: int
    digest: str


class Spool:
    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    async def keep(self, chunks: AsyncIterator[bytes]) -> Spooled:
        """Writes what comes, piece by piece and off the event loop. Raises NoRoom, and leaves nothing behind then."""
        name = new_ref()
        writer = await asyncio.to_thread(self._begin, name)
        try:
            async for chunk in chunks:
                if writer.add(chunk):
                    await asyncio.to_thread(writer.write)
            return await asyncio.to_thread(writer.end)
        except BaseException as error:
            writer.abandon()
            self.remove(name)
            if isinstance(error, OSError):
                raise _no_room(error) from error
            raise

    def read(self, name: str) -> io.BufferedReader:
        """The body as it came, opened piece by piece as it is read. Raises Cut, also while reading."""
        return io.BufferedReader(_Pieces(self._pieces(name)), PIECE_BYTES)

    def remove(self, name: str) -> None:
        if name:
            (self._folder / name).unlink(missing_ok=True)

    def sweep(self, kept: Iterable[str], before: float) -> int:
        """Removes what no job names any more and was written before this time (seconds of the file system's clock)."""
        names, gone = set(kept), 0
        for path in self._folder.glob("*") if self._folder.is_dir() else ():
            with suppress(FileNotFoundError):  # whoever wrote it has removed it meanwhile
                if path.name not in names and path.stat().st_mtime < before:
                    path.unlink()
                    gone += 1
        return gone

    def _begin(self, name: str) -> "_Writer":
        try:
            self._folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            handle = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        except OSError as error:
            raise _no_room(error) from error
        return _Writer(name, os.fdopen(handle, "wb"), self._vault)

    def _pieces(self, name: str) -> Iterator[bytes]:
        try:
            with open(self._folder / name, "rb") as file:
                whole = False
                for number, line in enumerate(file):
                    place, whole = f"spool:{name}:{number}", line.startswith(LAST.encode())
                    yield self._vault.unseal_piece(place + (LAST if whole else ""), line.removeprefix(LAST.encode()))
        except (FileNotFoundError, WrongPlace) as error:
            raise Cut(name) from error
        if not whole:
            raise Cut(name)


class _Writer:
    def __init__(self, name: str, file: io.BufferedWriter, vault: Vault) -> None:
        self._name, self._file, self._vault = name, file, vault
        self._waiting, self._number, self._size = bytearray(), 0, 0
        self._digest = hmac.new(vault.lookup("body", "").encode(), digestmod=hashlib.sha256)

    def add(self, chunk: bytes) -> bool:
        """Whether there is enough for a piece."""
        self._waiting += chunk
        return len(self._waiting) >= PIECE_BYTES

    def write(self, last: str = "") -> None:
        data = bytes(self._waiting)
        self._waiting.clear()
        self._digest.update(data)
        self._size += len(data)
        sealed = self._vault.seal_piece(f"spool:{self._name}:{self._number}{last}", data)
        self._file.write(last.encode() + sealed + b"\n")
        self._number += 1

    def end(self) -> Spooled:
        self.write(LAST)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return Spooled(self._name, self._size, self._digest.hexdigest())

    def abandon(self) -> None:
        with suppress(OSError):  # what could not be flushed is about to be removed
            self._file.close()


class _Pieces(io.RawIOBase):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        taken = self._left[: len(buffer)]
        buffer[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)


def full(error: BaseException) -> bool:
    """Whether a disk, or what somebody may use of it, is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def _no_room(error: OSError) -> Exception:
    return NoRoom("file") if full(error) else error
