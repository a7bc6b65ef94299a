"""Setting up a lender: `lender add`, `policy set`, `policy show`."""

import argparse
import re
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portal.actions.lenders import OPERATOR, NewLender, add_lender, set_policy
from portal.commands.setup import Context, Failed, running, say
from portal.domain.money import digits
from portal.reads.policy import policy_text

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    lender = subparsers.add_parser("lender", help="add a lender").add_subparsers(dest="what", required=True)
    add = lender.add_parser("add", help="add a lender")
    add.add_argument("slug")
    add.add_argument("--name", required=True)
    add.add_argument("--kind", default="consumer-finance")
    add.add_argument("--currency", default="CNY")
    add.add_argument("--timezone", default="Asia/Shanghai")
    add.add_argument("--hotline", default="")
    add.set_defaults(run=_add)
    policy = subparsers.add_parser("policy", help="set or show a lender's policy").add_subparsers(
        dest="what", required=True
    )
    new = policy.add_parser("set", help="a new dated version from a TOML file")
    new.add_argument("slug")
    new.add_argument("file", type=Path)
    new.set_defaults(run=_set_policy)
    show = policy.add_parser("show", help="the version in force")
    show.add_argument("slug")
    show.set_defaults(run=_show_policy)


def _add(chosen: argparse.Namespace) -> int:
    return running(_add_lender, chosen)


async def _add_lender(context: Context, chosen: argparse.Namespace) -> int:
    if not SLUG.fullmatch(chosen.slug):
        raise Failed(f"SLUG: small letters, digits and hyphens, at most 64, found {chosen.slug!r}")
    if not chosen.name.strip():
        raise Failed("--name: is what borrowers see, and cannot be empty")
    digits(chosen.currency)
    try:
        ZoneInfo(chosen.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Failed(f"--timezone: a name such as Asia/Shanghai, found {chosen.timezone!r}") from None
    new = NewLender(chosen.slug, chosen.name, chosen.kind, chosen.currency, chosen.timezone, chosen.hotline)
    await add_lender(new, context.moment(chosen.timezone))
    say(f"added {chosen.slug}")
    return 0


def _set_policy(chosen: argparse.Namespace) -> int:
    return running(_policy_set, chosen)


async def _policy_set(context: Context, chosen: argparse.Namespace) -> int:
    lender = await context.lender(chosen.slug)
    try:
        text = chosen.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failed(f"FILE: cannot be read as UTF-8 text: {error}") from error
    version = await set_policy(lender, text, OPERATOR, context.moment(lender.timezone))
    say(f"policy of {chosen.slug}: version {version} is in force")
    return 0


def _show_policy(chosen: argparse.Namespace) -> int:
    return running(_policy_show, chosen)


async def _policy_show(context: Context, chosen: argparse.Namespace) -> int:
    lender = await context.lender(chosen.slug)
    version, text = await policy_text(lender.id)
    say(f"version {version}" if version else "no policy was set: the careful defaults are in force")
    print(text, end="")
    return 0
