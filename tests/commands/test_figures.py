"""`figures`: what is counted has a SHA-256; made again of the log it is the same, and what was altered is found."""

import sqlite3

from tests.commands.conftest import Terminal


def test_made_again_it_is_the_same_to_the_byte_and_what_was_altered_is_found(demo: Terminal, staged_url: str) -> None:
    first = demo("figures")
    assert first.code == 0 and first.out.startswith("jq ") and "\nyh 0 " in first.out
    said = demo("figures", "--rebuild")
    assert (said.code, said.out) == (0, first.out)
    again = "made again, the same to the byte\n"
    assert said.err == f"jq: {again}jq month-ends: {again}yh: {again}yh month-ends: {again}"
    with sqlite3.connect(staged_url.removeprefix("sqlite://")) as database:
        database.execute("UPDATE figure_fact SET state = 'broken' WHERE state = 'kept'")
    database.close()
    said = demo("figures", "--rebuild")
    assert said.code == 1 and said.err.startswith("jq: made again, another: ")
    assert demo("figures").out == first.out


def test_the_worker_counts_and_says_so_where_there_was_anything(demo: Terminal) -> None:
    assert "events counted for figures" in demo("worker", "--once").err
    assert "events counted for figures" not in demo("worker", "--once").err
