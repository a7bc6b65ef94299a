"""What a lender's system asked for and was not answered yet: how far it is, and in the end the answer."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.feed import FEED_STATEMENT
from portal.reads.jobs import job_status as read_job
from portal.web.api.handed_in import facts
from portal.web.api.requests import api_answer, lender_of_key, require_purpose, to_json


async def get_job(request: Request) -> Response:
    """For every key of the lender that is for what the job does: an answer may have links in it, which are secrets."""
    found = await read_job(request.path_params["ref"], lender_of_key(request).id, request.app.state.vault)
    require_purpose(request, "events" if found.kind == FEED_STATEMENT else found.kind)
    return api_answer(to_json(facts(found)))
