"""examples/general_ledger.py posts a year of ten loans: each entry balances, each month's end is the portal's."""

import json
from collections import Counter
import pytest

from tests.api.books_year import LIVES, example, lived

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("life", LIVES)
async def test_one(database: str, life) -> None:
    year = await lived(database, (life,))
    ledger = example().Ledger()
    print(Counter(e["type"] for t in year.told for e in t.get("events", ()) if e["loan_no"]))
    with open(f"/tmp/books-{life.__name__}.jsonl", "w") as f:
        for t in year.told:
            f.write(json.dumps(t, ensure_ascii=False) + "\n")
    for told in year.told:
        ledger.read(told)
    print(len(ledger.journal))
