"""`figures --rebuild` makes again, of the log alone, what the desk's figures are counted from."""

import argparse

from portal.actions.figure_rows import count_figures, count_figures_again
from portal.commands import Subparsers
from portal.commands.setup import Context, add_command, say
from portal.reads.cases import lenders
from portal.reads.figures import figures_digest


def add_figure_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    figures = add_command(subparsers, "figures", _figures, "what the desk's figures are counted from, and its SHA-256")
    figures.add_argument("--rebuild", action="store_true", help="makes it again of the log alone; exit 1 if it differs")


async def _figures(context: Context, chosen: argparse.Namespace) -> int:
    differs = 0
    for lender in await lenders():
        moment = context.moment(lender.timezone)
        await count_figures(lender, moment)
        rows, digest = await figures_digest(lender.id)
        print(f"{lender.slug} {rows} {digest}")
        if chosen.rebuild:
            await count_figures_again(lender, moment)
            again, anew = await figures_digest(lender.id)
            same = (again, anew) == (rows, digest)
            differs += not same
            say(f"{lender.slug}: made again, " + ("the same to the byte" if same else f"another: {again} {anew}"))
    return 1 if differs else 0
