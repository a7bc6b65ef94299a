"""The lists of the desk, a page at a time by a cursor: each in the order of an index, whatever stands in it.

A cursor is the key and the id of a row. Rows of the same key come by an index of their own, then those behind them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from portal.domain.restructuring.negotiation import OPEN_STATES, STATES_TO_ANSWER, STATES_WITH_BORROWER, State
from portal.reads.proposals import unanswered_breaks
from portal.tables.query import Query, stored_date

ROWS_ON_A_PAGE, MOST_COUNTED = 50, 999
MOST_EXPORTED = 10_000
"""So many rows of a list go into one sheet; a filter leads to others."""
LOOKED_THROUGH = 2000
"""Where a filter is set, so many rows are looked through for one page; the page says where it goes on."""


class DeskQueue(StrEnum):
    """To be answered; assigned to whoever asks; waiting for a second person; the borrower's turn; agreed and
    to be booked; a payment missing; broken and nothing since. The last is of loans: where the books differ.
    """

    ANSWER = "answer"
    MINE = "mine"
    SECOND = "second"
    BORROWER = "borrower"
    BOOK = "book"
    MISSING = "missing"
    ENDED = "ended"
    BOOKS = "books"


class QueueSort(StrEnum):
    """By the day of the answer, by days past due, by what is overdue, by what is asked in all: the most first."""

    CLOCK = "clock"
    LATE = "late"
    OVERDUE = "overdue"
    ASKED = "asked"


Key = date | int


@dataclass(frozen=True, slots=True)
class Cursor:
    """Behind which row a page begins."""

    key: Key
    id: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What is asked for: a list, its order, and what its rows have to be; empty filters ask for nothing."""

    queue: DeskQueue = DeskQueue.ANSWER
    sort: QueueSort = QueueSort.CLOCK
    after: Cursor | None = None
    filters: dict[str, str] = field(default_factory=dict)


FILTERS = ("state", "rule", "product", "assignee")
UNASSIGNED = "-"
"""As an assignee: what is assigned to nobody."""


@dataclass(frozen=True, slots=True)
class ListedPage:
    """`ids` are of proposals, each with its cursor; `onward` is where the next page begins, None at the end.

    `partly`: so far as was looked through, no more fit.
    """

    ids: Sequence[tuple[int, Cursor]]
    onward: Cursor | None
    partly: bool = False


_NEVER = "'9999-01-01'"


def _in(states: frozenset[State]) -> str:
    """Word for word as the indexes have it: only so a database knows that they hold these."""
    return f"state IN ({', '.join(sorted(repr(state.value) for state in states))})"


_ANSWER = f"lender_id = :lender AND {_in(STATES_TO_ANSWER)}"
_WITH_BORROWER_NOW = f"lender_id = :lender AND {_in(STATES_WITH_BORROWER)}"
_ASSIGNED = f"lender_id = :lender AND assignee = :me AND assignee <> '' AND {_in(OPEN_STATES | {State.STRAINED})}"


def _page(index: str, key: str, where: str) -> str:
    """The text of a page in ascending order, with what its filters ask for.

    SQLite is told the index, as it would go by the id where many are alike.
    """
    columns = f"{key} AS place, id, state, rule, product, assignee"
    rows = f"SELECT {columns} FROM proposal INDEXED BY {index} WHERE {where}"
    return f"""
SELECT place, id FROM (
    SELECT * FROM (
        SELECT * FROM ({rows} AND {key} = :after AND id > :id ORDER BY id LIMIT :most) AS alike
        UNION ALL
        SELECT * FROM ({rows} AND {key} > :after ORDER BY {key}, id LIMIT :most) AS behind
    ) AS both_of_them ORDER BY place, id LIMIT :most
) AS listed
WHERE (:state = '' OR state = :state) AND (:rule = '' OR rule = :rule) AND (:product = '' OR product = :product)
    AND (:assignee = '' OR assignee = :assignee OR (:assignee = '-' AND assignee = ''))
ORDER BY place, id LIMIT :rows OFFSET :past
"""


def _turned(text: str) -> str:
    """The same from the greatest down."""
    turned = text.replace("= :after", "= :below").replace("> :after", "< :below").replace("id > :id", "id < :id")
    return turned.replace(", id LIMIT", " DESC, id DESC LIMIT").replace("BY id LIMIT", "BY id DESC LIMIT")


def _day(*columns: str) -> str:
    return f"COALESCE({', '.join(columns)}, {_NEVER})"


_BY_CLOCK = Query(_page("proposal_by_clock", _day("decide_by"), _ANSWER))
_BY_LATENESS = Query(_page("proposal_by_lateness", _day("overdue_since"), _ANSWER))
_BY_OVERDUE = Query(_turned(_page("proposal_by_overdue", "overdue_minor", _ANSWER)))
_BY_ASKED = Query(_turned(_page("proposal_by_asked", "asked_minor", _ANSWER)))
_WITH_BORROWER = Query(_page("proposal_with_borrower", _day("expires_on"), _WITH_BORROWER_NOW))
_TO_BOOK = Query(_page("proposal_to_book", _day("decide_by"), "lender_id = :lender AND state = 'agreed'"))
_MISSING = Query(_page("proposal_strained", _day("cure_by"), "lender_id = :lender AND state = 'strained'"))
_MINE = Query(_page("proposal_assigned", _day("decide_by", "expires_on", "cure_by"), _ASSIGNED))
_SECOND = Query("""
SELECT approval.until, approval.id, proposal.id
FROM approval JOIN proposal ON proposal.ref = approval.subject
WHERE approval.lender_id = :lender AND approval.outcome = '' AND approval.kind = 'waiver'
    AND approval.until >= :today AND (approval.until > :after OR approval.id > :id)
ORDER BY approval.until, approval.id LIMIT :rows
""")

