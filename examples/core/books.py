"""What the core keeps, in one SQLite file: every event it dealt with, what it booked, and what it still has to say.

An event and all that follows from it are one transaction, so the core may be stopped at any moment: what it has dealt
with it has dealt with once, and what was to be said of it is said after the next start.
"""

import hashlib
import json
import sqlite3
from contextlib import contextmanager
from threading import RLock

BEFORE_THE_FIRST = "0" * 64
_TABLES = """
CREATE TABLE IF NOT EXISTS place (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL, after INTEGER NOT NULL);
INSERT OR IGNORE INTO place VALUES (1, 'first', 0);
CREATE TABLE IF NOT EXISTS event (stream TEXT NOT NULL, seq INTEGER NOT NULL, feed INTEGER NOT NULL, name TEXT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (stream, seq));
CREATE INDEX IF NOT EXISTS event_feed ON event (feed);
CREATE TABLE IF NOT EXISTS to_say (id INTEGER PRIMARY KEY, what TEXT NOT NULL, ref TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS booking (agreement TEXT PRIMARY KEY, core_id TEXT NOT NULL, loan_no TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS payment (loan_no TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (loan_no, id));
CREATE TABLE IF NOT EXISTS forgotten (agreement TEXT PRIMARY KEY, loan_no TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS to_look_at (id INTEGER PRIMARY KEY, loan_no TEXT NOT NULL, why TEXT NOT NULL);
"""


def canonical(event):
    """The bytes that the portal chained and signed: JSON with sorted keys and no spaces, in UTF-8."""
    return json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def name_of(event):
    """What a statement calls the chain: the number of a loan, or the stream of what is none."""
    return event["loan_no"] if event["stream"].startswith("loan:") else event["stream"]


class Books:
    def __init__(self, file):
        self._database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._database.executescript(_TABLES)
        self._lock, self._depth = RLock(), 0

    def close(self):
        self._database.close()

    @contextmanager
    def act(self):
        """Everything in it happens or nothing does; one thread at a time."""
        with self._lock:
            if self._depth == 0:
                self._database.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._database.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._database.execute("COMMIT")

    # The feed.

    @property
    def place(self):
        """The epoch of the feed, and the position up to which it was pulled."""
        return self._rows("SELECT epoch, after FROM place")[0]

    def went_to(self, epoch, after):
        self._do("UPDATE place SET epoch = ?, after = ?", epoch, after)

    def last_of(self, stream):
        """The number of the last event of a chain that was dealt with."""
        return self._rows("SELECT coalesce(max(seq), 0) FROM event WHERE stream = ?", stream)[0][0]

    def has(self, event):
        """Whether it was dealt with, and was the same."""
        rows = self._rows("SELECT body FROM event WHERE stream = ? AND seq = ?", event["stream"], event["seq"])
        return bool(rows) and rows[0][0] == canonical(event).decode()

    def keep(self, event):
        columns = event["stream"], event["seq"], event["feed"], name_of(event), canonical(event).decode()
        self._do("INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?)", *columns)

    def heads(self, last):
        """Where each chain ends up to a position, by what is kept: stream, name, number and hash of its last event.

        The hash of an event hangs on the one before it, so one that is not as it was makes the last another.
        """
        found = {}
        rows = "SELECT stream, name, seq, body FROM event WHERE feed <= ? ORDER BY stream, seq"
        for stream, name, seq, body in self._rows(rows, last):
            _, before, hashed = found.get(stream, (name, 0, BEFORE_THE_FIRST))
            if seq == before + 1:
                found[stream] = name, seq, hashlib.sha256(f"{hashed}\n{body}".encode()).hexdigest()
        return [(stream, *head) for stream, head in found.items()]

    def count(self, last):
        return self._rows("SELECT count(*) FROM event WHERE feed <= ?", last)[0][0]

    @property
    def events(self):
        """All that was dealt with, each chain in its order."""
        return (json.loads(body) for (body,) in self._rows("SELECT body FROM event ORDER BY feed"))

    def forget_after(self, feed):
        """What was read of a past that may not be there any more: it is read anew, and `gone` is what does not come."""
        rows = self._rows("SELECT body FROM event WHERE feed > ?", feed)
        self._do("DELETE FROM event WHERE feed > ?", feed)
        for event in (json.loads(body) for (body,) in rows):
            if event["type"] == "agreement.signed":
                values = event["data"]["agreement"], event["loan_no"]
                self._do("INSERT OR IGNORE INTO forgotten VALUES (?, ?)", *values)

    def found_again(self, agreement):
        self._do("DELETE FROM forgotten WHERE agreement = ?", agreement)

    def gone(self):
        """The agreements that did not come again, and their loans; they are told once."""
        found = self._rows("SELECT agreement, loan_no FROM forgotten ORDER BY agreement")
        self._do("DELETE FROM forgotten")
        return found

    # What follows from it.

    def book(self, agreement, loan_no):
        """The core's number comes from the agreement's own, so that booking again is the same booking."""
        self._do("INSERT OR IGNORE INTO booking VALUES (?, ?, ?)", agreement, f"CORE-{agreement}", loan_no)
        return self._rows("SELECT core_id FROM booking WHERE agreement = ?", agreement)[0][0]

    @property
    def bookings(self):
        return self._rows("SELECT agreement, core_id, loan_no FROM booking ORDER BY agreement")

    def has_to_say(self, what, ref, body):
        self._do("INSERT INTO to_say (what, ref, body) VALUES (?, ?, ?)", what, ref, json.dumps(body))

    @property
    def to_say(self):
        return [
            (each, what, ref, json.loads(body))
            for each, what, ref, body in self._rows("SELECT id, what, ref, body FROM to_say ORDER BY id")
        ]

    def was_said(self, each):
        self._do("DELETE FROM to_say WHERE id = ?", each)

    def look_at(self, loan_no, why):
        self._do("INSERT INTO to_look_at (loan_no, why) VALUES (?, ?)", loan_no, why)

    @property
    def to_look_at(self):
        return self._rows("SELECT loan_no, why FROM to_look_at ORDER BY id")

    def received(self, payment):
        key = payment["loan_no"], payment["id"]
        self._do("INSERT OR REPLACE INTO payment VALUES (?, ?, ?)", *key, json.dumps(payment))

    @property
    def payments(self):
        return [json.loads(body) for (body,) in self._rows("SELECT body FROM payment ORDER BY rowid")]

    def _rows(self, text, *values):
        with self._lock:
            return self._database.execute(text, values).fetchall()

    def _do(self, text, *values):
        with self.act():
            self._database.execute(text, values)
