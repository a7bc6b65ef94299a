"""The moves of a proposal. Each is one transaction: state, offer, text and one event per loan, or nothing."""

from portal.actions.proposals.agree import Signed, agree
from portal.actions.proposals.answer import accept, counter, decline, step
from portal.actions.proposals.book import book
from portal.actions.proposals.clocks import run_clocks
from portal.actions.proposals.income import take_back_income
from portal.actions.proposals.live import advance_plans, pause_plan, tell_turned_over
from portal.actions.proposals.offering import approve_offer, propose_offer, reject_offer, send_offer
from portal.actions.proposals.questions import ask_borrower
from portal.actions.proposals.send import ProposalPart, revise, submit, submit_together
from portal.actions.proposals.waivers import (
    APPROVERS,
    ReasonForSecond,
    answer_with_second,
    approve_waiver,
    need_reason,
    propose_waiver,
    reject_waiver,
)
from portal.reads.approvals import ACCEPT, WAIVER
