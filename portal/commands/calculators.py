"""The commands that only reckon: `schedule` and `apr`. They need no database and no settings."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from portal.domain.contract.apr import Flow, eu_effective, irr_per_period, us_actuarial
from portal.domain.contract.calendar import DayCount, Every, parse_date
from portal.domain.contract.schedule import AmountOutOfBounds, Method, generate
from portal.domain.contract.schedule_values import Schedule, ScheduleRow
from portal.domain.money import Rounding, digits, format_amount, parse_amount, parse_rate, rounded
from portal.domain.refusal import N_, Refusal

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_figures_commands(subparsers: "Subparsers") -> None:
    _add_schedule(subparsers.add_parser("schedule", help="a schedule from its terms, without a database"))
    apr = subparsers.add_parser("apr", help="the annual percentage rate of the flows on standard input")
    apr.add_argument("--json", action="store_true", help="the rate as JSON")
    apr.set_defaults(run=run_apr)


def _add_schedule(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--principal", required=True, metavar="AMOUNT")
    add("--annual-rate", required=True, metavar="RATE", help="a fraction of one: 0.18")
    add("--installments", required=True, type=int, metavar="N")
    add("--first-due", required=True, metavar="YYYY-MM-DD")
    add("--disbursed", metavar="YYYY-MM-DD", help="default: one period before the first due date")
    add("--method", choices=[each.value for each in Method], default="level")
    add("--balloon", default="0", metavar="AMOUNT", help="left to the last row by the method balloon")
    add("--every", default="1m", metavar="PERIOD", help="1m, 1w, 2w, 15d, ...")
    add("--day-count", choices=[each.value for each in DayCount], default="30/360")
    add("--rounding", choices=[each.value for each in Rounding], default="half-up")
    add("--round-to", metavar="AMOUNT", help="makes the installment a whole multiple of this")
    add("--principal-grace", type=int, default=0, metavar="N", help="the first N rows ask no principal")
    add("--interest-grace", type=int, default=0, metavar="N", help="the first N rows put their interest off")
    add("--currency", default="CNY", metavar="CODE")
    add("--json", action="store_true", help="the schedule as JSON")
    parser.set_defaults(run=run_schedule)


def run_schedule(args: argparse.Namespace) -> int:
    try:
        schedule = _schedule(args)
    except Refusal as refusal:
        return _refused("schedule", f"--{refusal.field.replace('_', '-')}" if refusal.field else "", refusal)
    rows = [_cells(row, args.currency) for row in schedule.rows]
    installment = format_amount(schedule.installment, args.currency)
    interest = format_amount(schedule.total_interest, args.currency)
    if args.json:
        facts = {"currency": args.currency, "installment": installment, "rows": rows, "total_interest": interest}
        print(json.dumps(facts, indent=1))
    else:
        print(_table(rows))
        print(f"Installment {args.currency} {installment}, interest in all {args.currency} {interest}.")
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
            disbursed=None if args.disbursed is None else parse_date(args.disbursed, "disbursed"),
            method=Method(args.method),
            every=Every.parse(args.every),
            day_count=DayCount(args.day_count),
            rounding=Rounding(args.rounding),
            round_to=1 if args.round_to is None else parse_amount(args.round_to, currency, "round_to"),
            principal_grace=args.principal_grace,
            interest_grace=args.interest_grace,
            balloon=parse_amount(args.balloon, currency, "balloon"),
        )
    except AmountOutOfBounds as refusal:
        raise refusal.worded_in(currency) from None


def _cells(row: ScheduleRow, currency: str) -> dict[str, str | int]:
    amounts = {"principal": row.principal, "interest": row.interest, "total": row.total, "balance": row.balance}
    priced = {name: format_amount(minor, currency) for name, minor in amounts.items()}
    return {"no": row.no, "due_on": row.due_on.isoformat(), "days": row.days, **priced}


def _table(rows: list[dict[str, str | int]]) -> str:
    lines = [[name.replace("_", " ") for name in rows[0]], *([str(cell) for cell in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.rjust, line, widths)) for line in lines)


class NotFlows(Refusal):
    says = N_("Expected {allowed}, got {given}.")


CONVENTIONS: dict[str, Callable[[list[Flow], list[Flow]], Fraction]] = {
    "us-actuarial": us_actuarial,
    "irr-per-period": irr_per_period,
}
EU, INTERVALS = "eu-effective", ("months", "days")
_KEYS = ("advances", "payments", "convention", "interval", "currency", "digits")
MOST_FLOWS = 5000
MOST_DIGITS = 16


def run_apr(args: argparse.Namespace) -> int:
    try:
        apr = _apr(_read())
    except Refusal as refusal:
        return _refused("apr", refusal.field, refusal)
    print(json.dumps({"apr": apr}) if args.json else apr)
    return 0


def _read() -> dict[str, object]:
    try:
        given = json.loads(sys.stdin.read())
    except (ValueError, RecursionError):
        raise NotFlows("standard input", allowed="one JSON object", given="something else") from None
    _expect(isinstance(given, dict), "standard input", "one JSON object", given)
    unknown = [key for key in given if key not in _KEYS]
    _expect(not unknown, "standard input", "no keys but " + ", ".join(_KEYS), unknown)
    return dict(given)


def _apr(given: Mapping[str, object]) -> str:
    """The rate, rounded half up to the places asked for in `digits`: four, if nothing is asked."""
    currency, convention, places = given.get("currency", "CNY"), given.get("convention"), given.get("digits", 4)
    _expect(isinstance(currency, str), "currency", "a currency code", currency)
    _expect(type(places) is int and 0 <= places <= MOST_DIGITS, "digits", f"a number from 0 to {MOST_DIGITS}", places)
    advances, payments = (_flows(given, side, str(currency)) for side in ("advances", "payments"))
    allowed = [*CONVENTIONS, EU]
    _expect(convention in allowed, "convention", ", ".join(allowed), convention)
    if convention == EU:
        interval = given.get("interval")
        _expect(interval in INTERVALS, "interval", " or ".join(INTERVALS), interval)
        return _decimals(eu_effective(advances, payments, str(interval)), int(str(places)))
    return _decimals(CONVENTIONS[str(convention)](advances, payments), int(str(places)))


def _flows(given: Mapping[str, object], side: str, currency: str) -> list[Flow]:
    rows = given.get(side)
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_FLOWS:
        shown = f"{len(rows)} flows" if isinstance(rows, list) else rows
        raise NotFlows(side, allowed=f'a list of 1 to {MOST_FLOWS} flows {{"on", "amount"}}', given=shown)
    return [_flow(row, f"{side}[{number}]", currency) for number, row in enumerate(rows)]


def _flow(row: object, where: str, currency: str) -> tuple[date, int]:
    if not isinstance(row, dict) or set(row) != {"on", "amount"}:
        raise NotFlows(where, allowed='"on" and "amount"', given=_shown(row))
    return parse_date(row["on"], f"{where}.on"), parse_amount(row["amount"], currency, f"{where}.amount")


def _expect(met: bool, where: str, allowed: str, given: object) -> None:
    if not met:
        raise NotFlows(where, allowed=allowed, given=_shown(given))


def _shown(given: object) -> str:
    shown = json.dumps(given, ensure_ascii=False)
    return shown if len(shown) <= 60 else shown[:59] + "…"


def _decimals(rate: Fraction, places: int) -> str:
    scaled = rounded(rate * 10**places, Rounding.HALF_UP)
    whole, decimals = divmod(abs(scaled), 10**places)
    return f"{'-' if scaled < 0 else ''}{whole}" + (f".{decimals:0{places}d}" if places else "")


def _refused(command: str, where: str, refusal: Refusal) -> int:
    print(": ".join(filter(None, (command, where, str(refusal)))), file=sys.stderr)
    return 1
