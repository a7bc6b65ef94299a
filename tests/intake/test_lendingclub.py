"""2,000 real loans: every row is a loan whose totals are the file's to the cent, or is refused with a reason."""

import json
from collections import Counter
from datetime import date
from functools import cache

import pytest

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Loan, Payment
from portal.domain.contract.portfolio import LoanRecord
from portal.domain.ledger.delinquency import DelinquencyStatus, delinquency
from portal.domain.ledger.position import Position, position
from tests.files import Reading, read_file
from tests.intake.conftest import Terminal
from tests.intake.lendingclub import FILE, cents, needs_the_file, one_row, rows, written_off

pytestmark = needs_the_file

END = date(2019, 3, 31)
SETTLED = (
    "The mapping leaves out rows with {} here: an agreement to settle for less is running or kept, and the file does"
    " not say what it waives."
)
CENT = "It says that the loan is paid, but 0.01 of its principal is not."


@cache
def reading() -> Reading:
    return read_file(FILE, lender_kind="marketplace", mapping="lendingclub")


@cache
def positions() -> dict[str, tuple[LoanRecord, Position]]:
    return {record.loan.loan_no: (record, position(record.loan, END)) for record in reading().records}


def loan(loan_no: str) -> Loan:
    return positions()[loan_no][0].loan


def recovered(loan_no: str) -> Amounts:
    """What was paid of each component beyond the sums that the file gives it."""
    row, now = rows()[loan_no], positions()[loan_no][1]
    told = {"principal": "total_rec_prncp", "interest": "total_rec_int", "penalty": "total_rec_late_fee"}
    stated = Amounts(**{component: cents(row[column]) for component, column in told.items()})
    return sum((payment.allocated for payment in now.payments), Amounts()) - stated


def test_every_row_is_a_loan_or_is_refused_once() -> None:
    landed = {record.loan.loan_no for record in reading().records}
    refused = [row.loan_no for row in reading().bad]
    assert (reading().rows, len(landed), len(refused)) == (2000, 1977, 23)
    assert landed | set(refused) == set(rows())


def test_what_is_refused_is_a_settlement_or_contradicts_itself() -> None:
    found = Counter((row.field, row.problem) for row in reading().bad)
    assert found == {
        ("settlement_status", SETTLED.format("'ACTIVE'")): 11,
        ("settlement_status", SETTLED.format("'COMPLETE'")): 9,
        ("loan_status", CENT): 3,
    }
    for row in reading().bad:
        if row.field == "loan_status":
            said = rows()[row.loan_no]
            assert cents(said["funded_amnt"]) - cents(said["total_rec_prncp"]) == 1
            assert said["out_prncp"] == "0.0"


def test_a_refused_row_is_named_by_the_line_an_editor_shows() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    for row in reading().bad:
        assert lines[row.line - 1].startswith(f"{row.loan_no},")


def test_every_total_is_the_files_to_the_cent_and_what_was_recovered_pays_what_fell_due() -> None:
    for loan_no, (_, now) in positions().items():
        row, paid = rows()[loan_no], recovered(loan_no)
        if not cents(row["recoveries"]):
            assert paid == Amounts(), loan_no
        assert paid.total == paid.principal + paid.interest == cents(row["recoveries"]), loan_no
        assert min(paid.principal, paid.interest) >= 0 and now.credit == 0, loan_no
        assert abs(sum(payment.amount for payment in now.payments) - cents(row["total_pymnt"])) <= 1, loan_no


def test_the_principal_left_is_the_files_or_what_a_loan_written_off_still_lacks() -> None:
    for loan_no, (_, now) in positions().items():
        row = rows()[loan_no]
        unpaid = cents(row["funded_amnt"]) - cents(row["total_rec_prncp"]) - recovered(loan_no).principal
        assert now.outstanding_principal == (unpaid if written_off(row) else cents(row["out_prncp"])), loan_no
        assert sum(each.principal for each in loan(loan_no).schedule) == cents(row["funded_amnt"]), loan_no


