"""Borrowers' links at the terminal: `invite`."""

import argparse
import csv
from pathlib import Path

from portal.actions.door import NothingToAsk, invite
from portal.commands.setup import Context, Failed, by_the_wall, running, say, writing
from portal.domain.csv_cell import csv_text
from portal.domain.event import Moment
from portal.domain.messages import INVITATION
from portal.domain.phone import check_phone
from portal.domain.refusal import Refusal
from portal.languages import in_every_language, languages
from portal.reads.cases import LenderFacts, NotFound
from portal.reads.door import overdue_and_uninvited

Subparsers = argparse._SubParsersAction  # argparse gives its return type no public name


def add_parsers(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    link = subparsers.add_parser("invite", help="invitation links: one, or all who need one")
    link.add_argument("loan_no", nargs="?")
    link.add_argument("--lender", required=True, metavar="SLUG")
    link.add_argument("--phone", default="")
    link.add_argument("--overdue", action="store_true")
    link.add_argument("--out", type=Path)
    link.set_defaults(run=lambda chosen: running(_invite, chosen))


async def _invite(context: Context, chosen: argparse.Namespace) -> int:
    if chosen.overdue != (chosen.out is not None) or chosen.overdue == bool(chosen.loan_no):
        raise Failed("LOAN_NO: is needed, or --overdue with --out FILE")
    if chosen.phone and chosen.overdue:
        raise Failed("--phone: goes with LOAN_NO and is written like +8613800000001, not with --overdue")
    _check_phone(chosen.phone)
    lender = await context.lender(chosen.lender)
    moment = by_the_wall(context, lender)
    if chosen.overdue:
        return await _invite_overdue(context, lender, moment, chosen.out)
    try:
        base_url = context.settings.base_url
        token = await invite(lender, chosen.loan_no, chosen.phone, context.vault, moment, base_url)
    except NotFound:
        raise Failed(f"LOAN_NO: {chosen.lender} has no loan {chosen.loan_no!r}") from None
    if not token:
        say(f"Another number was on record. It was told, and the link is on its way to {chosen.phone} alone.")
        return 0
    print(f"{context.settings.base_url}/i/{token}")
    return 0


def _check_phone(phone: str) -> None:
    """Raises Failed, without the number."""
    try:
        if phone:
            check_phone(phone)
    except Refusal as refusal:
        raise Failed(f"--phone: {refusal}") from refusal


async def _invite_overdue(context: Context, lender: LenderFacts, moment: Moment, path: Path) -> int:
    waiting, unasked = await overdue_and_uninvited(lender.id, context.vault, moment.today, moment.at), 0
    with writing(path, "utf-8-sig") as out:
        rows = csv.writer(out)
        rows.writerow(("loan_no", "phone", "link", *(f"text_{tag}" for tag in languages())))
        for each in waiting:
            try:
                token = await invite(lender, each.loan_no, "", context.vault, moment)
            except NothingToAsk:
                unasked += 1
                continue
            link = f"{context.settings.base_url}/i/{token}"
            texts = in_every_language(INVITATION, lender=lender.name, link=link)
            rows.writerow((csv_text(each.loan_no), each.phone, link, *map(csv_text, texts.values())))
    say(f"{len(waiting) - unasked} links are in {path}")
    if unasked:
        say(f"{unasked} borrowers have neither ID digits nor an entry code on record: no link was made for them.")
    return 0
