"""What a person typed into the form of a plan and kept for later."""

import json
from datetime import datetime
from typing import NamedTuple

from portal.tables import models as tables
from portal.vault import Vault


class KeptDraft(NamedTuple):
    typed: dict[str, str]
    saved_at: datetime


async def draft_of(loan_id: int, person_id: int, vault: Vault) -> KeptDraft | None:
    row = await tables.DraftRow.get_or_none(loan_id=loan_id, person_id=person_id).prefetch_related("person")
    if row is None:
        return None
    return KeptDraft(json.loads(vault.unseal(bytes(row.person.key), bytes(row.sealed))), row.saved_at)
