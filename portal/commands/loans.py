"""Loans at the terminal: `position`, `positions`, `payoff`, `quote`."""

import argparse
import gc
import json
import sys
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TextIO

from portal.commands import Subparsers
from portal.commands.setup import Context, Failed, add_command, day_of, time_of, writing
from portal.domain.contract.agreement import Covers
from portal.domain.contract.loan import Loan
from portal.domain.ledger.books_facts import books_beside
from portal.domain.ledger.payoff_facts import payoff_facts, payoff_lines
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.position_facts import position_facts
from portal.domain.money import COMPONENTS, format_amount
from portal.domain.refusal import Refusal
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import quote_offer
from portal.domain.restructuring.quote_facts import quote_facts
from portal.intake.offers import OfferShape, offer_of
from portal.intake.shape import AmountsShape
from portal.reads.cases import Case, LenderFacts, NotFound, lender_case, loan_as_known
from portal.reads.loans import every_loan
from portal.reads.policy import policy as read_policy


def add_loans_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    one = add_command(subparsers, "position", _position, "what is owed on a loan, and why", "loan_no", lender=True)
    one.add_argument("--as-of")
    one.add_argument("--known-at", metavar="TIME", help="from the facts recorded by then: 2026-06-14T23:59:59+08:00")
    one.add_argument("--json", action="store_true")
    one.add_argument("--books", action="store_true", help="with what a general ledger needs, as `books`; says --json")
    all_ = add_command(
        subparsers, "positions", _positions, "the position of every loan, one JSON line each", lender=True
    )
    all_.add_argument("--as-of", required=True)
    all_.add_argument("--out", type=Path)
    all_.add_argument("--books", action="store_true", help="with what a general ledger needs, as `books`")
    off = add_command(subparsers, "payoff", _payoff, "what pays everything on a day, and why", "loan_no", lender=True)
    off.add_argument("--as-of")
    off.add_argument("--json", action="store_true")
    _quote_parser(add_command(subparsers, "quote", _quote, "the plan the borrower would see", "loan_no", lender=True))


_TERMS = (
    *("installments", "amount", "first_due", "every", "down_payment", "covers"),
    *("interest_rate", "interest_only", "round_to"),
)
"""Of an offer, each by the option of its name."""


def _quote_parser(plan: argparse.ArgumentParser) -> None:
    how = plan.add_mutually_exclusive_group(required=True)
    how.add_argument("--installments", type=int)
    how.add_argument("--amount")
    plan.add_argument("--first-due", required=True)
    plan.add_argument("--every", default="1m", metavar="PERIOD", help="1m, 2w, 1w, 15d, ...")
    plan.add_argument("--down-payment", default="0", metavar="AMOUNT")
    plan.add_argument("--covers", default="overdue", choices=[each.value for each in Covers])
    plan.add_argument("--interest-rate", metavar="RATE", help="inside the plan; left out, what the policy says")
    plan.add_argument("--interest-only", default=0, type=int, metavar="N", help="the first N ask for interest alone")
    plan.add_argument("--round-to", metavar="AMOUNT", help="makes each installment a whole multiple of this")
    plan.add_argument("--waive", action="append", default=[], metavar="COMPONENT=AMOUNT")
    plan.add_argument("--settlement", action="store_true", help="principal may be waived too")
    plan.add_argument("--as-of")
    plan.add_argument("--json", action="store_true")


