"""Keys of a lender's own systems: `key add`, `key list`, `key end`."""

import argparse
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal import clock
from portal.actions.api_keys import AGENCY_PURPOSES, LONGEST_LIFE, PURPOSES, USUAL_LIFE, add_key, end_key
from portal.commands import Subparsers
from portal.commands.setup import Context, Failed, add_command, add_group, lender_time, say
from portal.domain.contract.calendar import parse_date
from portal.reads.api_keys import WARNED_BEFORE, keys
from portal.reads.cases import LenderFacts

MOST_AGENCY_LETTERS = 100


def add_api_keys_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    key = add_group(subparsers, "key", "keys of the lender's own systems")
    add = add_command(key, "add", _add, "prints a new key, once", lender=True)
    add.add_argument("--name", default="", help="what the key is for, in your words")
    add.add_argument("--purpose", action="append", choices=PURPOSES, help="again for each; all, if none is named")
    add.add_argument("--agency", default="", metavar="NAME", help="who works for the lender with it; borrowers see it")
    add.add_argument("--expires", default="", metavar="DATE|DAYS", help="its last day; in a year, if not said")
    add_command(key, "list", _list, "every key, without its secret", lender=True)
    add_command(key, "end", _end, "a key works no more, at once", "ref", lender=True)
    add_command(key, "statement", _statement, "the public key that statements of the feed are signed with")
    add_command(key, "cashier", _cashier, "the key that a cashier's page checks amounts with", lender=True)


async def _add(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    zone, moment = ZoneInfo(lender.timezone), lender_time(context, lender)
    last = _last_day(chosen.expires, moment.at.astimezone(zone).date())
    # To the end of that day where the lender is.
    expires_at = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
    agency = chosen.agency.strip()
    if len(agency) > MOST_AGENCY_LETTERS:
        raise Failed(f"--agency: at most {MOST_AGENCY_LETTERS} characters, found {len(agency)}")
    usual = AGENCY_PURPOSES if agency else PURPOSES
    secret = await add_key(moment, lender, chosen.name[:100], chosen.purpose or usual, expires_at, agency)
    say("This key is shown once. Send it as: Authorization: Bearer KEY")
    say(f"It works until {last.isoformat()}; --expires DATE or DAYS makes it another day.")
    if agency and not chosen.purpose:
        say(f"It is {agency}'s, to ask before a contact and tell after it; nothing else.")
    elif not chosen.purpose:
        say(f"It is for everything there is today: {', '.join(sorted(PURPOSES))}.")
        say("A key that does one thing gives away less: --purpose, again for each.")
    print(secret)


def _last_day(typed: str, today: date) -> date:
    """Raises Failed, NotADate."""
    if not typed:
        return today + USUAL_LIFE
    last = today + timedelta(days=min(int(typed), 9999)) if typed.isdecimal() else parse_date(typed, "expires")
    most = today + LONGEST_LIFE - timedelta(days=1)
    if not today < last <= most:
        raise Failed(f"--expires: from 1 day, or tomorrow, to two years, {most.isoformat()}, found {typed!r}")
    return last


async def _cashier(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    print(context.vault.cashier_key(lender.slug))


async def _statement(context: Context, _chosen: argparse.Namespace) -> None:
    say("Ed25519, base64: give it to whoever checks statements by another way than the API.")
    print(context.vault.signing_key)


async def _list(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    at = clock.now()
    for each in await keys(lender.id):
        state = f"ended {each.ended_at:%Y-%m-%d}" if each.ended_at else each.state(at)
        used = f"last used {each.used_at:%Y-%m-%d}" if each.used_at else "never used"
        whose = f"  of {each.agency}" if each.agency else ""
        until = f"until {_day_before(each.expires_at, lender.timezone)}" if each.expires_at else "never expires"
        print(f"{each.ref}  {each.created_at:%Y-%m-%d}  {state}, {used}, {until}  {each.purposes}  {each.name}{whose}")
        if each.state(at) == "works" and each.expires_at and each.expires_at <= at + WARNED_BEFORE:
            say(f"{each.ref} runs out soon: `key add` another, deploy it, then `key end {each.ref}`")


def _day_before(end: datetime, timezone: str) -> date:
    """The last day on which a key works where the lender is."""
    return (end.astimezone(ZoneInfo(timezone)) - timedelta(microseconds=1)).date()


async def _end(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    await end_key(context.moment(lender.timezone), lender, chosen.ref)
    say(f"{chosen.ref} works no more")
