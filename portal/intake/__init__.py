"""Files of lenders become values: every row is a record, or is refused with its line, field and reason."""

from datetime import date
from pathlib import Path

from portal.domain.portfolio import Reading
from portal.intake.mapped import read_mapped
from portal.intake.mapping_file import BadMapping, load_mapping, shipped_mappings
from portal.intake.portfolio import read_portfolio
from portal.intake.shape import portfolio_schema

__all__ = ["BadMapping", "portfolio_schema", "read_file", "read_portfolio", "shipped_mappings"]


def read_file(path: Path, *, lender_kind: str, mapping: str | None = None, as_of: date | None = None) -> Reading:
    """A portfolio from a file of JSON Lines, or with a mapping from a CSV. Raises OSError, BadMapping."""
    if mapping is None:
        return read_portfolio(path.read_bytes(), lender_kind)
    return read_mapped(path.read_bytes(), load_mapping(mapping), lender_kind, as_of)
