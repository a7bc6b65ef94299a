"""What a lender's core tells: portfolios and payments, read by the same readers as files."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.payments import record_payments
from portal.actions.portfolio import import_portfolio
from portal.intake import read_portfolio
from portal.intake.payments import read_payments
from portal.reads.loans import currencies
from portal.web.api.problems import bad_rows
from portal.web.api.requests import answer, flag, idempotency_key, idempotent, lender, moment, rows, to_text


async def portfolio(request: Request) -> Response:
    """All rows or none; with `skip_bad` the good ones, and loans that were refused keep their last snapshot.

    Where every row is refused nothing is written, with it or without.
    """
    body, place = await rows(request, "loans")
    reading = await run_in_threadpool(read_portfolio, body, lender(request).kind)  # seconds, for the largest
    if reading.stops(flag(request, "skip_bad")):
        raise bad_rows(reading.bad, place)
    counts: dict[str, object] = {"rows": reading.rows, "loans": len(reading.records), "bad": len(reading.bad)}
    bad = [{"line": b.line, "loan_no": b.loan_no, "field": b.field, "problem": b.problem} for b in reading.bad]
    if flag(request, "dry_run"):
        idempotency_key(request)  # one that the real thing would refuse is refused here too
        return answer(to_text({**counts, "imported": False, "bad_rows": bad}))

    async def unit() -> str:
        refused = [row.loan_no for row in reading.bad]
        vault = request.app.state.vault
        done = await import_portfolio(lender(request), reading.records, refused, vault, moment(request))
        told = {"added": done.added, "changed": done.changed, "unchanged": done.unchanged, "stale": done.stale}
        return to_text({**counts, **told, "imported": True, "bad_rows": bad})

    return await idempotent(request, body.decode(errors="replace"), unit)


async def payments(request: Request) -> Response:
    """Payments and reversals: all of them or none, each once by the lender's own id."""
    body, place = await rows(request, "payments")
    records, bad = read_payments(body, await currencies(lender(request).id))
    if bad:
        raise bad_rows(bad, place)

    async def unit() -> str:
        done = await record_payments(lender(request), records, request.app.state.vault, moment(request))
        return to_text({"payments": len(records), "added": done.added, "repeated": done.repeated})

    return await idempotent(request, body.decode(errors="replace"), unit)
