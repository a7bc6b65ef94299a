"""Links for a lender's own app or gateway to send, each with a neutral text in both languages."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.door import INVITATION_DAYS, NothingToAsk, TooManyInvitations, invite
from portal.domain.messages import INVITATION
from portal.intake.shape import Phone
from portal.languages import in_every_language
from portal.reads.cases import NotFound
from portal.reads.door import overdue_and_uninvited
from portal.web import guard
from portal.web.api.problems import Problem
from portal.web.api.requests import idempotent, lender, moment, shaped, to_text

MOST_AT_ONCE = 500


class Invited(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    loan_no: Annotated[str, Field(min_length=1, max_length=100)]
    phone: Phone = ""


class Wanted(BaseModel):
    """Either the loans, or all that are overdue and whose borrower has neither come in nor an open link."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "anyOf": [
                {"properties": {"loans": {"minItems": 1}, "overdue": {"const": False}}, "required": ["loans"]},
                {"properties": {"loans": {"maxItems": 0}, "overdue": {"const": True}}, "required": ["overdue"]},
            ]
        },
    )

    loans: Annotated[list[Invited], Field(max_length=MOST_AT_ONCE)] = []
    overdue: bool = False


async def invitations(request: Request) -> Response:
    """The links are secrets: the answer kept for an idempotency key is sealed, as every one is.

    A phone other than the one on record changes it; its link goes there and stands in no answer.
    """
    wanted = await shaped(request, Wanted)
    if wanted.overdue == bool(wanted.loans):
        raise Problem(422, "fields", "Either loans or overdue: true is needed, and not both.")

    async def unit() -> str:
        return to_text(await _links(request, wanted))

    return await idempotent(request, wanted.model_dump(), unit)


async def _links(request: Request, wanted: Wanted) -> dict[str, object]:
    by, vault, base = lender(request), request.app.state.vault, request.app.state.settings.base_url
    when = replace(moment(request), at=guard.now())  # links live by the wall's clock, as sessions do
    asked = [(each.loan_no, each.phone) for each in wanted.loans]
    if wanted.overdue:
        waiting = await overdue_and_uninvited(by.id, vault, when.today, when.at)
        asked = [(each.loan_no, "") for each in waiting[:MOST_AT_ONCE]]
    links = []
    for index, (loan_no, phone) in enumerate(asked):
        try:
            token = await invite(by, loan_no, phone, vault, when, base)
        except (TooManyInvitations, NothingToAsk):
            if not wanted.overdue:
                raise
            continue  # whoever was sent enough for today, or cannot be asked for anything, keeps nobody else waiting
        except NotFound:
            errors = [{"index": index, "field": "loan_no", "problem": f"There is no loan {loan_no!r}."}]
            raise Problem(422, "rows", "Nobody was invited.", errors) from None
        links.append(_link(request, loan_no, f"{base}/i/{token}") if token else {"loan_no": loan_no, "sent": True})
    until = when.at + timedelta(days=INVITATION_DAYS)
    return {"invitations": links, "expires_at": until.isoformat(timespec="seconds")}


def _link(request: Request, loan_no: str, link: str) -> dict[str, object]:
    texts = in_every_language(INVITATION, lender=lender(request).name, link=link)
    return {"loan_no": loan_no, "link": link, "texts": texts}
