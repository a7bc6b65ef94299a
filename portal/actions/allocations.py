"""What payments paid when they were recorded, and which fen of earlier ones moved because they were told late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.contract.loan import Loan, Payment
from portal.domain.ledger.allocated import AllocatedCredit, AllocatedPayment
from portal.domain.ledger.books_facts import final_facts, line_facts, paid_facts
from portal.domain.ledger.position import position
from portal.domain.money import format_amount


@dataclass(frozen=True, slots=True)
class Allocations:
    """Of one loan, each payment before and after new ones were recorded, by its id, and each credit of the lender's."""

    currency: str
    before: Mapping[str, AllocatedPayment]
    after: Mapping[str, AllocatedPayment]
    let_go: Mapping[str, tuple[AllocatedCredit, AllocatedCredit]]
    final: Sequence[Mapping[str, object]]

    def facts(self, payment: Payment, *, last: bool) -> dict[str, object]:
        """What an event tells of one of the new ones; the last tells what they moved of others."""
        found = self.after.get(payment.id)
        facts: dict[str, object] = {}
        if found is not None and not payment.reverses:
            told = paid_facts(found, self.currency)
            facts = {"allocation": told.pop("lines"), **told}
        return {**facts, **self.moves(last=last)}

    def moves(self, *, last: bool) -> dict[str, object]:
        """The credit there is by now, whose lines have moved (of a payment that is gone, all of them), and what of the
        waiver of a plan that had ended is final since.
        """
        final = {"final": list(self.final)} if last and self.final else {}
        credit = sum(each.credit for each in self.after.values())
        return {"credit": format_amount(credit, self.currency), "moved": self._moved() if last else [], **final}

    def _moved(self) -> list[dict[str, object]]:
        nothing: dict[str, object] = {}
        paid = ((was, self.after.get(name)) for name, was in self.before.items())
        let_go = (("lender_credit", name, was.lines, now.lines, nothing) for name, (was, now) in self.let_go.items())
        told = [
            ("payment", was.id, was.lines, now.lines if now else (), paid_facts(now, self.currency) if now else nothing)
            for was, now in paid
        ]
        return [
            {
                kind: name,
                "old": line_facts(old, self.currency),
                "new": line_facts(new, self.currency),
                **{each: value for each, value in more.items() if each != "lines"},
            }
            for kind, name, old, new, more in (*told, *let_go)
            if old != new
        ]


def allocations(loan: Loan, told: Loan, today: date) -> Allocations:
    """Everything is folded by the end of `today`, with and without the new payments."""
    found = [position(one, today) for one in (loan, told)]
    before, after = ({each.id: each for each in one.payments} for one in found)
    was, now = ({each.id: each for each in one.lender_credits} for one in found)
    return Allocations(
        loan.currency, before, after, {name: (was[name], now[name]) for name in was}, final_facts(*found)
    )
