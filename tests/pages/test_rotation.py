"""The portal's secret is replaced: whoever could come in still can, by number and by app; a hash rises at sign-in."""

from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from pyotp import TOTP

from portal.actions.keys import rewrap
from portal.actions.second_factor import factor_place
from portal.app import create_app
from portal.commands.seed import SEED_PASSWORD
from portal.delivery.relay import deliver_due
from portal.delivery.senders import OutgoingMessage
from portal.reads.jobs import answer_place, job_status
from portal.settings import Settings
from portal.tables import models as tables
from portal.vault import WrongKey
from portal.web import guard
from portal.web.passwords import HASHER
from tests.browser import Browser
from tests.pages.conftest import DIGITS, RUI, SECRET, XIAOMINGS, Cast

pytestmark = pytest.mark.anyio

NEW = "the secret that came after it in November"
PHONE, PASSWORD = "13800000001", "three quiet rivers at dusk"
FEW = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)
APP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


async def rotated(cast: Cast) -> Settings:
    """As docs/operators.md has it: the new one comes in with the old one beside it, and then stands alone."""
    between = replace(cast.settings, secret=NEW, data_keys=(NEW, SECRET))
    await rewrap(between.vault(), guard.now())
    return replace(cast.settings, secret=NEW, second_factor=True)


async def give_app(cast: Cast, email: str) -> None:
    row = await tables.StaffRow.get(email=email)
    await tables.StaffRow.filter(id=row.id).update(
        totp_sealed=cast.settings.vault().seal_own(factor_place(row.ref), APP)
    )


async def test_after_another_secret_borrowers_come_in_by_number_and_staff_by_app(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.chooses(bo, PASSWORD)
    await give_app(cast, RUI)
    settings = await rotated(cast)
    after = Cast(create_app(settings, own_database=False), settings)

    by_password = await after.browser().open("/sign-in")
    await by_password.send("/sign-in", phone=PHONE, password=PASSWORD)
    assert by_password.path == "/loans" and XIAOMINGS in by_password.text

    sent: list[OutgoingMessage] = []

    async def arrives(message: OutgoingMessage) -> None:
        sent.append(message)

    by_code = await after.browser().open("/sign-in/code")
    await by_code.send("/sign-in/code", phone=PHONE, digits=DIGITS[XIAOMINGS])
    await deliver_due(settings.vault(), arrives, guard.now())
    await by_code.send("/enter", code="".join(filter(str.isdecimal, sent[-1].text))[:6])
    assert by_code.path == "/loans"

    rui = await after.browser().open("/desk/sign-in")
    await rui.send("/desk/sign-in", email=RUI, password=SEED_PASSWORD)
    await rui.send("/desk/sign-in/code", by="code", code=TOTP(APP).at(guard.now()))
    assert rui.path == "/desk"


async def test_a_second_factor_that_no_key_opens_stops_the_change_before_anything_is_written(cast: Cast) -> None:
    await give_app(replace(cast, settings=replace(cast.settings, secret="a third secret that nobody knows here")), RUI)
    before = await tables.BorrowerRow.all().order_by("id").values_list("key", flat=True)
    with pytest.raises(WrongKey, match=r"1 of \d+ keys of people open with none"):
        await rotated(cast)
    assert await tables.BorrowerRow.all().order_by("id").values_list("key", flat=True) == before


async def test_what_a_job_answered_can_still_be_read(cast: Cast) -> None:
    at, jq = guard.now(), await tables.LenderRow.get(slug="jq")
    seal = cast.settings.vault().seal_own
    for ref, answer in (("aaa", seal(answer_place("aaa"), '{"added": 1}')), ("bbb", ""), ("ccc", "torn")):
        given = {"ref": ref, "answer": answer, "created_at": at, "ended_at": at, "key": f"night-{ref}"}
        await tables.JobRow.create(
            lender_id=jq.id, kind="portfolio", state="done", asked_by="key:k", options="{}", **given
        )
    settings = await rotated(cast)
    assert (await job_status("aaa", jq.id, settings.vault())).answer == {"added": 1}
    assert (await job_status("bbb", jq.id, settings.vault())).answer is None
    assert await tables.JobRow.filter(key__isnull=False).count() == 0, "what is sent again under its key is a new one"


async def test_the_links_that_a_job_under_way_has_made_are_not_lost(cast: Cast) -> None:
    at, jq = guard.now(), await tables.LenderRow.get(slug="jq")
    made = cast.settings.vault().seal_own(answer_place("aaa"), '{"links": [["A-1", "token", ""]], "first_at": ""}')
    given = {"ref": "aaa", "answer": made, "created_at": at, "started_at": at, "read": 1, "key": "night"}
    await tables.JobRow.create(
        lender_id=jq.id, kind="invitations", state="running", asked_by="key:k", options="{}", **given
    )
    settings = await rotated(cast)
    found = await job_status("aaa", jq.id, settings.vault())
    assert (found.read, found.answer) == (1, {"links": [["A-1", "token", ""]], "first_at": ""})


async def enters(cast: Cast) -> Browser:
    bo = await cast.browser().open("/sign-in")
    return await bo.send("/sign-in", phone=PHONE, password=PASSWORD)


async def test_a_borrowers_hash_rises_at_sign_in_and_the_password_opens_what_it_opened(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.chooses(bo, PASSWORD)
    row = await tables.PersonRow.filter(password_hash__isnull=False).get()
    await tables.PersonRow.filter(id=row.id).update(password_hash=FEW.hash(PASSWORD))
    assert (await enters(cast)).path == "/loans"
    risen = await tables.PersonRow.get(id=row.id)
    assert risen.password_hash is not None and not HASHER.check_needs_rehash(risen.password_hash)
    assert risen.password_lenders == row.password_lenders
    assert (await enters(cast)).path == "/loans"
    assert (await tables.PersonRow.get(id=row.id)).password_hash == risen.password_hash, "once, and not at each sign-in"


async def test_a_hash_of_staff_rises_too_and_a_wrong_password_raises_none(cast: Cast) -> None:
    old = FEW.hash(SEED_PASSWORD)
    await tables.StaffRow.filter(email=RUI).update(password_hash=old)
    bo = await cast.browser().open("/desk/sign-in")
    await bo.send("/desk/sign-in", email=RUI, password="wrong")
    assert (await tables.StaffRow.get(email=RUI)).password_hash == old
    await bo.send("/desk/sign-in", email=RUI, password=SEED_PASSWORD)
    assert bo.path == "/desk"
    risen = (await tables.StaffRow.get(email=RUI)).password_hash
    assert risen != old and risen is not None and not HASHER.check_needs_rehash(risen)
    assert (await cast.reviewer_walks_in()).path == "/desk"
