"""The keys of sealed fields at the terminal: `vault rewrap`."""

import argparse
from datetime import UTC, datetime

from portal.actions.keys import rewrap
from portal.commands import Subparsers
from portal.commands.setup import Context, run_command, say


def add_vault_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    vault = subparsers.add_parser("vault", help="keys of sealed fields").add_subparsers(dest="what", required=True)
    again = vault.add_parser("rewrap", help="bring new secrets in: every person's key under the first PORTAL_DATA_KEY")
    again.set_defaults(run=lambda chosen: run_command(_rewrap, chosen, replacing=True))


async def _rewrap(context: Context, chosen: argparse.Namespace) -> None:
    say(f"{await rewrap(context.vault, datetime.now(UTC))} keys are wrapped under the newest secret")