def test_a_loan_is_as_late_as_its_status_says() -> None:
    bounds = {
        "Current": (0, 0),
        "In Grace Period": (1, 15),
        "Late (16-30 days)": (16, 30),
        "Late (31-120 days)": (31, 120),
        "Fully Paid": (0, 0),
        "Does not meet the credit policy. Status:Fully Paid": (0, 0),
    }
    seen: Counter[str] = Counter()
    for loan_no, (_, now) in positions().items():
        row = rows()[loan_no]
        if not written_off(row):
            least, most = bounds[row["loan_status"]]
            assert least <= now.days_past_due <= most, loan_no
            seen[row["loan_status"]] += 1
    assert (seen["Current"], seen["Late (16-30 days)"], seen["Late (31-120 days)"]) == (745, 5, 21)


def test_a_loan_that_is_late_owes_whole_installments_as_stated() -> None:
    late = [(row, now) for no, (_, now) in positions().items() if "Late" in (row := rows()[no])["loan_status"]]
    # no. 1316 is due its last installment and no. 807 its last three: what is left of the principal is less than those.
    whole = [(row, now) for row, now in late if row["id"] not in ("73753816", "70971115")]
    for row, now in whole:
        installment = cents(row["installment"])
        assert now.overdue.total % installment == 0, row["id"]
        assert now.overdue.total // installment == len(now.overdue_installments) <= 4
    assert len(whole) == 24


def test_where_a_loan_stands_is_what_its_status_says() -> None:
    words = {
        "Current": {DelinquencyStatus.ON_TIME, DelinquencyStatus.PAID_UP},
        "In Grace Period": {DelinquencyStatus.IN_GRACE},
        "Late (16-30 days)": {DelinquencyStatus.OVERDUE},
        "Late (31-120 days)": {DelinquencyStatus.OVERDUE},
    }
    for loan_no, (_, now) in positions().items():
        row = rows()[loan_no]
        paid_up = {DelinquencyStatus.WRITTEN_OFF if written_off(row) else DelinquencyStatus.PAID_UP}
        assert delinquency(now).status in words.get(row["loan_status"], paid_up), loan_no


def test_the_stated_installment_is_kept_and_the_schedule_said_to_be_derived() -> None:
    """No. 150: 18,855.64 left at 12.62 %, 1,005.34 a month: 198.30 interest on it, 807.04 of principal."""
    found = loan("121718746")
    assert (found.terms.installment, found.schedule_generated) == (100534, True)
    assert len(found.schedule) == found.terms.installments == 36
    sixteenth = found.schedule[15]
    assert (sixteenth.due_on, sixteenth.principal, sixteenth.interest) == (date(2019, 2, 15), 80704, 19830)
    assert {row.total for row in found.schedule[15:-1]} == {100534}
    assert sum(row.principal for row in found.schedule[15:]) == 1885564


def test_what_was_paid_stands_in_one_installment_since_nobody_knows_how_it_came() -> None:
    found = loan("121718746")
    assert [row.total for row in found.schedule[:14]] == [0] * 14
    assert (found.schedule[14].principal, found.schedule[14].interest) == (1114436, 391471)
    _, now = positions()["121718746"]
    assert now.itemisation.opened_on == date(2019, 2, 15)
    assert (now.itemisation.principal_due, now.itemisation.credited) == (162257, 0)


def test_a_joint_loan_has_two_borrowers() -> None:
    joint = {no for no, (record, _) in positions().items() if record.co_borrowers}
    assert joint == {no for no, row in rows().items() if row["application_type"] == "Joint App"} & set(positions())
    assert len(joint) == 111
    record = positions()[min(joint)][0]
    assert [record.borrower.external_id, record.co_borrowers[0].external_id] == [
        f"LC-{min(joint)}",
        f"LC-{min(joint)}-2",
    ]


