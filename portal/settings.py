"""The settings of a deployment: one frozen value, read from the environment at the edge and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from portal.vault import Vault

DEFAULT_DATABASE = "sqlite://portal.sqlite3"
MIN_SECRET = 32


class UnsafeSetting(Exception):
    """A setting is missing or unsafe; the message names it and says what it has to be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`business_date` fixes today for the demo; None means the lender's own calendar day."""

    database: str
    secret: str
    base_url: str = "http://127.0.0.1:8000"
    data_keys: tuple[str, ...] = ()
    sms: str = "log"
    debug: bool = False
    business_date: date | None = None

    def vault(self) -> Vault:
        return Vault(self.secret, self.data_keys)

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https://")


def from_environment(env: Mapping[str, str]) -> Settings:
    """Raises `UnsafeSetting` for a secret that is missing or short, or a value that is not one of those allowed."""
    secret = env.get("PORTAL_SECRET", "")
    if len(secret) < MIN_SECRET:
        given = f"{len(secret)} characters" if secret else "nothing"
        raise UnsafeSetting(f"PORTAL_SECRET: needs {MIN_SECRET} characters or more, found {given}")
    sms = env.get("PORTAL_SMS", "log")
    if sms not in ("log", "http"):
        raise UnsafeSetting(f"PORTAL_SMS: has to be log or http, found {sms!r}")
    day = env.get("PORTAL_BUSINESS_DATE")
    try:
        business_date = date.fromisoformat(day) if day else None
    except ValueError as error:
        raise UnsafeSetting(f"PORTAL_BUSINESS_DATE: has to be a date as 2026-06-14, found {day!r}") from error
    return Settings(
        database=env.get("PORTAL_DATABASE") or DEFAULT_DATABASE,
        secret=secret,
        base_url=env.get("PORTAL_BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
        data_keys=tuple(key for key in env.get("PORTAL_DATA_KEY", "").split(",") if key),
        sms=sms,
        debug=env.get("PORTAL_DEBUG") == "1",
        business_date=business_date,
    )


def refuse_unsafe_production(settings: Settings) -> None:
    """What `serve` will not start with."""
    if not settings.secure and "://127.0.0.1" not in settings.base_url and "://localhost" not in settings.base_url:
        raise UnsafeSetting(f"PORTAL_BASE_URL: has to begin with https://, found {settings.base_url!r}")
    if settings.business_date is not None:
        raise UnsafeSetting("PORTAL_BUSINESS_DATE: is for demonstrations only; leave it unset")
