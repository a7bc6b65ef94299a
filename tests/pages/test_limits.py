"""A limit is no weapon: who is refused uses up nobody else's tries, and whoever was in before has their own."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from unittest.mock import AsyncMock, patch

import pytest

from portal.actions.codes import ask_code
from portal.actions.invitations import invite
from portal.actions.known_devices import keeps, known_device, of_person, of_staff
from portal.actions.numbers import TooManyMessages
from portal.actions.outbox import count_of_lender
from portal.actions.ratelimit import PASSWORDS_GUESSED, QUARTER, Caller, Limit, TooManyToday, TooManyTries, hit, refund
from portal.commands.seed import SEED_PASSWORD
from portal.delivery.relay import deliver_due
from portal.delivery.senders import OutgoingMessage
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from portal.vault import Vault
from portal.web.network import network
from tests.browser import Browser
from tests.pages.conftest import RUI, SECRET, XIAOMINGS, ZHAO_QIANGS, Cast

pytestmark = pytest.mark.anyio

PHONE, DIGITS, PASSWORD_OF_XIAOMING = "13800000001", "123X", "a river in June"
VAULT = Vault(SECRET)
ATTACKER, ELSEWHERE = "198.51.100.66", "203.0.113.7"


def at(cast: Cast, address: str, language: str = "en") -> Browser:
    """A browser somewhere else."""
    bo = cast.browser(language)
    bo.client._transport.client = (address, 50000)  # type: ignore[attr-defined]
    return bo


async def signs_in(bo: Browser, password: str = "a wrong one", phone: str = PHONE) -> Browser:
    await bo.open("/sign-in")
    return await bo.send("/sign-in", phone=phone, password=password)


async def asks(bo: Browser, phone: str = PHONE, digits: str = DIGITS) -> Browser:
    await bo.open("/sign-in/code")
    return await bo.send("/sign-in/code", phone=phone, digits=digits)


async def arrived(cast: Cast) -> list[OutgoingMessage]:
    came: list[OutgoingMessage] = []

    async def arrives(message: OutgoingMessage) -> None:
        came.append(message)

    while await deliver_due(cast.settings.vault(), arrives, datetime.now(UTC)):
        pass
    return came


async def by_code(cast: Cast, bo: Browser) -> Browser:
    await asks(bo)
    found = re.search(r"[0-9]{6}", (await arrived(cast))[-1].text)
    assert found
    return await bo.send("/enter", code=found[0])


async def with_password(cast: Cast) -> Browser:
    bo = await cast.comes(XIAOMINGS)
    await cast.chooses(bo, PASSWORD_OF_XIAOMING)
    return bo


def wrong(whose: str = "borrower"):  # type: ignore[no-untyped-def]
    """Every password is a wrong one, at once: what it costs to judge one is not looked at here."""
    return patch(f"portal.web.{whose}.sign_in.matches", AsyncMock(return_value=False))


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:a::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_an_ipv4_address_counts_by_itself_and_an_ipv6_one_by_its_64(address: str, counted: str) -> None:
    assert network(address) == counted


async def test_with_the_attacker_refused_xiaomings_first_try_from_elsewhere_lets_him_in(cast: Cast) -> None:
    await with_password(cast)
    attacker = at(cast, ATTACKER)
    with wrong():
        assert [(await signs_in(attacker)).status for _ in range(9)] == [422] * 5 + [429] * 4
    assert (await signs_in(at(cast, ELSEWHERE), PASSWORD_OF_XIAOMING)).path == "/loans"


async def test_an_address_that_may_not_try_any_more_is_counted_at_nobody(cast: Cast) -> None:
    attacker = at(cast, ATTACKER)
    with wrong():
        for number in range(20):
            await signs_in(attacker, phone=f"139{number:08}")
        before = await tables.ThrottleRow.all().order_by("id").values("key", "tries", "since")
        for number in (PHONE, PHONE, "13999999999"):
            assert (await signs_in(attacker, phone=number)).status == 429
    assert await tables.ThrottleRow.all().order_by("id").values("key", "tries", "since") == before, (
        "nor is there a new row"
    )


async def test_addresses_of_one_64_try_together(cast: Cast) -> None:
    with wrong():
        answers = [(await signs_in(at(cast, f"2001:db8::{each:x}"))).status for each in range(1, 7)]
        assert answers == [422] * 5 + [429]
        assert (await signs_in(at(cast, "2001:db8:0:1::1"))).status == 422


async def test_a_thousand_addresses_have_a_hundred_guesses_a_day_and_his_own_phone_has_its_own(database: str) -> None:
    at_night, hashed, own = datetime(2026, 6, 14, 16, tzinfo=UTC), VAULT.lookup("phone", PHONE), of_person(1)
    let = 0
    for each in range(1000):
        moment = at_night + timedelta(seconds=each)
        try:
            await hit(VAULT, PASSWORDS_GUESSED.counts(Caller(f"10.0.{each // 250}.{each % 250}"), hashed, ""), moment)
            let += 1
        except TooManyToday:
            pass
    rows = await tables.ThrottleRow.all().count()
    assert (let, rows) == (100, 301), "what was refused made no row"
    phone = Caller("10.0.0.1", keeps("", VAULT, own))
    await hit(VAULT, PASSWORDS_GUESSED.counts(phone, hashed, known_device(phone, VAULT, [own])), at_night)
    stranger = Caller("192.0.2.1")
    with pytest.raises(TooManyToday):
        await hit(VAULT, PASSWORDS_GUESSED.counts(stranger, hashed, ""), at_night + timedelta(hours=20))
    await hit(VAULT, PASSWORDS_GUESSED.counts(stranger, hashed, ""), at_night + timedelta(hours=24))


async def test_few_addresses_do_not_use_up_the_day_of_a_number(database: str) -> None:
    """Nine that try all day long leave a tenth its tries."""
    begin, hashed = datetime(2026, 6, 14, tzinfo=UTC), VAULT.lookup("phone", PHONE)
    for quarter in range(3):
        for each in range(9):
            for _ in range(6):
                with suppress(TooManyTries):
                    counts = PASSWORDS_GUESSED.counts(Caller(f"10.0.0.{each}"), hashed, "")
                    await hit(VAULT, counts, begin + quarter * timedelta(minutes=15))
    await hit(VAULT, PASSWORDS_GUESSED.counts(Caller(ELSEWHERE), hashed, ""), begin + timedelta(hours=1))


async def test_a_right_try_gives_back_what_many_share_and_begins_ones_own_anew(database: str) -> None:
    now, counts = datetime(2026, 6, 14, tzinfo=UTC), PASSWORDS_GUESSED.counts(Caller(ELSEWHERE), "x", "")
    for _ in range(4):
        await hit(VAULT, counts, now)
    await refund(VAULT, counts)
    assert sorted(await tables.ThrottleRow.all().values_list("tries", flat=True)) == [0, 0, 3, 3]


async def test_a_clock_that_was_set_back_a_day_keeps_nobody_out(database: str) -> None:
    now, counts = datetime(2026, 6, 14, tzinfo=UTC), PASSWORDS_GUESSED.counts(Caller(ELSEWHERE), "x", "")
    for _ in range(5):
        await hit(VAULT, counts, now)
    with pytest.raises(TooManyTries):
        await hit(VAULT, counts, now - timedelta(seconds=30))
    await hit(VAULT, counts, now - timedelta(days=1))


async def test_a_phone_that_was_in_before_has_tries_where_everybody_else_has_none(cast: Cast) -> None:
    bo = await with_password(cast)
    await bo.send("/sign-out")
    neighbour = cast.browser()
    with wrong():
        for number in (*[PHONE] * 5, *(f"139{each:08}" for each in range(15))):
            assert (await signs_in(neighbour, phone=number)).status == 422
    assert (await signs_in(cast.browser(), PASSWORD_OF_XIAOMING)).status == 429, "the same address, another phone"
    assert (await signs_in(bo, PASSWORD_OF_XIAOMING)).path == "/loans"


async def test_what_a_browser_keeps_of_having_been_in_opens_nothing_and_says_nothing(cast: Cast) -> None:
    bo = await with_password(cast)
    kept = bo.client.cookies["known"]
    thief = cast.browser()
    thief.client.cookies.set("known", kept)
    assert (await thief.open("/loans")).path.startswith("/sign-in")
    with wrong():
        for _ in range(5):
            assert (await signs_in(thief)).status == 422
    assert (await signs_in(thief, PASSWORD_OF_XIAOMING)).status == 429, "it has a few tries, as it had with him"
    person = await tables.PersonRow.get(id=(await tables.BorrowerRow.get(external_id="B-1")).person_id)  # type: ignore[attr-defined]
    assert PHONE not in kept and person.ref not in kept and re.fullmatch(r"[\w-]{22}\.[0-9a-f]{64}", kept)


async def test_a_link_makes_no_device_known_and_a_password_and_a_code_do(cast: Cast) -> None:
    """A lender's key can make twenty links a day: each would be a device with guesses of its own."""
    link = await cast.walks_in(XIAOMINGS)
    assert "known" not in link.client.cookies
    assert "known" in (await by_code(cast, cast.browser())).client.cookies
    await cast.chooses(link, PASSWORD_OF_XIAOMING)
    assert "known" in link.client.cookies, "he proved who he is"
    assert "known" in (await signs_in(cast.browser(), PASSWORD_OF_XIAOMING)).client.cookies


