"""Staff come in by password and app: set up before anything else, each code once, and ten codes for a lost phone."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from pyotp import TOTP

from portal.actions.second_factor import factor_place, pending, pending_token, set_factor
from portal.actions.sessions import StaffChanged
from portal.actions.staff import change_role, reset_staff, staff_by_email
from portal.app import create_app
from portal.commands.seed import SEED_PASSWORD
from portal.domain.event import Actor
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from portal.tables.write_behind import settle_writes
from portal.web import guard, refused_sign_ins
from tests.browser import Browser
from tests.pages.conftest import LAN, RUI, Cast

pytestmark = pytest.mark.anyio

SIGN_IN, CODE, SET_UP = "/desk/sign-in", "/desk/sign-in/code", "/desk/sign-in/set-up"


@pytest.fixture
def strict(cast: Cast) -> Iterator[Cast]:
    """The same portal as `serve` runs it; its clock stands in the middle of a code's half minute."""
    settings = replace(cast.settings, second_factor=True)
    at = datetime.fromtimestamp(datetime.now(UTC).timestamp() // 30 * 30 + 15, UTC)
    with patch("portal.web.guard.now", lambda: at):
        yield Cast(create_app(settings, own_database=False), settings)


def code(secret: str, seconds: int = 0) -> str:
    """What an app shows whose clock is so far off."""
    return TOTP(secret).at(guard.now() + timedelta(seconds=seconds))


async def knows_password(cast: Cast, email: str = RUI, password: str = SEED_PASSWORD, path: str = SIGN_IN) -> Browser:
    bo = await cast.browser().open(path)
    return await bo.send(SIGN_IN, email=email, password=password)


def shown_secret(bo: Browser) -> str:
    found = re.search(r"<pre>([A-Z2-7 ]+)</pre>", bo.html)
    assert found, bo.text
    return found[1].replace(" ", "")


def shown_codes(bo: Browser) -> list[str]:
    return re.findall(r"^(?:<pre>)?([a-z2-7]{4}(?:-[a-z2-7]{4}){3})", bo.html, re.M)


async def has_app(cast: Cast, email: str = RUI) -> tuple[str, list[str]]:
    """Somebody has set the app up at the door; their secret, and the recovery codes."""
    bo = await knows_password(cast, email)
    secret = shown_secret(bo)
    await bo.send(SET_UP, code=code(secret, -30))
    return secret, shown_codes(bo)


async def test_whoever_has_no_app_yet_is_led_to_one_before_anything_else(strict: Cast) -> None:
    bo = await knows_password(strict, path="/desk/loans")
    assert (bo.status, bo.path.partition("?")[0]) == (200, SET_UP)
    assert not await tables.SessionRow.filter(kind="staff", ended_at__isnull=True).exists(), (
        "between the two nothing is open"
    )
    secret = shown_secret(bo)
    assert '<div role="img"' in bo.html and "<svg" in bo.html and "<path" in bo.html
    again = await bo.open("/desk/sign-in/set-up")
    assert shown_secret(again) == secret, "a page that is opened again shows the same square"
    await bo.open("/desk")
    assert bo.path.startswith(SIGN_IN), "the password alone opens nothing"
    await bo.open(SET_UP)
    await bo.send(SET_UP, code=code(secret))
    assert bo.status == 200 and "shown this once" in bo.text
    codes = shown_codes(bo)
    assert len(set(codes)) == 10
    assert (await bo.open("/desk")).path == "/desk"
    row = await tables.StaffRow.get(email=RUI)
    assert secret not in (row.totp_sealed or "") and not any(code in (row.recovery_hashes or "") for code in codes)
    assert "10 recovery codes are left" in (await bo.open("/desk/account")).text


async def test_a_session_of_before_a_second_factor_was_asked_for_opens_nothing(cast: Cast, strict: Cast) -> None:
    rui = await cast.reviewer()
    assert (await rui.open("/desk")).path == "/desk", "where none is asked for"
    bo = strict.browser()
    bo.client.cookies.set("desk", rui.client.cookies["desk"])
    for path in ("/desk", "/desk/loans", "/desk/account/device"):
        assert (await bo.open(path)).path.startswith(SIGN_IN)


async def test_of_two_who_set_an_app_up_at_once_with_one_password_the_first_alone_does(strict: Cast) -> None:
    vault = strict.settings.vault()
    account = await staff_by_email(RUI)
    assert account is not None
    one, two = [await pending(pending_token(account, vault, guard.now()), vault, guard.now()) for _ in range(2)]
    assert len(await set_factor(one, code(one.secret), vault, guard.now())) == 10
    with pytest.raises(StaffChanged):
        await set_factor(two, code(two.secret), vault, guard.now())
    kept = (await tables.StaffRow.get(email=RUI)).totp_sealed or ""
    assert vault.unseal_own(factor_place(account.ref), kept) == one.secret


async def test_a_code_lets_in_once_within_half_a_minute_of_either_side_and_then_no_more(strict: Cast) -> None:
    secret, _ = await has_app(strict)
    bo = await knows_password(strict, path="/desk/loans")
    assert bo.path.partition("?")[0] == CODE and "Six digits" in bo.text
    for off in (-90, -60, 60, 90):
        await bo.send(CODE, by="code", code=code(secret, off))
        assert bo.status == 422 and "the clock of the phone is wrong" in bo.text
    used = code(secret)
    typed = f" {used[:3]} {used[3:]} ".translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    await bo.send(CODE, by="code", code=typed)
    assert (bo.status, bo.path) == (200, "/desk/loans")
    second = await knows_password(strict)
    await second.send(CODE, by="code", code=used)
    assert second.status == 422 and "was used already" in second.text
    ahead = code(secret, 30)
    await second.send(CODE, by="code", code=ahead)
    assert second.path == "/desk", "a phone whose clock is half a minute fast"


async def test_guesses_at_a_code_are_limited_like_guesses_at_a_password(strict: Cast) -> None:
    refused_sign_ins._written.clear()
    secret, _ = await has_app(strict)
    bo = await knows_password(strict)
    for _ in range(5):
        await bo.send(CODE, by="code", code="not a code")
        assert bo.status == 422
    await bo.send(CODE, by="code", code=code(secret))
    assert bo.status == 429 and "too many tries" in bo.text
    again = await knows_password(strict)
    await again.send(CODE, by="recovery", recovery="aaaa-aaaa-aaaa-aaaa")
    assert again.status == 429, "from another browser, and by the other way, they are the same tries"
    await settle_writes()
    rows = await tables.AccessRow.filter(
        what="code-refused", actor_ref=(await tables.StaffRow.get(email=RUI)).ref
    ).order_by("id")
    noted = [(row.subject, row.detail) for row in rows]
    assert noted[:5] == [("staff:code", "wrong")] * 5, "what was refused is written down, and whose it would have been"


async def test_a_recovery_code_lets_in_once_however_it_is_typed(strict: Cast) -> None:
    _, codes = await has_app(strict)
    bo = await knows_password(strict)
    await bo.send(CODE, by="recovery", recovery=codes[0].upper().replace("-", " "))
    assert bo.path == "/desk"
    await bo.open("/desk/account")
    assert "9 recovery codes are left" in bo.text and "By password and recovery code" in bo.text
    again = await knows_password(strict)
    await again.send(CODE, by="recovery", recovery=codes[0])
    assert again.status == 422 and "Each works once" in again.text
    await again.send(CODE, by="recovery", recovery="")
    assert again.status == 422 and "Please fill this in." in again.text


async def test_what_stands_between_password_and_code_runs_out_and_is_nobody_elses(strict: Cast) -> None:
    await has_app(strict)
    bo = await knows_password(strict)
    kept = bo.client.cookies["desk-pending"]
    over = guard.now() + timedelta(minutes=20)
    with patch("portal.web.guard.now", lambda: over):
        assert (await bo.open(CODE)).path == SIGN_IN
    stranger = strict.browser()
    for forged in ("", "x", kept[:-3] + "AAA", "é"):
        stranger.client.cookies.clear()
        stranger.client.cookies.set("desk-pending", forged.encode("ascii", "ignore").decode())
        assert (await stranger.open(CODE)).path == SIGN_IN
    await reset_staff(strict.moment(), await lender_by_slug("jq"), RUI)
    assert (await bo.open(CODE)).path == SIGN_IN, "a reset ends what was on its way"
    assert (await tables.StaffRow.get(email=RUI)).totp_sealed is None


async def test_activating_leads_to_the_app_too_and_a_reset_begins_it_anew(strict: Cast) -> None:
    await has_app(strict)
    token = await reset_staff(replace(strict.moment(), at=guard.now()), await lender_by_slug("jq"), RUI)
    bo = await strict.browser().open(f"/desk/activate/{token}")
    await bo.send(f"/desk/activate/{token}", password="a quiet desk by the river")
    assert bo.path == SET_UP
    await bo.send(SET_UP, code=code(shown_secret(bo)))
    assert "shown this once" in bo.text and (await bo.open("/desk")).path == "/desk"


async def test_a_secret_in_another_row_opens_nothing(strict: Cast) -> None:
    secret, _ = await has_app(strict)
    row = await tables.StaffRow.get(email=RUI)
    await tables.StaffRow.filter(email=LAN).update(totp_sealed=row.totp_sealed)
    bo = Browser(strict.app, breaks=False)
    await bo.open(SIGN_IN)
    await bo.send(SIGN_IN, email=LAN, password=SEED_PASSWORD)
    await bo.send(CODE, by="code", code=code(secret, 30))
    assert bo.status == 500 and not (await bo.open("/desk")).path.endswith("/desk")


async def test_the_app_moves_to_another_phone_after_the_password_and_the_old_one_is_over(strict: Cast) -> None:
    secret, codes = await has_app(strict)
    bo = await knows_password(strict)
    await bo.send(CODE, by="code", code=code(secret))
    await bo.open("/desk/account/device")
    await bo.send("/device", present="not mine")
    assert bo.status == 422 and "not your present password" in bo.text
    await bo.send("/device", present=SEED_PASSWORD)
    other = shown_secret(bo)
    assert other != secret
    await bo.send("/device", code=code(secret, 30))
    assert bo.status == 422 and shown_secret(bo) == other
    await bo.send("/device", code=code(other, -30))
    assert "shown this once" in bo.text and not set(shown_codes(bo)) & set(codes)
    again = await knows_password(strict)
    await again.send(CODE, by="code", code=code(secret, 30))
    assert again.status == 422
    await again.send(CODE, by="code", code=code(other))
    assert again.path == "/desk"


async def test_new_recovery_codes_take_the_place_of_the_old(strict: Cast) -> None:
    secret, old = await has_app(strict)
    bo = await knows_password(strict)
    await bo.send(CODE, by="code", code=code(secret))
    await bo.open("/desk/account/recovery")
    await bo.send("/recovery", present=SEED_PASSWORD)
    new = shown_codes(bo)
    assert len(new) == 10 and not set(new) & set(old)
    again = await knows_password(strict)
    await again.send(CODE, by="recovery", recovery=old[0])
    assert again.status == 422
    await again.send(CODE, by="recovery", recovery=new[0])
    assert again.path == "/desk"


async def test_the_demo_leaves_it_out(cast: Cast) -> None:
    bo = await knows_password(cast)
    assert bo.path == "/desk"
    await bo.open("/desk/account")
    assert "by a password alone" in bo.text
    for path in ("/desk/account/device", "/desk/account/recovery"):
        assert (await bo.open(path)).status == 404


async def test_chinese_pages_of_it_are_chinese(strict: Cast) -> None:
    """What a page says is looked at by the browser of the tests."""
    bo = await strict.browser("zh-CN").open(SIGN_IN)
    await bo.send(SIGN_IN, email=RUI, password=SEED_PASSWORD)
    secret = shown_secret(bo)
    await bo.send(SET_UP, code="000")
    assert bo.status == 422 and "手机" in bo.text
    await bo.send(SET_UP, code=code(secret, -30))
    for path in ("/desk/account", "/desk/account/password", "/desk/account/device", "/desk/account/recovery"):
        assert (await bo.open(path)).status == 200
    second = await strict.browser("zh-CN").open(SIGN_IN)
    await second.send(SIGN_IN, email=RUI, password=SEED_PASSWORD)
    await second.send(CODE, by="code", code=code(secret))
    assert second.path == "/desk"


async def test_signing_out_leaves_nothing_of_the_password_behind(strict: Cast) -> None:
    secret, _ = await has_app(strict)
    bo = await knows_password(strict)
    await bo.send(CODE, by="code", code=code(secret))
    assert "desk-pending" not in bo.client.cookies
    await bo.open("/desk/account/device")
    await bo.send("/device", present=SEED_PASSWORD)
    await bo.send("/sign-out")
    assert (await bo.open(CODE)).path == SIGN_IN


async def test_an_admin_sees_who_has_set_an_app_up_and_who_has_not(strict: Cast) -> None:
    await change_role(strict.moment(), await lender_by_slug("jq"), LAN, "admin", Actor("system", "operator"))
    lan = await knows_password(strict, LAN)
    await lan.send(SET_UP, code=code(shown_secret(lan)))
    await lan.open("/desk/staff")
    assert f"{LAN} Administrator active set up" in lan.text and f"{RUI} Agent active not set up yet" in lan.text
