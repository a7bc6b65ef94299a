"""A column that a guard reads and nothing sets is a door that looks locked: each has a place that writes it."""

import ast
import re
from pathlib import Path

import pytest

from portal.tables import models as tables

PORTAL = Path(__file__).resolve().parents[2] / "portal"
# Where it is decided who comes in and what they may.
GUARDS = ("reads/sessions.py", "reads/api_keys.py", "actions/staff.py", "actions/second_factor.py")
STAFF, SESSIONS, KEYS, FACTOR = (f"actions/{name}.py: " for name in ("staff", "sessions", "api_keys", "second_factor"))
WRITTEN = {
    "staff.ref": STAFF + "add_staff",
    "staff.lender": STAFF + "add_staff",
    "staff.email": STAFF + "add_staff",
    "staff.role": STAFF + "change_role",
    "staff.password_hash": STAFF + "change_own_password",
    "staff.activation_hash": STAFF + "activate",
    "staff.activation_expires_at": STAFF + "_to_activate",
    "staff.ended_at": STAFF + "end_staff",
    "staff.totp_sealed": FACTOR + "set_factor",
    "staff.totp_step": FACTOR + "check_factor",
    "staff.recovery_hashes": FACTOR + "use_recovery",
    "session.token_hash": SESSIONS + "_start",
    "session.kind": SESSIONS + "_start",
    "session.person": SESSIONS + "start_person_session",
    "session.staff": SESSIONS + "start_staff_session",
    "session.how": SESSIONS + "_start",
    "session.device": SESSIONS + "start_staff_session",
    "session.lenders": SESSIONS + "show_lender",
    "session.proven_lenders": SESSIONS + "prove_session",
    "session.changed_lenders": SESSIONS + "tell_no_more",
    "session.proven_at": SESSIONS + "prove_session",
    "session.seen_at": "actions/presence.py: lock_session",
    "session.expires_at": SESSIONS + "_start",
    "session.ended_at": SESSIONS + "end_session",
    "api_key.ref": KEYS + "add_key",
    "api_key.lender": KEYS + "add_key",
    "api_key.name": KEYS + "add_key",
    "api_key.agency": KEYS + "add_key",
    "api_key.purposes": KEYS + "add_key",
    "api_key.secret_hash": KEYS + "add_key",
    "api_key.expires_at": KEYS + "add_key",
    "api_key.ended_at": KEYS + "end_key",
    "api_key.used_at": KEYS + "note_use",
}
BY_THE_DATABASE = {"id", "created_at"}


def words_of(node: ast.AST) -> set[str]:
    """Names of columns as code writes or asks them: keywords, keys of dicts, attributes, texts; `a__b` is both."""
    found: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.keyword) and each.arg:
            found.add(each.arg)
        elif isinstance(each, ast.Attribute):
            found.add(each.attr)
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            found |= set(re.findall(r"\w+", each.value)) if " " not in each.value or "SELECT" in each.value else set()
    return found | {part.removesuffix("_id") for word in found for part in word.split("__")}


def columns_that_guards_read() -> set[str]:
    asked = set().union(*(words_of(ast.parse((PORTAL / path).read_text())) for path in GUARDS))
    read = (tables.StaffRow, tables.SessionRow, tables.ApiKeyRow)
    names = ((table._meta, name) for table in read for name in table._meta.fields_map if name in asked)
    found = {f"{meta.db_table}.{name}" for meta, name in names if name not in meta.backward_fk_fields}
    return {each for each in found if each.partition(".")[2] not in BY_THE_DATABASE}


def test_every_column_a_guard_reads_has_its_place_and_none_is_left_over() -> None:
    named = {name for name in columns_that_guards_read() if not name.endswith("_id")}
    assert named == set(WRITTEN)


@pytest.mark.parametrize(("column", "place"), WRITTEN.items())
def test_the_place_writes_it_and_a_command_or_page_leads_there(column: str, place: str) -> None:
    path, _, name = place.partition(": ")
    tree = ast.parse((PORTAL / path).read_text())
    functions = {f.name: f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert column.partition(".")[2] in words_of(functions[name])
    reached = {name}
    while wider := {f for f, node in functions.items() if reached & _called(node)} - reached:
        reached |= wider
    above = [p.read_text() for folder in ("commands", "web") for p in (PORTAL / folder).rglob("*.py")]
    assert any(re.search(rf"\b{each}\b", text) for each in reached for text in above)


def _called(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
