"""Coming back by a code: it works once, in the browser that asked, and tells nobody whose number it is."""

import asyncio
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from tortoise.backends.sqlite.client import SqliteClient

from portal.actions.codes import CodeOver, check_code
from portal.delivery.relay import deliver_due
from portal.delivery.senders import OutgoingMessage
from portal.reads.invitations import entry_code_place
from portal.tables import models as tables
from portal.tables.write_behind import settle_writes
from portal.vault import Vault, new_ref, token_hash
from tests.browser import Browser
from tests.pages.conftest import LIU_YANGS, MA_CHAOS, XIAOMINGS, ZHAO_QIANGS, ZHU_LINS, Cast

pytestmark = pytest.mark.anyio

PHONE, DIGITS = "13800000001", "123X"


class Phone:
    """Keeps the messages that arrive; `out` is a gateway that is down."""

    def __init__(self) -> None:
        self.messages: list[OutgoingMessage] = []
        self.out = False

    async def __call__(self, message: OutgoingMessage) -> None:
        if self.out:
            raise OSError("the gateway is down")
        self.messages.append(message)

    @property
    def code(self) -> str:
        found = re.search(r"[0-9]{6}", self.messages[-1].text)
        assert found
        return found[0]


async def asks(cast: Cast, phone: str = PHONE, digits: str = DIGITS, language: str = "en") -> Browser:
    bo = cast.browser(language)
    await bo.open("/sign-in/code")
    return await bo.send("/sign-in/code", phone=phone, digits=digits)


@pytest.fixture
async def phone(cast: Cast) -> Phone:
    await cast.comes(XIAOMINGS)
    return Phone()


async def arrived(cast: Cast, phone: Phone, at: datetime | None = None) -> Phone:
    await deliver_due(cast.settings.vault(), phone, at or datetime.now(UTC))
    return phone


async def test_xiaoming_comes_back_with_the_code_from_his_phone(cast: Cast, phone: Phone) -> None:
    bo = await asks(cast)
    await arrived(cast, phone)
    assert phone.messages[0].to == "+8613800000001"
    await bo.send("/enter", code=phone.code)
    assert bo.path == "/loans" and "3,413.12" in bo.text


ONWARD = "/loans?说=一&b=2&c=100%25#末尾"


async def test_whatever_stands_in_the_address_he_wanted_to_go_on_to_comes_through(cast: Cast, phone: Phone) -> None:
    bo = await cast.browser().open(f"/sign-in?{urlencode({'next': ONWARD})}")
    (to_code,) = [href for href in bo.links() if href.startswith("/sign-in/code")]
    await bo.open(to_code)
    assert bo.form("/sign-in/code").fields["next"] == ONWARD
    await bo.send("/sign-in/code", phone=PHONE, digits=DIGITS)
    assert (bo.status, bo.form("/enter").fields["next"]) == (200, ONWARD)
    await bo.send("/enter", again="1")
    assert (bo.status, bo.form("/enter").fields["next"]) == (200, ONWARD)
    await arrived(cast, phone)
    await bo.send("/enter", code=phone.code)
    assert (bo.status, unquote(bo.path)) == (200, unquote(ONWARD).partition("#")[0])


async def test_four_that_can_be_of_no_id_number_cost_no_try_and_send_nothing(cast: Cast, phone: Phone) -> None:
    for typed in ("123×", "12", "12。X") * 2:
        bo = await asks(cast, digits=typed)
        assert bo.status == 422 and "did not count as a try" in bo.text and bo.form("/code").fields["digits"] == typed
    assert await tables.ThrottleRow.filter(tries__gt=0).count() == await tables.CodeRow.all().count() == 0
    await asks(cast)
    assert len((await arrived(cast, phone)).messages) == 1


async def test_the_message_is_neutral_and_in_his_language(cast: Cast, phone: Phone) -> None:
    await asks(cast, language="zh-CN")
    text = (await arrived(cast, phone)).messages[0].text
    assert "验证码" in text
    assert not any(word in text for word in ("逾期", "欠", "贷款", "佳泉", "debt", "overdue", "3,413"))


@pytest.mark.parametrize(("number", "digits"), [("13900009999", "123X"), (PHONE, "9999"), (PHONE, "2027")])
async def test_who_does_not_fit_sees_the_same_and_gets_nothing(
    cast: Cast, phone: Phone, number: str, digits: str
) -> None:
    right, wrong = await asks(cast), await asks(cast, number, digits)
    bare = [re.sub(r'value="[^"]*"', "", bo.html) for bo in (right, wrong)]
    assert bare[0] == bare[1]
    assert await tables.CodeRow.all().count() == 2
    assert len((await arrived(cast, phone)).messages) == 1


