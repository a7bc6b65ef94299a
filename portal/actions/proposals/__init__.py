"""The moves of a proposal. Each is one transaction: state, offer, text and one event per loan, or nothing."""

from portal.actions.authors import Author, Guard
from portal.actions.proposals.agree import agree
from portal.actions.proposals.answer import accept, counter, decline, step
from portal.actions.proposals.book import book
from portal.actions.proposals.send import revise, submit

__all__ = ["Author", "Guard", "accept", "agree", "book", "counter", "decline", "revise", "step", "submit"]
