"""Files of lenders become values: every row is a record, or is refused with its line, field and reason."""

from datetime import date
from pathlib import Path

from portal.domain.portfolio import Reading
from portal.intake.portfolio import read_portfolio
from portal.intake.shape import portfolio_schema

__all__ = ["portfolio_schema", "read_file", "read_portfolio"]


def read_file(path: Path, *, lender_kind: str, mapping: str | None = None, as_of: date | None = None) -> Reading:
    """A portfolio from a file; with a mapping it is a CSV. Raises OSError."""
    data = path.read_bytes()
    return read_portfolio(data, lender_kind)