async def test_a_code_works_once(cast: Cast, phone: Phone) -> None:
    bo = await asks(cast)
    code = (await arrived(cast, phone)).code
    fields = bo.filled("/enter")
    await bo.send("/enter", code=code)
    await bo.post("/sign-in/code/enter", {**fields, "code": code})
    assert bo.status == 422 and "has ended" in bo.text


async def test_a_code_is_worth_nothing_in_another_browser(cast: Cast, phone: Phone) -> None:
    await asks(cast)
    code = (await arrived(cast, phone)).code
    other = await asks(cast, "13900009999", "0000")
    await other.send("/enter", code=code)
    assert other.status == 422 and "not the code we sent" in other.text


async def test_five_wrong_guesses_end_a_code_also_for_the_right_one(cast: Cast, phone: Phone) -> None:
    bo = await asks(cast)
    code = (await arrived(cast, phone)).code
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(5):
        await bo.send("/enter", code=wrong)
    await bo.send("/enter", code=code)
    assert bo.status == 422 and "has ended" in bo.text


async def test_another_code_needs_no_typing_again_and_ends_the_first(cast: Cast, phone: Phone) -> None:
    bo = await asks(cast)
    first = (await arrived(cast, phone)).code
    await bo.send("/enter", again="1")
    second = (await arrived(cast, phone)).code
    assert len(phone.messages) == 2
    if first != second:
        await bo.send("/enter", code=first)
        assert bo.status == 422
    await bo.send("/enter", code=second)
    assert bo.path == "/loans"


async def test_another_code_for_somebody_unknown_looks_the_same_and_sends_nothing(cast: Cast, phone: Phone) -> None:
    bo = await asks(cast, "13900009999", "0000")
    await bo.send("/enter", again="1")
    assert bo.path == "/sign-in/code/enter" and not (await arrived(cast, phone)).messages


async def test_full_width_digits_are_understood(cast: Cast, phone: Phone) -> None:
    bo = await asks(cast)
    code = (await arrived(cast, phone)).code
    await bo.send("/enter", code=code.translate({ord("0") + n: 0xFF10 + n for n in range(10)}))
    assert bo.path == "/loans"


async def test_a_code_of_eleven_minutes_ago_is_over_and_is_not_sent_any_more(cast: Cast, phone: Phone) -> None:
    bo = await asks(cast)
    await arrived(cast, phone, datetime.now(UTC) + timedelta(minutes=11))
    assert not phone.messages
    assert (await tables.OutboundMessageRow.get()).state == "expired"
    await tables.CodeRow.all().update(expires_at=datetime.now(UTC) - timedelta(minutes=1))
    await bo.send("/enter", code="000000")
    assert "has ended" in bo.text


async def test_a_flood_of_codes_for_one_number_is_stopped_with_words(cast: Cast, phone: Phone) -> None:
    for _ in range(3):
        await asks(cast)
    bo = await asks(cast)
    assert bo.status == 429 and "too many tries" in bo.text and PHONE in bo.html


async def test_a_gateway_that_is_down_gets_the_message_when_it_is_back(cast: Cast, phone: Phone) -> None:
    await asks(cast)
    phone.out = True
    await arrived(cast, phone)
    row = await tables.OutboundMessageRow.get()
    assert (row.state, row.attempts, "gateway is down" in row.problem) == ("waiting", 1, True)
    phone.out = False
    await arrived(cast, phone)
    assert not phone.messages, "not before its time"
    await arrived(cast, phone, datetime.now(UTC) + timedelta(seconds=20))
    assert len(phone.messages) == 1
    row = await tables.OutboundMessageRow.get()
    assert (row.state, bytes(row.sealed)) == ("delivered", b"")


async def test_a_claim_of_a_sender_that_died_runs_out(cast: Cast, phone: Phone) -> None:
    await asks(cast)
    now = datetime.now(UTC)
    await tables.OutboundMessageRow.all().update(leased_until=now + timedelta(seconds=30))
    assert not (await arrived(cast, phone, now)).messages
    assert len((await arrived(cast, phone, now + timedelta(seconds=31))).messages) == 1


async def waiting(cast: Cast, count: int, **more: object) -> None:
    person = await tables.PersonRow.filter(phone_hash__isnull=False).order_by("-id").first()
    assert person is not None
    sealed = cast.settings.vault().seal(bytes(person.key), json.dumps({"to": "+8613800000001", "text": "123456"}))
    for _ in range(count):
        facts = {"person_id": person.id, "kind": "notice", "sealed": sealed, "next_at": datetime.now(UTC), **more}
        await tables.OutboundMessageRow.create(ref=new_ref(), **facts)


