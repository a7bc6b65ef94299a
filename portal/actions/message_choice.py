"""What somebody wants to be told to their phone, chosen by them: nothing goes to whoever has not been asked."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from portal.actions.act import change_outside_feed
from portal.actions.outbox import drop_planned
from portal.domain.conduct.news import News, NewsKind, is_chosen
from portal.reads.cases import PersonScope
from portal.reads.news import MessageChoices
from portal.tables import models as tables


@change_outside_feed
async def choose_messages(
    scope: PersonScope, choices: MessageChoices, kinds: Collection[NewsKind], locale: str, at: datetime
) -> None:
    """Of these kinds, at each of the lenders chosen for, what its policy sends; what was planned of others is dropped.

    `locale` is the language of the page, and of the messages.
    """
    for each in choices.by_lender:
        wanted = [kind.value for kind in each.offered if kind in kinds]
        whose: dict[str, Any] = {"person_id": scope.person_id, "lender_id": each.lender.id}
        kept = {"kinds": " ".join(wanted), "locale": locale, "set_at": at, "looked_on": None}
        await tables.MessageChoiceRow.update_or_create(kept, **whose)
        unwanted = [news.value for news in News if not is_chosen(news, wanted)]
        for borrower in await tables.BorrowerRow.filter(**whose):
            await drop_planned(borrower.id, at, what__in=unwanted)
