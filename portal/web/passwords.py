"""Passwords by argon2id, off the event loop and two at a time; the time taken tells nobody which accounts exist."""

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.domain.refusal import N_, Refusal

# OWASP Password Storage Cheat Sheet: argon2id, t=2, m=19 MiB, p=1.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
AT_ONCE = 2
LEAST, MOST = 8, 128
# The most used ones that are long enough; a whole list comes from a package when codes by SMS do.
COMMON = frozenset(
    (
        "12345678",
        "123456789",
        "1234567890",
        "password",
        "password1",
        "11111111",
        "00000000",
        "88888888",
        "66666666",
        "qwertyui",
        "qwerty123",
        "iloveyou",
        "87654321",
        "a1234567",
        "abc12345",
        "1q2w3e4r",
        "1qaz2wsx",
        "5201314a",
        "woaini520",
        "woaini1314",
        "asdfghjk",
        "zxcvbnm1",
    )
)
NOBODYS = HASHER.hash("nobody signs in with this")
_limiter: anyio.CapacityLimiter | None = None


class PasswordLength(Refusal):
    says = N_("A password has {least} to {most} characters.")


class PasswordCommon(Refusal):
    says = N_("This password is one of the most used and easily guessed. Please choose another.")


def check_new(password: str) -> str:
    """Raises PasswordLength or PasswordCommon; there are no other rules."""
    if not LEAST <= len(password) <= MOST:
        raise PasswordLength("password", least=LEAST, most=MOST)
    if password.lower() in COMMON:
        raise PasswordCommon("password")
    return password


async def hashed(password: str) -> str:
    return await anyio.to_thread.run_sync(HASHER.hash, password, limiter=_limit())


async def matches(password_hash: str | None, password: str) -> bool:
    """False too where there is no password, after the same work."""
    found = await anyio.to_thread.run_sync(_verify, password_hash or NOBODYS, password[:MOST], limiter=_limit())
    return found and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _limit() -> anyio.CapacityLimiter:
    global _limiter
    if _limiter is None:
        _limiter = anyio.CapacityLimiter(AT_ONCE)
    return _limiter
