"""A caller asks before a call, message or visit, and tells after it; what is on record is read here too."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.contacts import ContactAsked, ContactTold, ToldOtherwise, ask_contact, tell_contact
from portal.domain.conduct.contact_gate import ContactOutcome, ContactRefusal
from portal.domain.conduct.contact_rules import ContactChannel
from portal.domain.event import Actor
from portal.intake.shape import Phone, Shape
from portal.reads.cases import NotFound
from portal.reads.contacts import ContactRecord, contact_by_ref, listed_contacts
from portal.web.api.lists import day_text, time_text
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.requests import (
    api_acting,
    api_answer,
    lender_of_key,
    number_parameter,
    one_value,
    read_shape,
    to_json,
    used_key,
)
from portal.web.labels.contacts import CONTACT_REFUSAL_LABELS

MOST_LISTED, LONGEST_CALL = 500, 86_400


class ContactQuestionShape(Shape):
    """May this borrower be contacted now? `borrower` is the lender's own id, the loan's borrower where it is left out;
    `number` the one that is called, the one on record where it is left out.
    """

    loan_no: Annotated[str, Field(min_length=1, max_length=100)]
    channel: Literal[tuple(each.value for each in ContactChannel)]  # type: ignore[valid-type]
    borrower: Annotated[str, Field(max_length=100)] = ""
    number: Phone = ""


class ContactReportShape(Shape):
    """What came of it, when it began (now, where it is left out), and how many seconds it took."""

    contact: Annotated[str, Field(min_length=1, max_length=32)]
    outcome: Literal[tuple(each.value for each in ContactOutcome)]  # type: ignore[valid-type]
    at: Annotated[AwareDatetime, Field(strict=False)] | None = None
    seconds: Annotated[int, Field(ge=0, le=LONGEST_CALL)] | None = None


async def post_contact(request: Request) -> Response:
    """With `contact` it is told what came of one, without it is asked for another."""
    telling = isinstance(said := one_value(await request.body()), dict) and "contact" in said
    ref = await (_told if telling else _asked)(request)
    return api_answer(to_json(contact_facts(await contact_by_ref(ref, lender_of_key(request).id))))


async def get_contacts(request: Request) -> Response:
    """The oldest first; `next` is where to go on from."""
    limit = number_parameter(request, "limit", 100, 1, MOST_LISTED)
    asked = {name: request.query_params.get(name, "") for name in ("loan_no", "after")}
    lender, agency = lender_of_key(request), used_key(request).agency
    try:
        found, more = await listed_contacts(lender.id, agency, asked["loan_no"], asked["after"], limit)
    except NotFound:
        error = {"field": "after", "problem": "It is the ref of a contact, as next gave it."}
        raise ProblemDetails(422, "cursor", "after is no contact of this lender.", [error]) from None
    onward = found[-1].ref if found else asked["after"] or None
    return api_answer(to_json({"contacts": [contact_facts(each) for each in found], "next": onward, "more": more}))


def contact_facts(each: ContactRecord) -> dict[str, Any]:
    """A refusal is an answer: `reason` a code, `detail` its words, and from when on it would be allowed."""
    return {
        "contact": each.ref,
        "loan_no": each.loan_no,
        "borrower": each.borrower,
        "channel": each.channel.value,
        "agency": each.agency or None,
        "asked_at": time_text(each.asked_at),
        "timezone": each.timezone,
        "allowed": each.is_allowed,
        "until": time_text(each.until),
        "reason": each.reason or None,
        "detail": refusal_text(each) or None,
        "allowed_from": time_text(each.allowed_from),
        "by": day_text(each.decided_by),
        "outcome": each.outcome or None,
        "made_at": time_text(each.made_at),
        "seconds": each.seconds,
        "told_at": time_text(each.told_at),
        "against": each.against,
    }


def refusal_text(each: ContactRecord) -> str:
    """In English; nothing where it was allowed."""
    if not each.reason:
        return ""
    return CONTACT_REFUSAL_LABELS[ContactRefusal(each.reason)].format(counted=each.counted, most=each.most)


async def _asked(request: Request) -> str:
    data, key = await read_shape(request, ContactQuestionShape), used_key(request)
    asked = ContactAsked(data.loan_no, ContactChannel(data.channel), data.borrower, data.number)
    try:
        return await ask_contact(api_acting(request, Actor("lender", key.ref)), key.lender, asked, key=key)
    except NotFound:
        error = {"field": "loan_no", "problem": "No loan of this lender has this number."}
        raise ProblemDetails(422, "fields", "There is no such loan at this lender.", [error]) from None


async def _told(request: Request) -> str:
    data, key = await read_shape(request, ContactReportShape), used_key(request)
    told = ContactTold(data.contact, ContactOutcome(data.outcome), data.at, data.seconds)
    try:
        acting = api_acting(request, Actor("lender", key.ref))
        return await tell_contact(acting, key.lender, told, agency=key.agency)
    except ToldOtherwise as refusal:
        raise ProblemDetails(409, "conflict", str(refusal), facts=await _as_told(request, data.contact)) from refusal


async def _as_told(request: Request, ref: str) -> Mapping[str, Any]:
    known = contact_facts(await contact_by_ref(ref, lender_of_key(request).id))
    return {name: known[name] for name in ("contact", "outcome", "made_at", "seconds")}
