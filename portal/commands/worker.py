"""The worker: delivers what is due and runs what the calendar asks for, once or until it is stopped."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from portal.actions.erasure import erase_due
from portal.actions.holds import end_due_holds
from portal.actions.reports import ask_about_late
from portal.commands.setup import Context, Failed, running, say
from portal.delivery.relay import deliver_due
from portal.domain.event import Moment
from portal.reads.cases import lenders

EVERY_SECONDS = 5

Subparsers = argparse._SubParsersAction  # argparse gives its return type no public name
Job = Callable[[Context, datetime], Awaitable[int]]


def add_parsers(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    worker = subparsers.add_parser("worker", help="deliver what is due, run the clocks")
    worker.add_argument("--once", action="store_true", help="one round, then stop")
    worker.add_argument("--now", metavar="TIME", help="as if it were this time: 2026-06-14T23:59:59+08:00")
    worker.set_defaults(run=lambda chosen: running(_work, chosen))


async def _work(context: Context, chosen: argparse.Namespace) -> int:
    fixed = None if chosen.now is None else _time(chosen.now)
    while True:
        at = fixed or datetime.now(UTC)
        done = {name: await job(context, at) for name, job in JOBS.items()}
        if chosen.once:
            say(", ".join(f"{count} {name}" for name, count in done.items()))
            return 0
        await asyncio.sleep(EVERY_SECONDS)


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise Failed(f"--now: a time such as 2026-06-14T23:59:59+08:00, found {text!r}") from None


async def _deliver(context: Context, at: datetime) -> int:
    return await deliver_due(context.vault, context.settings.sender(), at)


async def _erase(context: Context, at: datetime) -> int:
    count = 0
    for lender in await lenders():
        count += await erase_due(lender, Moment(at, at.astimezone(ZoneInfo(lender.timezone)).date()))
    return count


async def _end_holds(context: Context, at: datetime) -> int:
    count = 0
    for lender in await lenders():
        count += await end_due_holds(lender, Moment(at, at.astimezone(ZoneInfo(lender.timezone)).date()))
    return count


async def _ask_about(context: Context, at: datetime) -> int:
    count = 0
    for lender in await lenders():
        count += await ask_about_late(lender, Moment(at, at.astimezone(ZoneInfo(lender.timezone)).date()))
    return count


JOBS: dict[str, Job] = {
    "messages": _deliver,
    "erased": _erase,
    "holds ended": _end_holds,
    "payments asked about": _ask_about,
}
