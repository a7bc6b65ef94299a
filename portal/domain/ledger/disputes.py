"""What is disputed of a plan's rows asks for nothing until the answer."""

from collections.abc import Sequence
from datetime import date

from portal.domain.contract.loan import DISPUTE, Suspension
from portal.domain.ledger.plan_account import ONE_DAY, PlanAccount


class Disputes:
    """From the day after one is opened to the day before its answer. `turns` are the days on which that changes."""

    def __init__(self, suspensions: Sequence[Suspension]) -> None:
        self.disputed = [each for each in suspensions if each.reason == DISPUTE]
        self.turns = {day for each in self.disputed for day in (each.start + ONE_DAY, each.end) if day}

    def stand(self, plans: Sequence[PlanAccount], on: date) -> None:
        """The rows of plans in force, as they are on that day."""
        frozen = {each.component for each in self.disputed if each.start < on and (each.end is None or on < each.end)}
        rows = [row for account in plans if account.in_force for row in account.rows] if self.disputed else []
        for row in rows:
            for component, item in row.scheduled.items():
                if component in frozen:
                    row.freeze(item, on)
                elif item in row.frozen:
                    row.thaw(item, on)
