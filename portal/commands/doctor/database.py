"""What the open database tells: is it ours and up to date, does its clock go, does anything wait or fail."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta

from portal import clock
from portal.commands.doctor.check import Check, ok, warning, wrong
from portal.reads.cases import lenders
from portal.reads.checkup import Fallible, fallible, keys_running_out, line, newest_event
from portal.reads.health import WORKER
from portal.reads.keys import kept_check, require_fit
from portal.reads.lenders import listed
from portal.reads.metrics import Metrics, metrics
from portal.reads.test_clock import read_test_clock
from portal.reads.webhooks import all_webhooks
from portal.settings import Settings
from portal.tables.migrate import NAMES, missing_migrations, newest_migration
from portal.vault import WrongKey

MIGRATE = "`python -m portal migrate`"
SLOW, TOO_SLOW = timedelta(seconds=2), timedelta(seconds=30)
"""By how much two clocks may differ: more than half a minute and codes of a second factor do not fit any more."""
WAITS_LONG = timedelta(minutes=15)


async def in_the_database(settings: Settings) -> AsyncIterator[Check]:
    if missing := await missing_migrations():
        yield wrong("migrations", f"{', '.join(missing)} have not run", MIGRATE)
        return
    newest = await newest_migration()
    if newest in NAMES:
        yield ok("migrations", f"all have run, up to {newest}")
    else:
        yield warning("migrations", f"{newest} is of a later version than this", "run the version that brought it")
    yield await _secret(settings)
    async for check in _clock(settings):
        yield check
    found = await metrics(clock.now(), lambda _: clock.now().date())
    for check in (*_messages(found), *_jobs(found), *_worker(found)):
        yield check
    for found_there in (_lenders(), _keys(), _webhooks()):
        async for check in found_there:
            yield check


async def _secret(settings: Settings) -> Check:
    kept = await kept_check()
    if kept is None:
        return ok("secret", "nothing was sealed yet; the first start makes a test value")
    try:
        require_fit(settings.vault(), kept)
    except WrongKey as error:
        return wrong("secret", str(error), "see Changing secrets in docs/operators.md")
    return ok("secret", "opens the sealed test value")


async def _clock(settings: Settings) -> AsyncIterator[Check]:
    if await read_test_clock() is not None:
        yield ok("test", f"a test deployment, where it is {clock.now():%Y-%m-%d %H:%M}Z; no message leaves it")
    way = await line()
    now = datetime.now(UTC)
    apart = abs(way.clock - now) if way else timedelta()
    newest = None if settings.business_date else await newest_event()
    if newest is not None and newest > clock.now() + TOO_SLOW:
        yield wrong(
            "clock", f"the newest event is of {newest:%Y-%m-%d %H:%M}, which is to come", "set this machine's clock"
        )
    elif apart > SLOW:
        report = wrong if apart > TOO_SLOW else warning
        yield report("clock", f"the database's is {apart.total_seconds():.0f} s away from ours", "let both follow NTP")
    else:
        yield ok("clock", f"{now:%Y-%m-%d %H:%M:%S}Z here" + (", and at the database" if way else ""))
    if way and way.readable:
        yield wrong(
            "line", "the database is elsewhere and reached in the clear", "add ?sslmode=require to PORTAL_DATABASE"
        )
    else:
        yield ok("line", "the database is reached by TLS, or on this machine")


def _messages(found: Metrics) -> Iterable[Check]:
    waiting, dead = found.messages["waiting"], found.messages["dead"]
    age = waiting.age(clock.now())
    if age > WAITS_LONG:
        yield wrong(
            "messages",
            f"{waiting.count} wait, the oldest for {_in_words(age)}",
            "`messages list` says why; `doctor --gateway` whether the gateway answers",
        )
    else:
        yield ok("messages", f"{waiting.count} wait")
    if dead.count:
        yield warning("messages", f"{dead.count} were given up", "`messages list --dead`, then `messages send`")


def _jobs(found: Metrics) -> Iterable[Check]:
    open_ = found.jobs["waiting"].count + found.jobs["running"].count
    age = found.jobs["waiting"].age(clock.now())
    if age > timedelta(hours=1):
        yield wrong("jobs", f"one waits for {_in_words(age)}", "see whether the worker runs")
    elif found.jobs["failed"].count:
        yield warning("jobs", f"{found.jobs['failed'].count} failed", "the worker's log says why; send the file again")
    else:
        yield ok("jobs", f"{open_} wait or are read")


def _worker(found: Metrics) -> Iterable[Check]:
    now = datetime.now(UTC)
    seen = next((pulse for pulse in found.worker if pulse.name == WORKER), None)
    if seen is None:
        yield wrong("worker", "none ever ran here: no clock runs", "`serve` starts one; or `python -m portal worker`")
    elif seen.seconds(now) is None:
        yield wrong("worker", f"last seen at {seen.at:%Y-%m-%d %H:%M:%S}Z: no clock runs", "see why it ended; start it")
    else:
        yield ok("worker", f"seen {seen.seconds(now)} s ago, runs since {seen.since:%Y-%m-%d %H:%M}Z")
    for pulse in found.worker:
        if pulse.problem:
            yield wrong("worker", f"{pulse.name} fails: {pulse.problem}", "its log says more")


async def _lenders() -> AsyncIterator[Check]:
    found = await lenders()
    if not found:
        yield warning("lenders", "there is none", "`lender add`")
    for each in await fallible(found):
        for check in _lender(each):
            yield check
    for one in await listed():
        for kind, count in sorted(one.unknown.items()):
            yield wrong(
                "lenders",
                f"{one.facts.slug}: {count} loans have the unknown kind {kind!r}",
                "`lender list` says the way out",
            )


def _lender(each: Fallible) -> Iterable[Check]:
    problems = []
    if not each.has_policy:
        problems.append(warning("lenders", f"{each.slug} has no policy: the careful defaults hold", "`policy set`"))
    if each.unreadable:
        which, in_force = ", ".join(map(str, each.unreadable)), each.last_version in each.unreadable
        found = f"{each.slug}: this version cannot read version {which} of its policy"
        problems.append(
            wrong("lenders", found, "`policy set` one it can read" if in_force else "run the version before")
        )
    if not each.has_staff:
        problems.append(warning("lenders", f"{each.slug} has nobody at the desk", "`staff add`"))
    if not each.timezone_known:
        problems.append(
            wrong("lenders", f"{each.slug}: its time zone is not known here", "install tzdata, or `lender set`")
        )
    return problems or [ok("lenders", f"{each.slug} has a policy and staff")]


async def _keys() -> AsyncIterator[Check]:
    at = clock.now()
    running_out = await keys_running_out(at)
    for each in running_out:
        when = "ran out on" if each.expires_at <= at else "runs out on"
        found = f"{each.slug}: {each.ref} {each.name} {when} {each.expires_at:%Y-%m-%d}"
        yield warning("keys", found, "`key add` another, and give it to the system that uses this one")
    if not running_out:
        yield ok("keys", "none runs out within two weeks")


async def _webhooks() -> AsyncIterator[Check]:
    """One that staff stopped is as they wanted it."""
    at = clock.now()
    failing = [(slug, each, since) for slug, each in await all_webhooks() if (since := each.since(at))]
    for slug, each, since in failing:
        whole = each.fails_as_a_whole or not each.stuck
        what = "accepts nothing" if whole else f"does not accept the next event of {each.stuck} streams"
        found = f"{slug}: {each.name} {what}, for {_in_words(at - since)}: {each.problem or 'status'}"
        yield wrong("webhooks", found, "its page at /desk/webhooks says what was answered; nothing is lost")
    if not failing:
        yield ok("webhooks", "every endpoint accepts what it is sent")


def _in_words(ago: timedelta) -> str:
    minutes = int(ago.total_seconds()) // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"
