"""An operator sets a lender up: what is wrong is named with what is allowed, and nothing half-done stays behind."""

import csv
from pathlib import Path

import pytest

from tests.commands.conftest import Terminal
from tests.commands.test_loans import portfolio_line

POLICY = '[plan]\nmax_months = 6\n\n[waiver]\npenalty = "0.5"\n'


@pytest.fixture
def jq(empty: Terminal) -> Terminal:
    assert empty("lender", "add", "jq", "--name", "佳泉消费金融", "--hotline", "400-820-0001").code == 0
    return empty


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("JQ", "--name", "x"), "SLUG: small letters, digits and hyphens, at most 64, found 'JQ'"),
        (("-jq", "--name", "x"), ""),
        (("j" * 65, "--name", "x"), "SLUG: small letters"),
        (("yh", "--name", " "), "--name: "),
        (("yh", "--name", "佳" * 201), "--name: at most 200 characters, found 201"),
        (("yh", "--name", "佳\u202e泉"), "--name: A letter that cannot be seen is at position 2: U+202E, right-to"),
        (("yh", "--name", "x", "--hotline", "4" * 41), "--hotline: at most 40 characters, found 41"),
        (
            ("yh", "--name", "x", "--kind", "bankk"),
            "--kind: It must be one of auto-finance, bank, card, consumer-finance, marketplace, microloan, other, "
            "private, trust; 'bankk' is not. Perhaps bank was meant.",
        ),
        (("yh", "--name", "x", "--kind", "cooperative"), "--kind: It must be one of auto-finance, bank, card, "),
        (("yh", "--name", "x", "--timezone", "Asia"), "--timezone: a name such as Asia/Shanghai, found 'Asia'"),
        (("yh", "--name", "x", "--timezone", "../etc"), "--timezone: a name such as Asia/Shanghai, found '../etc'"),
        (("yh", "--name", "x", "--timezone", "Mars/Base"), "--timezone: a name such as Asia/Shanghai, found"),
        (("yh", "--name", "x", "--currency", "cny"), "--currency: 'cny' is not a currency code of ISO 4217"),
        (("jq", "--name", "x"), "SLUG: There is already a lender jq."),
    ],
)
def test_a_lender_that_cannot_be_is_refused(jq: Terminal, words: tuple[str, ...], says: str) -> None:
    said = jq("lender", "add", *words)
    assert (said.code, said.out) == (1 if says else 2, "")
    assert said.err.startswith(says)
    assert len(jq("events", "--lender", "jq", "--json").lines) == 1
    assert jq("events", "--lender", "yh").code == 1


def test_each_policy_is_a_new_version_and_the_last_is_shown_as_it_was_written(jq: Terminal, tmp_path: Path) -> None:
    said = jq("policy", "show", "jq")
    assert (said.code, said.out) == (0, "")
    assert said.err.startswith("no policy was set: the careful defaults are in force\nand by default:\n  [plan] max_")
    file = tmp_path / "policy.toml"
    for version, text in ((1, POLICY), (2, "# 六个月\n" + POLICY)):
        file.write_text(text)
        assert jq("policy", "set", "jq", file).err.startswith(f"policy of jq: version {version} is in force; ")
        said = jq("policy", "show", "jq")
        assert said.out == text and said.err.startswith(f"version {version}\nand by default:\n")
        assert "  [plan] max_installments = 52\n" in said.err and "[plan] max_months" not in said.err
    assert jq("policy", "show", "jq", "--version", 1).out == POLICY
    assert jq("policy", "show", "jq", "--version", 3).err == "--version: jq has no version 3; there are 1 to 2\n"


