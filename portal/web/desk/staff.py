"""Who works here, for the lender's admin."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.desk import colleagues
from portal.web import guard
from portal.web.render import page


async def staff(request: Request) -> Response:
    return page(request, "desk/staff", colleagues=await colleagues(guard.staff(request).lender_id))
