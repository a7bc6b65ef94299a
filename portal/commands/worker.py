"""The worker: delivers what is due, reads what waits to be read, and runs what the calendar asks for."""

import argparse
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from logging.config import dictConfig

from portal import clock
from portal.actions.attempts import Attempt
from portal.actions.desk_rows import write_desk_rows
from portal.actions.erasure import erase_due
from portal.actions.fact_rows import copy_facts
from portal.actions.figure_rows import count_figures
from portal.actions.holds import end_due_holds
from portal.actions.month_ends import count_month_ends
from portal.actions.news import NewsClock, plan_news, plan_reminders
from portal.actions.news_release import Release, release_due
from portal.actions.payment_claims import ask_about_late
from portal.actions.proposals import advance_plans, run_clocks
from portal.actions.row_retention import prune
from portal.actions.test_clock import next_morning
from portal.commands import Subparsers
from portal.commands.erasure import run_in_words
from portal.commands.rounds import Loop, Round, RoundPart, Work
from portal.commands.setup import Context, Failed, add_command, say, time_of
from portal.delivery.relay import deliver_due
from portal.delivery.webhook_request import WebhookSender
from portal.delivery.webhooks import WebhookWork, deliver_webhooks
from portal.domain.event import BusinessTime
from portal.jobs.runner import Runner
from portal.jobs.spool import Spool
from portal.reads.cases import LenderFacts, lenders
from portal.reads.test_clock import read_test_clock
from portal.settings import require_private_sender
from portal.web.request_log import log_config

COPIED, SUMMED_UP = "events of before read for facts", "rows of before made ready for the desk"
COUNTED, MONTHS = "events counted for figures", "steps towards figures of month ends"
PUSHED = "webhooks accepted"
"""What an upgrade leaves to be done, and what is counted, are told of where there was any."""

Clock = Callable[[LenderFacts, BusinessTime, Attempt], Awaitable[int]]

_log = logging.getLogger("portal.worker")


def add_worker_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    worker = add_command(subparsers, "worker", _work, "deliver what is due, read what waits, run the clocks")
    worker.add_argument("--once", action="store_true", help="one round, then stop")
    worker.add_argument("--now", metavar="TIME", help="as if it were this time: 2026-06-14T23:59:59+08:00")
    worker.add_argument("--parent", type=int, help=argparse.SUPPRESS)


async def _work(context: Context, chosen: argparse.Namespace) -> int:
    if clock.is_test() and chosen.now is not None:
        raise Failed("--now: a test database has a clock of its own: `clock set`, `clock advance`")
    if not clock.is_test():
        require_private_sender(context.settings)
    works = (*WORKS, DAYS) if clock.is_test() else WORKS
    loop = Loop(context, works, chosen.parent, None if chosen.now is None else time_of(chosen.now, "--now"))
    if not chosen.once:
        dictConfig(log_config(context.settings.log))
        await loop.run()
        return 0
    done, elsewhere = await loop.once()
    quiet = (COPIED, SUMMED_UP, COUNTED, MONTHS, PUSHED)
    message = ", ".join(f"{count} {name}" for name, count in done.items() if count or name not in quiet)
    say(f"{message}; another worker runs the clocks and reads files" if elsewhere else message)
    return 1 if loop.failed else 0


async def _deliver(now: Round) -> int:
    return await deliver_due(now.context.vault, now.context.settings.sender(), now.at)


async def _push(now: Round) -> int:
    """Of a test deployment too: its news is for the lender's own system, and for nobody's phone."""
    send = WebhookSender(private=now.context.settings.webhook_private)
    work = WebhookWork(now.context.vault, send, lambda: now.at, now.stopping, now.tries.attempt)
    return await deliver_webhooks(work)


async def _plan_messages(now: Round) -> int:
    """What there is to tell at each lender; one that fails costs no other lender its own."""
    planned = 0
    for each in await lenders():
        clock = NewsClock(now.moment(now.at, each.timezone), now.at, each.timezone)
        for what, plan in (("news", plan_news), ("dates", plan_reminders)):
            act = partial(plan, each, clock, now.tries.attempt_of_lender)
            planned += await now.tries.attempt(f"{each.slug}, {what} to tell", act)
    return planned