async def test_people_who_share_a_phone_are_both_known_to_it() -> None:
    one, two = of_person(1), of_person(2)
    kept = keeps(keeps("", VAULT, one), VAULT, two)
    caller = Caller("", kept)
    assert known_device(caller, VAULT, [one]) and known_device(caller, VAULT, [two])
    assert known_device(caller, VAULT, [one]) == known_device(Caller("", keeps(kept, VAULT, one)), VAULT, [one])
    assert known_device(caller, VAULT, [of_person(3), of_staff(1)]) == ""
    assert known_device(Caller("", kept), Vault("another secret of more than thirty-two"), [one]) == ""
    assert len(keeps("~".join(["x.y"] * 50), VAULT, one)) < 400
    mine = keeps("", VAULT, one)
    for forged in ("", ".", "~~", "é.é", mine[:-1], mine.replace(".", ""), f"x{mine}"):
        assert known_device(Caller("", forged), VAULT, [one]) == ""


async def test_who_knows_an_email_locks_no_reviewer_out(cast: Cast) -> None:
    rui = await cast.reviewer_walks_in()
    await rui.send("/desk/sign-out")
    attacker = at(cast, ATTACKER)
    with wrong("desk"):
        for _ in range(6):
            await attacker.open("/desk/sign-in")
            await attacker.send("/desk/sign-in", email=RUI, password="wrong")
    assert attacker.status == 429
    elsewhere = await at(cast, ELSEWHERE).open("/desk/sign-in")
    assert (await elsewhere.send("/desk/sign-in", email=RUI, password=SEED_PASSWORD)).path == "/desk"
    with patch("portal.actions.ratelimit._count", wraps=_full_but_for("staff-device")):
        await rui.open("/desk/sign-in")
        assert (await rui.send("/desk/sign-in", email=RUI, password=SEED_PASSWORD)).path == "/desk"


