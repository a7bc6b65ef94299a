"""What an agreement took in as it was signed, beside what was owed on its day by what is known now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from portal.domain.contract.agreement import Agreement
from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.loan import Loan
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import position
from portal.domain.ledger.progress import PlanProgress

_CONTRACT = ("terms", "schedule")
_STATED = (*_CONTRACT, "charges", "payments")


@dataclass(frozen=True, slots=True)
class RestatedPlan:
    """A plan of whose day other facts are told since. Minor units; `changed` names what of the loan they are."""

    plan: PlanProgress
    owed: Amounts
    changed: tuple[str, ...]


def restated_plans(before: Loan, now: Loan, today: date) -> Iterator[RestatedPlan]:
    """Where terms or schedule change, the plan that lives; whatever changed, each under which another sum was owed.

    Of the plans that have ended only those that took another's place: what became of that one's money follows from
    what they took in. Both loans are under the same agreements. Money of the plan's own day is the plan's, and is told
    with its payment; what was owed is that of the end of the day.
    """
    changed = tuple(name for name in _STATED if getattr(before, name) != getattr(now, name))
    since = _earliest(before, now) if changed == ("payments",) else date.min
    later = {each.ref for each in now.agreements if each.plan.as_of > since}
    if not (changed and later):
        return
    plans = position(now, today).plans
    for index, plan in enumerate(plans):
        earlier = plans[:index]
        took_a_place = bool(earlier) and earlier[-1].status is PlanStatus.SUPERSEDED
        if plan.agreement.ref not in later or not (plan.lives or took_a_place):
            continue
        owed = _owed_on_its_day(now, plan.agreement, earlier)
        restated = plan.lives and any(name in changed for name in _CONTRACT)
        if restated or owed != _owed_on_its_day(before, plan.agreement, earlier):
            yield RestatedPlan(plan, owed, changed)


def _earliest(before: Loan, now: Loan) -> date:
    """The first day of which another payment is told; what takes one back is of the day on which that one came.

    What was told before and is corrected or gone counts as of its old day too.
    """
    came = {each.id: each.received_on for each in (*before.payments, *now.payments)}
    differ = {*before.payments} ^ {*now.payments}
    return min((came.get(each.reverses or "", each.received_on) for each in differ), default=date.min)


def _owed_on_its_day(loan: Loan, agreement: Agreement, earlier: Sequence[PlanProgress]) -> Amounts:
    """What it would have taken in. A payment that was taken back since counts as taken back by then."""
    day, ended = agreement.plan.as_of, [each.agreement for each in earlier]
    payments = (
        replace(each, received_on=min(each.received_on, day)) if each.reverses else each for each in loan.payments
    )
    agreements = tuple(each for each in loan.agreements if each.refused or each in ended)
    then = position(replace(loan, payments=tuple(payments), agreements=agreements), day, ends_plan=True)
    return sum((line.amounts for line in then.taken_in(agreement.covers)), NOTHING)
