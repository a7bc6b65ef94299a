"""Python with `await`, and the cast of the demo in a database of its own, which is gone afterwards.

make shell
"""

import ast
import asyncio
import code
import inspect
import readline
import rlcompleter
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType, FunctionType
from typing import Any

from portal.app import create_app
from portal.commands.seed import seed
from portal.demo import TODAY
from portal.domain.contract.calendar import Every
from portal.domain.ledger.position import position
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import quote_offer
from portal.reads.cases import Case, cases_by_id
from portal.reads.proposals import ProposalCase, desk_proposal
from portal.settings import Settings
from portal.tables import models as tables
from portal.tables.connection import connected
from portal.tables.migrate import migrate
from tests.pages.conftest import Cast, settings_for

BANNER = """The people of the demo are here; today is {today}. Nothing that you do is kept.

  loan = loans["JQ-2026-0001"]            a loan's facts, as the domain has them
  position(loan, today)                   what is owed
  quote_offer(position(loan, today), Offer(Every(1, "m"), date(2026, 7, 1), installments=6), Policy())
  await case("JQ-2026-0001")              everything about one loan now
  await proposal("JQ-2026-0006")          the newest proposal for one
  await tables.EventRow.all().count()     the tables
  bo = await cast.comes("JQ-2026-0001")   a browser of whoever owes it: bo.open(path), bo.send(ending), bo.text
  bo = await cast.reviewer()              a browser at the desk

`help(quote_offer)` tells more. Ctrl-D ends it."""


class Shell(code.InteractiveConsole):
    """Every line runs in one loop, which stands still between them; `await` may be written in any."""

    def __init__(self, runner: asyncio.Runner, names: dict[str, Any]) -> None:
        super().__init__(names)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self.runner = runner

    def runcode(self, code: CodeType) -> None:
        try:
            made = FunctionType(code, self.locals)()
            if inspect.iscoroutine(made):
                self.runner.run(made)
        except SystemExit:
            raise
        except BaseException:
            self.showtraceback()


async def at_hand(settings: Settings) -> dict[str, Any]:
    """What a line may name, where these settings' database is open and has the stage set."""
    every = await cases_by_id(await tables.LoanRow.all().values_list("id", flat=True))
    return {
        "cast": Cast(create_app(settings, own_database=False), settings),
        "loans": {each.loan.loan_no: each.loan for each in every},
        "today": TODAY,
        "date": type(TODAY),
        **{each.__name__: each for each in (case, proposal, position, quote_offer, Offer, Every, Policy)},
        "tables": tables,
    }


async def case(loan_no: str) -> Case:
    row = await tables.LoanRow.get(loan_no=loan_no)
    return (await cases_by_id([row.id]))[0]


async def proposal(loan_no: str) -> ProposalCase:
    line = (
        await tables.ProposalLineRow.filter(loan__loan_no=loan_no).order_by("-id").first().prefetch_related("proposal")
    )
    return await desk_proposal(line.proposal.ref, line.proposal.lender_id)


def main() -> None:
    with TemporaryDirectory() as folder, asyncio.Runner() as runner:
        database = f"sqlite://{Path(folder) / 'portal.sqlite3'}"
        stack = AsyncExitStack()
        try:
            shell = Shell(runner, runner.run(_staged(database, stack)))
            readline.set_completer(rlcompleter.Completer(shell.locals).complete)
            readline.parse_and_bind("tab: complete")
            shell.interact(BANNER.format(today=TODAY), exitmsg="")
        finally:
            runner.run(stack.aclose())


async def _staged(database: str, stack: AsyncExitStack) -> dict[str, Any]:
    settings = settings_for(database)
    await migrate(database)
    await stack.enter_async_context(connected(database))
    await seed(settings)
    return await at_hand(settings)


if __name__ == "__main__":
    main()
