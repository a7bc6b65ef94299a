"""Calls of the cast's yesterday: two that were allowed, one refused at night, and one made all the same."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal import clock
from portal.actions.act import Acting, Author, FormToken
from portal.actions.api_keys import AGENCY_PURPOSES, add_key
from portal.actions.contacts import ContactAsked, ContactTold, ask_contact, tell_contact
from portal.demo import AGENCY, TIMEZONE
from portal.domain.conduct.contact_gate import ContactOutcome
from portal.domain.conduct.contact_rules import ContactChannel
from portal.domain.event import Actor, BusinessTime
from portal.reads.api_keys import KeyFacts, key
from portal.reads.cases import LenderFacts
from portal.vault import Vault, token_hash

_CALLS = (
    (time(10, 5), ContactChannel.CALL, ContactOutcome.UNANSWERED, 0),
    (time(15, 20), ContactChannel.CALL, ContactOutcome.REACHED, 180),
    (time(22, 10), ContactChannel.CALL, ContactOutcome.REACHED, 40),
    (time(22, 30), ContactChannel.VISIT, None, 0),
)


async def tell_calls(lender: LenderFacts, loan_no: str, vault: Vault, moment: BusinessTime) -> None:
    """All by an agency, in the order of their times; the feed has them on the day on which the cast is told of."""
    secret = await add_key(moment, lender, AGENCY, AGENCY_PURPOSES, agency=AGENCY)
    by = await key(token_hash(secret), clock.now())
    assert by is not None
    day = moment.today - timedelta(days=1)
    for at, channel, outcome, seconds in _CALLS:
        asked_at = datetime.combine(day, at, ZoneInfo(TIMEZONE)).astimezone(UTC)
        asked = ContactAsked(loan_no, channel)
        ref = await ask_contact(_acting(by, vault, BusinessTime(asked_at, moment.today)), lender, asked, key=by)
        if outcome is not None:
            told = ContactTold(ref, outcome, asked_at + timedelta(minutes=1), seconds)
            later = BusinessTime(asked_at + timedelta(minutes=9), moment.today)
            await tell_contact(_acting(by, vault, later), lender, told, agency=AGENCY)


def _acting(by: KeyFacts, vault: Vault, moment: BusinessTime) -> Acting:
    return Acting(Author(Actor("lender", by.ref), vault), FormToken(0, drawn=False), moment)