def test_a_policy_says_what_it_changes_before_and_after_it_is_set(jq: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY)
    said = jq("policy", "set", "jq", file, "--dry-run")
    assert said.code == 0 and said.err.startswith(
        "policy of jq: nothing was set; against the defaults it would change\n"
    )
    assert said.out == '[plan] max_months: 12 (default) -> 6\n[waiver] penalty: "0" (default) -> "0.5"\n'
    assert "0 proposals are open: what is accepted from then on is judged by the new version" in said.err
    assert jq("policy", "show", "jq").err.startswith("no policy was set")
    assert jq("policy", "set", "jq", file).out == said.out
    said = jq("policy", "set", "jq", file, "--dry-run")
    assert said.out == "nothing\n" and "to go back" not in said.err
    file.write_text("[plan]\nmax_months = 61\n")
    said = jq("policy", "set", "jq", file, "--dry-run")
    assert said.code == 1 and "[plan] max_months: has to be a whole number from 1 to 60, found 61" in said.err
    file.write_text("[plan]\nmax_months = 9\n")
    said = jq("policy", "set", "jq", file)
    assert said.out == '[plan] max_months: 6 -> 9\n[waiver] penalty: "0.5" -> "0" (default)\n'
    assert said.err.endswith("to go back: policy show jq --version 1 > FILE, then policy set jq FILE\n")


def test_a_policy_tells_how_many_proposals_are_open_and_which_stay_bound(demo: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(demo("policy", "show", "jq").out)
    said = demo("policy", "set", "jq", file, "--dry-run")
    assert said.out == "nothing\n"
    assert "4 proposals are open" in said.err
    assert "2 that were accepted and 2 plans that run stay under the version of their day" in said.err


def test_the_example_sets_what_holds_already(jq: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(jq("policy", "example").out)
    assert jq("policy", "set", "jq", file, "--dry-run").out == "nothing\n"


def test_every_problem_of_a_policy_is_named_at_once_and_the_old_one_stays(jq: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY)
    jq("policy", "set", "jq", file)
    file.write_text('[plan]\nmax_months = 61\nlongest = 1\nevery = []\n[waiver]\nprincipal = "0.5"\npenalty = 2\n[x]\n')
    said = jq("policy", "set", "jq", file)
    assert (said.code, said.out) == (1, "")
    for problem in (
        "[plan] max_months: has to be a whole number from 1 to 60, found 61",
        "[plan] longest: unknown; allowed are max_months, ",
        "[plan] every: has to be a list of",
        "[waiver] principal: unknown; allowed are costs, fees, penalty, interest",
        '[waiver] penalty: has to be a share from 0 to 1 as a string, such as "0.5", found 2',
        "[x]: unknown; allowed are [plan], [waiver], ",
    ):
        assert problem in said.err
    file.write_text("[plan\n")
    assert "not TOML" in jq("policy", "set", "jq", file).err
    file.write_bytes(b"\xff")
    assert jq("policy", "set", "jq", file).err.startswith("FILE: cannot be read as UTF-8 text")
    assert jq("policy", "set", "jq", tmp_path / "none.toml").err == f"FILE: there is no file '{tmp_path}/none.toml'\n"
    assert jq("policy", "set", "xx", file).err.startswith("SLUG: there is no lender 'xx'")
    assert jq("policy", "show", "jq").out == POLICY


def test_a_colleague_gets_a_link_once_and_their_address_only_once(jq: Terminal) -> None:
    said = jq("staff", "add", "Rui@jq.example", "--lender", "jq", "--role", "agent")
    assert said.code == 0
    assert said.out.startswith("http://127.0.0.1:8000/desk/activate/") and said.out.count("\n") == 1
    again = jq("staff", "add", "rui@jq.example", "--lender", "jq", "--role", "admin")
    assert again.err == "EMAIL: rui@jq.example already has a staff account.\n"
    assert jq("staff", "add", "rui", "--lender", "jq", "--role", "agent").err.startswith("EMAIL: ")
    assert jq("staff", "add", "lan@jq.example", "--lender", "jq", "--role", "boss").code == 2
    assert "@" not in jq("events", "--lender", "jq", "--json").out


def test_a_colleague_who_forgot_the_password_gets_another_link(jq: Terminal) -> None:
    first = jq("staff", "add", "rui@jq.example", "--lender", "jq", "--role", "agent").out
    said = jq("staff", "reset", "Rui@jq.example", "--lender", "jq")
    assert said.code == 0 and said.out.startswith("http://127.0.0.1:8000/desk/activate/") and said.out != first
    assert "Nobody with the address lan@jq.example" in jq("staff", "reset", "lan@jq.example", "--lender", "jq").err
    assert '"staff.reset"' in jq("events", "--lender", "jq", "--json").out


def test_a_link_is_alone_on_standard_output(demo: Terminal, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PORTAL_BASE_URL", "https://pay.example.com/")
    said = demo("invite", "JQ-2026-0001", "--lender", "jq")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("https://pay.example.com/i/") and said.out.count("\n") == 1


def test_a_link_to_another_number_is_told_to_nobody_at_the_terminal(demo: Terminal) -> None:
    said = demo("invite", "JQ-2026-0001", "--lender", "jq", "--phone", "+8613900000001")
    assert (said.code, said.out) == (0, "")
    assert said.err.startswith("Another number was on record.")
    assert "13900000001" not in demo("events", "--lender", "jq", "--json").out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("JQ-9", "--lender", "jq"), "LOAN_NO: jq has no loan 'JQ-9'"),
        (("JQ-2026-0001", "--lender", "jq", "--phone", "138"), "--phone: A phone number is written like +86"),
        (("JQ-2026-0001", "--lender", "jq", "--phone", "+861380000001"), "--phone: A number of +86 has 11 digits "),
        (("--lender", "jq"), "LOAN_NO: is needed, or --overdue with --out FILE"),
        (("--overdue", "--lender", "jq"), "LOAN_NO: is needed, or --overdue with --out FILE"),
        (("JQ-2026-0001", "--overdue", "--out", "x", "--lender", "jq"), "LOAN_NO: is needed, or --overdue"),
        (("JQ-2026-0001", "--out", "x", "--lender", "jq"), "LOAN_NO: is needed, or --overdue"),
        (("JQ-2026-0001", "--limit", "3", "--lender", "jq"), "--limit: goes with --overdue"),
        (("--overdue", "--out", "x", "--limit", "0", "--lender", "jq"), "--limit: goes with --overdue"),
        (("--overdue", "--lender", "jq", "--out", "/no/such/folder/x"), "--out: "),
    ],
)
def test_an_invitation_that_cannot_be_is_refused(demo: Terminal, words: tuple[str, ...], says: str) -> None:
    before = demo("events", "--lender", "jq").out
    said = demo("invite", *words)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(says)
    assert demo("events", "--lender", "jq").out == before


