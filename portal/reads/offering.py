"""Whether the lender may begin: nothing is open on a loan, and somebody who owes it would see an offer."""

from portal.tables import models as tables


async def open_for(loan_id: int) -> bool:
    """Whether no proposal is open on the loan."""
    return not await tables.ProposalLineRow.exists(open_loan=loan_id)


async def person_of(loan_id: int) -> int | None:
    """Who came in for the loan and may be shown it: the borrower, else another who owes it; None for nobody."""
    owing = tables.PartyRow.filter(
        loan_id=loan_id,
        borrower__person_id__isnull=False,
        borrower__withdrawn_at__isnull=True,
        borrower__closed_at__isnull=True,
        borrower__erased_at__isnull=True,
    )
    found = await owing.order_by("id").values_list("role", "borrower__person_id")
    people = [int(person_id) for _, person_id in sorted(found, key=lambda each: each[0] != "borrower")]
    return people[0] if people else None
