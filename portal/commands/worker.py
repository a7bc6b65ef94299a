"""The worker: delivers what is due and runs what the calendar asks for, once or until it is stopped."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from portal.actions.erasure import erase_due
from portal.actions.holds import end_due_holds
from portal.actions.journal import forget_answers
from portal.actions.proposals import follow_plans, run_clocks
from portal.actions.reports import ask_about_late
from portal.commands.erasure import run_in_words
from portal.commands.setup import Context, Failed, running, say
from portal.delivery.relay import deliver_due
from portal.domain.event import Moment
from portal.jobs.runner import Runner
from portal.jobs.spool import Spool
from portal.reads.cases import LenderFacts, lenders
from portal.settings import require_private_sender

EVERY_SECONDS = 5

Subparsers = argparse._SubParsersAction  # argparse gives its return type no public name
Job = Callable[[Context, datetime], Awaitable[int]]
Clock = Callable[[LenderFacts, Moment], Awaitable[int]]


def add_parsers(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    worker = subparsers.add_parser("worker", help="deliver what is due, run the clocks")
    worker.add_argument("--once", action="store_true", help="one round, then stop")
    worker.add_argument("--now", metavar="TIME", help="as if it were this time: 2026-06-14T23:59:59+08:00")
    worker.set_defaults(run=lambda chosen: running(_work, chosen))


async def _work(context: Context, chosen: argparse.Namespace) -> int:
    require_private_sender(context.settings)
    fixed = None if chosen.now is None else _time(chosen.now)
    spool = Spool(context.settings.spool_folder, context.vault)
    runner = Runner(context.vault, spool, context.settings.moment, context.settings.base_url)
    files = None if chosen.once else asyncio.create_task(runner.run_all())
    while True:
        at = fixed or datetime.now(UTC)
        done = {name: await job(context, at) for name, job in JOBS.items()}
        if files is None:
            read = [each async for each in _all_files(runner)]
            done["files read"] = len(read)
            say(", ".join(f"{count} {name}" for name, count in done.items()))
            return 0
        await asyncio.sleep(EVERY_SECONDS)


async def _all_files(runner: Runner) -> AsyncIterator[bool]:
    while await runner.run_waiting():
        yield True


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise Failed(f"--now: a time such as 2026-06-14T23:59:59+08:00, found {text!r}") from None


async def _deliver(context: Context, at: datetime) -> int:
    return await deliver_due(context.vault, context.settings.sender(), at)


async def _forget(_: Context, at: datetime) -> int:
    return await forget_answers(at)


def _each_lender(job: Clock) -> Job:
    """A clock that is run for every lender, at its own business day."""

    async def run(context: Context, at: datetime) -> int:
        found = [await job(each, Moment(at, at.astimezone(ZoneInfo(each.timezone)).date())) for each in await lenders()]
        return sum(found)

    return run


async def _erase(lender: LenderFacts, moment: Moment) -> int:
    """Says what it did whenever it did something: a key that was destroyed is never made again."""
    run = await erase_due(lender, moment)
    if run is not None and (run.erased or (run.reports and (run.due or run.kept))):
        say(f"{lender.slug}: {run_in_words(run)}")
    return run.erased if run is not None else 0


JOBS: dict[str, Job] = {
    "messages": _deliver,
    "plans followed": _each_lender(follow_plans),
    "proposals moved": _each_lender(run_clocks),
    "erased": _each_lender(_erase),
    "holds ended": _each_lender(end_due_holds),
    "payments asked about": _each_lender(ask_about_late),
    "answers forgotten": _forget,
}
