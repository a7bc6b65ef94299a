"""Files of lenders become values: every row is a record, or is refused with its line, field and reason."""

import io
from datetime import date
from pathlib import Path

from portal.domain.contract.portfolio import Reading
from portal.intake.mapped import mapped_portfolio
from portal.intake.mapping_file import BadMapping, load_mapping, shipped_mappings
from portal.intake.portfolio import portfolio_lines
from portal.intake.reading import read_whole
from portal.intake.shape import portfolio_schema

__all__ = ["BadMapping", "portfolio_schema", "read_file", "read_portfolio", "shipped_mappings"]


def read_portfolio(data: bytes, lender_kind: str) -> Reading:
    """A small portfolio of JSON Lines, all of it at once."""
    return read_whole(portfolio_lines(lambda: io.BytesIO(data), lender_kind))


def read_file(path: Path, *, lender_kind: str, mapping: str, as_of: date | None = None) -> Reading:
    """A small CSV through a mapping, all of it at once. Raises OSError, BadMapping."""
    data = load_mapping(mapping)
    return read_whole(mapped_portfolio(lambda: path.open("rb"), data, lender_kind, as_of))
