"""What a payment may be for: the sums that have a name and the debts that may be named, with what is being checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from starlette.requests import Request

from portal.domain.conduct.payment_claim import CLAIMS_TO_ANSWER
from portal.domain.contract.agreement import Covers
from portal.domain.ledger.claimed import ClaimedMoney, if_come
from portal.domain.ledger.position import Position
from portal.domain.ledger.progress import InstallmentProgress
from portal.reads.cases import Case
from portal.reads.payment_claims import ClaimSummary, as_payment, claims_of
from portal.web.borrower.own import LoanContext, own_loan

PLANNED = "plan"
IN_TURN = "plan-in-turn"
_UNCOUNTED = "no"


@dataclass(frozen=True, slots=True)
class PaymentOption:
    """An amount that has a name, in minor units; `on` is the day it is due, `row` the plan's own payment, if one.

    `saves` is what is to come and need not be paid then.
    """

    minor: int
    on: date | None = None
    row: InstallmentProgress | None = None
    saves: int = 0


@dataclass(frozen=True, slots=True)
class NamedDue:
    """The debt that a payment says it is for: an installment of the contract, or a payment of the plan.

    With `in_turn` an installment that a plan took in: the plan's payments stand for it, the first that is open first.
    """

    key: str
    installment: int | None = None
    row: InstallmentProgress | None = None
    in_turn: bool = False

    @property
    def plan_installment(self) -> int | None:
        return self.row.no if self.row else None


@dataclass(frozen=True, slots=True)
class PaymentContext(LoanContext):
    """One loan at the till: `sums` are the amounts that have a name, by name, the first one chosen to begin with.

    `now` counts what is being checked as if it had come, unless somebody wants to see it without: then `counted` is
    false. `claimed` is what is being checked, `booked` the loan by the books alone.
    """

    booked: Position
    sums: Mapping[str, PaymentOption]
    claims: tuple[ClaimSummary, ...]
    claimed: ClaimedMoney | None
    counted: bool

    @property
    def named(self) -> dict[str, NamedDue]:
        """The debts among which a payment may name its own; of a plan also several of its payments at once.

        Source: Civil Code, article 560.
        """
        late = [row.no for row in self.now.overdue_installments]
        row = self.sums[PLANNED].row if PLANNED in self.sums else None
        found = {PLANNED: NamedDue(row.key, row=row)} if row else {}
        if row and (stands_for := self._taken_in_by_plan()):
            found[IN_TURN] = NamedDue(f"contract:{stands_for}", stands_for, in_turn=True)
        if len(late) > 1 or (late and row):
            found |= {str(no): NamedDue(f"contract:{no}", no) for no in late}
        return found

    def _taken_in_by_plan(self) -> int | None:
        """The first installment for which several payments of the plan beside the contract stand."""
        plan = self.now.live_plan
        if plan is None or plan.agreement.covers is not Covers.OVERDUE or sum(bool(row.left) for row in plan.rows) < 2:
            return None
        dues = [line.due.partition(":") for line in plan.agreement.taken_in or ()]
        return next((int(no) for kind, _, no in dues if kind == "contract"), None)

    def name_of(self, due: NamedDue) -> str:
        """What a form calls the debt that is named; nothing for none."""
        return next((name for name, each in self.named.items() if due.key and each.key == due.key), "")

    @property
    def uncounted(self) -> dict[str, str]:
        """What an address says where what is being checked is left out."""
        return {} if self.counted else {"counted": _UNCOUNTED}


async def at_till(request: Request) -> PaymentContext:
    at = await own_loan(request)
    claims = await claims_of(at.case.id, request.app.state.vault)
    waiting = [each for each in claims if each.status in CLAIMS_TO_ANSWER]
    told = [as_payment(c.ref, c.paid_on, c.amount, c.installment, c.plan_installment) for c in waiting]
    claimed = if_come(at.now, told)
    counted = request.query_params.get("counted") != _UNCOUNTED
    now = claimed.after if claimed and counted else at.now
    sums = _sums(at.case, now)
    return PaymentContext(at.case, now, at.policy, at.moment, at.now, sums, claims, claimed, counted)


def _sums(found: Case, now: Position) -> dict[str, PaymentOption]:
    sums = {PLANNED: _planned(found, now), "overdue": PaymentOption(now.overdue.total)}
    if not now.overdue.total:  # before that, money goes to what is overdue
        sums["next"] = _next_due(found, now)
    offered = {name: each for name, each in sums.items() if each is not None and each.minor}
    offered = {name: each for name, each in offered.items() if name != "next" or each != offered.get(PLANNED)}
    if _sooner(offered.get("next"), offered.get(PLANNED)):
        offered = {"next": offered["next"], **offered}
    signed_today = now.live_plan is not None and now.live_plan.plan.as_of == now.as_of  # money of today comes before it
    if now.payoff and not signed_today and now.payoff not in [each.minor for each in offered.values()]:
        offered["payoff"] = PaymentOption(now.payoff, saves=now.saved_by_payoff)
    return offered


def _sooner(one: PaymentOption | None, other: PaymentOption | None) -> bool:
    return bool(one and other and one.on and other.on and one.on < other.on)


def _next_due(found: Case, now: Position) -> PaymentOption | None:
    """All that falls due next, of plan and contract; another borrower's plan is told to nobody else."""
    if found.by_other:
        return PaymentOption(now.next_due.left, now.next_due.due_on) if now.next_due else None
    return PaymentOption(now.next_to_pay.amount, now.next_to_pay.due_on) if now.next_to_pay else None


def _planned(found: Case, now: Position) -> PaymentOption | None:
    """The next payment of the plan that both sides hold to."""
    sent = found.plan or found.proposal
    plan = now.progress_of(sent.ref) if sent else None
    due = plan.next if plan and plan.lives else None
    return PaymentOption(due.left, due.due_on, due) if due else None