def _full_but_for(device: str):  # type: ignore[no-untyped-def]
    from portal.actions.ratelimit import _count

    def count(row, limit, at):  # type: ignore[no-untyped-def]
        if not limit.what.startswith(device):
            raise TooManyTries("", minutes=15)
        return _count(row, limit, at)

    return count


async def test_wrong_digits_take_no_code_from_whoever_has_the_number(cast: Cast) -> None:
    await cast.comes(XIAOMINGS)
    attacker = at(cast, ATTACKER)
    for _ in range(3):
        await asks(attacker, digits="0000")
    assert (await asks(attacker, digits="0000")).status == 429
    assert (await by_code(cast, at(cast, ELSEWHERE))).path == "/loans"


async def test_many_addresses_send_no_more_than_fifteen_codes_a_day_to_one_number(cast: Cast) -> None:
    """By "another code" too; the page says so to everybody, and looks as it does for a number that nobody has."""
    mine = await by_code(cast, await cast.comes(XIAOMINGS))
    await mine.send("/sign-out")
    for each in range(6):
        bo = await asks(at(cast, f"198.51.100.{each}"))
        for _ in range(2):
            await bo.send("/enter", again="1")
            assert bo.status == 200
        await bo.send("/enter", again="1")
        assert bo.status == 429
    assert len(await arrived(cast)) == 14, "and one of his own"
    real, nobody = await asks(at(cast, ELSEWHERE)), await asks(at(cast, ELSEWHERE), "13900009999")
    bare = {re.sub(r'value="[^"]*"', "", each.html) for each in (real, nobody)}
    assert len(bare) == 1 and "No more than 15 codes go to one number within a day" in real.text
    assert await arrived(cast) == []
    assert (await by_code(cast, mine)).path == "/loans", "his own phone has codes of its own"