async def _position(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    case = await _case(lender, chosen)
    as_of = day_of(chosen.as_of, "--as-of") or context.moment(case.lender.timezone).today
    loan = case.loan if chosen.known_at is None else await _as_known(case, chosen.known_at)
    found = position(loan, as_of)
    if chosen.json or chosen.books:
        print(json.dumps(_facts(found, chosen.books), ensure_ascii=False))
    else:
        _print_position(loan, found)


def _facts(found: Position, with_books: bool) -> dict[str, object]:
    return {**position_facts(found), **books_beside(found, with_books)}


async def _payoff(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    case = await _case(lender, chosen)
    found = position(case.loan, day_of(chosen.as_of, "--as-of") or context.moment(case.lender.timezone).today)
    if chosen.json:
        print(json.dumps(payoff_facts(found), ensure_ascii=False))
    else:
        _print_payoff(found)


def _print_payoff(found: Position) -> None:
    currency = found.currency
    print(f"{found.loan.loan_no} on {found.as_of}: {currency} {format_amount(found.payoff, currency)} pays everything")
    for line in payoff_lines(found):
        runs = line.runs
        why = f"  {runs.days} of {runs.of_days} days of {format_amount(runs.stated, currency)}" if runs else ""
        amount = format_amount(line.amount, currency)
        print(f"  {line.due_on}  {line.due:<24}{line.component:<12}{amount:>14}{why}")
    for name, minor in (("less credit", found.credit), ("not charged", found.above_contract.total)):
        if minor:
            print(f"  {name:<48}{'-' + format_amount(minor, currency):>14}")


async def _as_known(case: Case, text: str) -> Loan:
    loan = await loan_as_known(case, time_of(text, "--known-at"))
    if loan is None:
        raise Failed(f"--known-at: nothing had been told of loan {case.loan.loan_no} by {text}")
    return loan


def _print_position(loan: Loan, found: Position) -> None:
    print(f"{loan.loan_no} on {found.as_of}: {found.days_past_due} days past due, {loan.currency}")
    for component, minor in found.overdue.items():
        print(f"  {component:<12}{format_amount(minor, loan.currency):>14}")
    print(f"  {'overdue':<12}{format_amount(found.overdue.total, loan.currency):>14}")
    for line in found.penalty_lines:
        charged, base = (format_amount(minor, loan.currency) for minor in (line.charged, line.base))
        print(f"  no. {line.installment}: {base} for {line.days} days to {line.end}: {charged}")


async def _positions(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    as_of = day_of(chosen.as_of, "--as-of")
    assert as_of is not None
    with nullcontext(sys.stdout) if chosen.out is None else writing(chosen.out) as out:
        await _write_positions(lender, as_of, out, chosen.books)


async def _write_positions(lender: LenderFacts, as_of: date, out: TextIO, with_books: bool) -> None:
    """What a loan takes is let go with its line, without cycles: looking for them at every turn would cost a sixth."""
    line = json.JSONEncoder(ensure_ascii=False).encode
    gc.disable()
    try:
        async for loan in every_loan(lender.id):
            out.write(line(_facts(position(loan, as_of), with_books)) + "\n")
    finally:
        gc.enable()


async def _quote(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    case = await _case(lender, chosen)
    currency = case.loan.currency
    policy = await read_policy(case.lender.id, case.lender.currency)
    as_of = day_of(chosen.as_of, "--as-of") or context.moment(case.lender.timezone).today
    now = position(case.loan, as_of)
    quote = quote_offer(now, _offer(chosen, now, policy), policy)
    if chosen.json:
        print(json.dumps(quote_facts(case.loan.loan_no, quote), ensure_ascii=False))
        return
    for row in quote.plan.rows:
        print(f"  {row.no:>3}  {row.due_on}  {format_amount(row.total, currency):>14}")
    print(f"  in all {currency} {format_amount(quote.plan.total, currency)}, last on {quote.plan.last_due_on}")
    print("  accepted at once" if quote.accepted_at_once else "  to be decided by a person at the lender")


def _offer(chosen: argparse.Namespace, now: Position, policy: Policy) -> Offer:
    """Raises a Refusal at the option that cannot be."""
    terms = {name: getattr(chosen, name) for name in _TERMS if getattr(chosen, name) is not None}
    terms |= {"kind": "settlement" if chosen.settlement else "plan", "waiver": AmountsShape(**_waiver(chosen.waive))}
    asked = OfferShape.model_construct(**terms)
    try:
        return offer_of(asked, now, policy)
    except Refusal as refusal:
        option = "waive" if refusal.field.startswith("waiver") else refusal.field.replace("_", "-")
        raise type(refusal)(f"--{option}", **refusal.facts) from None


def _waiver(data: list[str]) -> dict[str, str]:
    waived: dict[str, str] = {}
    for each in data:
        component, _, amount = each.partition("=")
        if component not in COMPONENTS or component in waived:
            raise Failed(f"--waive: COMPONENT=AMOUNT, each of {', '.join(COMPONENTS)} once at most, found {each!r}")
        waived[component] = amount
    return waived


async def _case(lender: LenderFacts, chosen: argparse.Namespace) -> Case:
    try:
        return await lender_case(chosen.loan_no, lender.id)
    except NotFound:
        raise Failed(f"LOAN_NO: {chosen.lender} has no loan {chosen.loan_no!r}") from None