def test_a_loan_written_off_owes_its_principal_and_no_interest_after_that_day() -> None:
    """No. 40: 3,200 lent, 1,443.20 repaid, last in September 2009; nothing more to 15 October and 150 days on.

    The 9.18 recovered went to the interest of October, so the principal is what it was.
    """
    found = loan("267995")
    assert found.written_off_on == date(2010, 3, 14)
    assert all(row.interest == 0 for row in found.schedule if row.due_on > date(2010, 3, 14))
    _, now = positions()["267995"]
    assert (now.outstanding_principal, now.credit, recovered("267995")) == (175680, 0, Amounts(interest=918))


def test_money_recovered_without_a_date_is_counted_by_the_day_of_the_file() -> None:
    """No. 440 paid no installment; 741.65 came in after it was charged off."""
    assert loan("812628").payments[0].received_on == END


def test_without_skip_bad_nothing_lands_and_with_it_all_but_the_refused(terminal: Terminal) -> None:
    terminal.run("lender", "add", "lc", "--name", "Lending House", "--kind", "marketplace", "--currency", "USD")
    words = ("import", str(FILE), "--lender", "lc", "--mapping", "lendingclub")
    assert terminal.run(*words) == 1
    assert len(terminal.said) == 24
    assert terminal.run("position", "121718746", "--lender", "lc") == 1
    assert terminal.run(*words, "--skip-bad", "--json") == 3
    assert json.loads(terminal.out)["added"] == 1977
    assert terminal.run("positions", "--lender", "lc", "--as-of", "2019-03-31") == 0
    found = {each["loan_no"]: each for each in map(json.loads, terminal.out.splitlines())}
    assert len(found) == 1977
    assert sum(cents(each["outstanding_principal"]) for each in found.values()) == sum(
        now.outstanding_principal for _, now in positions().values()
    )
    # The public file has neither ID digits nor a code: nothing could be asked for at the door.
    assert terminal.run("invite", "121718746", "--lender", "lc", "--phone", "+14155550100") == 1
    assert (terminal.out, "neither ID digits nor an entry code were told" in terminal.err) == ("", True)


def test_who_pays_before_anything_was_due_has_the_first_installment_behind_them(terminal: Terminal) -> None:
    """30,000 lent in March 2019, 500 paid at once: 29,500 is left and May is the next to pay."""
    terminal.run("lender", "add", "lc", "--name", "Lending House", "--kind", "marketplace", "--currency", "USD")
    early = {
        "issue_d": "Mar-2019", "last_pymnt_d": "Mar-2019", "loan_status": "Current", "out_prncp": "29500.0",
        "total_rec_prncp": "500.0", "total_rec_int": "0.0", "total_pymnt": "500.0",
    }  # fmt: skip
    path = terminal.write("one.csv", one_row("121718746", **early))
    assert terminal.run("import", path, "--lender", "lc", "--mapping", "lendingclub") == 0, terminal.err
    found = terminal.answer("position", "121718746", "--lender", "lc", "--as-of", "2019-03-31")
    assert (found["outstanding_principal"], found["days_past_due"]) == ("29500.00", 0)
    assert (found["installments"][0]["no"], found["installments"][0]["due_on"]) == (2, "2019-05-15")
    assert sum(cents(row["principal"]) for row in found["installments"]) == 2950000


def test_next_months_file_adds_what_was_paid_since(terminal: Terminal) -> None:
    """No. 150 pays 1,005.34 in April: 807.04 of principal and 198.30 of interest."""
    terminal.run("lender", "add", "lc", "--name", "Lending House", "--kind", "marketplace", "--currency", "USD")
    april = {
        "out_prncp": "18048.6", "total_rec_prncp": "11951.4", "total_rec_int": "4113.01", "total_pymnt": "16064.41",
        "last_pymnt_d": "Apr-2019", "last_credit_pull_d": "Apr-2019", "loan_status": "Late (16-30 days)",
    }  # fmt: skip
    for content in (one_row("121718746"), one_row("121718746", **april), one_row("121718746", **april)):
        path = terminal.write("month.csv", content)
        assert terminal.run("import", path, "--lender", "lc", "--mapping", "lendingclub") == 0, terminal.err
    found = terminal.answer("position", "121718746", "--lender", "lc", "--as-of", "2019-04-30")
    assert [(each["received_on"], each["amount"], each["allocated"]) for each in found["payments"]] == [
        ("2019-01-15", "15059.07", {"interest": "3914.71", "principal": "11144.36"}),
        ("2019-04-15", "1005.34", {"interest": "198.30", "principal": "807.04"}),
    ]
    assert (found["outstanding_principal"], found["days_past_due"]) == ("18048.60", 16)


