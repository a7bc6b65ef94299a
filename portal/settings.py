"""The settings of a deployment: one frozen value, read from the environment at the edge and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from tortoise.exceptions import ConfigurationError
from zxcvbn import zxcvbn

from portal.delivery.senders import Sender, posting, printed
from portal.domain.event import BusinessTime
from portal.tables.config import DEFAULT_URL, engine_of, orm_config
from portal.vault import Vault

DEFAULT_BASE_URL = "http://127.0.0.1:8000"
MIN_SECRET = 32
# Powers of ten of guesses that a secret has to stand, by zxcvbn: one of chance has over thirty, a repeated word four.
# It looks at no more than so many characters; those of chance need no more.
LEAST_GUESSES, JUDGED = 15, 72
PLACEHOLDERS = ("changeme", "changethis", "replaceme", "replacethis", "putasecrethere")
MAKE_ONE = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
WEAK = (
    f"{{}}: is easily guessed: a repeated or much used word, a row of keys, or an example. For another, {MAKE_ONE}. "
    "Where a database was sealed with this one, bring the new one in with `python -m portal vault rewrap`: "
    "in PORTAL_DATA_KEY this one may stand behind it."
)
NEEDS_GATEWAY = "PORTAL_SMS_URL: is needed with PORTAL_SMS=http: the address of the gateway"
ENCRYPTED = ("require", "verify-ca", "verify-full", True)
USUAL_API_PER_MINUTE, MOST_API_PER_MINUTE = 3000, 1_000_000
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PRINTS = (
    "PORTAL_SMS: log prints phone numbers and codes on standard output, which is for trying it out on this machine "
    "alone, and {}; set http, and PORTAL_SMS_URL to the address of the gateway"
)


class UnsafeSetting(Exception):
    """A setting is missing or unsafe; the message names it and says what it has to be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`business_date` fixes today for the demo; None means the lender's own. `debug` shows `/help/design`.

    `show_cost` tells at the foot of a page what it cost; no variable sets it, so that only the demo ever does.
    `spool` is the folder where files lie until they are read, `backups` the file or folder where the last backup is.
    Where `second_factor` is false staff come in by a password alone, as in the demo. `test` is a deployment that has a
    clock of its own, and from which no message leaves: its database is made for that. `operator` is who runs the site
    for the lenders, and how to reach them, as borrowers read it. `api_per_minute` is how many requests a key of a
    lender's system has in any minute. `webhook_private` lets webhooks reach addresses inside
    a network, and by http.
    """

    database: str
    secret: str
    base_url: str = DEFAULT_BASE_URL
    data_keys: tuple[str, ...] = ()
    sms: str = "log"
    sms_url: str = ""
    sms_token: str = ""
    business_date: date | None = None
    debug: bool = False
    show_cost: bool = False
    audit_key: str = ""
    log: str = "text"
    metrics_token: str = ""
    spool: str = ""
    backups: str = ""
    second_factor: bool = False
    test: bool = False
    operator: str = ""
    api_per_minute: int = USUAL_API_PER_MINUTE
    webhook_private: bool = False

    def vault(self) -> Vault:
        return Vault(self.secret, self.data_keys)

    def sender(self) -> Sender:
        return posting(self.sms_url, self.sms_token) if self.sms == "http" else printed

    @property
    def database_file(self) -> Path | None:
        """The file of an SQLite database."""
        if engine_of(self.database) != "sqlite":
            return None
        return Path(orm_config(self.database)["connections"]["sqlite"]["credentials"]["file_path"])

    @property
    def spool_folder(self) -> Path:
        """Where files lie until they are read: as set, else beside the SQLite file, else in the working folder."""
        if self.spool:
            return Path(self.spool)
        file = self.database_file
        return Path("portal-spool") if file is None else file.with_name(f"{file.name}-spool")

    def moment(self, at: datetime, timezone: str) -> BusinessTime:
        """`at`, and the business day there; where that is fixed, the same time of day in that zone on the fixed day."""
        local = at.astimezone(ZoneInfo(timezone))
        if self.business_date is None:
            return BusinessTime(at, local.date())
        return BusinessTime(datetime.combine(self.business_date, local.timetz()).astimezone(UTC), self.business_date)

    @property
    def on_loopback(self) -> bool:
        """Whether borrowers' address is this machine's own, as when somebody tries it out."""
        return urlsplit(self.base_url).hostname in LOOPBACK

    @property
    def is_demo(self) -> bool:
        """What `demo` alone sets and production refuses, both at once: there a page of ours plays the cashier."""
        return self.debug and self.business_date is not None

    @property
    def host(self) -> str:
        """The address as a browser shows it: where codes and passwords are typed, and nowhere else."""
        return urlsplit(self.base_url).netloc

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https://")


def from_environment(env: Mapping[str, str]) -> Settings:
    """Raises `UnsafeSetting` for a secret that is missing or short, or a value that is not allowed."""
    return Settings(
        database=_database(env.get("PORTAL_DATABASE") or DEFAULT_URL),
        secret=_secret("PORTAL_SECRET", env.get("PORTAL_SECRET", "")),
        base_url=_base_url(env.get("PORTAL_BASE_URL") or DEFAULT_BASE_URL),
        data_keys=tuple(_secret("PORTAL_DATA_KEY", key) for key in env.get("PORTAL_DATA_KEY", "").split(",") if key),
        sms=_one_of("PORTAL_SMS", env.get("PORTAL_SMS") or "log", ("log", "http")),
        sms_url=_sms_url(env.get("PORTAL_SMS_URL", "")),
        sms_token=env.get("PORTAL_SMS_TOKEN", ""),
        business_date=_business_date(env.get("PORTAL_BUSINESS_DATE", "")),
        debug=env.get("PORTAL_DEBUG", "") not in ("", "0"),
        audit_key=_secret("PORTAL_AUDIT_KEY", given) if (given := env.get("PORTAL_AUDIT_KEY", "")) else "",
        log=_one_of("PORTAL_LOG", env.get("PORTAL_LOG") or "text", ("text", "json")),
        metrics_token=_secret("PORTAL_METRICS_TOKEN", given) if (given := env.get("PORTAL_METRICS_TOKEN", "")) else "",
        spool=env.get("PORTAL_SPOOL", ""),
        backups=env.get("PORTAL_BACKUPS", ""),
        test=env.get("PORTAL_TEST", "") not in ("", "0"),
        operator=env.get("PORTAL_OPERATOR", "").strip(),
        api_per_minute=_count("PORTAL_API_PER_MINUTE", env.get("PORTAL_API_PER_MINUTE") or str(USUAL_API_PER_MINUTE)),
        webhook_private=_yes_or_no("PORTAL_WEBHOOK_PRIVATE", env.get("PORTAL_WEBHOOK_PRIVATE") or "false"),
    )


def for_production(env: Mapping[str, str], host: str = LOOPBACK[0]) -> Settings:
    """What `serve` and `asgi.py` start with; `host` is where it listens, as far as that is known.

    Raises `UnsafeSetting`, naming everything that is unsafe there.
    """
    settings = from_environment(env)
    elsewhere, unsafe = not settings.on_loopback, f"has to begin with https://, found {settings.base_url!r}"
    refused = {
        f"PORTAL_BASE_URL: {unsafe}": elsewhere and not settings.secure,
        "PORTAL_BUSINESS_DATE: is for demonstrations only; leave it unset": settings.business_date is not None,
        "PORTAL_DEBUG: is for those who work on the pages; leave it unset": settings.debug,
        NEEDS_GATEWAY: settings.sms == "http" and not settings.sms_url and not settings.test,
    }
    problems = [problem for problem, found in refused.items() if found]
    problems += _printing_off_loopback(settings, host) + _readable_on_the_way(settings.database)
    if not settings.on_loopback:
        problems += weak_secrets(settings)
    if problems:
        raise UnsafeSetting("\n".join(problems))
    return replace(settings, second_factor=True)


def require_private_sender(settings: Settings) -> None:
    """For the worker, which sends too. Raises `UnsafeSetting` where messages would be printed off loopback."""
    if problems := _printing_off_loopback(settings, LOOPBACK[0]):
        raise UnsafeSetting(problems[0])


def _printing_off_loopback(settings: Settings, host: str) -> list[str]:
    if settings.test or settings.sms != "log" or (settings.on_loopback and host in LOOPBACK):
        return []
    where = f"--host is {host!r}" if host not in LOOPBACK else f"PORTAL_BASE_URL is {settings.base_url!r}"
    return [PRINTS.format(where)]


def _readable_on_the_way(database: str) -> list[str]:
    """A PostgreSQL on another machine has to be reached encrypted: all names and figures pass there."""
    if engine_of(database) == "sqlite":
        return []
    reached = orm_config(database)["connections"]["asyncpg"]["credentials"]
    host, ssl = reached.get("host") or "", reached.get("ssl")
    if not host or host.startswith("/") or host in LOOPBACK or ssl in ENCRYPTED:
        return []
    found = f"sslmode={ssl}" if ssl else "no sslmode"
    return [
        f"PORTAL_DATABASE: {host} is another machine, and without TLS everybody between reads along; found {found}. "
        "Write ?sslmode=require at its end, or verify-full where its certificate can be checked"
    ]


def _database(url: str) -> str:
    try:
        orm_config(url)
    except ConfigurationError as error:
        raise UnsafeSetting(f"PORTAL_DATABASE: {error}") from error
    return url


def _secret(name: str, given: str) -> str:
    if len(given) < MIN_SECRET:
        found = f"{len(given)} characters" if given else "nothing"
        raise UnsafeSetting(f"{name}: needs {MIN_SECRET} characters or more, found {found}")
    return given


def weak_secrets(settings: Settings) -> list[str]:
    """What is wrong with each secret that somebody comes upon by trying; none is repeated in what is said.

    Refused where others can reach the portal, warned of elsewhere. Of the data keys the first seals and is judged;
    those after it only open what they sealed before.
    """
    given = {
        "PORTAL_SECRET": settings.secret,
        "PORTAL_DATA_KEY": settings.data_keys[0] if settings.data_keys else "",
        "PORTAL_AUDIT_KEY": settings.audit_key,
        "PORTAL_METRICS_TOKEN": settings.metrics_token,
    }
    return [WEAK.format(name) for name, secret in given.items() if secret and _weak(secret)]


def _weak(secret: str) -> bool:
    plain = "".join(filter(str.isalnum, secret.lower()))
    return zxcvbn(secret[:JUDGED])["guesses_log10"] < LEAST_GUESSES or any(word in plain for word in PLACEHOLDERS)


def _base_url(given: str) -> str:
    try:
        parts = urlsplit(given)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or given.rstrip("/") != f"{parts.scheme}://{parts.netloc}":
        raise UnsafeSetting(f"PORTAL_BASE_URL: has to be like https://pay.example.com, found {given!r}")
    return given.rstrip("/")


def _one_of(name: str, given: str, allowed: tuple[str, ...]) -> str:
    if given not in allowed:
        raise UnsafeSetting(f"{name}: has to be {' or '.join(allowed)}, found {given!r}")
    return given


def _count(name: str, given: str) -> int:
    if not (given.isascii() and given.isdecimal() and 1 <= int(given) <= MOST_API_PER_MINUTE):
        raise UnsafeSetting(f"{name}: has to be a whole number from 1 to {MOST_API_PER_MINUTE}, found {given!r}")
    return int(given)


def _yes_or_no(name: str, given: str) -> bool:
    """A word that is neither is refused: what opens something is not opened by a slip."""
    return _one_of(name, given, ("true", "false", "1", "0")) in ("true", "1")


def _sms_url(given: str) -> str:
    parts = urlsplit(given)
    if given and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise UnsafeSetting(f"PORTAL_SMS_URL: has to begin with https://, found {given!r}")
    return given


def _business_date(given: str) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise UnsafeSetting(f"PORTAL_BUSINESS_DATE: has to be a date as 2026-06-14, found {given!r}") from error
