"""The oracle beside this repository: worked examples of others, one JSON file each. Without it these tests skip."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2].parent / "shared" / "oracle"


def cases(pattern: str) -> list[Any]:
    """Test parameters, one per file; a single skipped one where there is no oracle."""
    found = sorted(FOLDER.glob(f"{pattern}*.json"))
    if not found:
        reason = f"no oracle: ../shared/oracle has no {pattern}*.json"
        return [pytest.param({}, id="absent", marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(json.loads(path.read_text(encoding="utf-8")), id=path.stem) for path in found]
