"""Files of lenders become values: every row is a record, or is refused with its line, field and reason."""

import io

from portal.domain.contract.portfolio import LoanRecord
from portal.intake.mapping_file import BadMapping, shipped_mappings
from portal.intake.portfolio import portfolio_lines
from portal.intake.shape import portfolio_schema

__all__ = ["BadMapping", "portfolio_schema", "read_portfolio", "shipped_mappings"]


def read_portfolio(data: bytes, lender_kind: str) -> list[LoanRecord]:
    """What a small portfolio of JSON Lines tells, all of it at once; for one that is known to be sound."""
    rows = portfolio_lines(lambda: io.BytesIO(data), lender_kind).rows()
    return [row.record for row in rows if row.record is not None]
