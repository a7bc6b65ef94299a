"""The published policy: every rule that is in force in words, its versions, and the file of each."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.policies import SETTERS
from portal.domain.refusal import N_
from portal.domain.restructuring.policy import Policy
from portal.reads.approvals import waiting_approval
from portal.reads.cases import NotFound, lender_by_slug
from portal.reads.policy import policy_text, policy_versions
from portal.reads.policy_file import BadPolicy, policy_from_text
from portal.reads.replays import POLICY
from portal.web import guard
from portal.web.changing import done_here
from portal.web.desk.policy_words import PolicySection, PolicyWords
from portal.web.render import page, page_language

DONE = {
    "in_force": N_("The new policy is in force."),
    "withdrawn": N_("The proposed policy was withdrawn."),
    "rejected": N_("The proposed policy was not agreed to. The one before stays in force."),
}


async def policy_page(request: Request) -> Response:
    staff = guard.current_staff(request)
    version, text = await policy_text(staff.lender_id)
    lender = await lender_by_slug(staff.lender_slug)
    words = PolicyWords(page_language(request), lender.currency)
    sections, problem = _in_words(words, version, text, lender.currency)
    return page(
        request,
        "desk/policy",
        version=version,
        sections=sections,
        problem=problem,
        versions=await policy_versions(staff.lender_id),
        waits=await waiting_approval(POLICY, str(staff.lender_id), guard.today(request, staff.timezone)),
        sets=staff.role in SETTERS,
        done=done_here(request, DONE),
    )


def _in_words(words: PolicyWords, version: int, text: str, currency: str) -> tuple[tuple[PolicySection, ...], str]:
    """Without sections, what this version of the portal cannot read of it."""
    try:
        return tuple(words.sections(policy_from_text(text, version, currency), text)), ""
    except BadPolicy as unreadable:
        return (), str(unreadable)


async def policy_file(request: Request) -> Response:
    """A version as it was written. Raises NotFound."""
    staff, asked = guard.current_staff(request), request.path_params["version"]
    version, text = await policy_text(staff.lender_id, whole_version(asked))
    if not version:
        raise NotFound(asked)
    headers = {"content-disposition": f'attachment; filename="policy-{staff.lender_slug}-{version}.toml"'}
    return Response(text, media_type="application/toml; charset=utf-8", headers=headers)


def whole_version(asked: str) -> int:
    """Raises NotFound for what is no number of a version."""
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 7):
        raise NotFound(asked)
    return int(asked)


def as_read(text: str, version: int, currency: str) -> Policy:
    """One that this version of the portal cannot read is as if it said nothing."""
    try:
        return policy_from_text(text, version, currency)
    except BadPolicy:
        return replace(Policy(), version=version)
