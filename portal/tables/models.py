"""Every table by its name: the one module that Tortoise is told about."""

from portal.tables.care import Hold, Message, Preference, Problem
from portal.tables.door import Access, Code, Consent, Invitation, Session, Throttle
from portal.tables.loans import Charge, Contract, Loan, Party, Payment, PaymentReport, Statement, Suspension, Waiver
from portal.tables.log import Event, Idempotency
from portal.tables.outbox import Delivery
from portal.tables.people import ApiKey, Borrower, Lender, Person, PolicyVersion, Staff
from portal.tables.proposals import Agreement, Draft, Offer, Proposal, ProposalLine, Text

__all__ = [
    "Access",
    "Agreement",
    "ApiKey",
    "Borrower",
    "Charge",
    "Code",
    "Consent",
    "Contract",
    "Delivery",
    "Draft",
    "Event",
    "Hold",
    "Idempotency",
    "Invitation",
    "Lender",
    "Loan",
    "Message",
    "Offer",
    "Party",
    "Payment",
    "PaymentReport",
    "Person",
    "PolicyVersion",
    "Preference",
    "Problem",
    "Proposal",
    "ProposalLine",
    "Session",
    "Staff",
    "Statement",
    "Suspension",
    "Text",
    "Throttle",
    "Waiver",
]
