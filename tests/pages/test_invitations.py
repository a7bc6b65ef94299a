"""The door: what a link shows, what opening it changes, and whom it lets in."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.actions.invitations import NothingToAsk
from portal.reads.invitations import entry_code_place
from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import LI_JINGS, LIU_YANGS, WU_LEIS, XIAOMINGS, ZHAO_QIANGS, ZHENG_LIS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

PERSONAL = ("王", "小明", "3,413", "3413", "138", "123X", "0001", "overdue", "penalty", "debt", "逾期", "罚息", "欠")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_an_invitation_alone_shows_no_name_no_amount_and_no_debt(cast: Cast, language: str) -> None:
    bo = await cast.browser(language).open(await cast.link(XIAOMINGS))
    assert bo.status == 200 and "佳泉消费金融" in bo.text and "400-820-0001" in bo.text
    shown = bo.text.replace("400-820-0001", "")
    assert [word for word in PERSONAL if word in shown] == []


async def test_opening_it_changes_nothing_and_leaves_nobody_signed_in(cast: Cast) -> None:
    link = await cast.link(XIAOMINGS)

    async def state() -> tuple[object, ...]:
        invitations = await tables.InvitationRow.all().order_by("id").values()
        return (
            await cast.told(),
            invitations,
            await tables.SessionRow.all().count(),
            await tables.AccessRow.all().count(),
        )

    before = await state()
    for _ in range(7):
        previewer = cast.browser()
        assert (await previewer.client.head(link)).status_code == 200
        await previewer.open(link)
        await previewer.open(f"{link}/not-me")
        assert set(previewer.client.cookies) == {"seed"}
        await previewer.open("/loans")
        assert previewer.path.startswith("/sign-in")
    assert await state() == before


async def test_wrong_digits_count_down_and_the_fifth_ends_the_link(cast: Cast) -> None:
    link = await cast.link(XIAOMINGS)
    bo = await cast.browser().open(link)
    for left in (4, 3, 2, 1):
        await bo.send(link, digits="0000")
        assert bo.status == 422 and f"Tries left: {left}." in bo.text
    await bo.send(link, digits="0000")
    assert bo.status == 410 and "This link has ended" in bo.text
    other = await cast.browser().open(link)
    assert other.status == 410 and not any(form.action == link for form in other.forms)


async def test_the_right_digits_come_too_late_for_a_link_that_has_ended(cast: Cast) -> None:
    link = await cast.link(XIAOMINGS)
    late = await cast.browser().open(link)
    guesser = await cast.browser().open(link)
    for _ in range(5):
        await guesser.post(link, {**late.filled(link), **guesser.filled(link), "digits": "1111"})
        if guesser.status == 410:
            break
    await late.send(link, digits="123X")
    assert late.status == 410
    assert (await late.open("/loans")).path.startswith("/sign-in")


async def test_pressing_open_with_less_or_more_than_four_typed_costs_no_try(cast: Cast) -> None:
    link = await cast.link(XIAOMINGS)
    bo = await cast.browser().open(link)
    for typed in ("  ", "", "12", "123", "123X1", "110101199001011234"):
        await bo.send(link, digits=typed)
        assert bo.status == 422 and "This did not count as a try." in bo.text
    await bo.send(link, digits="123X")
    assert "Before you go in" in bo.text


async def test_what_can_be_no_digit_of_an_id_number_is_named_and_costs_no_try(cast: Cast) -> None:
    link = await cast.link(XIAOMINGS)
    bo = await cast.browser("zh-CN").open(link)
    for typed, odd in (("123×", "×"), ("123Х", "Х"), ("１２３✕", "✕"), ("12。X", "。"), ("王小明啊", "王小明啊")):
        await bo.send(link, digits=typed)
        assert bo.status == 422 and f"“{odd}”" in bo.text and "这次不算一次尝试" in bo.text, typed
        assert bo.form(link).fields["digits"] == typed
    row = await tables.InvitationRow.all().order_by("-id").first()
    assert row is not None and row.failures == 0
    assert await tables.ThrottleRow.filter(tries__gt=0).count() == 0
    await bo.send(link, digits="123X")
    assert bo.status == 200 and "/consent" in str([form.action for form in bo.forms])


@pytest.mark.parametrize("tail", ["。", "，请点击查看", "）", "】。", ".", "),", "%EF%BC%8C", "%A1%A3", "！ 谢谢"])
async def test_a_link_copied_with_what_stood_behind_it_opens(cast: Cast, tail: str) -> None:
    link = await cast.link(XIAOMINGS)
    bo = await cast.browser().open(f"{link}{tail}")
    assert (bo.status, bo.path) == (200, link) and "佳泉消费金融" in bo.text
    await bo.send(link, digits="123X")
    assert "Before you go in" in bo.text


@pytest.mark.parametrize("typed", ["123x", "１２３Ｘ", "１２３ｘ", " 123X "])
async def test_the_four_are_understood_however_a_phone_writes_them(cast: Cast, typed: str) -> None:
    link = await cast.link(XIAOMINGS)
    bo = await cast.browser().open(link)
    await bo.send(link, digits=typed)
    assert bo.status == 200 and "Before you go in" in bo.text


async def test_a_guess_at_a_link_nobody_was_given_looks_like_nothing_there(cast: Cast) -> None:
    link, guess = await cast.link(XIAOMINGS), "/i/" + "A" * 43
    bo = await cast.browser().open(link)
    filled = {**bo.filled(link), "digits": "123X"}
    pages = [(await bo.open("/nowhere/at/all")).html]
    for path in (guess, f"{guess}/consent", f"{guess}/not-me"):
        pages.append((await bo.open(path)).html)
        assert bo.status == 404
        pages.append((await bo.post(path, filled)).html)
        assert bo.status == 404
    assert set(pages) == {pages[0]}


async def test_a_link_ends_after_seven_days(cast: Cast) -> None:
    link = await cast.link(XIAOMINGS)
    row = await tables.InvitationRow.all().order_by("-id").first()
    assert row is not None
    assert abs(row.expires_at - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=1)
    await tables.InvitationRow.filter(id=row.id).update(expires_at=datetime.now(UTC))
    bo = await cast.browser().open(link)
    assert bo.status == 410 and "佳泉消费金融" in bo.text
    bo = await cast.browser().open(f"{link}/not-me")
    assert bo.status == 410 and "was told" not in bo.text


async def test_within_seven_days_it_lets_in_again_and_asks_for_consent_only_once(cast: Cast) -> None:
    link = await cast.link(XIAOMINGS)
    for visit in range(3):
        bo = await cast.browser().open(link)
        await bo.send(link, digits="123X")
        if not visit:
            await bo.send("/consent", notice="1", sensitive="1")
        assert (bo.status, bo.path) == (200, "/loans")
    assert (await cast.told()).count("consent.given") == 11  # ten of the cast came in before


@pytest.mark.parametrize("agreed", [{}, {"notice": "1"}, {"sensitive": "1"}])
async def test_without_both_consents_nobody_comes_in(cast: Cast, agreed: dict[str, str]) -> None:
    link = await cast.link(XIAOMINGS)
    bo = await cast.browser().open(link)
    await bo.send(link, digits="123X")
    await bo.send("/consent", **agreed)
    assert bo.status == 422 and "Without this we may not show you your loans" in bo.text
    assert (await tables.ConsentRow.filter(person__phone_hash__isnull=True).count()) == 0
    checked = {found["name"] for tag, found in bo.tags if tag == "input" and "checked" in found}
    assert checked == set(agreed)
    await bo.send("/consent", notice="1", sensitive="1")
    assert bo.path == "/loans"


@pytest.mark.parametrize("proof", ["", "x", "9999999999.00", "9" * 5000 + ".x", "9999999999.é", "٣.x"])
async def test_consent_without_the_digits_leads_back_to_them(cast: Cast, proof: str) -> None:
    link = await cast.link(XIAOMINGS)
    bo = await cast.browser().open(link)
    await bo.post(f"{link}/consent", {**bo.filled(link), "proof": proof, "notice": "1", "sensitive": "1"})
    assert (bo.status, bo.path) == (200, link)
    assert (await bo.open(f"{link}/consent")).path == link


async def test_the_proof_of_one_link_opens_no_other(cast: Cast) -> None:
    mine, theirs = await cast.link(XIAOMINGS), await cast.link(ZHAO_QIANGS)
    bo = await cast.browser().open(mine)
    await bo.send(mine, digits="123X")
    await bo.post(f"{theirs}/consent", {**bo.filled("/consent"), "notice": "1", "sensitive": "1"})
    assert bo.path == theirs
    assert (await bo.open("/loans")).path.startswith("/sign-in")


async def test_not_me_ends_the_link_and_tells_the_lender_once(cast: Cast) -> None:
    link = await cast.link(XIAOMINGS)
    bo = await cast.browser().open(f"{link}/not-me")
    assert "contact.number_disowned" not in await cast.told()
    await bo.send("/not-me")
    assert bo.status == 200 and "was told" in bo.text
    assert (await cast.told()).count("contact.number_disowned") == 1
    again = await cast.browser().open(link)
    assert again.status == 410
    await again.post(f"{link}/not-me", {"csrf": again.forms[0].fields["csrf"]})
    assert (await cast.told()).count("contact.number_disowned") == 1


async def test_a_second_lenders_link_opened_while_signed_in_joins_the_loans(cast: Cast) -> None:
    bo = await cast.walks_in(LIU_YANGS)
    assert "佳泉消费金融" in bo.text and "银河银行信用卡中心" not in bo.text
    await cast.enter(bo, "YH-88-2305")
    assert "佳泉消费金融" in bo.text and "银河银行信用卡中心" in bo.text


async def test_without_being_signed_in_the_same_phone_joins_nothing(cast: Cast) -> None:
    await cast.walks_in(LIU_YANGS)
    bo = await cast.walks_in("YH-88-2305")
    assert "银河银行信用卡中心" in bo.text and "佳泉消费金融" not in bo.text


async def test_the_partners_link_on_a_shared_phone_does_not_join_two_people(cast: Cast) -> None:
    bo = await cast.walks_in(XIAOMINGS)
    hers = bo.client.cookies["portal"]
    await cast.enter(bo, LI_JINGS)
    assert "银河银行信用卡中心" in bo.text and "3,413.12" not in bo.text
    assert bo.client.cookies["portal"] != hers
    again = Browser(cast.app)
    again.client.cookies.set("portal", hers)
    assert (await again.open("/loans")).path.startswith("/sign-in"), "the first session ended"


async def test_somebody_elses_link_that_was_used_before_signs_its_owner_in(cast: Cast) -> None:
    await cast.walks_in(XIAOMINGS)
    bo = await cast.walks_in(ZHAO_QIANGS)
    await cast.enter(bo, XIAOMINGS)
    assert "3,413.12" in bo.text
    assert (await bo.open(await cast.loan(ZHAO_QIANGS))).status == 404


async def test_where_no_id_number_was_told_a_link_asks_for_the_code_the_lender_gave_another_way(cast: Cast) -> None:
    borrower, vault = await tables.BorrowerRow.get(external_id="B-1"), cast.settings.vault()
    nothing, key = vault.seal(bytes(borrower.key), ""), bytes(borrower.key)
    await tables.BorrowerRow.filter(id=borrower.id).update(id_last4_sealed=nothing)
    with pytest.raises(NothingToAsk):
        await cast.link(XIAOMINGS)
    code = vault.seal_in(key, entry_code_place(borrower.lender_id, "B-1"), "HT7Q2M")  # type: ignore[attr-defined]
    await tables.BorrowerRow.filter(id=borrower.id).update(entry_code_sealed=code)
    link = await cast.link(XIAOMINGS)
    bo = await cast.browser().open(link)
    assert "entry code" in bo.text and "ID number" not in bo.text
    await bo.send(link, digits="0001")
    assert bo.status == 422, "never the end of the contract number"
    await bo.send(link, digits="ht7q2m")
    assert "Before you go in" in bo.text


async def test_whoever_holds_many_links_guesses_no_more_than_twenty_times(cast: Cast) -> None:
    """Each link alone allows four wrong guesses; the phone's owner, at another address, is not in the way."""
    for loan_no in (ZHAO_QIANGS, LIU_YANGS, ZHOU_MINS, WU_LEIS, ZHENG_LIS):
        link = await cast.link(loan_no)
        bo = await cast.browser().open(link)
        for _ in range(4):
            await bo.send(link, digits="0000")
            assert bo.status == 422
    link = await cast.link(XIAOMINGS)
    bo = await cast.browser().open(link)
    await bo.send(link, digits="123X")
    assert bo.status == 429 and "too many tries" in bo.text and "佳泉消费金融" in bo.text
    await tables.ThrottleRow.all().update(since=datetime.now(UTC) - timedelta(minutes=15))
    await bo.send(link, digits="123X")
    assert "Before you go in" in bo.text
