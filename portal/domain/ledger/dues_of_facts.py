"""The dues that a schedule, a plan, a charge or a break makes."""

from collections.abc import Mapping
from datetime import date

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Charge, Installment
from portal.domain.contract.plan import PlanRow
from portal.domain.ledger.dues import Component, Due
from portal.domain.money import COMPONENTS


def contract_due(row: Installment) -> Due:
    scheduled = {
        "fees": Component("fees", row.due_on, row.fees),
        "interest": Component("interest", row.due_on, row.interest),
        "principal": Component("principal", row.due_on, row.principal),
    }
    return Due(f"contract:{row.no}", row.no, row.due_on, _asking(scheduled), scheduled, running=row.interest)


def _asking(scheduled: Mapping[str, Component]) -> list[Component]:
    """Without what asks for nothing."""
    return [item for item in scheduled.values() if item.amount]


def plan_due(ref: str, row: PlanRow, due_on: date, earned_on: date | None = None) -> Due:
    scheduled = {name: Component(name, due_on, row.components.of(name), "plan") for name in COMPONENTS}
    key, items = f"plan:{ref}:{row.no}", _asking(scheduled)
    whole_on = None if row.total else due_on
    old = row.components.interest - row.plan_interest
    return Due(key, row.no, due_on, items, scheduled, ref, row.plan_interest, old, earned_on, whole_on)


def charge_due(charge: Charge) -> Due:
    """A charge that hangs on no installment."""
    return Due(charge_key(charge), 0, charge.due_on, [])


def claw_back_due(ref: str, on: date, amounts: Amounts) -> Due:
    """What was waived under a whole-loan plan and is not final, due on the day of its break."""
    items = [Component(name, on, minor, "waiver") for name, minor in amounts.items() if minor]
    return Due(f"plan:{ref}:waiver", 0, on, items, plan=ref)


def charge_key(charge: Charge) -> str:
    return f"charge:{charge.id}"
