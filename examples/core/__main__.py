"""A lender's core beside the portal, at a terminal.

PORTAL_KEY=rp_... python -m core [--url URL] [--books FILE] follow | receive | pay FILE | reconcile | left
"""

import argparse
import json
import os
import sys
import time
from contextlib import closing
from datetime import date

from core.books import Books
from core.connection import Portal, Refused, Unreachable
from core.core import Core
from core.receiver import serve
from core.reconcile import NotSigned, reconcile

FOLLOW_EVERY_SECONDS = 5


def main():
    chosen = _parser().parse_args()
    key = os.environ.get("PORTAL_KEY") or sys.exit("PORTAL_KEY: the key that `key add` printed")
    with closing(Portal(chosen.url, key)) as portal, closing(Books(chosen.books)) as books:
        _run(chosen, Core(portal, books))


def _run(chosen, core):
    try:
        chosen.run(core, chosen)
    except (Refused, Unreachable, NotSigned) as problem:
        for error in getattr(problem, "problem", {}).get("errors", ()):
            print(f"  {error.get('loan_no', '')} {error['field']}: {error['problem']}", file=sys.stderr)
        sys.exit(f"{problem}")
    except KeyboardInterrupt:
        pass


def _parser():
    parser = argparse.ArgumentParser(prog="core", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the portal is")
    parser.add_argument("--books", default="core.sqlite3", metavar="FILE", help="what this core keeps")
    commands = parser.add_subparsers(required=True)
    follow = commands.add_parser("follow", help="deal with all there is to read; with --on for ever")
    follow.add_argument("--on", action="store_true", help="ask again every few seconds, until stopped")
    follow.set_defaults(run=_follow)
    receive = commands.add_parser("receive", help="deal with what the portal pushes here; PORTAL_WEBHOOK_SECRET is its")
    receive.add_argument("--port", type=int, default=8400)
    receive.set_defaults(run=_receive)
    pay = commands.add_parser("pay", help="tell of payments and reversals, JSON Lines")
    pay.add_argument("file")
    pay.set_defaults(run=_pay)
    each_day = commands.add_parser("reconcile", help="whether anything is missing at the end of a day")
    each_day.add_argument("--on", type=date.fromisoformat, metavar="DAY", help="today, as far as it goes, if not said")
    each_day.add_argument("--key", default="", help="the public key that `portal key statement` prints")
    each_day.set_defaults(run=_reconcile)
    contact = commands.add_parser("contact", help="may somebody be contacted about this loan now")
    contact.add_argument("loan_no")
    contact.add_argument("channel", choices=("call", "message", "letter", "email", "visit"))
    contact.set_defaults(run=_contact)
    left = commands.add_parser("left", help="what somebody has to look at")
    left.set_defaults(run=_left)
    return parser


def _follow(core, chosen):
    core.pull()
    while chosen.on:
        time.sleep(FOLLOW_EVERY_SECONDS)
        core.pull()


def _receive(core, chosen):
    """What came before this was begun is pulled; from then on it comes by itself."""
    secret = os.environ.get("PORTAL_WEBHOOK_SECRET") or sys.exit("PORTAL_WEBHOOK_SECRET: whsec_..., as it was shown")
    core.pull()
    serve(core, secret, chosen.port)


def _pay(core, chosen):
    with open(chosen.file, encoding="utf-8") as lines:
        payments = [json.loads(line) for line in lines if line.strip()]
    said = core.pay(payments)
    print(f"{said['payments']} payments told: {said['added']} new, {said['repeated']} known", flush=True)


def _reconcile(core, chosen):
    differing = reconcile(core, chosen.on, chosen.key)
    print(f"read again, and put right: {', '.join(differing)}" if differing else "everything is as it was signed")


def _contact(core, chosen):
    said = core.may_contact(chosen.loan_no, chosen.channel)
    if said["allowed"]:
        print(f"{said['contact']}: until {said['until']}; tell what came of it")
    else:
        again = said["allowed_from"] or said["by"] or "at no time that is known"
        print(f"{said['contact']}: no. {said['detail']} Again: {again}")


def _left(core, _chosen):
    for loan_no, why in core.books.to_look_at:
        print(f"{loan_no}: {why}")


if __name__ == "__main__":
    main()
