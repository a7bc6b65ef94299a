"""What the API tells of a contract's terms can be told to the portal again: they are the same terms."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import assume, given, settings

from portal.domain.contract.loan import Loan, Terms
from portal.domain.contract.penalty_terms import PenaltyBand, PenaltyKind, PenaltyTerms
from portal.domain.contract.terms_facts import terms_facts
from portal.intake.lines import RowProblems
from portal.intake.portfolio import Reader
from portal.intake.shape import TermsShape
from portal.intake.terms import read_terms
from tests.domain.people import XIAOMING
from tests.naive import contracts


def read_again(terms: Terms, currency: str, lender_kind: str, signed_on: date) -> Terms | None:
    reader = Reader(currency, RowProblems(1), rate_is_meant=True)
    read = read_terms(TermsShape.model_validate(terms_facts(terms, currency)), lender_kind, signed_on, reader)
    return None if reader.problems.found else read


@settings(max_examples=60)
@given(contracts.loans())
def test_every_contract_a_lender_can_state_is_told_as_it_was(loan: Loan) -> None:
    terms = replace(loan.terms, cap=None)  # a cap that was drawn has no rule
    told = read_again(terms, loan.currency, loan.lender_kind, loan.signed_on)
    assume(told is not None)  # what is drawn and no lender could state
    assert told == terms


def test_several_charges_for_one_lateness_and_a_fee_by_band_are_told_as_they_were() -> None:
    once = PenaltyTerms(kind=PenaltyKind.ONE_OFF_PERCENT, percent=Fraction(5, 100), clause="8.2")
    bands = (PenaltyBand(0, 500), PenaltyBand(50000, 1500))
    banded = PenaltyTerms(kind=PenaltyKind.ONE_OFF_BY_BAND, bands=bands, clause="8.2")
    for further in ((once,), (once, banded)):
        terms = replace(XIAOMING.terms, further_penalties=further)
        told = terms_facts(terms, "CNY")
        assert "penalty" not in told and len(told["penalties"]) == len(further) + 1  # type: ignore[arg-type]
        assert read_again(terms, "CNY", XIAOMING.lender_kind, XIAOMING.signed_on) == terms
