"""Checks a case file, unpacked into a folder, by Python 3.10 or later alone: `python3 verify.py [FOLDER] [SHA256]`.

Left out, the folder is the one that this file stands in. SHA256 is that of manifest.jsonl, as the portal wrote it down
when it made the file: with it nobody can have made all of it anew. Each altered byte, event and text is named; exit 1.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from operator import mul
from pathlib import Path
from typing import Any

_BLOCK, _GENESIS, _MANIFEST = 4096, "0" * 64, "manifest.jsonl"
_Read = Callable[[str], bytes]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _line(name: str, data: bytes) -> bytes:
    blocks = [data[at : at + _BLOCK] for at in range(0, len(data), _BLOCK)]
    sums = [[sum(block), sum(map(mul, block, range(len(block))))] for block in blocks]
    entry = {"name": name, "bytes": len(data), "sha256": _sha256(data), "sums": sums}
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"


def _differ(one: Sequence[Any], other: Sequence[Any]) -> list[int]:
    return [place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]]


def _altered(name: str, data: bytes, line: bytes) -> list[str]:
    """Each altered byte, found by the sums of its block and proven by the hash; else from where on it is another."""
    was, now, mended, found = json.loads(line), json.loads(_line(name, data)), bytearray(data), []
    differ = _differ(was["sums"], now["sums"])
    for place in differ if now["bytes"] == was["bytes"] else ():
        by, weighted = (new - old for old, new in zip(was["sums"][place], now["sums"][place], strict=True))
        at = place * _BLOCK + (weighted // by if by else 0)
        if 0 <= at < len(data) and 0 <= data[at] - by <= 255:
            mended[at] -= by
            found.append(f"{name}: byte {at} is {data[at]:#04x}, was {mended[at]:#04x}")
    if was == now or (found and _sha256(bytes(mended)) == was["sha256"]):
        return found
    return [f"{name}: from byte {[*differ, 0][0] * _BLOCK} on it is not what was written"]


def _chained(name: str, read: _Read) -> list[str]:
    """Each line by its link: a number, the hash of the one before it, and its own; a loan's events have no gap."""
    bodies, links = read(f"{name}.jsonl").splitlines(), read(f"{name}.chain").splitlines()
    found, before = [] if len(bodies) == len(links) else [f"{name}: a line or a link is missing"], ("0", _GENESIS)
    for body, link in zip(bodies, links, strict=False):
        seq, previous, digest = link.decode().split(" ")
        if _sha256(previous.encode() + b"\n" + body) != digest:
            found.append(f"{name}: no. {seq} is not what was chained")
        follows = int(seq) == int(before[0]) + 1
        if (follows and previous != before[1]) or (name == "events/loan" and not follows):
            found.append(f"{name}: no. {seq} does not follow no. {before[0]}")
        before = (seq, digest)
    return found


def _named(read: _Read, names: list[str]) -> list[str]:
    """The loan's events name by its hash whatever was signed or written."""
    events, texts = read("events/loan.jsonl").decode(), map(json.loads, read("texts.jsonl").splitlines())
    hashes = {name: _sha256(read(name)) for name in names if name.startswith("agreements/")}
    for each in (each for each in texts if each["text"]):
        hashes[each["ref"]] = _sha256(bytes.fromhex(each["salt"]) + each["text"].encode())
    return [f"{what}: is not what was signed or written" for what, digest in hashes.items() if digest not in events]


def _check(read: _Read, names: list[str], known: str) -> list[str]:
    """The manifest is made anew: where one byte of it differs that one was altered, else files were."""
    was, anew, found = read(_MANIFEST), b"".join(_line(name, read(name)) for name in names), []
    differ, lines = _differ(was, anew), was.splitlines()
    judges = [(name, partial(_chained, name[:-6], read)) for name in names if name.endswith(".chain")]
    if known and _sha256(was) != known.lower():
        found.append(f"{_MANIFEST}: is not the one that the portal wrote down")
    if len(was) == len(anew) and len(differ) == 1:
        found.append(f"{_MANIFEST}: byte {differ[0]} is {was[differ[0]]:#04x}, was {anew[differ[0]]:#04x}")
    elif len(names) != len(lines):
        return [*found, f"{len(names)} files, and {_MANIFEST} lists {len(lines)}"]
    else:
        judges += [(name, partial(_altered, name, read(name), line)) for name, line in zip(names, lines, strict=True)]
    for name, judge in [*judges, ("texts.jsonl", partial(_named, read, names))]:
        try:
            found += judge()
        except (KeyError, ValueError):
            found.append(f"{name}: cannot be read")
    return found


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    files = {each.relative_to(folder).as_posix(): each for each in folder.rglob("*") if each.is_file()}
    problems = _check(lambda name: files[name].read_bytes(), sorted(files.keys() - {_MANIFEST}), "".join(sys.argv[2:3]))
    print("\n".join(problems) or f"Nothing was altered: {len(files) - 1} files, and every link between them holds.")
    sys.exit(1 if problems else 0)
