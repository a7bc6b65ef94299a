"""Payments of many loans as they stand by now, without the rest of the loans."""

from collections import defaultdict
from collections.abc import Sequence

from portal.domain.contract.loan import Payment
from portal.reads.loans import STATED, payment_stated
from portal.tables import models as tables
from portal.tables.stored import fact_from_text

_LOANS_AT_ONCE = 500


async def payments_of(loan_ids: Sequence[int]) -> dict[int, list[Payment]]:
    """The recorded payments of these loans, in the order they were recorded, each as it was corrected last."""
    paid: dict[int, dict[str, Payment]] = defaultdict(dict)
    for start in range(0, len(loan_ids), _LOANS_AT_ONCE):
        some = list(loan_ids[start : start + _LOANS_AT_ONCE])
        told = tables.PaymentRow.filter(loan_id__in=some).order_by("id")
        for loan_id, name, *stated in await told.values_list("loan_id", *STATED):
            paid[loan_id][name] = payment_stated(name, *stated)
        later = tables.CorrectionRow.filter(loan_id__in=some, fact="payment").order_by("id")
        for loan_id, name, said in await later.values_list("loan_id", "external_id", "said"):
            if said is None:
                paid[loan_id].pop(name, None)
            else:
                paid[loan_id][name] = fact_from_text("payment", said)
    return {loan_id: list(found.values()) for loan_id, found in paid.items()}
