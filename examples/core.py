"""A lender's core system in small: follows the feed, books what was agreed, pauses collection, and tells of payments.

    PORTAL_KEY=rp_... python examples/core.py [--url URL] [--cursor FILE] [--payments FILE] [--follow]

The standard library alone. It may be stopped at any moment and started again: the cursor is written after an event was
dealt with, and whatever is said twice is said in the same words, which the portal takes as once.
"""

import argparse
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

TRIES = 5


class Refused(Exception):
    """The portal said no, and will say no again: `problem` is its answer in the form of RFC 9457."""

    def __init__(self, problem):
        super().__init__(f"{problem['status']} {problem['type'].rpartition(':')[2]}: {problem['detail']}")
        self.problem = problem


class Portal:
    def __init__(self, url, key):
        self.url, self.key = url.rstrip("/"), key

    def get(self, path):
        return self._ask(path, None, {})

    def post(self, path, body, idempotency_key=""):
        headers = {"Content-Type": "application/json"}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        return self._ask(path, json.dumps(body).encode(), headers)

    def _ask(self, path, body, headers):
        """What is broken or busy is asked again, later and later; a refusal is not."""
        headers = {"Authorization": f"Bearer {self.key}", **headers}
        for wait in (2**n for n in range(TRIES)):
            request = urllib.request.Request(f"{self.url}{path}", data=body, headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                with error:
                    if error.code < 500 and error.code != 429:
                        raise Refused(problem_of(error)) from error
                    said = f"it answered {error.code}"
            except (OSError, http.client.HTTPException) as error:
                said = str(error)
            print(f"{self.url} cannot be asked now ({said}); trying again in {wait} s", file=sys.stderr)
            time.sleep(wait)
        sys.exit(f"{self.url} could not be asked; start again later, nothing is lost")


def problem_of(error):
    """What stands between the two may answer too, and not in JSON."""
    try:
        told = json.load(error)
    except ValueError:
        told = {}
    return {"status": error.code, "type": "", "detail": f"{error.url} answered no problem", **told}


def book(portal, event):
    """A plan runs only when the core has booked it. The core's number comes from the agreement's own, so that booking
    again after a crash is the same booking."""
    agreement = event["data"]["agreement"]
    body = {"outcome": "booked", "core_id": f"CORE-{agreement}"}
    try:
        said = portal.post(f"/api/v1/agreements/{agreement}/booking", body)
    except Refused as refused:
        if refused.problem["status"] != 409:
            raise
        return f"{event['loan_no']}: already settled otherwise"
    return f"{event['loan_no']}: booked as {body['core_id']}, {said['state']}"


def pause(portal, event):
    """A real core first stops its dialler and its agencies; only then may it say so, and the borrower reads it."""
    hold = event["data"]["hold"]
    try:
        portal.post(f"/api/v1/holds/{hold}", {"outcome": "acknowledged"})
    except Refused as refused:
        if refused.problem["status"] != 409:
            raise
        return f"{event['loan_no']}: its hold is over"
    return f"{event['loan_no']}: collection paused"


def look(_portal, event):
    """What was signed stays: somebody looks at what the core has booked for the plan."""
    told = event["data"]
    signed, owed = told["taken_in"]["total"], told["owed"]["total"]
    return f"{event['loan_no']}: its plan took in {signed}, and {owed} was owed on {told['as_of']}; to be looked at"


DOES = {"agreement.signed": book, "contact.hold_requested": pause, "plan.differs": look}


def follow(portal, cursor):
    """Deals with every event after the cursor; a type it does not know is passed over."""
    more = True
    while more:
        after = int(cursor.read_text()) if cursor.exists() else 0
        page = portal.get(f"/api/v1/events?after={after}&limit=100")
        for event in page["events"]:
            if event["type"] in DOES:
                print(DOES[event["type"]](portal, event), flush=True)
            keep(cursor, event["feed"])
        more = page["more"]


def keep(cursor, feed):
    """Whole or not at all, however the machine stops."""
    fresh = cursor.with_name(cursor.name + ".new")
    fresh.write_text(str(feed))
    os.replace(fresh, cursor)


def pay(portal, path):
    """Each line a payment or a reversal; their ids are the core's own, so a file sent twice counts once."""
    with open(path, encoding="utf-8") as lines:
        payments = [json.loads(line) for line in lines if line.strip()]
    said = portal.post("/api/v1/payments", payments)
    print(f"{said['payments']} payments told: {said['added']} new, {said['repeated']} known", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the portal is")
    parser.add_argument("--cursor", type=Path, default=Path("core-cursor"), help="the file that keeps the position")
    parser.add_argument("--payments", type=Path, metavar="FILE", help="payments in JSON Lines, told first")
    parser.add_argument("--follow", action="store_true", help="ask again every few seconds, until stopped")
    chosen = parser.parse_args()
    portal = Portal(chosen.url, os.environ.get("PORTAL_KEY") or sys.exit("PORTAL_KEY: the key that `key add` printed"))
    try:
        if chosen.payments:
            pay(portal, chosen.payments)
        follow(portal, chosen.cursor)
        while chosen.follow:
            time.sleep(5)
            follow(portal, chosen.cursor)
    except Refused as refused:
        for error in refused.problem.get("errors", []):
            print(json.dumps(error, ensure_ascii=False), file=sys.stderr)
        sys.exit(str(refused))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
