"""What a lender's file says, read and checked but not yet stored: loans with their borrowers, and the rows refused."""

from dataclasses import dataclass

from portal.domain.contract.loan import Loan, Payment


@dataclass(frozen=True, slots=True)
class BorrowerFacts:
    """A borrower as the lender knows them. `id_last4` may be empty where the lender's file has no ID number.

    `entry_code` is what the lender gives them to type at the door where no ID number was told. `timezone` is where they
    live, by its IANA name; empty, it is the lender's.
    """

    external_id: str
    name: str = ""
    phone: str = ""
    id_last4: str = ""
    locale: str = "zh-CN"
    entry_code: str = ""
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class LoanRecord:
    """One row of a portfolio: the loan, who owes it, and the line it stood on.

    With `totals` its payments are the sum of all there ever was, not payments one by one. One that is `complete` has
    all payments and credits there are: what is on record and not in it is no more.
    """

    line: int
    loan: Loan
    borrower: BorrowerFacts
    co_borrowers: tuple[BorrowerFacts, ...] = ()
    totals: bool = False
    complete: bool = False


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """One row of a payments file. Its currency, where stated, has to be the loan's.

    `reference` is what came with the money; it is held against what borrowers reported, and not kept.
    """

    line: int
    loan_no: str
    payment: Payment
    currency: str | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was refused: where, which field, and what is wrong with it in words."""

    line: int
    field: str
    problem: str
    loan_no: str = ""
