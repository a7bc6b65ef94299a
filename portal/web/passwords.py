"""Passwords by argon2id, off the event loop and one at a time; the time taken tells nobody which accounts exist."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from zxcvbn import zxcvbn

from portal.domain.refusal import N_, Refusal
from portal.web.known_names import KnownNames, known_names

_Result = TypeVar("_Result")

# OWASP Password Storage Cheat Sheet: argon2id, t=2, m=19 MiB, p=1.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_MOST_WAITING = 4
RETRY_AFTER_SECONDS = 5
LEAST, MOST = 8, 128
# Zxcvbn's score of 0 to 4: 2 withstands an attacker who may guess online without a throttle.
LEAST_SCORE = 2
# With a name in it that everybody here knows, the rest has to withstand one who may guess offline.
LEAST_WITH_NAME = 3
# More than this zxcvbn refuses to look at; what follows makes no password easier to guess.
LONGEST_JUDGED = 72
# What its English lists do not have and many Chinese passwords do.
LOVED_IN_CHINESE = (
    "woaini",
    "woaini520",
    "woaini1314",
    "5201314",
    "1314520",
    "520",
    "1314",
    "aini",
    "wobuaini",
    "mima",
)
NOBODYS = HASHER.hash("nobody signs in with this")


class TooBusy(HTTPException):
    """Too many are signing in at once; other pages keep their speed."""

    def __init__(self) -> None:
        super().__init__(503, headers={"retry-after": str(RETRY_AFTER_SECONDS)})


class PasswordLength(Refusal):
    says = N_("A password has {least} to {most} characters.")


class PasswordCommon(Refusal):
    says = N_("This password is easily guessed: it is much used, or follows a pattern. A short sentence is better.")


class PasswordNamed(Refusal):
    says = N_("This password has the name “{name}” in it, which everybody here would try first. Leave the name out.")


def check_new(password: str, known: Sequence[str], names: KnownNames) -> str:
    """Raises PasswordLength, PasswordNamed or PasswordCommon; `known` is what others know of the person."""
    if not LEAST <= len(password) <= MOST:
        raise PasswordLength("password", least=LEAST, most=MOST)
    if name := names.found_whole(password):
        raise PasswordNamed("password", name=name)
    parts = names.found_parts(password)
    found = zxcvbn(password[:LONGEST_JUDGED], user_inputs=[*LOVED_IN_CHINESE, *known, *parts])
    if found["score"] < (LEAST_WITH_NAME if parts else LEAST_SCORE):
        raise PasswordCommon("password")
    return password


def names_here(request: Request, lenders: Iterable[tuple[str, str]]) -> KnownNames:
    """Of these lenders, by name and slug, and of the address that the browser shows."""
    return known_names(lenders, request.app.state.settings.host)


def require_room() -> None:
    """Before a try is counted: whoever is sent away has not guessed. Raises TooBusy."""
    if _in_line > _MOST_WAITING:
        raise TooBusy


async def hashed(password: str) -> str:
    """Raises TooBusy."""
    return await _in_turn(HASHER.hash, password)


async def matches(password_hash: str | None, password: str) -> bool:
    """False too where there is no password, after the same work. Raises TooBusy."""
    found = await _in_turn(_verify, password_hash or NOBODYS, password[:MOST])
    return found and password_hash is not None


async def renewed(password_hash: str, password: str) -> str | None:
    """The hash of a password that was right, by the parameters of now; None where it has them, or nobody has time."""
    if not HASHER.check_needs_rehash(password_hash):
        return None
    try:
        return await hashed(password)
    except TooBusy:
        return None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


async def _in_turn(work: Callable[..., _Result], *arguments: Any) -> _Result:
    """One at a time, on a thread that gives way to every other; whoever comes fifth in the line is sent away."""
    global _in_line
    require_room()
    _in_line += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_thread, work, *arguments)
    finally:
        _in_line -= 1


def _give_way() -> None:
    with suppress(AttributeError, OSError):  # a thread has a priority of its own on Linux alone
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="argon2", initializer=_give_way)
_in_line = 0