async def test_proving_by_a_code_counts_for_the_number_as_signing_in_by_one_does(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await asks(bo)
    for _ in range(3):
        await bo.open("/account/prove")
        await bo.send("/prove", by="send")
    assert bo.status == 429 and len(await arrived(cast)) == 3


async def test_guesses_at_a_password_count_wherever_they_are_made(cast: Cast) -> None:
    bo = await with_password(cast)
    guesser = await cast.comes(XIAOMINGS)
    await guesser.open("/account/prove")
    for _ in range(3):
        await guesser.send("/prove", by="password", password="a wrong one")
    with wrong():
        assert [(await signs_in(guesser)).status for _ in range(3)] == [422, 422, 429]
    await bo.send("/sign-out")
    assert (await signs_in(bo, PASSWORD_OF_XIAOMING)).path == "/loans"


async def test_whoever_guesses_at_all_his_links_keeps_xiaomings_own_phone_out_of_none(cast: Cast) -> None:
    mine = await by_code(cast, await cast.comes(XIAOMINGS))
    await mine.send("/sign-out")
    for _ in range(4):
        link = await cast.link(XIAOMINGS)
        bo = await at(cast, ATTACKER).open(link)
        for _ in range(4):
            await bo.send(link, digits="0000") if bo.status != 410 else None
    link = await cast.link(XIAOMINGS)
    stranger = await at(cast, ELSEWHERE).open(link)
    assert (await stranger.send(link, digits=DIGITS)).status == 429
    await mine.open(link)
    await mine.send(link, digits="9999")
    assert mine.status == 422 and "Tries left: 4." in mine.text
    assert (await mine.send(link, digits=DIGITS)).path == "/loans"


async def test_of_eleven_ways_in_the_oldest_ends_and_it_is_written_down(cast: Cast) -> None:
    first = await by_code(cast, await cast.comes(XIAOMINGS))
    proven = await by_code(cast, cast.browser())
    for _ in range(11):
        last = await cast.comes(XIAOMINGS)
    assert await tables.AccessRow.filter(what="session-ended").count() == 1
    for bo in (first, proven, last):
        assert (await bo.open("/loans")).path == "/loans", "links end no session that a code opened"
    open_now = await tables.SessionRow.filter(kind="borrower", ended_at__isnull=True).values_list("how", flat=True)
    assert sorted(open_now) == ["code"] * 2 + ["invitation"] * 10


async def test_staff_have_ten_sessions_too(cast: Cast) -> None:
    first = await cast.reviewer()
    with patch("portal.web.desk.sign_in.matches", AsyncMock(return_value=True)):
        for _ in range(10):
            await cast.reviewer_walks_in()
    assert (await first.open("/desk")).path.startswith("/desk/sign-in")


async def test_a_proof_gives_another_token_and_the_one_of_before_opens_nothing(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    before = bo.client.cookies["portal"]
    await bo.open("/account/close")
    await cast.proves(bo)
    assert bo.path == "/account/close" and bo.client.cookies["portal"] != before
    other = cast.browser()
    other.client.cookies.set("portal", before)
    assert (await other.open("/loans")).path.startswith("/sign-in")


async def test_signing_in_over_a_session_ends_it(cast: Cast) -> None:
    bo = await cast.comes(ZHAO_QIANGS)
    before = bo.client.cookies["portal"]
    await cast.comes(XIAOMINGS)
    await by_code(cast, bo)
    other = cast.browser()
    other.client.cookies.set("portal", before)
    assert (await other.open("/loans")).path.startswith("/sign-in")


async def test_a_code_that_was_not_sent_is_none_that_can_be_guessed(cast: Cast) -> None:
    await cast.comes(XIAOMINGS)
    person = await tables.PersonRow.filter(phone_hash__isnull=False).order_by("-id").first()
    vault, now = cast.settings.vault(), datetime.now(UTC)
    for each in range(16):
        await ask_code(f"+86{PHONE}", DIGITS, "123456", "123456", Caller(f"10.0.0.{each}"), vault, now)
    assert person is not None
    assert await tables.CodeRow.filter(person_id=person.id).count() == 15 and await tables.CodeRow.all().count() == 16


async def test_a_lender_sends_one_number_twenty_messages_a_day_and_takes_none_from_another_lender(cast: Cast) -> None:
    now, told = datetime.now(UTC), []
    (jq, yh), vault = [await lender_by_slug(slug) for slug in ("jq", "yh")], cast.settings.vault()
    for _ in range(21):
        told.append(await count_of_lender(vault, "a number", jq.id, "notice", now))
    assert told == [True] * 20 + [False] and await count_of_lender(vault, "a number", yh.id, "notice", now)
    row = await tables.AccessRow.filter(what="message-held").get()
    assert (row.actor_ref, row.subject) == ("", "notice")


async def test_a_link_that_would_not_go_off_is_refused_and_changes_no_number(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.actions.outbox.MESSAGES_OF_LENDER", Limit("messages-of-lender", 1, QUARTER * 96))
    jq, vault, moment = await lender_by_slug("jq"), cast.settings.vault(), cast.moment()
    assert await invite(moment, jq, XIAOMINGS, "+8613911110000", vault) == ""
    before = await tables.BorrowerRow.all().order_by("id").values("phone_hash")
    with pytest.raises(TooManyMessages):
        await invite(moment, jq, ZHAO_QIANGS, "+8613911110000", vault)
    assert await tables.BorrowerRow.all().order_by("id").values("phone_hash") == before