def test_whoever_is_overdue_and_has_no_link_gets_one_and_only_one(jq: Terminal, tmp_path: Path) -> None:
    other = {"external_id": "B-91", "name": "孙立", "phone": "+8613900000091", "id_last4": "9191"}
    paid = [{"id": f"P-{no}", "received_on": "2026-06-01", "amount": "1100.16"} for no in range(1, 6)]
    file, out = tmp_path / "p.jsonl", tmp_path / "links.csv"
    # 钱多 owes two loans, both late; 孙立 owes one and is not behind.
    rows = [portfolio_line("A-2"), portfolio_line("A-1"), portfolio_line("A-3", borrower=other, payments=paid)]
    file.write_text("".join(rows))
    assert jq("import", file, "--lender", "jq").code == 0
    said = jq("invite", "--overdue", "--lender", "jq", "--out", out)
    assert (said.code, said.out, said.err) == (0, "", f"1 links are in {out}\n")
    header, row = csv.reader(out.read_text(encoding="utf-8-sig").splitlines())
    assert out.read_bytes().startswith(b"\xef\xbb\xbf"), "a spreadsheet takes it for UTF-8 by its first three bytes"
    assert header == ["loan_no", "phone", "link", "text_zh-CN", "text_en"]
    assert row[:2] == ["A-1", "+8613900000090"] and row[2].startswith("http://127.0.0.1:8000/i/")
    assert row[3].startswith("佳泉消费金融：") and row[4].startswith("佳泉消费金融: ")
    assert all(row[2] in text and "A-1" not in text and "钱多" not in text for text in row[3:])
    assert out.stat().st_mode & 0o077 == 0
    out.chmod(0o644)
    assert jq("invite", "--overdue", "--lender", "jq", "--out", out).err == f"0 links are in {out}\n"
    assert out.stat().st_mode & 0o777 == 0o600, "a file that was there before is closed to others too"