async def _write_messages(now: Round) -> int:
    settings = now.context.settings
    due = Release(now.context.vault, settings.host, now.at, partial(now.moment, now.at))
    return await release_due(due, now.tries.attempt)


class Files:
    """Reads every file that waits, one after the other; who runs them stays, and knows which lender's jobs rest."""

    def __init__(self) -> None:
        self._of: tuple[Context, Runner] | None = None

    async def __call__(self, now: Round) -> int:
        runner, done = self._runner(now), 0
        while not now.stopping() and await runner.run_waiting():
            done += 1
        return done

    def _runner(self, now: Round) -> Runner:
        if self._of is None or self._of[0] is not now.context:
            settings, vault = now.context.settings, now.context.vault
            self._of = now.context, Runner(vault, Spool(settings.spool_folder, vault), now.moment, settings.base_url)
        return self._of[1]


def _each_lender(what: str, clock: Clock) -> RoundPart:
    """A clock that is run for every lender, at its own business day; one that fails costs no other lender its own."""

    async def run(now: Round) -> int:
        done = 0
        for each in await lenders():
            act = partial(_at_lender, clock, each, now)
            done += await now.tries.attempt(f"{each.slug}, {what}", act)
        return done

    return run


async def _at_lender(clock: Clock, lender: LenderFacts, now: Round) -> int:
    return await clock(lender, now.moment(now.at, lender.timezone), now.tries.attempt_of_lender)


async def _write_desk_rows(now: Round) -> int:
    written = 0
    for each in await lenders():
        act = partial(_desk_rows_of, each, now)
        written += await now.tries.attempt(f"{each.slug}, the desk", act)
    return written


async def _desk_rows_of(lender: LenderFacts, now: Round) -> int:
    moment, vault = now.moment(now.at, lender.timezone), now.context.vault
    return await write_desk_rows(lender, moment, vault, now.tries.attempt_of_lender)


async def _erase(lender: LenderFacts, moment: BusinessTime, attempt: Attempt) -> int:
    """Says what it did whenever it did something: a key that was destroyed is never made again."""
    run = await erase_due(lender, moment, attempt)
    if run is not None and (run.erased or (run.reports and (run.due or run.kept))):
        tell = _log.info if _log.isEnabledFor(logging.INFO) else say
        tell(f"{lender.slug}: {run_in_words(run)}")
    return run.erased if run is not None else 0


WORKS = (
    Work("messages", 1, False, {"messages": _deliver}),
    Work("webhooks", 1, False, {PUSHED: _push}),
    Work("imports", 0.25, True, {"files read": Files()}),
    Work("facts", 10, True, {COPIED: _each_lender("facts", copy_facts), SUMMED_UP: _write_desk_rows}),
    Work(
        "clocks",
        10,
        True,
        {
            "plans followed": _each_lender("plans", advance_plans),
            "proposals moved": _each_lender("proposals", run_clocks),
            "holds ended": _each_lender("holds", end_due_holds),
            "payments asked about": _each_lender("payments told of", ask_about_late),
            "messages planned": _plan_messages,
            "messages written": _write_messages,
        },
    ),
    Work("figures", 10, True, {COUNTED: _each_lender("figures", count_figures)}),
    Work("month ends", 60, True, {MONTHS: _each_lender("month ends", count_month_ends)}),
    Work("erasure", 30, True, {"erased": _each_lender("erasure", _erase)}),
    Work("pruning", 30, True, {"rows whose time was over": lambda now: prune(now.at)}),
)


async def pass_days(now: Round) -> int:
    """Of a test deployment: every day on the way to where its clock was set, and on each what is to be done on a day.

    Answers how many passed.
    """
    passed = 0
    while (found := await read_test_clock()) and not now.stopping() and await next_morning(found.timezone):
        for work in WORKS:
            for part in work.parts.values() if work.alone and work.name != "imports" else ():
                await part(now)
        passed += 1
    return passed


DAYS = Work("days", 0.25, True, {"days passed": pass_days})
