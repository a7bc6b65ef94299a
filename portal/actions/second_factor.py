"""The second factor of staff: a secret in an app, whose codes pass once, and ten codes for the day it is lost.

Codes are those of RFC 6238: six digits of a secret that both sides have, anew every 30 seconds. One step before and one
after pass too, for clocks differ; a step that was used passes no more. A secret is kept sealed and bound to its row.
"""

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyotp import TOTP, random_base32

from portal import clock
from portal.actions.access import note_access
from portal.actions.act import change_outside_feed
from portal.actions.sessions import StaffChanged
from portal.actions.staff import StaffAccount, staff_by_id
from portal.domain.refusal import N_, Refusal
from portal.tables import models as tables
from portal.vault import Vault, WrongKey, WrongPlace, new_ref, token_hash

STEP_SECONDS, WINDOW = 30, 1
RECOVERY_CODES = 10
# Between password and code; long enough to put an app on a phone.
PENDING = timedelta(minutes=20)
_PLACE = "staff-pending"


class WrongFactor(Refusal):
    says = N_(
        "This code does not fit. Type the one that the app shows now. If that is refused too, the clock of the phone "
        "is wrong: have it set its date and time by itself, then take the next code."
    )


class FactorUsed(Refusal):
    says = N_("This code was used already. Wait for the next one, half a minute at most.")


class WrongRecovery(Refusal):
    says = N_("This recovery code does not fit, or it was used already. Each works once.")


class PendingOver(Refusal):
    says = N_("Too much time has passed since you gave your password. Please sign in again.")


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody whose password was right. No session is open; `secret` is offered to whoever has none, or moves."""

    account: StaffAccount
    secret: str


def pending_token(account: StaffAccount, vault: Vault, at: datetime) -> str:
    """For the browser to bring back: sealed, and void once the password is another one."""
    until = int((at + PENDING).timestamp())
    return vault.seal_own(_PLACE, f"{account.id} {until} {_mark(account.password_hash)} {random_base32()}")


async def pending(token: str, vault: Vault, at: datetime) -> Pending:
    """Raises PendingOver."""
    try:
        staff_id, until, mark, secret = vault.unseal_own(_PLACE, token).split()
    except (WrongKey, WrongPlace) as error:
        raise PendingOver("code") from error
    account = await staff_by_id(int(staff_id)) if at.timestamp() < int(until) else None
    if account is None or not hmac.compare_digest(mark, _mark(account.password_hash)):
        raise PendingOver("code")
    return Pending(account, secret)


def provisioning_uri(found: Pending) -> str:
    """What the square on the page says: secret, whose it is, and for which lender."""
    return TOTP(found.secret).provisioning_uri(name=found.account.email, issuer_name=found.account.lender_name)


@change_outside_feed
async def set_factor(found: Pending, typed: str, vault: Vault, at: datetime) -> tuple[str, ...]:
    """The offered secret is the second factor from now on, once a code of it was right; answers new recovery codes.

    Raises WrongFactor, StaffChanged.
    """
    step = _step(found.secret, typed, at)
    if step is None:
        raise WrongFactor("code")
    codes = _new_codes()
    staff = await _locked(found.account)
    if (staff.totp_sealed is not None) is not found.account.has_factor:
        raise StaffChanged("code")
    sealed = vault.seal_own(factor_place(staff.ref), found.secret)
    kept = {"totp_sealed": sealed, "totp_step": step, "recovery_hashes": " ".join(map(token_hash, codes))}
    await tables.StaffRow.filter(id=staff.id).update(**kept)
    await _note(found.account, "second-factor-set", at)
    return codes


@change_outside_feed
async def check_factor(account: StaffAccount, typed: str, vault: Vault, at: datetime) -> None:
    """The code of now, once. Raises WrongFactor, FactorUsed, StaffChanged."""
    staff = await _locked(account)
    secret = vault.unseal_own(factor_place(staff.ref), staff.totp_sealed or "")
    step = _step(secret, typed, at)
    if step is not None and (staff.totp_step is None or step > staff.totp_step):
        await tables.StaffRow.filter(id=staff.id).update(totp_step=step)
        return
    raise WrongFactor("code") if step is None else FactorUsed("code")


@change_outside_feed
async def use_recovery(account: StaffAccount, typed: str, at: datetime) -> None:
    """One of the recovery codes, which then is none any more. Raises WrongRecovery, StaffChanged."""
    given = token_hash(_typed_recovery(typed))
    staff = await _locked(account)
    left = (staff.recovery_hashes or "").split()
    if given in left:
        await tables.StaffRow.filter(id=staff.id).update(recovery_hashes=" ".join(h for h in left if h != given))
        await _note(account, "recovery-used", at)
        return
    raise WrongRecovery("recovery")


@change_outside_feed
async def new_recovery(account: StaffAccount, at: datetime) -> tuple[str, ...]:
    """Ten new codes; those of before work no more. Raises StaffChanged."""
    codes = _new_codes()
    staff = await _locked(account)
    await tables.StaffRow.filter(id=staff.id).update(recovery_hashes=" ".join(map(token_hash, codes)))
    await _note(account, "recovery-made", at)
    return codes


def factor_place(ref: str) -> str:
    """What a secret is bound to."""
    return f"totp:{ref}"


async def _locked(account: StaffAccount) -> tables.StaffRow:
    """The row as it was when the password was judged. Raises StaffChanged."""
    staff = await tables.StaffRow.filter(id=account.id, ended_at__isnull=True).select_for_update().first()
    if staff is None or staff.password_hash != account.password_hash:
        raise StaffChanged("code")
    return staff


async def _note(account: StaffAccount, what: str, at: datetime) -> None:
    await note_access(("staff", account.ref), what, at, lender_id=account.lender_id)


def _step(secret: str, typed: str, at: datetime) -> int | None:
    """The time step of which this is the code, of those that pass at that moment; None where it is of none."""
    plain = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", typed)))
    now, codes = int(clock.by_wall(at).timestamp()) // STEP_SECONDS, TOTP(secret)
    fitting = [
        step
        for step in range(now - WINDOW, now + WINDOW + 1)
        if hmac.compare_digest(codes.generate_otp(step).encode(), plain.encode())
    ]
    return max(fitting, default=None)


def _new_codes() -> tuple[str, ...]:
    """80 random bits each, in groups of four for whoever types them from paper."""
    plain = [new_ref() for _ in range(RECOVERY_CODES)]
    return tuple("-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in plain)


def _typed_recovery(typed: str) -> str:
    """As it was printed, whatever was typed for the lines between its groups; 0, 1 and 8 are in no code."""
    plain = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", typed).lower()))
    plain = plain.translate(str.maketrans("018", "olb"))
    return "-".join(plain[start : start + 4] for start in range(0, len(plain), 4))


def _mark(password_hash: str | None) -> str:
    return token_hash(password_hash or "")[:32]
