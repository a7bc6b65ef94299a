"""Passwords by argon2id, off the event loop and one at a time; the time taken tells nobody which accounts exist."""

import asyncio
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from starlette.exceptions import HTTPException
from zxcvbn import zxcvbn

from portal.domain.refusal import N_, Refusal

T = TypeVar("T")

# OWASP Password Storage Cheat Sheet: argon2id, t=2, m=19 MiB, p=1.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
MOST_WAITING = 4
RETRY_AFTER_SECONDS = 5
LEAST, MOST = 8, 128
# Zxcvbn's score of 0 to 4: 2 withstands an attacker who may guess online without a throttle.
LEAST_SCORE = 2
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


def check_new(password: str, known: Sequence[str] = ()) -> str:
    """Raises PasswordLength or PasswordCommon; `known` is what others know of the person, as the phone number."""
    if not LEAST <= len(password) <= MOST:
        raise PasswordLength("password", least=LEAST, most=MOST)
    if zxcvbn(password[:LONGEST_JUDGED], user_inputs=[*LOVED_IN_CHINESE, *known])["score"] < LEAST_SCORE:
        raise PasswordCommon("password")
    return password


def require_room() -> None:
    """Before a try is counted: whoever is sent away has not guessed. Raises TooBusy."""
    if _in_line > MOST_WAITING:
        raise TooBusy


async def hashed(password: str) -> str:
    """Raises TooBusy."""
    return await _in_turn(HASHER.hash, password)


async def matches(password_hash: str | None, password: str) -> bool:
    """False too where there is no password, after the same work. Raises TooBusy."""
    found = await _in_turn(_verify, password_hash or NOBODYS, password[:MOST])
    return found and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


async def _in_turn(work: Callable[..., T], *arguments: Any) -> T:
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
