"""That a password was set is told to the numbers on record, at once and at any hour: nobody can switch that off."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from portal.actions.outbox import count_of_lender, write_message
from portal.domain.conduct.messages import PASSWORD_CHANGED
from portal.languages import choose
from portal.tables import models as tables
from portal.vault import Vault


@dataclass(frozen=True, slots=True)
class PasswordNews:
    """What telling it takes: the site's address as a browser shows it, and the language of the page."""

    vault: Vault
    host: str
    locale: str


async def tell_password(person_id: int, lender_ids: Collection[int], news: PasswordNews, at: datetime) -> None:
    """To each number once that one of these lenders has, within the act that sets it."""
    vault, told, spoken = news.vault, set[str](), choose(news.locale)
    rows = tables.BorrowerRow.filter(person_id=person_id, lender_id__in=list(lender_ids)).exclude(phone_hash="")
    for borrower in await rows.order_by("id").prefetch_related("lender"):
        lender, hashed = borrower.lender, borrower.phone_hash
        if hashed in told or not await count_of_lender(vault, hashed, lender.id, "notice", at):
            continue
        told.add(hashed)
        facts = {"lender": lender.name, "hotline": lender.hotline or lender.name, "host": news.host}
        text = spoken.text(PASSWORD_CHANGED).format(time=spoken.datetime(at, lender.timezone), **facts)
        phone = vault.unseal(bytes(borrower.key), bytes(borrower.phone_sealed))
        whose = {"borrower_id": borrower.id, "kind": "notice", "what": "password"}
        await write_message(bytes(borrower.key), phone, text, vault, at, **whose)
