"""A lender's policy at the terminal: `policy set`, `policy show`, `policy example`."""

import argparse
from pathlib import Path

from portal.actions.lenders import OPERATOR, set_policy
from portal.commands import Subparsers
from portal.commands.setup import Context, Failed, add_command, add_group, reading_file, say
from portal.domain.restructuring.policy import Policy
from portal.reads.cases import LenderFacts
from portal.reads.policy import negotiated, policy_text
from portal.reads.policy_file import BadPolicy, policy_from_text, policy_to_set
from portal.reads.policy_keys import PolicyDifference, defaults_used, example, policy_differences


def add_policies_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    policy = add_group(subparsers, "policy", "set or show a lender's policy")
    new = add_command(policy, "set", _set, "a new dated version from a TOML file, and what it says otherwise", "slug")
    new.add_argument("file", type=Path)
    new.add_argument("--dry-run", action="store_true", help="only say what would be refused, and what would change")
    show = add_command(policy, "show", _show, "a version as it was written, and the defaults it uses", "slug")
    show.add_argument("--version", type=int, metavar="N", help="an earlier one; without it the one in force")
    from_nothing = policy.add_parser("example", help="a file with every key, its meaning and its default")
    from_nothing.add_argument("--currency", default="CNY")
    from_nothing.set_defaults(run=_example)


async def _set(context: Context, chosen: argparse.Namespace) -> None:
    lender = await context.lender(chosen.slug, "SLUG")
    text = _read(chosen.file)
    before, old = await policy_text(lender.id)
    against = f"version {before}" if before else "the defaults"
    differs = _compared(old, policy_to_set(text, before + 1, lender.currency), lender)
    if chosen.dry_run:
        say(f"policy of {chosen.slug}: nothing was set; against {against} it would change")
    else:
        version = await set_policy(context.moment(lender.timezone), lender, text, OPERATOR)
        say(f"policy of {chosen.slug}: version {version} is in force; against {against} it changes")
    print("\n".join(map(str, differs)) or "nothing")
    await _say_of_the_open(lender)
    if before and not chosen.dry_run:
        say(f"to go back: policy show {chosen.slug} --version {before} > FILE, then policy set {chosen.slug} FILE")


def _read(file: Path) -> str:
    try:
        with reading_file():
            return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Failed(f"FILE: cannot be read as UTF-8 text: {error}") from error


def _compared(old: str, new: Policy, lender: LenderFacts) -> list[PolicyDifference]:
    """Against the version in force; one that this version of the portal cannot read is told as such and left."""
    try:
        in_force = policy_from_text(old, 0, lender.currency)
    except BadPolicy as unreadable:
        say(f"the version in force cannot be read, so the defaults stand in for it. {unreadable}")
        in_force = Policy()
    return policy_differences(in_force, new, lender.currency)


async def _say_of_the_open(lender: LenderFacts) -> None:
    found = await negotiated(lender.id)
    say(
        f"{found.open} proposals are open: what is accepted from then on is judged by the new version; "
        f"{found.accepted} that were accepted and {found.running} plans that run stay under the version of their day"
    )


async def _show(context: Context, chosen: argparse.Namespace) -> None:
    lender = await context.lender(chosen.slug, "SLUG")
    version, text = await policy_text(lender.id, chosen.version)
    if chosen.version is not None and not version:
        raise Failed(f"--version: {chosen.slug} has no version {chosen.version}; {await _versions(lender)}")
    say(f"version {version}" if version else "no policy was set: the careful defaults are in force")
    print(text, end="")
    try:
        policy_from_text(text, version, lender.currency)
    except BadPolicy as unreadable:
        raise Failed(f"this version of the portal cannot read it. {unreadable}") from unreadable
    say("and by default:")
    for line in defaults_used(text, lender.currency):
        say(f"  {line}")


async def _versions(lender: LenderFacts) -> str:
    last, _ = await policy_text(lender.id)
    return f"there are 1 to {last}" if last else "none was set"


def _example(chosen: argparse.Namespace) -> None:
    print(example(chosen.currency), end="")
