"""What payments paid when they were recorded, and which fen of earlier ones moved because they were told late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.contract.loan import Loan, Payment
from portal.domain.ledger.allocated import AllocatedPayment, AllocationLine
from portal.domain.ledger.position import position
from portal.domain.money import format_amount


@dataclass(frozen=True, slots=True)
class Allocations:
    """Of one loan, each payment before and after new ones were recorded, by its id."""

    currency: str
    before: Mapping[str, AllocatedPayment]
    after: Mapping[str, AllocatedPayment]

    def facts(self, payment: Payment, *, last: bool) -> dict[str, object]:
        """What an event tells of one of the new ones; the last tells what they moved of others."""
        found = self.after.get(payment.id)
        facts = {} if found is None or payment.reverses else {"allocation": _lines(found.lines, self.currency)}
        return {**facts, **self.moves(last=last)}

    def moves(self, *, last: bool) -> dict[str, object]:
        """The credit there is by now, and whose lines have moved: of a payment that is gone, all of them."""
        credit = sum(each.credit for each in self.after.values())
        return {"credit": format_amount(credit, self.currency), "moved": self._moved() if last else []}

    def _moved(self) -> list[dict[str, object]]:
        after = {name: each.lines for name, each in self.after.items()}
        lines = ((name, was.lines, after.get(name, ())) for name, was in self.before.items())
        return [
            {"payment": name, "old": _lines(old, self.currency), "new": _lines(new, self.currency)}
            for name, old, new in lines
            if old != new
        ]


def allocations(loan: Loan, told: Loan, today: date) -> Allocations:
    """Everything is folded by the end of `today`, with and without the new payments."""
    before, after = ({each.id: each for each in position(one, today).payments} for one in (loan, told))
    return Allocations(loan.currency, before, after)


def _lines(lines: Sequence[AllocationLine], currency: str) -> list[dict[str, object]]:
    return [
        {"due": line.due, "component": line.component, "amount": format_amount(line.amount, currency)} for line in lines
    ]
