"""The one place where a message to a number is written: here it counts, whoever asked for it and wherever.

Codes that somebody asks for from a device nobody knows count by number alone, over all pages and lenders; what a lender
causes counts by number and lender, apart from codes, so that neither can be used to keep the other from arriving.
"""

import json
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from portal.actions.access import note_access
from portal.actions.ratelimit import DAY, MESSAGES_OF_LENDER, TooManyToday, TooManyTries, hit
from portal.tables import models as tables
from portal.vault import Vault, new_ref

MOST_CODES_A_DAY = 15
TO_LOOK_AT = ("planned", "again")
"""In these states a message that tells of something once is looked at before it goes."""


async def check_codes(phone_hash: str, at: datetime) -> None:
    """Raises TooManyToday where as many codes as may go to one number within a day did.

    The codes themselves are counted, in the same two statements whether or not there are any: a count of its own would
    tell by the time taken that it is the first.
    """
    people = await tables.BorrowerRow.filter(phone_hash=phone_hash, person_id__isnull=False).values_list(
        "person_id", flat=True
    )
    sent = tables.CodeRow.filter(person_id__in=[0, *people], phone_hash=phone_hash, sent_at__gt=at - DAY).order_by(
        "-sent_at"
    )
    times = [row.sent_at for row in await sent.limit(MOST_CODES_A_DAY)]
    if len(times) == MOST_CODES_A_DAY:
        raise TooManyToday("", hours=ceil((times[-1] + DAY - at) / timedelta(hours=1)))


async def count_of_lender(vault: Vault, phone_hash: str, lender_id: int, kind: str, at: datetime) -> bool:
    """Whether one more may go there today. What may not is written down: whoever was told so often has been told."""
    try:
        await hit(vault, [(MESSAGES_OF_LENDER, f"{lender_id}\0{phone_hash}")], at)
    except TooManyTries:
        await note_access(("system", ""), "message-held", at, subject=kind, lender_id=lender_id)
        return False
    return True


async def write_message(key: bytes, to: str, text: str, vault: Vault, at: datetime, **facts: Any) -> None:
    """Sealed under the key of whom it is for; it goes off once the act is done."""
    sealed = vault.seal(key, json.dumps({"to": to, "text": text}))
    await tables.OutboundMessageRow.create(ref=new_ref(), sealed=sealed, next_at=at, **facts)


async def plan_message(borrower_id: int, what: str, key: str, at: datetime, **times: datetime) -> bool:
    """A message that tells of something once: it is looked at again at its `next_at`, and forgotten at `expires_at`.

    Answers whether it is new. Until its hour it has no number and no text.
    """
    if await tables.OutboundMessageRow.exists(key=key):
        return False
    facts: dict[str, Any] = {"borrower_id": borrower_id, "kind": "notice", "what": what, "key": key, "state": "planned"}
    await tables.OutboundMessageRow.create(ref=new_ref(), sealed=b"", created_at=at, **facts | times)
    return True


async def drop_planned(borrower_id: int, at: datetime, **which: Any) -> None:
    """What was planned for somebody is told no more, and what was written of it is kept no longer."""
    planned = tables.OutboundMessageRow.filter(borrower_id=borrower_id, state__in=TO_LOOK_AT, **which)
    await planned.update(state="expired", ended_at=at, sealed=b"")
