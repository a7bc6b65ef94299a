"""Chinese first, English second: which language a page is in, and that all of it is."""

import re
from collections.abc import Iterator
from datetime import date

import pytest

import portal.web.routes  # noqa: F401  every refusal a page can show is known once its module is
from portal.domain.contract.calendar import Every
from portal.domain.money import Money
from portal.domain.refusal import Refusal
from portal.languages import languages
from portal.web.labels import LABELS
from portal.web.render import every_words
from tests.pages.conftest import SUN_HAOS, XIAOMINGS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

# Units, names and signs that stand in Chinese sentences as they are.
AS_THEY_ARE = re.compile(
    r"\{\w+\}|%\(\w+\)[sd]|LPR|Cookie|SHA-256|MB|\b1?[mwd]\b|[0-9]+[mwdX]\b|\bX\b|PDF|UTF-8|CSV|TOML|kB|https://|name@lender\.example|\+86"
)


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("en-US,en;q=0.9", "en"),
        ("en;q=0.1, zh;q=0.9", "zh-CN"),
        ("fr, en;q=0.5", "en"),
        ("fr", "zh-CN"),
        ("*", "zh-CN"),
        ("", "zh-CN"),
        ("en;q=0", "zh-CN"),
        ("en;q=banana", "en"),
        ("en;q=-1, zh", "en"),
        ("é;q=٣,,,;;==", "zh-CN"),
        ("a" * 10000, "zh-CN"),
    ],
)
async def test_the_language_is_the_browsers_and_chinese_where_it_has_none_of_ours(
    cast: Cast, accepted: str, expected: str
) -> None:
    sent = [(b"accept-language", accepted.encode())]
    answer = await cast.browser().client.get("/", headers=sent)
    assert f'<html lang="{expected}">' in answer.text


async def test_the_language_is_kept_by_choice_for_a_year(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS, "zh-CN")
    loan = await cast.loan(XIAOMINGS)
    await bo.open(f"{loan}/plan?installments=5&how=count")
    fields = {**bo.filled("/language"), "lang": "en"}
    answer = await bo.client.post("/language", data=fields, headers={"origin": bo.base})
    assert answer.headers["location"] == f"{loan}/plan?installments=5&how=count", "what was typed is still there"
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("lang="))
    assert "Max-Age=31536000" in cookie
    assert '<html lang="en">' in (await bo.open("/loans")).html
    await bo.send("/sign-out")
    assert '<html lang="en">' in (await bo.open("/sign-in")).html


@pytest.mark.parametrize("lang", ["fr", "", "zh-CN; Secure", "../en", "EN"])
async def test_a_language_we_do_not_have_changes_nothing(cast: Cast, lang: str) -> None:
    bo = await cast.browser("en").open("/privacy")
    await bo.send("/language", lang=lang)
    assert (bo.status, bo.path) == (200, "/privacy") and '<html lang="en">' in bo.html
    bo.client.cookies.set("lang", "xx")
    assert (await bo.open("/")).status == 200


async def test_amounts_dates_and_rates_have_each_languages_form(cast: Cast) -> None:
    loan = await cast.loan(XIAOMINGS)
    zh, en = await cast.comes(XIAOMINGS, "zh-CN"), await cast.comes(XIAOMINGS, "en")
    for path in (loan, f"{loan}/penalties", f"{loan}/plan"):
        await zh.open(path)
        await en.open(path)
        amounts = [re.findall(r"(?:¥|(?<![0-9,]))([0-9,]+\.[0-9]{2})", bo.text) for bo in (zh, en)]
        assert amounts[0] == amounts[1] and amounts[0], "a language changes no amount and no order"
        assert "CN" not in zh.text + en.text
    await zh.open(f"{loan}/terms")
    await en.open(f"{loan}/terms")
    for bo, day in ((zh, "2025年12月15日"), (en, "15 December 2025")):
        assert day in bo.text and "23.4%" in bo.text and "12,000.00" in bo.text


async def test_both_languages_offer_the_same_forms(cast: Cast) -> None:
    zh, en = await cast.comes(SUN_HAOS, "zh-CN"), await cast.comes(SUN_HAOS, "en")
    for path in (await cast.proposal(SUN_HAOS), f"{await cast.loan(SUN_HAOS)}/plan", "/account/password"):
        await zh.open(path)
        await en.open(path)
        said = [[(form.action, sorted(form.fields)) for form in bo.forms] for bo in (zh, en)]
        assert said[0] == said[1]


def refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for each in kind.__subclasses__():
        yield each
        yield from refusals(each)


