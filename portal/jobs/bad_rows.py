"""Rows of a file that were refused, as many of them in words as anybody can read."""

from dataclasses import dataclass, field

from portal.domain.contract.portfolio import BadRow, LoanRecord, PaymentRecord
from portal.domain.refusal import Refusal
from portal.intake.sheet import PassedOver

MOST_TOLD, MOST_NAMED = 20_000, 100


@dataclass(slots=True)
class BadRows:
    """What is wrong with a file: all of it is counted, the first MOST_TOLD of each walk are kept in words."""

    count: int = 0
    listed: list[BadRow] = field(default_factory=list)

    def add(self, *bad: BadRow) -> None:
        self.count += len(bad)
        self.listed += bad[: max(MOST_TOLD - len(self.listed), 0)]


@dataclass(slots=True)
class PassedLines:
    """Lines of a file that are none of a loan: all are counted, the first MOST_NAMED of them named."""

    count: int = 0
    listed: list[PassedOver] = field(default_factory=list)

    def add(self, passed: PassedOver) -> None:
        self.count += 1
        self.listed += [passed] if self.count <= MOST_NAMED else []

    def told(self) -> dict[str, object]:
        """Nothing where there is none."""
        named = [{"line": each.line, "says": each.says} for each in self.listed]
        return {"passed_over": self.count, "passed_over_lines": named} if self.count else {}


def refused_row(record: LoanRecord | PaymentRecord, loan_no: str, refusal: Refusal) -> BadRow:
    """A row that can be read, and says what may not be."""
    return BadRow(record.line, refusal.field, str(refusal), loan_no)


def rows_told(bad: list[BadRow]) -> list[dict[str, object]]:
    """Refused rows as they are answered, in the order of the file."""
    listed = sorted(bad, key=lambda row: row.line)
    return [{"line": b.line, "loan_no": b.loan_no, "field": b.field, "problem": b.problem} for b in listed]
