"""Days on which no penalty runs on anything, as agreements and the lender's books say."""

from collections.abc import Iterator
from itertools import zip_longest

from portal.domain.contract.loan import Loan, Suspension
from portal.domain.contract.pause import PauseScope


def standing_still(loan: Loan) -> Iterator[Suspension]:
    """From signing to the answer of the lender's core, whatever it is; on what is written off; in a pause of all.

    A pause lasts until its last day, or until another agreement takes its place.
    """
    if loan.written_off_on is not None:
        yield Suspension("penalty", loan.written_off_on, None, "written_off")
    for agreement in loan.agreements:
        yield Suspension("penalty", agreement.signed_on, agreement.answered_on, "signed")
    in_force = [each for each in loan.agreements if not each.refused]
    for agreement, after in zip_longest(in_force, in_force[1:]):
        for pause in agreement.all_pauses:
            end = min(pause.end, after.plan.as_of) if after else pause.end
            if pause.terms and pause.terms.scope is PauseScope.ALL and pause.start < end:
                yield Suspension("penalty", pause.start, end, "pause")
