"""What a lender's core tells: portfolios and payments, read by the same readers as files."""

from starlette.requests import Request
from starlette.responses import Response

from portal.web.api.handed_in import handed_in
from portal.web.api.requests import flag


async def post_portfolio(request: Request) -> Response:
    """All rows or none; with `skip_bad` the good ones, and loans that were refused keep their last snapshot.

    Where every row is refused nothing is written, with it or without. A body that is `complete` has every loan: those
    it does not have are told.
    """
    options = {name: flag(request, name) for name in ("skip_bad", "dry_run", "complete")}
    return await handed_in(request, "portfolio", "loans", options)


async def post_payments(request: Request) -> Response:
    """Payments and reversals: all of them or none, with `skip_bad` the good ones; each once by the lender's own id."""
    return await handed_in(request, "payments", "payments", {"skip_bad": flag(request, "skip_bad")})
