"""A policy that waits for a second person: what it says otherwise, what it would have done, and the answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.approvals import NotYourRole, OwnProposal
from portal.actions.jobs import TooManyJobs
from portal.actions.policies import NotReplayed, Unproven, approve_policy, reject_policy, text_hash
from portal.domain.money import parse_amount
from portal.domain.restructuring.policy import Policy
from portal.reads.approvals import WaitingApproval, waiting_approval
from portal.reads.cases import LenderFacts, lender_by_slug
from portal.reads.policy import policy_text
from portal.reads.replays import POLICY, policy_reach, policy_replay
from portal.web import guard
from portal.web.changing import Elsewhere, FormPage, see_done
from portal.web.desk.policy import as_read
from portal.web.desk.policy_new import REPLAY_DAYS, ask_reach, ask_replay
from portal.web.desk.policy_words import PolicyWords
from portal.web.forms import Form
from portal.web.render import fragment, page_language, see_other, wants_fragment


@dataclass(frozen=True, slots=True)
class ProposedPolicy:
    """`against` is the version in force, which it is compared with."""

    lender: LenderFacts
    found: WaitingApproval
    text: str
    against: int
    in_force: str


async def _waiting(request: Request) -> ProposedPolicy:
    """Raises Elsewhere where nothing waits any more; whoever asks for a part of the page alone is shown it anew."""
    staff = guard.current_staff(request)
    found = await waiting_approval(POLICY, str(staff.lender_id), guard.today(request, staff.timezone))
    if found is None:
        again = Response(status_code=204, headers={"hx-refresh": "true"})
        raise Elsewhere(again if wants_fragment(request) else see_other(request, "desk_policy"))
    against, in_force = await policy_text(staff.lender_id)
    lender = await lender_by_slug(staff.lender_slug)
    return ProposedPolicy(lender, found, json.loads(found.facts)["text"], against, in_force)


async def _values(request: Request, waits: ProposedPolicy, form: Form) -> Mapping[str, Any]:
    staff, currency = guard.current_staff(request), waits.lender.currency
    days = _days(request, form)
    replay = await policy_replay(staff.lender_id, waits.found.ref, days, request.app.state.vault)
    reach = await policy_reach(staff.lender_id, waits.found.ref, request.app.state.vault)
    words = PolicyWords(page_language(request), currency)
    old, new = (as_read(text, 0, currency) for text in (waits.in_force, waits.text))
    changes = tuple(words.changes(old, new))
    return {
        "found": waits.found,
        "mine": waits.found.proposed_by == staff.ref,
        "against": waits.against,
        "shown": text_hash(waits.text),
        "changes": changes,
        "unjudged": [each for each in changes if not each.judged],
        "days": days,
        "all_days": REPLAY_DAYS,
        "replay": replay,
        "reach": reach,
        "offers": new.offers,
        "currency": currency,
        "reached": _reached(reach.answer, new, words) if reach and reach.state == "done" and reach.answer else (),
        "outcome": _outcome(replay.answer) if replay and replay.state == "done" and replay.answer else None,
    }


def _outcome(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer with amounts as minor units, as pages write them."""
    if not answer["proven"]:
        return answer
    return {**answer, **{name: _turned(answer[name]) for name in ("accepted", "to_a_person")}}


def _turned(found: Mapping[str, Any]) -> Mapping[str, Any]:
    sums = {currency: parse_amount(text, currency) for currency, text in found["let_go"].items()}
    lines = [
        {**each, **{name: parse_amount(each[name], each["currency"]) for name in ("waived", "total", "a_month")}}
        for each in found["listed"]
    ]
    return {**found, "let_go": sums, "listed": lines}


def _reached(answer: Mapping[str, Any], policy: Policy, words: PolicyWords) -> list[Mapping[str, Any]]:
    """By offer: its name, for how many loans it is, and the figures as pages write them."""
    found, figures = (
        {each["id"]: each for each in answer["offers"]},
        ("taken_in", "waived", "total", "least", "half", "most"),
    )
    return [
        {
            "name": offer.named(words.spoken.tag),
            "count": found[offer.id]["count"],
            "without_plan": found[offer.id]["without_plan"],
            **{name: parse_amount(found[offer.id].get(name, "0"), words.currency) for name in figures},
        }
        for offer in policy.offers
        if offer.id in found
    ]


def _days(request: Request, form: Form) -> int:
    asked = form.raw("days") or request.query_params.get("days", "")
    return next((each for each in REPLAY_DAYS if str(each) == asked), REPLAY_DAYS[1])


_WAITS = FormPage("desk/policy_waits", _waiting, _values)


@_WAITS.post(OwnProposal, NotYourRole, NotReplayed, TooManyJobs, at={Unproven: "untold"})
async def _answer(request: Request, waits: ProposedPolicy, form: Form) -> Response:
    answers = {"approve": _approve, "reject": _reject, "reach": _count_reach}
    return await answers.get(form.raw("move"), _try_out)(request, waits, form)


async def waiting_policy(request: Request) -> Response:
    """The page and its answers; while a dry run goes on, only the part that changes."""
    if request.method != "GET" or not wants_fragment(request):
        return await _answer(request)
    try:
        waits = await _waiting(request)
    except Elsewhere as found:
        return found.response
    form = Form({})
    return fragment(request, "desk_replay", form=form, **await _values(request, waits, form))


async def _approve(request: Request, waits: ProposedPolicy, form: Form) -> Response:
    against = form.raw("against")
    await approve_policy(
        guard.acting(request, waits.lender.timezone, form.token()),
        waits.lender,
        form.raw("approval"),
        form.raw("shown"),
        int(against) if against.isascii() and against.isdecimal() else -1,
        _days(request, form),
        form.ticked("untold"),
    )
    return see_done(request, "desk_policy", "in_force")


async def _reject(request: Request, waits: ProposedPolicy, form: Form) -> Response:
    mine = waits.found.proposed_by == guard.current_staff(request).ref
    await reject_policy(guard.acting(request, waits.lender.timezone, form.token()), waits.lender, form.raw("approval"))
    return see_done(request, "desk_policy", "withdrawn" if mine else "rejected")


async def _count_reach(request: Request, waits: ProposedPolicy, form: Form) -> Response:
    await ask_reach(request, waits.found.ref)
    return _back(request, form)


async def _try_out(request: Request, waits: ProposedPolicy, form: Form) -> Response:
    """The dry run over so many days, where it was not asked for yet."""
    await ask_replay(request, waits.found.ref, _days(request, form))
    return _back(request, form)


def _back(request: Request, form: Form) -> Response:
    return RedirectResponse(f"{request.app.url_path_for('desk_policy_waits')}?days={_days(request, form)}", 303)
