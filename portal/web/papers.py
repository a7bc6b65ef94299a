"""Is this paper genuine? Anybody asks by the number and the eight characters on it, without signing in.

The answer tells nothing but what is true of the paper today: no name, no amount, no lender. One that was never given
out and one whose code is wrong are answered alike.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.ratelimit import PAPERS_CHECKED, TooManyTries, hit, refund
from portal.domain.conduct.papers import typed_code, typed_number
from portal.domain.refusal import N_, Refusal
from portal.reads.papers import paper_state
from portal.web import guard
from portal.web.changing import FormPage
from portal.web.forms import Form
from portal.web.network import caller

LONGEST_NUMBER, LONGEST_CODE = 60, 30


class NotOurs(Refusal):
    says = N_(
        "No paper with this number and this code was given out here. Please compare both with the paper once more. If "
        "they are the same, do not rely on it, and call the lender at the number on its own site or app."
    )


async def _any_paper(request: Request) -> str:
    """Nothing is loaded before both are known."""
    return ""


async def _values(request: Request, paper: str, form: Form) -> Mapping[str, Any]:
    return {"found": None}


def _begins(request: Request, paper: str) -> Mapping[str, str]:
    """A paper may lead here with both filled in; they are checked when somebody asks."""
    return {name: request.query_params.get(name, "")[:LONGEST_NUMBER] for name in ("number", "code")}


_CHECK = FormPage("check", _any_paper, _values, _begins)


@_CHECK.post(at={TooManyTries: "number", NotOurs: "number"})
async def check_paper(request: Request, paper: str, form: Form) -> Response:
    """Counted by network before it is looked up; a right one counts for nothing."""
    number, code = (
        form.text("number", most=LONGEST_NUMBER, required=True),
        form.text("code", most=LONGEST_CODE, required=True),
    )
    form.check()
    vault, at = request.app.state.vault, guard.now()
    counts = [(PAPERS_CHECKED, caller(request).network)]
    await hit(vault, counts, at)
    today_in = request.app.state.settings.moment
    found = await paper_state(
        typed_number(number), typed_code(code), vault, lambda timezone: today_in(at, timezone).today
    )
    if found is None:
        raise NotOurs("number")
    await refund(vault, counts)
    return await _CHECK.show(request, paper, form, found=found.value)
