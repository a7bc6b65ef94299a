"""What the core does with the feed, however it comes: pulled page by page, or pushed event by event.

Events of a chain are dealt with in their order, each once. What comes twice is known by its number, what comes too
early waits until what is before it was pulled, and what is not what was read before is of another past.
"""

from enum import Enum

from core.books import name_of
from core.connection import Refused

PAGE = 500


class Taken(Enum):
    NEW = "new"
    KNOWN = "known"
    EARLY = "early"
    OTHER_PAST = "of another past"


class Core:
    """`ledger`, where one is given, has `read(event)`, called with each event once in the order of its chain, and
    `begin()`, after which all that is still true is read anew. `answer(event)` says of what was signed `booked` or
    `refused`, or nothing, where a person has to look first.
    """

    def __init__(self, portal, books, ledger=None, say=print, answer=lambda event: "booked"):
        self.portal, self.books, self.answer = portal, books, answer
        self._ledger, self._say = ledger, say

    def pull(self):
        """Deals with all there is behind where it was, and says what there is to say."""
        more = True
        while more:
            page = self._page()
            for event in page["events"]:
                if self.take(event) in (Taken.EARLY, Taken.OTHER_PAST):
                    self.read_again(name_of(event))
            self.books.went_to(page["epoch"], page["next"])
            more = page["more"]
        for agreement, loan_no in self.books.gone():
            self.books.look_at(loan_no, f"agreement {agreement} is not in the portal any more")
        self.say_all()

    def pushed(self, event):
        """One event of a webhook. It may stand before others that did not come yet: then all there is is pulled."""
        taken = self.take(event)
        if taken in (Taken.EARLY, Taken.OTHER_PAST):
            self.pull()
        else:
            self.say_all()
        return taken

    def take(self, event):
        """Deals with an event if it is the next of its chain; all that follows from it is one transaction."""
        with self.books.act():
            last = self.books.last_of(event["stream"])
            if event["seq"] > last + 1:
                return Taken.EARLY
            if event["seq"] <= last:
                return Taken.KNOWN if self.books.has(event) else Taken.OTHER_PAST
            self.books.keep(event)
            if self._ledger is not None:
                self._ledger.read(event)
            if event["type"] in DOES:
                DOES[event["type"]](self, event)
            return Taken.NEW

    def read_again(self, name):
        """All events of one chain: what is missing is dealt with, and what is otherwise is put right and looked at."""
        asked, after, more = {"loan_no": name} if ":" not in name else {}, 0, True
        while more:
            page = self.portal.ask("events.list_events", after=after, limit=PAGE, **asked)
            for event in (each for each in page["events"] if name_of(each) == name):
                if self.take(event) is Taken.OTHER_PAST:
                    self._put_right(event)
            after, more = page["next"], page["more"]

    def say_all(self):
        """To the portal, in order; what it cannot be told now is told the next time."""
        for each, what, ref, body in self.books.to_say:
            SAYS[what](self, ref, body)
            self.books.was_said(each)

    def pay(self, payments):
        """Tells of money that came in. The ids are the core's own, so what is told twice counts once."""
        with self.books.act():
            for payment in payments:
                self.books.received(payment)
        return self.portal.ask("payments.send_payments", model="Payments", body={"payments": payments})

    def pay_again(self, payments):
        """All the money of before. What cannot be any more is looked at: it named a plan that is gone, say."""
        body = {"payments": payments}
        said = self.portal.ask("payments.send_payments", model="Payments", body=body, skip_bad=True)
        for row in said.get("bad_rows", ()):
            self.cannot_be(payments[row["index"]], row["problem"])

    def cannot_be(self, payment, problem):
        self.books.look_at(payment["loan_no"], f"payment {payment['id']} is not taken again: {problem}")

    def may_contact(self, loan_no, channel="call", **asked):
        """Before a call, a message or a visit. A no is an answer: `reason`, and `allowed_from` where that is known."""
        body = {"loan_no": loan_no, "channel": channel, **asked}
        return self.portal.ask("contacts.ask_contact", model="ContactQuestion", body=body)

    def was_contacted(self, contact, outcome, **told):
        """And after it. What nobody tells goes on counting as somebody reached."""
        body = {"contact": contact, "outcome": outcome, **told}
        return self.portal.ask("contacts.ask_contact", model="ContactReport", body=body)

    def _page(self):
        epoch, after = self.books.place
        try:
            return self.portal.ask("events.list_events", after=after, limit=PAGE, epoch=epoch)
        except Refused as refused:
            if refused.kind != "epoch":
                raise
            self._begin_again(refused.problem, after)
            return self._page()

    def _begin_again(self, problem, after):
        """A backup took the place of the portal's database: what came after it never was, there. It is read anew, and
        money is told again; what was booked for an agreement that is not there any more, somebody has to look at.
        """
        with self.books.act():
            self.books.forget_after(problem["same_until"])
            self.books.went_to(problem["epoch"], min(after, problem["same_until"]))
            self._read_ledger_anew()
        if payments := self.books.payments:
            self.pay_again(payments)

    def _read_ledger_anew(self):
        if self._ledger is not None:
            self._ledger.begin()
            for event in self.books.events:
                self._ledger.read(event)

    def _put_right(self, event):
        with self.books.act():
            self.books.keep(event)
            self._read_ledger_anew()
            self.books.look_at(event["loan_no"], f"event {event['seq']} of {event['stream']} was read otherwise before")


# What follows from an event: within its transaction, so nothing is asked of anybody here.


def _book(core, event):
    """A plan runs only when the core has booked it."""
    agreement, outcome = event["data"]["agreement"], core.answer(event)
    core.books.found_again(agreement)
    if outcome == "booked":
        body = {"outcome": outcome, "core_id": core.books.book(agreement, event["loan_no"])}
        core.books.has_to_say("booking", agreement, body)
    elif outcome == "refused":
        core.books.has_to_say("booking", agreement, {"outcome": outcome, "reason": "loan_closed"})


def _pause(core, event):
    """A real core first stops its dialler and its agencies; only then may it say so, and the borrower reads it."""
    core.books.has_to_say("hold", event["data"]["hold"], {"outcome": "acknowledged"})


def _look(core, event):
    """What was signed stays: somebody looks at what the core has booked for the plan."""
    told = event["data"]
    why = f"its plan took in {told['taken_in']['total']}, and {told['owed']['total']} was owed on {told['as_of']}"
    core.books.look_at(event["loan_no"], why)
    core._say(f"{event['loan_no']}: {why}; to be looked at")


DOES = {"agreement.signed": _book, "contact.hold_requested": _pause, "plan.differs": _look}


# What is said to the portal. The same said again is the same answer; what was settled otherwise is a conflict.


def _say_booking(core, agreement, body):
    model = "Booked" if body["outcome"] == "booked" else "NotBooked"
    try:
        said = core.portal.ask("agreements.book_agreement", agreement, model=model, body=body)
    except Refused as refused:
        if refused.problem["status"] not in (404, 409):
            raise
        core._say(f"{agreement}: already settled otherwise")
    else:
        done = f"booked as {body['core_id']}" if body["outcome"] == "booked" else "not booked"
        core._say(f"{agreement}: {done}, {said['state']}")


def _say_hold(core, hold, body):
    try:
        said = core.portal.ask("holds.answer_hold", hold, model="HoldAcknowledged", body=body)
    except Refused as refused:
        if refused.problem["status"] not in (404, 409):
            raise
        core._say(f"{hold}: the hold is over")
    else:
        core._say(f"{said['loan_no']}: collection paused")


SAYS = {"booking": _say_booking, "hold": _say_hold}
