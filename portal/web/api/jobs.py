"""What a lender's system asked for and was not answered yet: how far it is, and in the end the answer."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.jobs import job as read_job
from portal.web.api.handed_in import facts
from portal.web.api.requests import answer, lender, require_purpose, to_text, used_key


async def job(request: Request) -> Response:
    """For every key of the lender that is for what the job does: an answer may have links in it, which are secrets."""
    found = await read_job(request.path_params["ref"], lender(request).id, request.app.state.vault)
    require_purpose(request, used_key(request), found.kind)
    return answer(to_text(facts(found)))
