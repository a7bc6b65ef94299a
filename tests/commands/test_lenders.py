"""An operator sees which lenders there are, and mends what was mistyped when one was added."""

import asyncio
import os
from pathlib import Path

import pytest

from portal.tables import models as tables
from portal.tables.connection import connected
from tests.commands.conftest import Terminal
from tests.commands.test_loans import portfolio_line


@pytest.fixture
def jq(empty: Terminal) -> Terminal:
    assert empty("lender", "add", "jq", "--name", "佳泉消费金融", "--hotline", "400-820-0001").code == 0
    return empty


def imported(terminal: Terminal, folder: Path, *numbers: str, **more: object) -> None:
    file = folder / "p.jsonl"
    file.write_text("".join(portfolio_line(number, **more) for number in numbers))
    said = terminal("import", file, "--lender", "jq")
    assert said.code == 0, said.err


def store(lender_kind: str, kinds: dict[str, str]) -> None:
    """As an older version would have: kinds were any word."""

    async def write() -> None:
        async with connected(os.environ["PORTAL_DATABASE"]):
            await tables.LenderRow.filter(slug="jq").update(kind=lender_kind)
            for loan_no, kind in kinds.items():
                await tables.ContractRow.filter(loan__loan_no=loan_no).update(lender_kind=kind)

    asyncio.run(write())


def events(terminal: Terminal) -> list[dict[str, object]]:
    return [event["data"] for event in terminal("events", "--lender", "jq", "--json").lines
            if event["type"] == "lender.changed"]  # fmt: skip


def test_every_lender_is_listed_with_what_was_said_of_it(jq: Terminal, tmp_path: Path) -> None:
    jq("lender", "add", "lc", "--name", "Lending House", "--kind", "marketplace", "--currency", "USD",
       "--timezone", "America/Los_Angeles")  # fmt: skip
    imported(jq, tmp_path, "A-1", "A-2")
    said = jq("lender", "list")
    assert (said.code, said.err) == (0, "")
    assert [line.split() for line in said.out.splitlines()] == [
        ["SLUG", "KIND", "CURRENCY", "TIMEZONE", "LOANS", "HOTLINE", "NAME"],
        ["jq", "consumer-finance", "CNY", "Asia/Shanghai", "2", "400-820-0001", "佳泉消费金融"],
        ["lc", "marketplace", "USD", "America/Los_Angeles", "0", "-", "Lending", "House"],
    ]
    first, second = jq("lender", "list", "--json").json
    assert first == {
        "slug": "jq", "name": "佳泉消费金融", "kind": "consumer-finance", "kind_known": True, "hotline": "400-820-0001",
        "timezone": "Asia/Shanghai", "currency": "CNY", "legal_name": "", "loans": 2, "loans_of_unknown_kinds": {},
    }  # fmt: skip
    assert second["slug"] == "lc"


def test_kinds_stored_before_there_was_a_list_are_named_with_how_many_loans_have_them(
    jq: Terminal, tmp_path: Path
) -> None:
    imported(jq, tmp_path, "A-1", "A-2", "A-3", "A-4")
    store("consumer-finace", {"A-1": "consumer-finace", "A-2": "consumer-finace", "A-3": "bankk"})
    said = jq("lender", "list")
    assert said.code == 0
    known = "auto-finance, bank, card, consumer-finance, marketplace, microloan, other, private, trust"
    assert said.out.splitlines()[2:] == [
        f"jq: the kind 'consumer-finace' is unknown; `lender set jq --kind KIND`, one of {known}",
        "jq: 1 loans have the unknown kind 'bankk', and the strictest cap until they are corrected: "
        "import them again under a known one",
        "jq: 2 loans have the unknown kind 'consumer-finace', and the strictest cap until they are corrected: "
        "import them again under a known one",
    ]
    [listed] = jq("lender", "list", "--json").json
    assert (listed["kind_known"], listed["loans_of_unknown_kinds"]) == (False, {"bankk": 1, "consumer-finace": 2})
    assert jq("lender", "set", "jq", "--kind", "consumer-finance").code == 0
    imported(jq, tmp_path, "A-1", "A-2", product="现金分期 12 期")  # a new snapshot of each, of a known kind
    assert jq("lender", "list", "--json").json[0]["loans_of_unknown_kinds"] == {"bankk": 1}


