"""What leaves the house: decimal strings and ISO dates in the published names; and texts that come back whole."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import given

from portal.domain.conduct.event_schema import events_schema
from portal.domain.contract.agreement import CureTerms, MissedContract
from portal.domain.contract.calendar import Every
from portal.domain.contract.loan import (
    AllocationRule,
    Cap,
    Charge,
    Clause,
    Payment,
    PenaltyRate,
    PenaltyTerms,
    RateChange,
    RateForm,
    Tier,
)
from portal.domain.ledger.delinquency import Delinquency, DelinquencyStatus, delinquency
from portal.domain.ledger.position import position
from portal.domain.ledger.position_facts import position_facts
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.plan_codec import (
    cure_facts,
    cure_terms_of,
    offer_facts,
    offer_from_facts,
    plan_facts,
    plan_fingerprint,
    plan_from_facts,
)
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import quote_offer
from portal.domain.restructuring.quote_facts import quote_facts
from portal.tables.stored import (
    schedule_from_text,
    schedule_to_text,
    terms_from_text,
    terms_to_text,
)
from tests.domain.people import ON, XIAOMING
from tests.domain.test_invariants import EXAMPLES, Loan, loans
from tests.naive import contracts

SIX = Offer(Every(1, "m"), date(2026, 7, 1), installments=6, reason="illness")


def test_the_position_of_the_case_as_the_interface_prints_it() -> None:
    told = position_facts(position(XIAOMING, ON))
    assert told["overdue"] == {
        "costs": "0.00",
        "fees": "0.00",
        "penalty": "112.64",
        "interest": "413.70",
        "principal": "2886.78",
        "total": "3413.12",
    }
    assert told["installments"][0] == {  # type: ignore[index]
        "no": 3,
        "due_on": "2026-03-15",
        "principal": "947.97",
        "interest": "152.19",
        "fees": "0.00",
        "paid": "0.00",
        "overdue": "1100.16",
        "days_past_due": 91,
    }
    line = told["penalty_lines"][0]  # type: ignore[index]
    assert (line["base"], line["rate"], line["day_count"], line["days"]) == ("947.97", "0.234", "actual/360", 91)
    assert (line["from"], line["to"], line["contract"], line["clause"]) == ("2026-03-15", "2026-06-14", "56.07", "8.2")
    paid = told["payments"][0]  # type: ignore[index]
    assert paid["allocated"] == {"interest": "180.00", "principal": "920.16"}
    assert told["lender_statement"] == {"as_of": "2026-06-14", "agrees": True, "differences": []}


def test_a_quote_names_the_rules_it_goes_beyond() -> None:
    told = quote_facts("JQ-2026-0001", quote_offer(position(XIAOMING, ON), SIX, Policy(version=2, max_months=3)))
    assert told["accepted_at_once"] is False
    assert told["breaks"] == [{"rule": "max_months", "allowed": "2026-09-14", "asked": "2026-12-01"}]
    assert (told["total"], told["apr"], told["policy_version"]) == ("3413.12", "0", 2)


def test_an_offer_and_its_plan_come_back_as_they_were() -> None:
    quote = quote_offer(position(XIAOMING, ON), SIX, Policy())
    assert offer_from_facts(offer_facts(SIX, "CNY"), "CNY") == SIX
    assert plan_from_facts(plan_facts(quote.plan)) == quote.plan


def test_terms_with_everything_in_them_come_back_as_they_were() -> None:
    tier = Tier(31, PenaltyRate(RateForm.DAILY, Fraction(5, 10000)))
    change = RateChange(date(2026, 5, 1), PenaltyRate(RateForm.MULTIPLE, Fraction(11, 10)))
    terms = replace(
        XIAOMING.terms,
        penalty=replace(PenaltyTerms(), tiers=(tier,), changes=(change,), percent=Fraction(5, 100), amount=2500),
        cap=Cap("4x-lpr", Fraction(12, 100), "source", together=True),
        allocation=AllocationRule(in_advance=("principal",), late=("principal",), late_from_day=91),
        clauses=(Clause("8.2", "zh-CN", "罚息", "……"),),
    )
    assert terms_from_text(terms_to_text(terms)) == terms


@EXAMPLES
@given(loans())
def test_every_contract_comes_back_as_it_was(loan: Loan) -> None:
    assert terms_from_text(terms_to_text(loan.terms)) == loan.terms
    assert schedule_from_text(schedule_to_text(loan.schedule)) == loan.schedule


def test_fees_of_an_installment_and_each_component_are_written_down() -> None:
    rows = (XIAOMING.schedule[0]._replace(fees=500),)
    assert schedule_to_text(rows) == '[[1,"2026-01-15",92016,18000,500]]'
    assert schedule_from_text(schedule_to_text(rows)) == rows


def test_a_contract_that_states_its_installment_keeps_it() -> None:
    terms = replace(XIAOMING.terms, installment=110016)
    assert terms_from_text(terms_to_text(terms)) == terms
    assert 'installment":' not in terms_to_text(XIAOMING.terms)


def test_the_text_of_a_contract_is_the_same_for_good() -> None:
    """What the database stores: sorted names, no spaces, rates as fractions, Chinese as it is."""
    clause = Clause("8.2", "zh-CN", "罚息", "按日计收")
    text = terms_to_text(replace(XIAOMING.terms, clauses=(clause,)))
    assert text == (
        '{"allocation":{"across":"installment","due":["costs","fees","penalty","interest","principal"],'
        '"in_advance":[],"late":[],"late_from_day":0},"annual_rate":"9/50","cap":null,'
        '"clauses":[["8.2","zh-CN","罚息","按日计收",""]],"day_count":"30/360","every":"1m","first_due":"2026-01-15",'
        '"installments":12,"method":"level","penalty":{"amount":null,"base":"overdue-principal","changes":[],'
        '"clause":"8.2","day_count":"actual/360","grace":"waives","grace_days":0,"kind":"daily-simple","percent":null,'
        '"rate":["multiple_of_contract","13/10"],"rounding_point":"line","tiers":[]},"rounding":"half-up"}'
    )


def test_a_contract_stored_before_rates_could_change_has_no_changes() -> None:
    text = terms_to_text(XIAOMING.terms).replace('"changes":[],', "")
    assert terms_from_text(text) == XIAOMING.terms


@EXAMPLES
@given(contracts.loans())
def test_every_contract_a_lender_can_state_comes_back_as_it_was(loan: Loan) -> None:
    assert terms_from_text(terms_to_text(loan.terms)) == loan.terms


def test_the_event_schema_knows_every_edge_of_the_table() -> None:
    types = events_schema()["properties"]["type"]["enum"]
    assert {"proposal.submitted", "agreement.signed", "plan.broken", "payment.received"} <= set(types)


def test_where_the_loan_stands_at_each_point_of_its_life() -> None:
    def on(day: date) -> Delinquency:
        return delinquency(position(XIAOMING, day))

    assert on(date(2026, 3, 1)) == Delinquency(DelinquencyStatus.ON_TIME, 110016, date(2026, 3, 15))
    assert on(date(2026, 3, 8)) == Delinquency(DelinquencyStatus.DUE_SOON, 110016, date(2026, 3, 15))
    assert on(ON) == Delinquency(DelinquencyStatus.OVERDUE, 341312, date(2026, 3, 15))
    gracious = replace(XIAOMING, terms=replace(XIAOMING.terms, penalty=replace(XIAOMING.terms.penalty, grace_days=5)))
    assert delinquency(position(gracious, date(2026, 3, 18))).status is DelinquencyStatus.IN_GRACE
    assert delinquency(position(replace(XIAOMING, written_off_on=ON), ON)).status is DelinquencyStatus.WRITTEN_OFF


def test_where_it_stands_at_the_edges_of_a_week_of_a_grace_and_of_its_end() -> None:
    def on(loan: Loan, day: date) -> Delinquency:
        return delinquency(position(loan, day))

    assert on(XIAOMING, date(2026, 3, 7)) == Delinquency(DelinquencyStatus.ON_TIME, 110016, date(2026, 3, 15))
    assert on(XIAOMING, date(2026, 3, 15)) == Delinquency(DelinquencyStatus.DUE_SOON, 110016, date(2026, 3, 15))
    gracious = replace(XIAOMING, terms=replace(XIAOMING.terms, penalty=replace(XIAOMING.terms.penalty, grace_days=5)))
    assert on(gracious, date(2026, 3, 20)) == Delinquency(
        DelinquencyStatus.IN_GRACE, 110016, date(2026, 3, 15), date(2026, 3, 20)
    )
    assert on(gracious, date(2026, 3, 21)).status is DelinquencyStatus.OVERDUE
    paid = replace(XIAOMING, payments=(Payment("P", date(2026, 1, 1), 1320195),), written_off_on=ON)
    assert on(paid, ON) == Delinquency(DelinquencyStatus.PAID_UP)
    off = replace(XIAOMING, written_off_on=ON)
    assert on(off, ON) == Delinquency(DelinquencyStatus.WRITTEN_OFF, 1014588, ON)
    fee = Charge("C", date(2026, 2, 20), date(2026, 2, 20), "fees", 1500)
    assert on(replace(XIAOMING, charges=(fee,)), date(2026, 2, 25)) == Delinquency(
        DelinquencyStatus.OVERDUE, 1500, date(2026, 2, 20)
    )


def test_what_a_plan_forgives_comes_back_whole_and_what_was_signed_before_it_was_written_down_as_it_held() -> None:
    terms = CureTerms(cure_days=7, within=3, telling_days=2, contract=MissedContract.BREAKS, arrears_tolerance=5)
    assert cure_terms_of(cure_facts(terms, "CNY"), "CNY") == terms
    assert cure_terms_of({"cure_days": 7, "within": 3}, "CNY") == CureTerms(7, 3, 0, MissedContract.APART)


def test_a_fingerprint_is_of_the_offers_and_their_plans_and_not_of_the_reason() -> None:
    quotes = [quote_offer(position(XIAOMING, ON), replace(SIX, installments=count), Policy()) for count in (5, 6)]
    shown = [(quote.offer, quote.plan) for quote in quotes]
    told = [(replace(offer, reason="rent"), plan) for offer, plan in shown]
    assert plan_fingerprint(shown) == plan_fingerprint(told)
    assert len({plan_fingerprint(each) for each in (shown, shown[:1], shown[1:], [])}) == 4