def test_a_part_of_all_is_invited_today_and_the_rest_another_day(jq: Terminal, tmp_path: Path) -> None:
    file, out = tmp_path / "p.jsonl", tmp_path / "links.csv"
    owing = [{"external_id": f"B-{no}", "name": "孙立", "id_last4": "9191" if no != 1 else ""} for no in range(5)]
    file.write_text("".join(portfolio_line(f"A-{no}", borrower=each) for no, each in enumerate(owing)))
    assert jq("import", file, "--lender", "jq").code == 0
    for limit, found in ((2, ["A-0", "A-2"]), (9, ["A-3", "A-4"])):
        said = jq("invite", "--overdue", "--lender", "jq", "--out", out, "--limit", limit)
        assert said.code == 0 and said.err.startswith(f"2 links are in {out}\n1 borrowers have neither ID digits")
        _, *rows = csv.reader(out.read_text(encoding="utf-8-sig").splitlines())
        assert [row[0] for row in rows] == found


@pytest.mark.parametrize("loan_no", ["=1+1", "+1", "-1", "@A1", '"1', "＝1"])
def test_a_loan_number_is_no_formula_in_the_sheet_of_links(jq: Terminal, tmp_path: Path, loan_no: str) -> None:
    file, out = tmp_path / "p.jsonl", tmp_path / "links.csv"
    file.write_text(portfolio_line(loan_no))
    assert jq("import", file, "--lender", "jq").code == 0
    assert jq("invite", "--overdue", "--lender", "jq", "--out", out).code == 0
    with out.open(encoding="utf-8-sig", newline="") as sheet:
        _, row = csv.reader(sheet)
    assert row[0] == f"'{loan_no}"


def test_a_product_or_what_is_long_late_is_invited_by_itself(jq: Terminal, tmp_path: Path) -> None:
    file, out = tmp_path / "p.jsonl", tmp_path / "links.csv"
    owing = [{"external_id": f"B-{no}", "name": "孙立", "id_last4": "9191"} for no in range(3)]
    rows = [
        portfolio_line("A-0", borrower=owing[0], product="车贷"),
        portfolio_line("A-1", borrower=owing[1], product="教育"),
    ]
    file.write_text("".join([*rows, portfolio_line("A-2", borrower=owing[2], product="教育")]))
    assert jq("import", file, "--lender", "jq").code == 0
    asked = ("invite", "--overdue", "--lender", "jq", "--out", out)
    none = jq(*asked, "--product", "房贷")
    assert (none.code, none.err) == (1, "--product: no loan of jq is of '房贷'; there are: 教育, 车贷\n")
    assert jq(*asked, "--days-late", "9999").err == f"0 links are in {out}\n"
    assert jq(*asked, "--product", "教育", "--days-late", "30", "--limit", "1").err == f"1 links are in {out}\n"
    assert jq(*asked, "--product", "教育").err == f"1 links are in {out}\n"
    assert jq(*asked).err == f"1 links are in {out}\n"
    for wrong in (("--days-late", "0"), ("--product", "教育")):
        said = jq("invite", "A-0", "--lender", "jq", *wrong)
        assert said.code == 1 and f"{wrong[0]}: goes with --overdue" in said.err