def test_what_was_mistyped_is_set_and_the_log_says_what_and_never_a_name(jq: Terminal) -> None:
    said = jq(
        "lender", "set", "jq", "--name", "佳泉金融", "--kind", "bank", "--hotline", "", "--timezone", "Asia/Urumqi"
    )
    assert (said.code, said.out, said.err) == (0, "", "jq: set hotline, kind, name, timezone\n")
    assert jq("lender", "list", "--json").json[0] | {"loans": 0} == {
        "slug": "jq", "name": "佳泉金融", "kind": "bank", "kind_known": True, "hotline": "", "timezone": "Asia/Urumqi",
        "currency": "CNY", "legal_name": "", "loans": 0, "loans_of_unknown_kinds": {},
    }  # fmt: skip
    assert events(jq) == [{
        "fields": ["hotline", "kind", "name", "timezone"],
        "old": {"kind": "consumer-finance", "timezone": "Asia/Shanghai"},
        "new": {"kind": "bank", "timezone": "Asia/Urumqi"},
    }]  # fmt: skip
    assert "佳泉" not in jq("events", "--lender", "jq", "--json").out
    assert jq("audit", "verify").code == 0


def test_the_name_it_is_registered_under_is_kept_beside_the_one_that_borrowers_see(jq: Terminal) -> None:
    said = jq("lender", "set", "jq", "--legal-name", "佳泉消费金融有限公司")
    assert (said.code, said.err) == (0, "jq: set legal_name\n")
    listed = jq("lender", "list", "--json").json[0]
    assert (listed["name"], listed["legal_name"]) == ("佳泉消费金融", "佳泉消费金融有限公司")
    assert events(jq) == [{"fields": ["legal_name"], "old": {}, "new": {}}]
    said = jq("lender", "set", "jq", "--legal-name", "佳" * 201)
    assert (said.code, said.err) == (1, "--legal-name: at most 200 characters, found 201\n")


def test_what_is_so_already_changes_nothing(jq: Terminal) -> None:
    said = jq("lender", "set", "jq", "--kind", "consumer-finance", "--hotline", "400-820-0001")
    assert (said.code, said.err) == (0, "jq: says so already\n")
    assert events(jq) == []


def test_a_currency_is_set_only_while_nothing_is_in_it(jq: Terminal, tmp_path: Path) -> None:
    assert jq("lender", "set", "jq", "--currency", "JPY").err == "jq: set currency\n"
    policy = tmp_path / "policy.toml"
    policy.write_text('[plan]\nmin_installment = "300"\n')
    assert jq("policy", "set", "jq", policy).code == 0
    assert jq("lender", "set", "jq", "--currency", "CNY").code == 0
    policy.write_text('[plan]\nmin_installment = "300.00"\n')
    assert jq("policy", "set", "jq", policy).code == 0
    said = jq("lender", "set", "jq", "--currency", "JPY")
    assert (said.code, said.err.splitlines()[1]) == (
        1, "[plan] min_installment: has to be an amount as a string, such as \"100.00\", found '300.00'",
    )  # fmt: skip
    imported(jq, tmp_path, "A-1")
    said = jq("lender", "set", "jq", "--currency", "USD", "--name", "另一个名字")
    assert (said.code, said.err) == (
        1,
        "--currency: The currency of the lender stays CNY, for 1 loans are there already; USD was asked for.\n",
    )
    assert (jq("lender", "list", "--json").json[0]["currency"], len(events(jq))) == ("CNY", 2)
    assert "另一个名字" not in jq("lender", "list").out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("xx", "--kind", "bank"), "SLUG: there is no lender 'xx'; `lender add` makes one"),
        (
            ("jq",),
            "nothing was asked for: name what to set, --name, --kind, --hotline, --timezone, --currency, --legal-name",
        ),
        (("jq", "--kind", "card "), "--kind: It must be one of auto-finance, bank, card, consumer-finance, "),
        (("jq", "--kind", ""), "--kind: It must be one of auto-finance, bank, card, consumer-finance, "),
        (("jq", "--timezone", "Asia/Peking"), "--timezone: a name such as Asia/Shanghai, found 'Asia/Peking'"),
        (("jq", "--name", " "), "--name: is what borrowers see, and cannot be empty"),
        (("jq", "--hotline", "400\u200b"), "--hotline: A letter that cannot be seen is at position 4: U+200B"),
        (("jq", "--currency", "RMB"), "--currency: 'RMB' is not a currency code of ISO 4217, such as CNY."),
    ],
)
def test_what_cannot_be_is_refused_by_its_option(jq: Terminal, words: tuple[str, ...], says: str) -> None:
    said = jq("lender", "set", *words)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(says)
    assert events(jq) == []
