"""Every table by its name: the one module that Tortoise is told about."""

from portal.tables.care import Hold, Message, Preference, Problem
from portal.tables.decisions import Approval, Decision
from portal.tables.door import Access, ChainHead, Code, Consent, Invitation, Session, Throttle
from portal.tables.jobs import Job, Pulse
from portal.tables.loans import Charge, Contract, Loan, Party, Payment, PaymentReport, Statement, Suspension, Waiver
from portal.tables.log import Event, Idempotency
from portal.tables.outbox import OutboundMessage
from portal.tables.people import ApiKey, Borrower, Lender, Person, PolicyVersion, Staff, VaultCheck
from portal.tables.proposals import Agreement, Draft, Offer, Proposal, ProposalLine, Text

__all__ = [
    "Access",
    "Agreement",
    "ApiKey",
    "Approval",
    "Borrower",
    "ChainHead",
    "Charge",
    "Code",
    "Consent",
    "Contract",
    "Decision",
    "Draft",
    "Event",
    "Hold",
    "Idempotency",
    "Invitation",
    "Job",
    "Lender",
    "Loan",
    "Message",
    "Offer",
    "OutboundMessage",
    "Party",
    "Payment",
    "PaymentReport",
    "Person",
    "PolicyVersion",
    "Preference",
    "Problem",
    "Proposal",
    "ProposalLine",
    "Pulse",
    "Session",
    "Staff",
    "Statement",
    "Suspension",
    "Text",
    "Throttle",
    "VaultCheck",
    "Waiver",
]
