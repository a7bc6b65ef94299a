"""People at the doors of a portal that was upgraded, with what they hold from before."""

import re

from starlette.applications import Starlette

from portal.commands.seed import SEED_PASSWORD
from portal.delivery.relay import deliver_due
from portal.delivery.senders import OutgoingMessage
from portal.vault import Vault
from tests.browser import Browser
from tests.upgrade.stored import SECRET, STORED_AT, Handed

PHONE = "13900000109"
"""Who owes XQ-09 has a password, and so was handed no link."""


async def by_link(bo: Browser, handed: Handed, loan_no: str) -> Browser:
    """With what is asked for at the door, agreeing to the notice where it is asked."""
    token, last4 = handed.links[loan_no]
    await bo.open(f"/i/{token}")
    await bo.send(token, digits=last4)
    return bo if "/loans" in bo.path else await bo.send("/consent", notice="1", sensitive="1")


async def by_password(bo: Browser, handed: Handed) -> Browser:
    await bo.open("/sign-in")
    return await bo.send("/sign-in", phone=PHONE, password=handed.keys["password"])


async def proves(bo: Browser) -> Browser:
    """Who stands before "is it you?" has a code sent and types it."""
    await arriving()
    await bo.send("/prove", by="send")
    return await bo.send("/prove", by="code", code=code_in(await arriving()))


async def at_desk(app: Starlette, email: str) -> Browser:
    bo = await Browser(app).open("/desk/sign-in")
    return await bo.send("/desk/sign-in", email=email, password=SEED_PASSWORD)


async def arriving() -> list[OutgoingMessage]:
    """What was on its way until now."""
    arrived: list[OutgoingMessage] = []

    async def arrives(message: OutgoingMessage) -> None:
        arrived.append(message)

    await deliver_due(Vault(SECRET), arrives, STORED_AT)
    return arrived


def code_in(messages: list[OutgoingMessage]) -> str:
    (message,) = messages
    found = re.search(r"[0-9]{6}", message.text)
    assert found
    return found[0]
