"""The rows of a loan's page, as `sums` takes them: label, amount and what is said beside it, ready to stand there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from portal.domain.ledger.allocated import AllocatedPayment
from portal.domain.ledger.position import InstallmentPosition, Position
from portal.domain.refusal import N_
from portal.web.written import Written

Row = Mapping[str, Markup | str]


@dataclass(frozen=True, slots=True)
class LoanRows:
    """`owed` is what is overdue by component, `late` by payment of contract and plan; then installments, payments."""

    owed: tuple[Row, ...]
    late: tuple[Row, ...]
    installments: tuple[Row, ...]
    payments: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Writing:
    """Rows of one position in one language; `whys` is the start of the address where figures are explained."""

    now: Position
    whys: str
    words: Written

    def money(self, minor: int) -> Markup:
        return self.words.money(minor, self.now.currency)

    def why(self, minor: int, about: str) -> Markup:
        return self.words.why(self.money(minor), f"{self.whys}{about}")

    def _row(self, row: InstallmentPosition, minor: int, hint: Markup) -> Row:
        label = self.words.put(N_("No. %(no)s, %(day)s"), no=row.no, day=self.words.date(row.due_on))
        return {"label": label, "amount": self.why(minor, f"no-{row.no}"), "hint": hint}

    def owed(self) -> Iterator[Row]:
        for name, minor in self.now.overdue.items():
            if minor:
                yield {"label": self.words.code(name, "component"), "amount": self.why(minor, "overdue")}

    def late(self) -> Iterator[Row]:
        rest = self.now.overdue.total
        for row in self.now.overdue_installments:
            rest -= row.overdue
            yield self._row(row, row.overdue, self._lateness(row))
        for due in self.now.book.dues:
            if due.plan and due.due_on < self.now.as_of and due.left_of_row:
                rest -= due.left_of_row
                label = self.words.put(N_("Plan, %(day)s"), day=self.words.date(due.due_on))
                hint = self._days_late((self.now.as_of - due.due_on).days)
                yield {"label": label, "amount": self.why(due.left_of_row, "overdue"), "hint": hint}
        if rest:
            yield {"label": self.words.text(N_("Penalty, fees and costs")), "amount": self.why(rest, "overdue")}

    def _lateness(self, row: InstallmentPosition) -> Markup:
        said = self._days_late(row.days_past_due)
        return said + self.words.put(N_(", %(amount)s paid"), amount=self.money(row.paid)) if row.paid else said

    def _days_late(self, days: int) -> Markup:
        return Markup(self.words.plural("one day late", "%(num)s days late", days) % {"num": days})

    def installments(self) -> Iterator[Row]:
        for row in self.now.installments:
            if row.total:
                yield self._row(row, row.total, self._stands(row))

    def _stands(self, row: InstallmentPosition) -> Markup:
        if row.overdue:
            return self.words.put(N_("%(amount)s overdue"), amount=self.money(row.overdue))
        if row.taken_in and not row.left:
            return self.words.put(N_("in your plan"))
        if not row.left:
            return self.words.put(N_("paid"))
        if row.paid:
            return self.words.put(N_("%(amount)s paid"), amount=self.money(row.paid))
        return self.words.put(N_("not due yet"))

    def payments(self) -> Iterator[Row]:
        for paid in reversed(self.now.payments):
            amount = self.why(paid.amount, f"pay-{paid.id}")
            yield {"label": self.words.date(paid.received_on), "amount": amount, "hint": self._went_to(paid)}

    def _went_to(self, paid: AllocatedPayment) -> Markup:
        if paid.reversed_on:
            return self.words.put(N_("Taken back on %(day)s."), day=self.words.date(paid.reversed_on))
        parts = [
            f"{escape(self.words.code(name, 'component'))} {self.money(minor)}"
            for name, minor in paid.allocated.items()
            if minor
        ]
        if paid.credit:
            parts.append(self.words.put(N_("%(amount)s paid ahead"), amount=self.money(paid.credit)))
        return Markup(" · ".join(parts))


def loan_rows(now: Position, whys: str, words: Written) -> LoanRows:
    writing = _Writing(now, whys, words)
    return LoanRows(*map(tuple, (writing.owed(), writing.late(), writing.installments(), writing.payments())))