async def test_what_another_sender_has_claimed_holds_up_nothing_behind_it(cast: Cast, phone: Phone) -> None:
    await waiting(cast, 20, leased_until=datetime.now(UTC) + timedelta(seconds=50))
    await waiting(cast, 2)
    assert len((await arrived(cast, phone)).messages) == 2


async def test_a_slow_gateway_has_all_of_a_claim_before_the_claim_runs_out(cast: Cast, phone: Phone) -> None:
    """One after the other, the last would still wait when another sender may claim it and send it again."""
    await waiting(cast, 20)
    together = asyncio.Barrier(20)

    async def slow(message: OutgoingMessage) -> None:
        await together.wait()
        await phone(message)

    await asyncio.wait_for(deliver_due(cast.settings.vault(), slow, datetime.now(UTC)), 10)
    assert len({message.id for message in phone.messages}) == 20


async def test_no_number_and_no_code_lies_open_in_the_tables(cast: Cast, phone: Phone) -> None:
    await asks(cast)
    row, code = await tables.OutboundMessageRow.get(), await tables.CodeRow.get()
    told = (await arrived(cast, phone)).code
    assert b"1380000" not in bytes(row.sealed) and told not in json.dumps([code.ref, code.code_hash])


async def test_a_forgotten_password_is_set_anew_after_a_code_without_the_old_one(cast: Cast, phone: Phone) -> None:
    bo = await asks(cast)
    await bo.send("/enter", code=(await arrived(cast, phone)).code)
    await cast.chooses(bo, "a rainy walk home")
    assert bo.path == "/account?done=password"
    again = await asks(cast)
    await again.send("/enter", code=(await arrived(cast, phone)).code)
    await again.open("/account/password")
    assert 'name="old"' not in again.html
    await again.send("/account/password", password="quiet evening by the sea")
    assert again.path == "/account?done=password"
    back = cast.browser()
    await back.open("/sign-in")
    await back.send("/sign-in", phone=PHONE, password="quiet evening by the sea")
    assert back.path == "/loans"
    await bo.open("/loans")
    assert "/sign-in" in bo.path, "a new password ends all other sessions"


async def test_sessions_are_listed_and_ended_one_by_one(cast: Cast, phone: Phone) -> None:
    lost = await cast.comes(XIAOMINGS)
    bo = await asks(cast)
    await bo.send("/enter", code=(await arrived(cast, phone)).code)
    await bo.open("/account")
    assert "By a code" in bo.text and "By a link" in bo.text and "this one" in bo.text
    others = [form.action for form in bo.forms if "/account/sessions/" in form.action]
    for action in others:
        await bo.open("/account")
        await bo.send(action)
    await lost.open("/loans")
    assert "/sign-in" in lost.path
    await bo.open("/loans")
    assert bo.path == "/loans"