_QUERIES = {
    (DeskQueue.ANSWER, QueueSort.CLOCK): _BY_CLOCK,
    (DeskQueue.ANSWER, QueueSort.LATE): _BY_LATENESS,
    (DeskQueue.ANSWER, QueueSort.OVERDUE): _BY_OVERDUE,
    (DeskQueue.ANSWER, QueueSort.ASKED): _BY_ASKED,
    (DeskQueue.BORROWER, QueueSort.CLOCK): _WITH_BORROWER,
    (DeskQueue.BOOK, QueueSort.CLOCK): _TO_BOOK,
    (DeskQueue.MISSING, QueueSort.CLOCK): _MISSING,
    (DeskQueue.MINE, QueueSort.CLOCK): _MINE,
}
_FROM_THE_TOP = {QueueSort.OVERDUE: Cursor(2**63 - 1, 0), QueueSort.ASKED: Cursor(2**63 - 1, 0)}
_FROM_THE_FIRST = Cursor(date.min, 0)


def sorts_of(queue: DeskQueue) -> tuple[QueueSort, ...]:
    """The orders of a list; but for what is to be answered each has its own clock alone."""
    return tuple(sort for sort in QueueSort if (queue, sort) in _QUERIES)


async def listed_page(
    lender_id: int, staff_ref: str, listing: Listing, today: date, most: int = ROWS_ON_A_PAGE
) -> ListedPage:
    """So many of a lender's proposals in a list, behind the cursor."""
    if listing.queue is DeskQueue.BOOKS:
        return ListedPage([], None)
    if listing.queue is DeskQueue.ENDED:
        ids = [(each, Cursor(date.min, no)) for no, each in enumerate(await unanswered_breaks(lender_id), 1)]
        return ListedPage(ids[listing.after.id if listing.after else 0 :], None)
    after = listing.after or _FROM_THE_TOP.get(listing.sort, _FROM_THE_FIRST)
    place = {"lender": lender_id, "after" if isinstance(after.key, date) else "below": after.key, "id": after.id}
    if listing.queue is DeskQueue.SECOND:
        found = await _SECOND.read(**place, today=max(today, after.key), rows=most + 1)
        return _cut([(each, Cursor(stored_date(until), id_)) for until, id_, each in found], most)
    query, mine = _QUERIES[listing.queue, listing.sort], {}
    if listing.queue is DeskQueue.MINE:
        mine = {"me": staff_ref}
    asked = {name: listing.filters.get(name, "") for name in FILTERS}
    filtered = any(asked.values())
    reach = LOOKED_THROUGH if filtered else most + 1
    rows = await query.read(**place, **mine, **asked, most=reach, rows=most + 1, past=0)
    page = _cut([(id_, _cursor(key, id_)) for key, id_ in rows], most)
    if not filtered or page.onward:
        return page
    edge = await query.read(**place, **mine, **dict.fromkeys(FILTERS, ""), most=reach + 1, rows=2, past=reach - 1)
    return ListedPage(page.ids, _cursor(*edge[0]), partly=True) if len(edge) > 1 else page


def _cut(found: list[tuple[int, Cursor]], most: int) -> ListedPage:
    return ListedPage(found[:most], found[most - 1][1] if len(found) > most else None)


def _cursor(key: Any, id_: int) -> Cursor:
    return Cursor(key if isinstance(key, int) else stored_date(key), id_)


def _counted(name: str, rows: str) -> str:
    return f"(SELECT COUNT(*) FROM (SELECT 1 FROM {rows} LIMIT {MOST_COUNTED + 1}) AS {name}_counted)"


_COUNTS = Query(f"""
SELECT
    {_counted("answer", f"proposal WHERE {_ANSWER}")},
    {_counted("mine", f"proposal WHERE {_ASSIGNED}")},
    {_counted("borrower", f"proposal WHERE {_WITH_BORROWER_NOW}")},
    {_counted("book", "proposal WHERE lender_id = :lender AND state = 'agreed'")},
    {_counted("missing", "proposal WHERE lender_id = :lender AND state = 'strained'")},
    {_counted("books", "loan WHERE lender_id = :lender AND books_differ_on IS NOT NULL")}
""")
COUNTED_LISTS = ("answer", "mine", "borrower", "book", "missing", "books")


# Each product once, by steps along an index.
_PRODUCTS = Query(f"""
WITH RECURSIVE known(product) AS (
    SELECT (SELECT min(product) FROM proposal WHERE {_ANSWER})
    UNION ALL
    SELECT (SELECT min(proposal.product) FROM proposal WHERE {_ANSWER} AND proposal.product > known.product)
    FROM known WHERE known.product IS NOT NULL
)
SELECT product FROM known WHERE product IS NOT NULL LIMIT 100
""")


async def products_to_answer(lender_id: int) -> tuple[str, ...]:
    """Of which products there are proposals to be answered."""
    return tuple(product for (product,) in await _PRODUCTS.read(lender=lender_id) if product)


async def queue_counts(lender_id: int, staff_ref: str) -> dict[str, int]:
    """How many stand in each list, up to one more than `MOST_COUNTED`."""
    (row,) = await _COUNTS.read(lender=lender_id, me=staff_ref)
    return dict(zip(COUNTED_LISTS, row, strict=True))
