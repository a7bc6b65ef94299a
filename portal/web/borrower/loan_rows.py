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
    """`owed` is what is overdue by component, `late` by payment of contract and plan; then installments, payments.

    `let_go` is what the lender let go, `refunds` what it paid back.
    """

    owed: tuple[Row, ...]
    late: tuple[Row, ...]
    installments: tuple[Row, ...]
    payments: tuple[Row, ...]
    let_go: tuple[Row, ...]
    refunds: tuple[Row, ...]


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
        if not rest:
            return
        for row in self.now.overdue_installments:
            rest -= row.overdue
            yield self._row(row, row.overdue, self._lateness(row))
        for due in self.now.book.dues:
            if due.plan and due.due_on < self.now.as_of and due.left_of_row:
                rest -= due.left_of_row
                label = self.words.put(N_("Plan, %(day)s"), day=self.words.date(due.due_on))
                hint = self._days_late(min((self.now.as_of - due.due_on).days, self.now.days_past_due))
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
        said = self._settled(row)
        if row.pause_interest:
            of_pause = self.words.put(N_("with %(amount)s for the pause"), amount=self.money(row.pause_interest))
            said = Markup(" · ").join([said, of_pause])
        if row.let_go:
            return Markup(" · ").join([said, self.words.put(N_("%(amount)s cancelled"), amount=self.money(row.let_go))])
        return said

    def _settled(self, row: InstallmentPosition) -> Markup:
        if row.is_paused and row.left:
            return self.words.put(N_("paused"))
        if row.overdue:
            return self.words.put(N_("%(amount)s overdue"), amount=self.money(row.overdue))
        if row.taken_in and not row.left:
            closed = self.now.loan.closing is not None and not self.now.plans
            return self.words.put(N_("not asked for any more") if closed else N_("in your plan"))
        if not row.left:
            return self.words.put(N_("paid") if row.paid or not row.let_go else N_("nothing to pay"))
        return self._open(row)

    def _open(self, row: InstallmentPosition) -> Markup:
        if row.due_on < self.now.as_of and self.now.overlooked.total:
            return self.words.put(N_("%(amount)s open, too little to be asked for"), amount=self.money(row.left))
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
        if paid.refunded:
            parts.append(self.words.put(N_("%(amount)s paid back to you"), amount=self.money(paid.refunded)))
        for each in self.now.loan.payments:
            if each.reverses == paid.id and each.amount and each.received_on <= self.now.as_of:
                day, minor = self.words.date(each.received_on), self.money(each.amount)
                parts.append(self.words.put(N_("%(amount)s taken back on %(day)s"), amount=minor, day=day))
        return Markup(" · ".join(parts))

    def let_go(self) -> Iterator[Row]:
        for each in reversed(self.now.lender_credits):
            if each.amount:
                parts = [
                    f"{escape(self.words.code(name, 'component'))} {self.money(minor)}"
                    for name, minor in each.allocated.items()
                    if minor
                ]
                amount = self.why(each.amount, f"let-go-{each.id}")
                hint = Markup(" · ".join([*parts, str(escape(each.reason))]))
                yield {"label": self.words.date(each.on), "amount": amount, "hint": hint}

    def refunds(self) -> Iterator[Row]:
        for each in reversed(self.now.loan.payments):
            if each.is_refund and each.received_on <= self.now.as_of:
                yield {"label": self.words.date(each.received_on), "amount": self.why(each.amount, f"back-{each.id}")}


def loan_rows(now: Position, whys: str, words: Written) -> LoanRows:
    writing = _Writing(now, whys, words)
    return LoanRows(
        owed=tuple(writing.owed()),
        late=tuple(writing.late()),
        installments=tuple(writing.installments()),
        payments=tuple(writing.payments()),
        let_go=tuple(writing.let_go()),
        refunds=tuple(writing.refunds()),
    )