# What commands and files are told has its own tests.
ON_PAGES = (
    *("portal.web", "portal.actions"),
    *(f"portal.domain.restructuring.{name}" for name in ("bounds", "negotiation", "offer_refusals")),
)
AT_A_TERMINAL = {
    *("portal.actions.api_keys.KeyLife", "portal.actions.api_keys.NoSuchKey"),
    *("portal.actions.lenders.CurrencyInUse", "portal.actions.lenders.LenderExists"),
    *("portal.actions.messages.MessageTooOld", "portal.actions.messages.NoSuchMessage"),
    "portal.actions.messages.NotGivenUp",
    *(f"portal.actions.test_clock.{name}" for name in ("ClockGoesBack", "ClockOnItsWay", "ClockTooFar", "NoTestClock")),
}
"""Only commands raise them, or what machines alone ask for."""
SHOWN = sorted(
    {
        each
        for each in refusals()
        if each.__module__.startswith(ON_PAGES) and f"{each.__module__}.{each.__name__}" not in AT_A_TERMINAL
    },
    key=lambda each: f"{each.__module__}.{each.__name__}",
)


@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_refusal_is_a_whole_sentence_in_both_languages(kind: type[Refusal]) -> None:
    names = re.findall(r"\{(\w+)\}", kind.says)
    for fact in (Money(123450, "CNY"), date(2026, 7, 1), 7, "三"):
        refusal = kind("field", **dict.fromkeys(names, fact))
        zh, en = languages()["zh-CN"].refusal(refusal), languages()["en"].refusal(refusal)
        assert "{" not in zh + en and en.endswith((".", "?")) and zh.endswith(("。", "？"))
        assert not re.search(r"[A-Za-z]{2,}", AS_THEY_ARE.sub("", zh)), zh
        assert re.search(r"[一-鿿]", zh)


def test_at_least_the_refusals_we_know_of_were_looked_at() -> None:
    assert {"WrongDigits", "TooManyTries", "NotKnown", "DayHasPassed", "SomebodyWasFirst", "TooLong"} <= {
        each.__name__ for each in SHOWN
    }


@pytest.mark.parametrize("kind", sorted(LABELS))
def test_every_code_has_words_in_both_languages(kind: str) -> None:
    zh = languages()["zh-CN"]
    for code, words in LABELS[kind].items():
        assert words != str(code) and zh.text(words) != words, (kind, code)
        assert not re.search(r"[A-Za-z]{2,}", AS_THEY_ARE.sub("", zh.text(words))), zh.text(words)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_mistakes_are_said_in_the_language_of_the_page(cast: Cast, language: str) -> None:
    """Every wrong answer of one evening; the linting browser finds English on a Chinese page."""
    bo = cast.browser(language)
    link = await cast.link(XIAOMINGS)
    await bo.open(link)
    for digits in ("", "0000"):
        await bo.send(link, digits=digits)
        assert bo.status == 422
    await bo.send(link, digits="123X")
    await bo.send("/consent")
    assert bo.status == 422
    await bo.send("/consent", notice="1", sensitive="1")
    plan = f"{await cast.loan(XIAOMINGS)}/plan"
    for query in (
        "installments=0",
        "installments=999",
        "how=amount&amount=abc",
        "how=amount&amount=0.01&every=1w",
        "how=x&every=y",
        "first_due=2020-01-01",
        "first_due=never",
        "down_payment=9999999",
        "waiver_penalty=9999999",
        "installments=200",
        "installments=36&first_due=2027-06-01&every=1m&waiver_penalty=100",
    ):
        await bo.open(f"{plan}?{query}")
        assert bo.status == 200
    await bo.send("/plan", as_of="2026-06-13")
    assert bo.status == 409
    await bo.send("/plan", note="长" * 600)
    assert bo.status == 422
    await bo.send("/plan", note="", expected_version="77")
    assert bo.status == 409
    await cast.chooses(bo, "x")
    for password in ("x", "12345678"):
        await bo.send("/account/password", password=password)
        assert bo.status == 422
    await bo.send("/sign-out")
    for _ in range(6):
        await bo.open("/sign-in")
        await bo.send("/sign-in", phone="1", password="2")
    assert bo.status == 429


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_mistakes_at_the_desk_too(cast: Cast, language: str) -> None:
    rui = await cast.reviewer(language=language)
    desk = f"/desk{await cast.proposal(ZHOU_MINS)}"
    await rui.open(desk)
    await rui.send("/decline")
    assert rui.status == 422
    await rui.send("/decline", reason="too_long", expected_version="1")
    assert rui.status == 409
    await rui.open(f"{desk}/counter")
    await rui.send("/counter", installments="x", first_due="y", amount="z", waiver_interest="-", every="q")
    assert rui.status == 422


def test_a_rhythm_that_has_no_word_of_its_own_is_said_in_both_languages() -> None:
    zh, en = languages()["zh-CN"], languages()["en"]
    assert [every_words(zh, Every.parse(each)) for each in ("2m", "3w", "10d")] == ["每 2 个月", "每 21 天", "每 10 天"]
    assert (
        every_words(en, Every.parse("2m")) == "every 2 months" and every_words(en, Every.parse("1m")) == "every month"
    )
