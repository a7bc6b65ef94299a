"""Somebody who came in once is told again when another of their loans falls overdue, and of the same after a while."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.actions.invitations import accept_invitation
from portal.actions.jobs import NewJob, ask_job
from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.portfolio import import_portfolio
from portal.domain.contract.portfolio import BorrowerFacts, LoanRecord
from portal.domain.event import BusinessTime
from portal.jobs.runner import Runner
from portal.jobs.spool import Spool
from portal.reads.invitations import open_invitation
from portal.reads.jobs import JobStatus
from portal.reads.jobs import job_status as read_job
from portal.reads.to_invite import products_of
from portal.tables import models as tables
from tests.actions.story import NOW, VAULT, begin
from tests.domain.people import ON, XIAOMING

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

SUN = BorrowerFacts("C-1", "孙立", "+8613900000001", "123X")
LI = BorrowerFacts("C-2", "李立", "+8613900000002", "123X")
# Nothing of it falls due before the 15th of June.
LATER = XIAOMING.schedule[5:]


class Lender:
    """Whose worker is asked for everybody's links, on one day after the other."""

    def __init__(self, lender: Any, folder: Path) -> None:
        self.lender, self.spool, self.today = lender, Spool(folder / "spool", VAULT), ON
        self.runner = Runner(VAULT, self.spool, lambda at, timezone: BusinessTime(at, self.today))

    async def lends(self, loan_no: str, borrower: BorrowerFacts, **more: Any) -> None:
        record = LoanRecord(1, replace(XIAOMING, loan_no=loan_no, **more), borrower)
        await import_portfolio(BusinessTime(NOW.at, self.today), self.lender, [record], [], VAULT)

    async def invites(self, **part: Any) -> JobStatus:
        new = NewJob(self.lender.id, "invitations", "key:k", {"overdue": True, **part})
        ref, _ = await ask_job(new, datetime.now(UTC))
        assert await self.runner.run_waiting()
        return await read_job(ref, self.lender.id, VAULT)

    async def comes_in(self, job: JobStatus) -> None:
        """Whoever was invited alone opens the link; it ends seven days later."""
        (made,) = made_links(job).values()
        found = await open_invitation(made.rpartition("/")[2], VAULT, datetime.now(UTC))
        await accept_invitation(BusinessTime(datetime.now(UTC), self.today), found, None, VAULT)

    async def links_end(self) -> None:
        await tables.InvitationRow.all().update(expires_at=datetime.now(UTC) - timedelta(days=1))


def made_links(job: JobStatus) -> dict[str, str]:
    assert job.answer is not None
    return {each["loan_no"]: each["link"] for each in job.answer["invitations"]}


@pytest.fixture
async def lender(tmp_path: Path) -> Lender:
    """小明, who came in long ago, is asked for nothing here."""
    return Lender((await begin()).lender, tmp_path)


@pytest.mark.parametrize("ended", [True, False], ids=["the link has ended", "the link is open"])
async def test_another_loan_that_falls_overdue_is_told_of(lender: Lender, ended: bool) -> None:
    await lender.lends("A-1", SUN)
    await lender.comes_in(await lender.invites())
    if ended:
        await lender.links_end()
    job = await lender.invites()
    assert (made_links(job), job.counts["told_before"]) == ({}, 2), "小明 and 孙立 know"
    await lender.lends("A-5", SUN, payments=(), schedule=LATER, statement=None)
    assert made_links(await lender.invites()) == {}, "nothing of it has fallen due"
    lender.today = LATER[0].due_on + timedelta(days=1)
    assert list(made_links(await lender.invites())) == ["A-5"]
    assert made_links(await lender.invites()) == {}, "the new link waits to be opened"


async def test_a_loan_that_was_there_and_not_overdue_when_they_came_in_is_told_of_once_it_is(lender: Lender) -> None:
    await lender.lends("A-1", SUN)
    await lender.lends("A-5", SUN, payments=(), schedule=LATER, statement=None)
    await lender.comes_in(await lender.invites())
    assert made_links(await lender.invites()) == {}
    lender.today = LATER[0].due_on + timedelta(days=1)
    assert list(made_links(await lender.invites())) == ["A-5"]


async def test_a_loan_that_was_overdue_when_the_portal_first_heard_of_it_is_told_of_too(lender: Lender) -> None:
    await lender.lends("A-1", SUN)
    await lender.comes_in(await lender.invites())
    await lender.lends("A-5", SUN)
    assert list(made_links(await lender.invites())) == ["A-5"]


@pytest.mark.parametrize(("policy", "days"), [("", 30), ("[invitations]\nagain_days = 10\n", 10)])
async def test_of_the_same_they_are_told_again_after_the_days_of_the_policy(
    lender: Lender, policy: str, days: int
) -> None:
    await set_policy(NOW, lender.lender, policy, OPERATOR)
    await lender.lends("A-1", SUN)
    await lender.comes_in(await lender.invites())
    await lender.links_end()
    # On 2026-06-15 another installment falls due, and the day after it is overdue; the oldest is so for long.
    lender.today = ON + timedelta(days=days - 1)
    assert made_links(await lender.invites()) == {}
    lender.today = ON + timedelta(days=days)
    assert list(made_links(await lender.invites())) == ["A-1"]


@pytest.mark.parametrize("why", ["proposal", "hold"])
async def test_nobody_is_told_of_a_loan_that_is_being_talked_over_or_held(lender: Lender, why: str) -> None:
    await lender.lends("A-1", SUN)
    await lender.comes_in(await lender.invites())
    await lender.links_end()
    loan = await tables.LoanRow.get(loan_no="A-1")
    if why == "hold":
        await tables.HoldRow.create(ref="h1", loan_id=loan.id, reason="asked", about="", requested_at=NOW.at)
    else:
        person = await tables.PersonRow.all().order_by("-id").first()
        assert person is not None
        row = await tables.ProposalRow.create(
            ref="p1", lender_id=lender.lender.id, person_id=person.id, kind="plan", state="submitted", version=1
        )
        await tables.ProposalLineRow.create(proposal_id=row.id, loan_id=loan.id, seen=1, open_loan=loan.id)
    lender.today = ON + timedelta(days=90)
    assert "A-1" not in made_links(await lender.invites())


async def test_a_part_of_all_is_one_product_or_so_many_days_late(lender: Lender) -> None:
    await lender.lends("A-1", SUN, product="car")
    await lender.lends("A-2", LI, product="phone", payments=XIAOMING.payments)
    late = (ON - date(2026, 3, 15)).days
    assert made_links(await lender.invites(days_late=late + 1)) == {}
    assert list(made_links(await lender.invites(product="phone", days_late=late))) == ["A-2"]
    assert list(made_links(await lender.invites(limit=1))) == ["A-1"]
    assert set(await products_of(lender.lender.id)) == {"car", "phone", XIAOMING.product}