NO_MONEY = {"total_rec_prncp": "0.0", "total_rec_int": "0.0", "total_pymnt": "0.0", "last_pymnt_d": ""}
AGAINST_ITSELF = [
    ({"loan_status": "Sleepy"}, "loan_status", "It must be one of 'Issued', 'Current', "),
    (
        {"loan_status": "Fully Paid"},
        "loan_status",
        "It says that the loan is paid, but 18855.64 of its principal is not.",
    ),
    (
        {"out_prncp": "18855.65"},
        "out_prncp",
        "It must be 18855.64, the principal less what was paid of it; 18855.65 is",
    ),
    (
        {"total_pymnt": "15059.09"},
        "total_pymnt",
        "It must be 15059.07, as its parts add up, or within 0.01 of it; 15059",
    ),
    ({"funded_amnt": "11000.0"}, "total_rec_prncp", "It must not be more than the principal, 11000.00; 11144.36 is."),
    ({"last_pymnt_d": "Apr-2019"}, "last_pymnt_d", "It must not be after 2019-03-31, the day the file speaks of; 2019"),
    ({"last_pymnt_d": "Sep-2017"}, "last_pymnt_d", "It must not be before disbursed_on, 2017-10-15; 2017-09-15 is."),
    ({"total_rec_int": "-3914.71"}, "total_rec_int", "The amount must be 0.00 or more; '-3914.71' is below."),
    ({"term": " three years"}, "term", "A number is written like 36 months; 'three years' is not."),
    ({"issue_d": "2017-10"}, "issue_d", "A date is written like Mar-2026; '2017-10' is not a date."),
    (
        {**NO_MONEY, "issue_d": "Mar-2019", "out_prncp": "30000.0"},
        "loan_status",
        "No installment of this loan can be 31 to 120 days late on 2019-03-31.",
    ),
]


@pytest.mark.parametrize(("cells", "column", "words"), AGAINST_ITSELF)
def test_a_row_that_contradicts_itself_is_refused(
    cells: dict[str, str], column: str, words: str, terminal: Terminal
) -> None:
    path = terminal.write("one.csv", one_row("121718746", **cells))
    assert terminal.run("import", path, "--lender", "jq", "--mapping", "lendingclub", "--dry-run") == 1
    assert terminal.said[0].startswith(f"one.csv:2: {column}: {words}"), terminal.said
    if column != "total_rec_int":
        assert len(terminal.said) == 2


def test_a_late_fee_is_kept_as_a_stated_penalty() -> None:
    parts = Amounts(penalty=6592, interest=1153465, principal=491317)
    assert loan("96269565").payments == (Payment("total", date(2019, 2, 15), 1651374, parts),)


@pytest.mark.parametrize(("day", "received_on"), [("2019-03-01", "2019-03-01"), ("2019-03-20", "2019-03-15")])
def test_a_month_that_is_the_files_own_ends_with_the_file(day: str, received_on: str, terminal: Terminal) -> None:
    terminal.run("lender", "add", "lc", "--name", "Lending House", "--kind", "marketplace", "--currency", "USD")
    path = terminal.write("one.csv", one_row("121718746", last_pymnt_d="Mar-2019", loan_status="Current"))
    words = ("import", path, "--lender", "lc", "--mapping", "lendingclub", "--as-of", day)
    assert terminal.run(*words) == 0, terminal.err
    found = terminal.answer("position", "121718746", "--lender", "lc", "--as-of", day)
    assert (found["payments"][0]["received_on"], found["days_past_due"]) == (received_on, 0)
