"""The commands that only reckon: `schedule` and `apr`. They need no database and no settings."""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import date
from fractions import Fraction

from portal.domain.apr import Flow, eu_effective, irr_per_period, us_actuarial
from portal.domain.calendar import DayCount, Every, parse_date
from portal.domain.money import Money, Rounding, digits, format_amount, parse_amount, parse_rate, rounded
from portal.domain.refusal import N_, Refusal
from portal.domain.schedule import AmountOutOfBounds, Method, Schedule, generate

Parsers = argparse._SubParsersAction  # the class of what `add_subparsers` gives; argparse has no public name for it


def add_parsers(subparsers: "Parsers[argparse.ArgumentParser]") -> None:
    _add_schedule(subparsers.add_parser("schedule", help="a schedule from its terms, without a database"))
    apr = subparsers.add_parser("apr", help="the annual percentage rate of the flows on standard input")
    apr.add_argument("--json", action="store_true", help="the rate as JSON")
    apr.set_defaults(run=run_apr)


def _add_schedule(parser: argparse.ArgumentParser) -> None:
    amount, day = {"metavar": "AMOUNT"}, {"metavar": "YYYY-MM-DD"}
    parser.add_argument("--principal", required=True, **amount)
    parser.add_argument("--annual-rate", required=True, metavar="RATE", help="a fraction of one: 0.18")
    parser.add_argument("--installments", required=True, type=int, metavar="N")
    parser.add_argument("--first-due", required=True, **day)
    parser.add_argument("--disbursed", help="one period before the first due date, if left out", **day)
    parser.add_argument("--method", choices=[*Method], default=Method.LEVEL.value)
    parser.add_argument("--balloon", default="0", help="left to the last row", **amount)
    parser.add_argument("--every", default="1m", metavar="PERIOD", help="1m, 1w, 2w, 15d, ...")
    parser.add_argument("--day-count", choices=[*DayCount], default=DayCount.THIRTY_360.value)
    parser.add_argument("--rounding", choices=[*Rounding], default=Rounding.HALF_UP.value)
    parser.add_argument("--round-to", help="the installment is a whole multiple of this", **amount)
    parser.add_argument("--principal-grace", type=int, default=0, metavar="N", help="rows without principal")
    parser.add_argument("--interest-grace", type=int, default=0, metavar="N", help="rows without interest")
    parser.add_argument("--currency", default="CNY", metavar="CODE")
    parser.add_argument("--json", action="store_true", help="the schedule as JSON")
    parser.set_defaults(run=run_schedule)


def run_schedule(args: argparse.Namespace) -> int:
    try:
        schedule = _schedule(args)
    except Refusal as refusal:
        where = f"--{refusal.field.replace('_', '-')}: " if refusal.field else ""
        return _refuse("schedule", where, refusal)
    print(_schedule_json(schedule, args.currency) if args.json else _table(schedule, args.currency))
    return 0


def _schedule(args: argparse.Namespace) -> Schedule:
    currency = args.currency
    digits(currency)
    try:
        return generate(
            parse_amount(args.principal, currency, "principal"),
            parse_rate(args.annual_rate, "annual_rate"),
            args.installments,
            parse_date(args.first_due, "first_due"),
            disbursed=parse_date(args.disbursed, "disbursed") if args.disbursed else None,
            method=Method(args.method),
            every=Every.parse(args.every),
            day_count=DayCount(args.day_count),
            rounding=Rounding(args.rounding),
            round_to=parse_amount(args.round_to, currency, "round_to") if args.round_to else 1,
            principal_grace=args.principal_grace,
            interest_grace=args.interest_grace,
            balloon=parse_amount(args.balloon, currency, "balloon"),
        )
    except AmountOutOfBounds as refusal:
        facts = {name: Money(int(str(minor)), currency) for name, minor in refusal.facts.items()}
        raise AmountOutOfBounds(refusal.field, **facts) from None


def _schedule_json(schedule: Schedule, currency: str) -> str:
    def money(minor: int) -> str:
        return format_amount(minor, currency)

    rows = [
        {
            "no": row.no,
            "due_on": row.due_on.isoformat(),
            "days": row.days,
            "principal": money(row.principal),
            "interest": money(row.interest),
            "total": money(row.total),
            "balance": money(row.balance),
        }
        for row in schedule.rows
    ]
    facts = {"currency": currency, "installment": money(schedule.installment), "rows": rows}
    return json.dumps({**facts, "total_interest": money(schedule.total_interest)}, indent=1)


def _table(schedule: Schedule, currency: str) -> str:
    lines = [("no", "due on", "days", "principal", "interest", "total", "balance")]
    for row in schedule.rows:
        amounts = (format_amount(each, currency) for each in (row.principal, row.interest, row.total, row.balance))
        lines.append((str(row.no), row.due_on.isoformat(), str(row.days), *amounts))  # type: ignore[arg-type]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    installment, interest = (format_amount(each, currency) for each in (schedule.installment, schedule.total_interest))
    return "\n".join([*table, f"Installment {currency} {installment}; interest in all {currency} {interest}."])


class NotFlows(Refusal):
    says = N_("Expected {allowed}; got {given}.")


CONVENTIONS = ("us-actuarial", "eu-effective", "irr-per-period")
INTERVALS = ("months", "days")
KEYS = ("advances", "payments", "convention", "interval", "currency", "digits")
MOST_FLOWS = 5000
MOST_DIGITS = 16


def run_apr(args: argparse.Namespace) -> int:
    try:
        apr = _apr(_read())
    except Refusal as refusal:
        return _refuse("apr", f"{refusal.field}: " if refusal.field else "", refusal)
    print(json.dumps({"apr": apr}) if args.json else apr)
    return 0
