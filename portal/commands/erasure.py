"""Erasure at the terminal: `erase --preview` lists who would go and who stays, `erase` does what the worker would."""

import argparse
import json
from collections import Counter
from collections.abc import Mapping

from portal.actions.erasure import ErasureRun, erase_due
from portal.commands import Subparsers
from portal.commands.setup import Context, Failed, add_command, say
from portal.domain.conduct.retention import Ground
from portal.domain.event import BusinessTime
from portal.reads.cases import LenderFacts
from portal.reads.erasure import DueBorrower, due_borrowers, next_only_reports
from portal.reads.policy import kept_days

NOBODY = "nobody is due: the policy sets no [retention], and nobody with a closed account is free of debt"


def add_erasure_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    erase = add_command(subparsers, "erase", _erase, "erase today whom the worker would erase today", lender=True)
    erase.add_argument(
        "--preview", action="store_true", help="erase nobody: list who would be, and who is kept by what"
    )
    erase.add_argument("--json", action="store_true", help="the preview as one JSON object")


async def _erase(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    moment = context.moment(lender.timezone)
    if chosen.preview:
        return await _preview(lender, moment, as_json=chosen.json)
    if chosen.json:
        raise Failed("--json: goes with --preview; without it `erase` erases")
    run = await erase_due(lender, moment)
    if run is None:
        say(f"{lender.slug}: erasure has looked here today, {moment.today}; the next look is tomorrow's")
    else:
        say(f"{lender.slug}: {run_in_words(run)}")


def run_in_words(run: ErasureRun) -> str:
    """What a day's look did, for the person at the terminal."""
    if run.days is None and not (run.due or run.kept):
        return NOBODY
    kept = f", kept all the same{_by(run.kept)}" if run.kept else ""
    if run.reports:
        return f"{run.due} borrowers would be erased{kept}; this look only reports, the next business day's erases"
    return f"{run.erased} borrowers were erased{kept}"


async def _preview(lender: LenderFacts, moment: BusinessTime, *, as_json: bool) -> None:
    """The answer on standard output; what it comes to on standard error."""
    days = await kept_days(lender.id)
    found = await due_borrowers(lender.id, days, moment)
    free, kept = [each for each in found if not each.blockers], [each for each in found if each.blockers]
    counts = Counter(why.value for each in kept for why in each.blockers)
    reports = await next_only_reports(lender.id, days, moment.today)
    if as_json:
        summary = {"lender": lender.slug, "kept_days": days, "only_reports": reports, "kept_by": counts}
        rows = {"due": [_facts(each) for each in free], "kept": [_facts(each) for each in kept]}
        print(json.dumps({**summary, **rows}, ensure_ascii=False, indent=1))
        return
    for each in free:
        ground = f"[retention] of {days} days" if each.ground is Ground.RETENTION else "account closed"
        print(f"{each.external_id}  {' '.join(each.loan_nos)}  ended {each.ended_on}  {ground}")
    if days is None and not found:
        say(f"{lender.slug}: {NOBODY}")
        return
    first = "; the next look only reports" if reports else ""
    say(f"{lender.slug}: {len(free)} borrowers would be erased, {len(kept)} are due and kept{_by(counts)}{first}")


def _by(counts: Mapping[str, int]) -> str:
    each = ", ".join(f"{why} {count}" for why, count in sorted(counts.items()))
    return f" ({each})" if each else ""


def _facts(each: DueBorrower) -> dict[str, object]:
    return {
        "borrower": each.external_id,
        "loan_nos": list(each.loan_nos),
        "ended_on": each.ended_on.isoformat(),
        "ground": each.ground.value,
        "kept_by": [why.value for why in each.blockers],
    }
