"""The lender's staff at the terminal: `staff add`, `list`, `role`, `reset`, `end`."""

import argparse
import json
from dataclasses import asdict

from portal import clock
from portal.actions.lenders import OPERATOR
from portal.actions.staff import EMAIL, ROLES, add_staff, change_role, end_staff, reset_staff
from portal.commands import Subparsers
from portal.commands.setup import Context, Failed, add_command, add_group, lender_time, say
from portal.reads.cases import LenderFacts
from portal.reads.desk import Colleague, colleagues

_STATES = {
    "active": "active",
    "invited": "not activated yet",
    "lapsed": "link ran out; `staff reset` makes another",
}


def add_staff_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    staff = add_group(subparsers, "staff", "the lender's staff")
    one = "prints a one-time activation link; who was ended comes back under the same name"
    add = add_command(staff, "add", _add, one, "email")
    add.add_argument("--lender", required=True, metavar="SLUG")
    add.add_argument("--role", required=True, choices=ROLES)
    listed = add_command(staff, "list", _list, "who works here, who did, and how they get in", lender=True)
    listed.add_argument("--json", action="store_true")
    role = add_command(staff, "role", _role, "another role, from the next page on", "email", lender=True)
    role.add_argument("--role", required=True, choices=ROLES)
    again = "a new activation link; password, second factor and sessions end"
    add_command(staff, "reset", _reset, again, "email", lender=True)
    end = add_command(staff, "end", _end, "somebody works here no more: signed out at once", "email", lender=True)
    for each in (role, end):
        each.add_argument("--force", action="store_true", help="also the only administrator who is left")


async def _add(context: Context, chosen: argparse.Namespace) -> None:
    if not EMAIL.fullmatch(chosen.email):
        raise Failed(f"EMAIL: has to be an e-mail address, found {chosen.email!r}")
    lender = await context.lender(chosen.lender)
    token = await add_staff(lender_time(context, lender), lender, chosen.email, chosen.role)
    say(f"{chosen.email} can activate the account within seven days, once, at:")
    print(f"{context.settings.base_url}/desk/activate/{token}")


async def _reset(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    token = await reset_staff(lender_time(context, lender), lender, chosen.email)
    say(f"{chosen.email} is signed out, has no second factor any more, and chooses a new password within seven days,")
    say("once, at:")
    print(f"{context.settings.base_url}/desk/activate/{token}")


async def _role(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    moment = lender_time(context, lender)
    changed = await change_role(moment, lender, chosen.email, chosen.role, OPERATOR, force=chosen.force)
    say(f"{chosen.email} is {chosen.role} {'from now on' if changed else 'already'}")
    if chosen.force:
        await _warn_without_admin(lender.id, chosen.lender)


async def _end(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    await end_staff(lender_time(context, lender), lender, chosen.email, OPERATOR, force=chosen.force)
    say(f"{chosen.email} is signed out and comes in no more")
    if chosen.force:
        await _warn_without_admin(lender.id, chosen.lender)


async def _warn_without_admin(lender_id: int, slug: str) -> None:
    """What `--force` led to is said."""
    found = await colleagues(lender_id, clock.now())
    if not any(each.role == "admin" and each.state == "active" for each in found):
        say(f"{slug} has no administrator with an active account: `staff add` or `staff role` makes one")


async def _list(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    found = await colleagues(lender.id, clock.now())
    if chosen.json:
        print(json.dumps([asdict(each) for each in found], ensure_ascii=False, default=str))
        return
    for each in found:
        print("  ".join((each.email, each.role, _state(each), f"since {each.since:%Y-%m-%d}")))


def _state(each: Colleague) -> str:
    if each.ended_at is not None:
        return f"ended {each.ended_at:%Y-%m-%d}"
    if each.state != "active":
        return _STATES[each.state]
    factor = f"second factor, {each.recovery_left} recovery codes left" if each.second_factor else "no second factor"
    return f"{_STATES[each.state]}, {factor}"
