"""What makes a case file checkable without the portal: a line a file, with its size, SHA-256, and two sums a block.

The hash finds that a file was altered, the sums where: if one byte of a block differs, the first sum differs by what it
differs by, and the second, weighted by place, by that times its place. As a line follows from its file, a byte that was
altered in the line itself is found by making it anew.
"""

import hashlib
import json
from operator import mul

BLOCK_BYTES = 4096
MANIFEST, VERIFIER = "manifest.jsonl", "verify.py"


class Fingerprint:
    """Of a file that comes in pieces, of which less than a block is kept."""

    def __init__(self) -> None:
        self._hash, self._sums, self._rest = hashlib.sha256(), list[list[int]](), b""
        self.bytes = 0

    def add(self, piece: bytes) -> None:
        self._hash.update(piece)
        self.bytes += len(piece)
        data = self._rest + piece
        whole = len(data) // BLOCK_BYTES * BLOCK_BYTES
        self._sums += [_sums(data[at : at + BLOCK_BYTES]) for at in range(0, whole, BLOCK_BYTES)]
        self._rest = data[whole:]

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def line(self, name: str) -> bytes:
        """The file's line of the manifest, which is sorted by the names."""
        sums = self._sums + ([_sums(self._rest)] if self._rest else [])
        entry = {"name": name, "bytes": self.bytes, "sha256": self.sha256, "sums": sums}
        return json.dumps(entry, separators=(",", ":")).encode() + b"\n"


def _sums(block: bytes) -> list[int]:
    return [sum(block), sum(map(mul, block, range(len(block))))]
