"""Links for many: one after the other, each borrower gets one, and none is lost where the worker is stopped."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from portal.actions import bulk_invitations as acts
from portal.actions.invitations import invite
from portal.actions.jobs import MOST_ATTEMPTS, NewJob, ask_job
from portal.actions.portfolio import import_portfolio
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import BorrowerFacts, LoanRecord
from portal.domain.event import BusinessTime
from portal.jobs import invitations as kind
from portal.jobs.runner import Runner
from portal.jobs.spool import Spool
from portal.reads.jobs import JobStatus
from portal.reads.jobs import job_status as read_job
from portal.tables import models as tables
from portal.vault import token_hash
from tests.actions.story import NOW, VAULT, begin
from tests.domain.people import ON, XIAOMING

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

BASE = "https://pay.example"
PAID_UP = tuple(Payment(f"P-{no}", date(2026, 6, 1), 120016) for no in range(3, 6))


class Killed(BaseException):
    """The process is no more."""


class House:
    """A lender with loans, and the worker's runner."""

    def __init__(self, lender: Any, folder: Path) -> None:
        self.lender = lender
        self.spool = Spool(folder / "spool", VAULT)
        self.runner = Runner(VAULT, self.spool, lambda at, timezone: BusinessTime(at, ON), BASE)

    async def owe(self, *who: str, **more: Any) -> None:
        """A loan each, three installments behind, of borrowers who have not come in."""
        loans = [replace(XIAOMING, loan_no=f"A-{each}", **more) for each in who]
        records = [
            LoanRecord(no, loan, BorrowerFacts(f"C-{each}", f"孙{each}", f"+861390000{no:04}", "123X"))
            for no, (each, loan) in enumerate(zip(who, loans, strict=True), 10)
        ]
        await import_portfolio(NOW, self.lender, records, [], VAULT)

    async def ask(self, *loans: tuple[str, str]) -> str:
        async def chunks() -> AsyncIterator[bytes]:
            yield json.dumps([{"loan_no": loan_no, "phone": phone} for loan_no, phone in loans]).encode()

        file = (await self.spool.keep(chunks())).name if loans else ""
        new = NewJob(self.lender.id, "invitations", "key:k", {"overdue": not loans}, file=file)
        ref, _ = await ask_job(new, datetime.now(UTC))
        return ref

    async def runs(self, ref: str) -> JobStatus:
        assert await self.runner.run_waiting()
        return await read_job(ref, self.lender.id, VAULT)


@pytest.fixture
async def house(tmp_path: Path) -> House:
    """小明 came in long ago; he is asked for nothing here."""
    return House((await begin()).lender, tmp_path)


def links(job: JobStatus) -> dict[str, str]:
    assert job.answer is not None
    return {each["loan_no"]: each["link"] for each in job.answer["invitations"]}


async def opens(job: JobStatus) -> bool:
    """Whether the links that were answered are those that were made, each once."""
    hashes = sorted(token_hash(link.removeprefix(f"{BASE}/i/")) for link in links(job).values())
    return hashes == sorted(str(each) for each in await tables.InvitationRow.all().values_list("token_hash", flat=True))


async def test_whoever_is_overdue_and_has_no_link_gets_one_and_nobody_else(house: House) -> None:
    await house.owe("1", "2", "3")
    await house.owe("4", payments=(*XIAOMING.payments, *PAID_UP))
    await invite(BusinessTime(datetime.now(UTC), ON), house.lender, "A-2", "", VAULT)
    await tables.BorrowerRow.filter(external_id="C-3").update(id_last4_sealed=VAULT.seal(await key_of("C-3"), ""))
    job = await house.runs(await house.ask())
    assert (job.state, job.status, list(links(job))) == ("done", 200, ["A-1"]), "of 3 nothing could be asked"
    assert (job.read, job.total, job.landed) == (5, 5, 1)
    assert set(job.answer["invitations"][0]["texts"]) == {"zh-CN", "en"}  # type: ignore[index]
    assert links(await house.runs(await house.ask())) == {}


async def key_of(external_id: str) -> bytes:
    return bytes((await tables.BorrowerRow.get(external_id=external_id)).key)


async def test_somebody_with_two_loans_gets_one_link_also_where_they_are_far_apart(house: House) -> None:
    await house.owe("1", "2", "3")
    borrower = await tables.BorrowerRow.get(external_id="C-1")
    await tables.PartyRow.filter(loan__loan_no="A-3").update(borrower_id=borrower.id)
    with patch("portal.reads.to_invite.WALKED_AT_ONCE", 1):
        job = await house.runs(await house.ask())
    assert list(links(job)) == ["A-1", "A-2"]


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("where", ["after", "within"])
async def test_a_worker_killed_while_inviting_goes_on_and_makes_none_twice(
    house: House, named: bool, where: str
) -> None:
    await house.owe("1", "2", "3", "4")
    ref = await house.ask(*((f"A-{no}", "") for no in range(1, 5) if named))
    done, made = acts.note_progress, 0

    async def dies(job_id: int, **reached: Any) -> None:
        nonlocal made
        made += "landed" in reached
        if made == 3 and where == "within":
            raise Killed  # the link is there, its act is not over
        await done(job_id, **reached)
        if made == 3:
            made += 1

    async def after(*args: Any) -> acts.Made:
        if made > 3:
            raise Killed
        return await acts.invite_next(*args)

    with patch.object(acts, "note_progress", dies), patch.object(kind, "invite_next", after), pytest.raises(Killed):
        await house.runner.run_waiting()
    assert await tables.InvitationRow.all().count() == (2 if where == "within" else 3)
    job = await house.runs(ref)
    assert list(links(job)) == ["A-1", "A-2", "A-3", "A-4"]
    assert await opens(job)


