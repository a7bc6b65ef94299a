"""A line of the manifest says of a file what it takes to find a byte that was altered."""

import hashlib
import json

from portal.domain.conduct.case_manifest import Fingerprint


def line(*pieces: bytes) -> dict[str, object]:
    mark = Fingerprint()
    for piece in pieces:
        mark.add(piece)
    found: dict[str, object] = json.loads(mark.line("a.jsonl"))
    return found


def test_three_bytes_have_their_sum_and_their_sum_by_place() -> None:
    """1 + 2 + 4 = 7, and 0 x 1 + 1 x 2 + 2 x 4 = 10."""
    digest = hashlib.sha256(b"\x01\x02\x04").hexdigest()
    assert line(b"\x01\x02\x04") == {"name": "a.jsonl", "bytes": 3, "sha256": digest, "sums": [[7, 10]]}


def test_a_block_has_4096_bytes_and_the_next_counts_its_places_anew() -> None:
    """4,096 ones: the places 0 to 4,095 sum to 4,095 x 4,096 / 2 = 8,386,560; the two that follow are at 0 and 1."""
    assert line(b"\x01" * 4098)["sums"] == [[4096, 8386560], [2, 1]]


def test_in_whatever_pieces_it_comes_it_is_the_same() -> None:
    data = bytes(range(256)) * 40
    pieces = (data[:1], data[1:4095], data[4095:4097], b"", data[4097:])
    assert line(*pieces) == line(data)


def test_an_empty_file_has_no_block() -> None:
    assert line()["sums"] == [] and line()["bytes"] == 0
