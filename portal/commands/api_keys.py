"""Keys of a lender's own systems: `key add`, `key list`, `key end`."""

import argparse

from portal.actions.api_keys import PURPOSES, add_key, end_key
from portal.commands.setup import Context, running, say, with_lender
from portal.reads.api_keys import keys

Subparsers = argparse._SubParsersAction  # argparse gives its return type no public name


def add_parsers(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    key = subparsers.add_parser("key", help="keys of the lender's own systems").add_subparsers(
        dest="what", required=True
    )
    add = with_lender(key.add_parser("add", help="prints a new key, once"))
    add.add_argument("--name", default="", help="what the key is for, in your words")
    add.add_argument("--purpose", action="append", choices=PURPOSES, help="again for each; all, if none is named")
    add.set_defaults(run=lambda chosen: running(_add, chosen))
    listed = with_lender(key.add_parser("list", help="every key, without its secret"))
    listed.set_defaults(run=lambda chosen: running(_list, chosen))
    end = with_lender(key.add_parser("end", help="a key works no more, at once"))
    end.add_argument("ref")
    end.set_defaults(run=lambda chosen: running(_end, chosen))
    cashier = with_lender(key.add_parser("cashier", help="the key that a cashier's page checks amounts with"))
    cashier.set_defaults(run=lambda chosen: running(_cashier, chosen))


async def _add(context: Context, chosen: argparse.Namespace) -> int:
    lender = await context.lender(chosen.lender)
    secret = await add_key(lender, chosen.name[:100], chosen.purpose or PURPOSES, context.moment(lender.timezone))
    say("This key is shown once. Send it as: Authorization: Bearer KEY")
    print(secret)
    return 0


async def _cashier(context: Context, chosen: argparse.Namespace) -> int:
    print(context.vault.cashier_key((await context.lender(chosen.lender)).slug))
    return 0


async def _list(context: Context, chosen: argparse.Namespace) -> int:
    for each in await keys((await context.lender(chosen.lender)).id):
        state = f"ended {each.ended_at:%Y-%m-%d}" if each.ended_at else "works"
        used = f"last used {each.used_at:%Y-%m-%d}" if each.used_at else "never used"
        print(f"{each.ref}  {each.created_at:%Y-%m-%d}  {state}, {used}  {each.purposes}  {each.name}")
    return 0


async def _end(context: Context, chosen: argparse.Namespace) -> int:
    lender = await context.lender(chosen.lender)
    await end_key(lender, chosen.ref, context.moment(lender.timezone))
    say(f"{chosen.ref} works no more")
    return 0
