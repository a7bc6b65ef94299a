"""Setting up a lender: `lender add`, `lender list`, `lender set`."""

import argparse
import json
import re
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portal.actions.lenders import NewLender, add_lender, set_lender
from portal.commands import Subparsers
from portal.commands.setup import Context, Failed, add_command, add_group, say
from portal.domain.conduct.names import check_name
from portal.domain.money import digits
from portal.domain.refusal import Refusal
from portal.reads.caps import LENDER_KINDS, check_kind
from portal.reads.lenders import LenderListed, listed

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_MOST_LETTERS = {"name": 200, "legal_name": 200, "hotline": 40}
SETTINGS = ("name", "kind", "hotline", "timezone", "currency", "legal_name")
_HELPS = {
    "name": "what borrowers see",
    "kind": ", ".join(LENDER_KINDS),
    "hotline": "a number borrowers may ring",
    "legal_name": "the name it is registered under, which agreements and letters have",
}


def add_lenders_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    lender = add_group(subparsers, "lender", "add, list or change lenders")
    add = add_command(lender, "add", _add_lender, "add a lender", "slug")
    _settings(
        add, name=None, kind="consumer-finance", currency="CNY", timezone="Asia/Shanghai", hotline="", legal_name=""
    )
    all_ = add_command(lender, "list", _list_lenders, "every lender, and what is stored under a kind nobody knows")
    all_.add_argument("--json", action="store_true")
    change = add_command(
        lender, "set", _set_lender, "change what was added; the currency only while there is no loan", "slug"
    )
    _settings(change)


def _settings(parser: argparse.ArgumentParser, **first: str | None) -> None:
    """The options that say what a lender is; where something stands for what is left out, only the name is needed."""
    for name in SETTINGS:
        needed = bool(first) and first[name] is None
        parser.add_argument(_option(name), default=first.get(name), required=needed, help=_HELPS.get(name))


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


async def _add_lender(context: Context, chosen: argparse.Namespace) -> None:
    if not SLUG.fullmatch(chosen.slug):
        raise Failed(f"SLUG: small letters, digits and hyphens, at most 64, found {chosen.slug!r}")
    wanted = _checked({name: getattr(chosen, name) for name in SETTINGS})
    await add_lender(context.moment(chosen.timezone), NewLender(chosen.slug, **wanted))
    say(f"added {chosen.slug}")


async def _set_lender(context: Context, chosen: argparse.Namespace) -> None:
    lender = await context.lender(chosen.slug, "SLUG")
    wanted = _checked({name: getattr(chosen, name) for name in SETTINGS if getattr(chosen, name) is not None})
    if not wanted:
        raise Failed(f"nothing was asked for: name what to set, {', '.join(map(_option, SETTINGS))}")
    changed = await set_lender(context.moment(lender.timezone), lender, wanted)
    say(f"{chosen.slug}: set {', '.join(changed)}" if changed else f"{chosen.slug}: says so already")


def _checked(wanted: Mapping[str, str]) -> dict[str, str]:
    """What is to be said of a lender, if all of it can be. Raises Failed, which names the option."""
    if "name" in wanted and not wanted["name"].strip():
        raise Failed("--name: is what borrowers see, and cannot be empty")
    for name, value in wanted.items():
        if len(value) > _MOST_LETTERS.get(name, len(value)):
            raise Failed(f"{_option(name)}: at most {_MOST_LETTERS[name]} characters, found {len(value)}")
        try:
            CHECKS[name](value)
        except Refusal as refusal:
            raise Failed(f"{_option(name)}: {refusal}") from refusal
    return dict(wanted)


def _check_timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Failed(f"--timezone: a name such as Asia/Shanghai, found {name!r}") from None


CHECKS: dict[str, Callable[[str], object]] = {
    "name": check_name,
    "kind": check_kind,
    "hotline": check_name,
    "legal_name": check_name,
    "timezone": _check_timezone,
    "currency": digits,
}


async def _list_lenders(_context: Context, chosen: argparse.Namespace) -> None:
    found = await listed()
    if chosen.json:
        print(json.dumps([_as_json(each) for each in found], ensure_ascii=False))
        return
    rows = [("SLUG", "KIND", "CURRENCY", "TIMEZONE", "LOANS", "HOTLINE", "NAME"), *map(_as_row, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for each in found:
        for line in _to_correct(each):
            print(line)


def _as_row(each: LenderListed) -> tuple[str, ...]:
    facts = each.facts
    return facts.slug, facts.kind, facts.currency, facts.timezone, str(each.loans), facts.hotline or "-", facts.name


def _as_json(each: LenderListed) -> dict[str, object]:
    facts = each.facts
    of_it = {name: getattr(facts, name) for name in ("slug", *SETTINGS)}
    return {
        **of_it,
        "kind_known": facts.kind in LENDER_KINDS,
        "loans": each.loans,
        "loans_of_unknown_kinds": each.unknown,
    }


def _to_correct(each: LenderListed) -> list[str]:
    """What is stored under a kind that nobody knows, and the way out."""
    slug, kind = each.facts.slug, each.facts.kind
    lines = []
    if kind not in LENDER_KINDS:
        lines.append(
            f"{slug}: the kind {kind!r} is unknown; `lender set {slug} --kind KIND`, one of {', '.join(LENDER_KINDS)}"
        )
    for unknown, loans in sorted(each.unknown.items()):
        lines.append(
            f"{slug}: {loans} loans have the unknown kind {unknown!r}, and the strictest cap until they are corrected: "
            "import them again under a known one"
        )
    return lines