async def test_what_goes_wrong_in_the_middle_again_and_again_loses_no_link_that_was_made(house: House) -> None:
    await house.owe("1", "2", "3")
    ref = await house.ask()

    async def breaks(moment: Any, job: JobStatus, lender: Any, asked: acts.Asked, *rest: Any) -> acts.Made:
        if asked.loan_no == "A-3":
            raise RuntimeError("the third")
        return await acts.invite_next(moment, job, lender, asked, *rest)

    with patch.object(kind, "invite_next", breaks):
        for _ in range(MOST_ATTEMPTS - 1):
            assert not (await house.runs(ref)).over
            house.runner._resting.clear()
        job = await house.runs(ref)
    assert (job.state, job.status, list(links(job))) == ("failed", 500, ["A-1", "A-2"])
    assert await opens(job)


async def test_an_unknown_loan_is_named_in_its_place_and_stops_nobody(house: House) -> None:
    await house.owe("1")
    job = await house.runs(await house.ask(("A-9", ""), ("A-1", "")))
    assert job.answer is not None and (job.state, job.landed) == ("done", 1)
    unknown, made = job.answer["invitations"]
    why = "There is no loan 'A-9' at this lender."
    assert unknown == {"index": 0, "loan_no": "A-9", "field": "loan_no", "problem": why}
    assert (made["index"], made["loan_no"]) == (1, "A-1")
    alone = await house.runs(await house.ask(("A-9", "")))
    assert (alone.state, alone.status, alone.answer and alone.answer["errors"]) == ("refused", 422, [unknown])


async def test_nobody_is_sent_more_than_twenty_links_a_day_and_others_are_still_invited(house: House) -> None:
    await house.owe("1", "2")
    job = await house.runs(await house.ask(*[("A-1", "")] * 21, ("A-2", "")))
    assert job.answer is not None and (job.state, job.landed) == ("done", 21)
    assert [each["index"] for each in job.answer["invitations"] if "problem" in each] == [20]
    again = await house.runs(await house.ask(("A-1", "")))
    assert (again.state, again.status) == ("refused", 429)
    assert await tables.InvitationRow.all().count() == 21


async def test_whose_data_was_erased_is_said_beside_the_links_of_the_others(house: House) -> None:
    await house.owe("1", "2")
    await tables.BorrowerRow.filter(external_id="C-1").update(key=b"")
    job = await house.runs(await house.ask(("A-1", ""), ("A-2", "")))
    assert job.answer is not None and (job.state, job.landed) == ("done", 1)
    gone, made = job.answer["invitations"]
    assert gone["loan_no"] == "A-1" and "was erased" in gone["problem"] and made["link"].startswith(f"{BASE}/i/")


async def test_a_link_to_another_number_is_told_to_nobody(house: House) -> None:
    await house.owe("1")
    job = await house.runs(await house.ask(("A-1", "+8613900009999")))
    assert job.answer is not None and job.answer["invitations"] == [{"index": 0, "loan_no": "A-1", "sent": True}]


async def test_the_links_end_seven_days_after_the_first_of_them_was_made(house: House) -> None:
    await house.owe("1", "2")
    job = await house.runs(await house.ask())
    first = min([each.expires_at for each in await tables.InvitationRow.all()])
    assert job.answer is not None
    assert datetime.fromisoformat(job.answer["expires_at"]) - first < timedelta(seconds=1)


async def test_neither_link_nor_number_lies_open_where_they_are_kept(house: House, tmp_path: Path) -> None:
    await house.owe("1", "2")
    ref = await house.ask(("A-1", "+8613900009999"), ("A-2", ""))
    on_the_way = [path.read_bytes() for path in (tmp_path / "spool").iterdir()]
    job = await house.runs(ref)
    assert len(on_the_way) == 1 and not list((tmp_path / "spool").iterdir())
    token = job.answer["invitations"][1]["link"].rpartition("/")[2]  # type: ignore[index]
    row = await tables.JobRow.get(ref=ref)
    whole = b"".join([*on_the_way, *(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())])
    for secret in ("13900009999", token):
        assert secret.encode() not in whole and secret not in f"{row.options} {row.facts} {row.answer}"
