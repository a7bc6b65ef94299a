"""Every table by its name: the one module that Tortoise is told about."""

from portal.tables.door import Access, Consent, Invitation, Session, Throttle
from portal.tables.loans import Charge, Contract, Loan, Party, Payment, Statement
from portal.tables.log import Event, Idempotency
from portal.tables.people import Borrower, Lender, Person, PolicyVersion, Staff
from portal.tables.proposals import Agreement, Offer, Proposal, ProposalLine, Text

__all__ = [
    "Access",
    "Agreement",
    "Borrower",
    "Charge",
    "Consent",
    "Contract",
    "Event",
    "Idempotency",
    "Invitation",
    "Lender",
    "Loan",
    "Offer",
    "Party",
    "Payment",
    "Person",
    "PolicyVersion",
    "Proposal",
    "ProposalLine",
    "Session",
    "Staff",
    "Statement",
    "Text",
    "Throttle",
]
