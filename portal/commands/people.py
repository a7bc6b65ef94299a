"""Borrowers' links at the terminal: `invite`."""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from portal import clock
from portal.actions.invitations import NothingToAsk, TooManyInvitations, invite
from portal.commands import Subparsers
from portal.commands.setup import Context, Failed, add_command, lender_time, say, writing
from portal.domain.conduct.messages import INVITATION
from portal.domain.conduct.phone import check_phone
from portal.domain.csv_cell import csv_text
from portal.domain.event import BusinessTime
from portal.domain.refusal import Refusal
from portal.languages import in_every_language, languages
from portal.reads.cases import LenderFacts, NotFound
from portal.reads.to_invite import Sought, ToInvite, candidates, overdue_and_uninvited, products_of

TOLD_BEFORE = "have come in and know of it, by the policy's [invitations] again_days, a proposal or a hold"
LEFT_OUT: dict[type[Refusal], str] = {
    NothingToAsk: "have neither ID digits nor an entry code on record",
    TooManyInvitations: "were sent all the links that there may be within a day",
}


def add_people_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    link = add_command(subparsers, "invite", _invite, "invitation links: one, or all who need one")
    link.add_argument("--lender", required=True, metavar="SLUG")
    link.add_argument("loan_no", nargs="?")
    link.add_argument("--phone", default="")
    link.add_argument("--overdue", action="store_true")
    link.add_argument("--out", type=Path)
    link.add_argument("--product", default="", metavar="P", help="with --overdue: loans of this product alone")
    link.add_argument("--days-late", type=int, metavar="N", help="with --overdue: what is late for N days or more")
    link.add_argument("--limit", type=int, metavar="N", help="with --overdue: at most so many links")


async def _invite(context: Context, chosen: argparse.Namespace) -> None:
    if chosen.overdue != (chosen.out is not None) or chosen.overdue == bool(chosen.loan_no):
        raise Failed("LOAN_NO: is needed, or --overdue with --out FILE")
    if chosen.phone and chosen.overdue:
        raise Failed("--phone: goes with LOAN_NO and is written like +8613800000001, not with --overdue")
    _check_part(chosen)
    _check_phone(chosen.phone)
    lender = await context.lender(chosen.lender)
    moment = lender_time(context, lender)
    if chosen.overdue:
        return await _invite_overdue(context, lender, moment, chosen)
    try:
        base_url = context.settings.base_url
        token = await invite(moment, lender, chosen.loan_no, chosen.phone, context.vault, base_url)
    except NotFound:
        raise Failed(f"LOAN_NO: {chosen.lender} has no loan {chosen.loan_no!r}") from None
    if not token:
        say(f"Another number was on record. It was told, and the link is on its way to {chosen.phone} alone.")
        return
    print(f"{context.settings.base_url}/i/{token}")


def _check_part(chosen: argparse.Namespace) -> None:
    """What makes a part of all. Raises Failed."""
    for option, given in (("--limit", chosen.limit), ("--days-late", chosen.days_late)):
        if given is not None and (given < 1 or not chosen.overdue):
            raise Failed(f"{option}: goes with --overdue and is a whole number from 1")
    if chosen.product and not chosen.overdue:
        raise Failed("--product: goes with --overdue")


def _check_phone(phone: str) -> None:
    """Raises Failed, without the number."""
    try:
        if phone:
            check_phone(phone)
    except Refusal as refusal:
        raise Failed(f"--phone: {refusal}") from refusal


async def _invite_overdue(
    context: Context, lender: LenderFacts, moment: BusinessTime, chosen: argparse.Namespace
) -> None:
    """A row as soon as its link is made: whoever stops it halfway has every link that there is."""
    made, left_out = 0, Counter[str]()
    sought = Sought(chosen.product, chosen.days_late or 1)
    await _check_product(lender, sought.product)
    with writing(chosen.out, "utf-8-sig") as out:
        rows = csv.writer(out)
        rows.writerow(("loan_no", "phone", "link", *(f"text_{tag}" for tag in languages())))
        async with aclosing(_overdue(context, lender, moment, sought, left_out)) as waiting:
            async for each in waiting:
                if made == chosen.limit:
                    break
                try:
                    rows.writerow(await _row(context, lender, each))
                except (NothingToAsk, TooManyInvitations) as refusal:
                    left_out[LEFT_OUT[type(refusal)]] += 1
                    continue
                out.flush()
                made += 1
    say(f"{made} links are in {chosen.out}")
    for why, count in left_out.items():
        say(f"{count} borrowers {why}: no link was made for them.")


async def _check_product(lender: LenderFacts, product: str) -> None:
    known = await products_of(lender.id) if product else ()
    if product and product not in known:
        raise Failed(f"--product: no loan of {lender.slug} is of {product!r}; there are: {', '.join(known) or 'none'}")


async def _overdue(
    context: Context, lender: LenderFacts, moment: BusinessTime, sought: Sought, left_out: Counter[str]
) -> AsyncGenerator[ToInvite]:
    """Whom to invite, as they are found; how far that is stands at the terminal meanwhile."""
    total = await candidates(lender.id)
    async for walked in overdue_and_uninvited(lender, context.vault, moment.today, clock.now, sought):
        looked_at = walked.looked_at
        left_out |= {TOLD_BEFORE: walked.told_before} if walked.told_before else {}
        for each in walked.waiting:
            yield each
        if sys.stderr.isatty():
            print(f"\r{looked_at} of {total} loans", end="\n" * (looked_at == total), file=sys.stderr, flush=True)


async def _row(context: Context, lender: LenderFacts, each: ToInvite) -> tuple[str, ...]:
    """Their line in the sheet. Raises NothingToAsk, TooManyInvitations."""
    token = await invite(lender_time(context, lender), lender, each.loan_no, "", context.vault)
    link = f"{context.settings.base_url}/i/{token}"
    texts = in_every_language(INVITATION, lender=lender.name, link=link)
    return csv_text(each.loan_no), each.phone, link, *map(csv_text, texts.values())