async def test_somebody_elses_session_cannot_be_ended(cast: Cast, phone: Phone) -> None:
    li = await cast.comes("YH-88-2201")
    theirs = (await tables.SessionRow.all().order_by("id").first()).token_hash[:16]  # type: ignore[union-attr]
    await li.open("/account")
    await li.post(f"/account/sessions/{theirs}", {"csrf": li.filled("/sign-out")["csrf"]})
    assert li.status == 404


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts what is asked of the database and of the keys."""
    done: Counter[str] = Counter()

    def counted(owner: type, name: str) -> None:
        plain = getattr(owner, name)

        def counting(self: object, *arguments: Any, **named: Any) -> Any:
            if '"job"' in str(arguments[:1]):  # the worker beside it looks for files
                return plain(self, *arguments, **named)
            done[f"{name} {str(arguments[0])[:6] if name.startswith('execute') else ''}"] += 1
            return plain(self, *arguments, **named)

        monkeypatch.setattr(owner, name, counting)

    for name in ("execute_query", "execute_insert", "execute_query_dict"):
        counted(SqliteClient, name)
    for name in ("lookup", "seal", "unseal", "new_key"):
        counted(Vault, name)
    return done


async def test_who_does_not_fit_costs_the_same_work(cast: Cast, phone: Phone, work: Counter[str]) -> None:
    """Else the time taken would tell what the words do not: whose number it is, and at how many lenders."""
    await cast.comes(ZHAO_QIANGS)
    liu = await cast.comes(LIU_YANGS)
    await cast.enter(liu, "YH-88-2305")
    await asks(cast, "13700000000", "0000")  # the first of all makes what the others only use
    done = {}
    for who, number, digits in (
        ("fits", PHONE, DIGITS),
        ("fits at two lenders", "13800000005", "5059"),
        ("other digits", "13800000003", "9999"),
        ("nobody", "13900009999", DIGITS),
    ):
        done[who] = await costs(cast, work, number, digits)
    assert sum(done["fits"].values()) > 10
    assert [who for who in done if done[who] != done["fits"]] == []
    assert len((await arrived(cast, phone)).messages) == 2


async def asks_to_be_known_by(cast: Cast, loan_no: str, number: str, code: str = "") -> None:
    """Whoever owes this loan comes in; their lender has this number of them, and in place of digits maybe a code."""
    await cast.comes(loan_no)
    party = await tables.PartyRow.get(loan__loan_no=loan_no, role="borrower").prefetch_related("borrower")
    row, vault = party.borrower, cast.settings.vault()
    key, place = bytes(row.key), entry_code_place(row.lender_id, row.external_id)  # type: ignore[attr-defined]
    told = (
        {"id_last4_sealed": vault.seal(key, ""), "entry_code_sealed": vault.seal_in(key, place, code)} if code else {}
    )
    await tables.BorrowerRow.filter(id=row.id).update(phone_hash=vault.lookup("phone", f"+86{number}"), **told)


async def costs(cast: Cast, work: Counter[str], number: str, digits: str) -> dict[str, int]:
    bo = await cast.browser().open("/sign-in/code")
    await settle_writes()
    work.clear()
    await bo.send("/sign-in/code", phone=number, digits=digits)
    assert bo.path == "/sign-in/code/enter"
    return dict(work)


async def test_an_entry_code_or_a_phone_that_three_share_costs_what_nobody_costs(
    cast: Cast, phone: Phone, work: Counter[str]
) -> None:
    with_code, shared = "13700000001", "13700000002"
    await asks_to_be_known_by(cast, ZHAO_QIANGS, with_code, "AB12CD")
    for loan_no in (LIU_YANGS, ZHU_LINS, MA_CHAOS):
        await asks_to_be_known_by(cast, loan_no, shared)
    await asks(cast, "13700000000", "0000")  # the first of all makes what the others only use
    nobody = [await costs(cast, work, "13900009999", digits) for digits in (DIGITS, "0000")]
    for number, right in ((with_code, "AB12CD"), (shared, "5059")):
        assert [await costs(cast, work, number, digits) for digits in (right, "0000")] == nobody, number
    assert len((await arrived(cast, phone)).messages) == 2


async def test_of_twenty_who_share_a_phone_the_last_has_a_code_sent_too(cast: Cast, phone: Phone) -> None:
    shared = "13700000003"
    await asks_to_be_known_by(cast, XIAOMINGS, shared)
    row = (await tables.PartyRow.get(loan__loan_no=XIAOMINGS, role="borrower").prefetch_related("borrower")).borrower
    vault = cast.settings.vault()
    for number in range(20):
        person = await tables.PersonRow.create(ref=new_ref(), key=vault.new_key(), locale="zh-CN")
        values = {name: getattr(row, name) for name in row._meta.db_fields if name not in ("id", "external_id")}
        digits = vault.seal(bytes(row.key), f"90{number:02}")
        own = {"external_id": f"shares-{number}", "person_id": person.id, "id_last4_sealed": digits}
        await tables.BorrowerRow.create(**values | own)
    for digits in ("9019", DIGITS):
        await asks(cast, shared, digits)
    assert len((await arrived(cast, phone)).messages) == 2


async def test_asking_for_somebody_who_does_not_fit_is_written_down_without_the_number(
    cast: Cast, phone: Phone
) -> None:
    await asks(cast, "13900009999", "0000")
    row = await tables.AccessRow.filter(what="code-refused").get()
    assert (row.actor_ref, row.subject) == ("", "")


async def test_a_code_for_signing_in_is_none_for_signing(cast: Cast, phone: Phone) -> None:
    await asks(cast)
    code = (await arrived(cast, phone)).code
    kept, vault = "kept by the browser", cast.settings.vault()
    await tables.CodeRow.all().update(ref=token_hash(kept), code_hash=vault.lookup("code", f"{kept}\0{code}"))
    with pytest.raises(CodeOver):
        await check_code(kept, code, "sign", vault, datetime.now(UTC))
    assert await check_code(kept, code, "sign-in", vault, datetime.now(UTC))


async def test_a_right_code_does_not_count_against_those_behind_the_same_address(cast: Cast, phone: Phone) -> None:
    for _ in range(25):
        await tables.CodeRow.all().delete()  # the asking; it is limited elsewhere
        bo = await asks(cast)
        await bo.send("/enter", code=(await arrived(cast, phone)).code)
        assert bo.path == "/loans"


async def test_whoever_guesses_at_many_codes_is_asked_to_wait_whatever_the_browser(cast: Cast, phone: Phone) -> None:
    for _ in range(20):
        bo = await cast.browser().open("/sign-in/code/enter")
        await bo.send("/enter", code="000000")
        assert bo.status == 422
    await bo.send("/enter", code="000000")
    assert bo.status == 429 and "too many tries" in bo.text
