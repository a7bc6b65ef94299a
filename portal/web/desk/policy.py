"""The published policy, as it is in force."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.policy import policy_text
from portal.web import guard
from portal.web.render import page


async def policy_page(request: Request) -> Response:
    version, text = await policy_text(guard.current_staff(request).lender_id)
    return page(request, "desk/policy", version=version, text=text)
