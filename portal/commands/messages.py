"""Messages to phones that have not arrived: `messages list`, `messages send`."""

import argparse
import json
from datetime import datetime

from portal import clock
from portal.actions.messages import send_again
from portal.commands import Subparsers
from portal.commands.setup import Context, Failed, add_command, add_group, say
from portal.reads.messages import Unsent, unsent


def add_messages_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    messages = add_group(subparsers, "messages", "messages to phones that have not arrived")
    listed = add_command(messages, "list", _list, "what waits or was given up: to which number's end, and why")
    listed.add_argument("--lender", metavar="SLUG")
    listed.add_argument("--dead", action="store_true", help="only what was given up")
    listed.add_argument("--json", action="store_true", help="one JSON line each")
    send = add_command(messages, "send", _send, "send again what was given up; a code that ran out never")
    send.add_argument("ref", nargs="?")
    send.add_argument("--all-dead", action="store_true", help="all that was given up")


async def _list(context: Context, chosen: argparse.Namespace) -> None:
    lender_id = (await context.lender(chosen.lender)).id if chosen.lender else None
    found, at = await unsent(context.vault, lender_id, dead=chosen.dead), clock.now()
    for each in found:
        print(json.dumps(_as_json(each, at), ensure_ascii=False) if chosen.json else _as_row(each, at))
    if not found:
        say("nothing was given up" if chosen.dead else "nothing waits, and nothing was given up")


def _as_json(each: Unsent, at: datetime) -> dict[str, object]:
    return {
        "ref": each.ref,
        "kind": each.kind,
        "state": each.state,
        "to": each.to,
        "tries": each.attempts,
        "problem": each.problem,
        "age_seconds": int((at - each.created_at).total_seconds()),
        "too_old": each.too_old(at),
    }


def _as_row(each: Unsent, at: datetime) -> str:
    hours, minutes = divmod(int((at - each.created_at).total_seconds()) // 60, 60)
    state = f"{each.state}, too old" if each.too_old(at) else each.state
    to = f"...{each.to}" if each.to else "-"
    return (
        f"{each.ref}  {each.kind:<6}  {state:<16}  {to:<7}  {hours:>3}:{minutes:02}  {each.attempts:>2}  {each.problem}"
    )


async def _send(context: Context, chosen: argparse.Namespace) -> None:
    if chosen.all_dead == bool(chosen.ref):
        raise Failed("REF: is needed, or --all-dead; `messages list --dead` shows them")
    at = clock.now()
    if chosen.ref:
        await send_again(chosen.ref, at)
        say(f"{chosen.ref} is sent again")
        return
    dead = await unsent(context.vault, dead=True)
    again = [each.ref for each in dead if not each.too_old(at)]
    for ref in again:
        await send_again(ref, at)
    say(f"{len(again)} are sent again")
    if len(dead) > len(again):
        say(f"{len(dead) - len(again)} are codes that ran out: whoever needs one asks for a new one")
