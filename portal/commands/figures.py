"""`figures --rebuild` makes again, of log and facts alone, what the desk's figures are counted from."""

import argparse

from portal.actions.figure_rows import count_figures, count_figures_again
from portal.actions.month_ends import count_month_ends, count_month_ends_again
from portal.commands import Subparsers
from portal.commands.setup import Context, add_command, say
from portal.reads.cases import lenders
from portal.reads.figures import figures_digest
from portal.reads.month_ends import month_ends_digest

_KINDS = (
    ((), count_figures, count_figures_again, figures_digest),
    (("month-ends",), count_month_ends, count_month_ends_again, month_ends_digest),
)


def add_figure_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    figures = add_command(subparsers, "figures", _figures, "what the desk's figures are counted from, and its SHA-256")
    figures.add_argument("--rebuild", action="store_true", help="makes it again of log and facts; exit 1 if it differs")


async def _figures(context: Context, chosen: argparse.Namespace) -> int:
    differs = 0
    for lender in await lenders():
        moment = context.moment(lender.timezone)
        for name, count, count_again, digest in _KINDS:
            await count(lender, moment)
            before = await digest(lender.id)
            print(lender.slug, *before, *name)
            if chosen.rebuild:
                await count_again(lender, moment)
                anew = await digest(lender.id)
                differs += anew != before
                said = "the same to the byte" if anew == before else f"another: {anew[0]} {anew[1]}"
                say(" ".join((lender.slug, *name)) + f": made again, {said}")
    return 1 if differs else 0
