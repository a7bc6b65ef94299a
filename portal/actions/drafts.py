"""A plan somebody began and has not sent: kept until it is sent or thrown away. The lender is told nothing of it."""

import json
from collections.abc import Mapping
from datetime import datetime

from portal.actions.act import change_outside_feed
from portal.tables import models as tables
from portal.vault import Vault


@change_outside_feed
async def keep_draft(loan_id: int, person_id: int, typed: Mapping[str, str], vault: Vault, at: datetime) -> None:
    """Takes the place of what was kept before."""
    person = await tables.PersonRow.get(id=person_id)
    sealed = vault.seal(person.key, json.dumps(dict(typed), ensure_ascii=False))
    kept = {"sealed": sealed, "saved_at": at}
    await tables.DraftRow.update_or_create(kept, loan_id=loan_id, person_id=person_id)


@change_outside_feed
async def discard_draft(loan_id: int, person_id: int) -> None:
    await tables.DraftRow.filter(loan_id=loan_id, person_id=person_id).delete()
