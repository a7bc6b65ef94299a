"""A lender's file arrives again and again: what is new is added, what was there stays, nothing is overwritten."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from portal.actions.parties import BorrowerDiffers
from portal.actions.portfolio import Imported, PaymentDiffers, import_portfolio
from portal.actions.portfolio.facts import snapshot_hash
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import LoanRecord
from portal.domain.ledger.position import position
from portal.tables import models as tables
from tests.actions.story import FACTS, NOW, VAULT, begin
from tests.domain.people import ON, XIAOMING

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

PAID = Payment("P-3", date(2026, 6, 10), 110016)


async def test_the_same_file_again_changes_nothing() -> None:
    story = await begin()
    done = await import_portfolio(NOW, story.lender, [LoanRecord(1, XIAOMING, FACTS)], [], VAULT)
    assert done == Imported(added=0, changed=0, unchanged=1, stale=0)
    assert await story.events() == ["loan.added"]


async def test_a_new_payment_in_the_file_is_added_and_makes_open_pages_stale() -> None:
    story = await begin()
    before = await story.case()
    loan = replace(XIAOMING, payments=(*XIAOMING.payments, PAID))
    done = await import_portfolio(NOW, story.lender, [LoanRecord(1, loan, FACTS)], [], VAULT)
    after = await story.case()
    assert done.changed == 1
    assert after.seq == before.seq + 2 and (await story.books())[-1] == "differs"
    # 1,100.16 on 10 June: 53.61 penalty of no. 3 first, then its interest 152.19, then principal 894.36 of 947.97.
    assert position(after.loan, ON).payments[-1].allocated.principal == 89436


async def test_a_payment_that_the_file_now_tells_as_another_kind_stops_the_import() -> None:
    story = await begin()
    first, second = XIAOMING.payments
    loan = replace(XIAOMING, payments=(first, replace(second, amount=0, reverses="P-1")))
    with pytest.raises(PaymentDiffers):
        await import_portfolio(NOW, story.lender, [LoanRecord(1, loan, FACTS)], [], VAULT)
    assert (await story.case()).loan == XIAOMING


async def test_a_file_that_names_another_borrower_for_a_loan_is_refused_with_both_named() -> None:
    story = await begin()
    other = replace(FACTS, external_id="B-2", phone="+8613900000009")
    with pytest.raises(BorrowerDiffers, match="with the borrower B-1; this row says B-2"):
        await import_portfolio(NOW, story.lender, [LoanRecord(1, XIAOMING, other)], [], VAULT)
    with pytest.raises(BorrowerDiffers):
        await import_portfolio(NOW, story.lender, [LoanRecord(1, XIAOMING, other, (FACTS,))], [], VAULT)
    assert await tables.PartyRow.filter(role="borrower").values_list("borrower__external_id", flat=True) == ["B-1"]
    assert not await tables.BorrowerRow.exists(external_id="B-2")


async def test_who_is_named_as_borrower_and_beside_it_is_the_borrower() -> None:
    story = await begin()
    await import_portfolio(NOW, story.lender, [LoanRecord(1, XIAOMING, FACTS, (FACTS,))], [], VAULT)
    assert await tables.PartyRow.all().values_list("role", flat=True) == ["borrower"]


async def test_a_loan_that_two_borrowers_were_told_of_is_left_to_the_one_the_file_names() -> None:
    """As a version before had it, which left the wrong one in."""
    story = await begin()
    wrong = await tables.BorrowerRow.create(
        lender_id=story.lender.id, external_id="B-0", key=b"", name_sealed=b"", phone_sealed=b"", id_last4_sealed=b""
    )
    await tables.PartyRow.create(loan_id=(await story.case()).id, borrower_id=wrong.id, role="borrower")
    done = await import_portfolio(NOW, story.lender, [LoanRecord(1, XIAOMING, FACTS)], [], VAULT)
    assert done.changed == 1 and (await story.events())[-1] == "loan.changed"
    assert await tables.PartyRow.all().values_list("borrower__external_id", flat=True) == ["B-1"]


async def test_a_loan_is_read_back_as_it_was_stated() -> None:
    story = await begin()
    assert (await story.case()).loan == XIAOMING


async def test_a_refused_row_keeps_the_last_snapshot_marked_stale() -> None:
    story = await begin()
    done = await import_portfolio(NOW, story.lender, [], ["JQ-2026-0001"], VAULT)
    assert done.stale == 1
    assert (await story.case()).stale_since == ON
    await import_portfolio(NOW, story.lender, [LoanRecord(1, XIAOMING, FACTS)], [], VAULT)
    assert (await story.case()).stale_since is None


async def test_a_name_a_phone_and_an_id_are_nowhere_in_plain_text() -> None:
    await begin()
    row = await tables.BorrowerRow.get(external_id="B-1")
    stored = bytes(row.name_sealed) + bytes(row.phone_sealed) + bytes(row.id_last4_sealed) + bytes(row.key)
    assert "王小明".encode() not in stored and b"138" not in stored and b"123X" not in stored
    assert VAULT.unseal(bytes(row.key), bytes(row.name_sealed)) == "王小明"


@dataclass(frozen=True)
class PaymentWithMore(Payment):
    """A payment as it would be with a field that no file has told of yet."""

    channel: str = ""


async def test_what_no_file_tells_of_yet_changes_no_digest() -> None:
    more = [PaymentWithMore(each.id, each.received_on, each.amount) for each in XIAOMING.payments]
    assert more and snapshot_hash(replace(XIAOMING, payments=tuple(more))) == snapshot_hash(XIAOMING)
    told = (replace(more[0], channel="cash"), *more[1:])
    assert snapshot_hash(replace(XIAOMING, payments=told)) != snapshot_hash(XIAOMING)
    assert snapshot_hash(replace(XIAOMING, schedule_generated=True)) == snapshot_hash(XIAOMING)


async def test_the_digest_of_a_loan_is_the_same_for_good() -> None:
    """Otherwise every loan of every lender would count as changed at its next file."""
    assert snapshot_hash(XIAOMING) == "b7554f930364d2fcb4f119a20950d7ba5f3d2fcee809f4beb5d8362989ab68d2"
