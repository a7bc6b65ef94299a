"""A page with a form, one way for all: its subject is loaded, the form read, the act done, and the way goes on (303).

A handler reads the form and acts; what refuses it, it lets through. Where that is shown is said here and beside the
handler: at the field that is wrong (422), with what was loaded; on top of the page as it is now where somebody was
first (409) or the handler names the refusal; else on the page of errors. What was typed always comes back.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.approvals import AlreadyProposed, ApprovalChanged, NothingWaits
from portal.actions.journal import KeyUsedOtherwise
from portal.actions.ratelimit import TooManyTries
from portal.actions.webhooks import NothingToSkip
from portal.domain.refusal import Refusal
from portal.domain.restructuring.negotiation import ProposalOpen, SomebodyWasFirst
from portal.reads.cases import NotFound
from portal.web import guard
from portal.web.forms import Form, StalePage
from portal.web.render import page
from portal.web.urls import SAFE

_Subject = TypeVar("_Subject")
_Handler = Callable[[Request], Awaitable[Response]]
_Change = Callable[[Request, _Subject, Form], Awaitable[Response]]

CONFLICTS = (
    SomebodyWasFirst,
    ProposalOpen,
    KeyUsedOtherwise,
    AlreadyProposed,
    NothingWaits,
    ApprovalChanged,
    NothingToSkip,
    StalePage,
)


def status_of(refusal: Refusal) -> int:
    """409 where the page was older than what it is about, 429 where somebody tried too often, else 422."""
    if isinstance(refusal, TooManyTries):
        return 429
    return 409 if isinstance(refusal, CONFLICTS) else 422


class Elsewhere(Exception):
    """There is nothing to change here: whoever asked is answered with `response`."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def nothing_typed(request: Request, subject: object) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class FormPage(Generic[_Subject]):
    """A page by its template. `load` reads what it is about, for whoever asks, and raises NotFound or Elsewhere;
    `values` are what the page shows of it, beside `form`, its `values` and `errors`, and the `error` on top;
    `begins` is what the form has in it before anything was sent.
    """

    template: str
    load: Callable[[Request], Awaitable[_Subject]]
    values: Callable[[Request, _Subject, Form], Awaitable[Mapping[str, Any]]]
    begins: Callable[[Request, _Subject], Mapping[str, str]] = nothing_typed

    async def get(self, request: Request) -> Response:
        """The handler that only shows it."""
        try:
            subject = await self.load(request)
            return await self.show(request, subject, Form(self.begins(request, subject)))
        except Elsewhere as found:
            return found.response

    async def show(
        self,
        request: Request,
        subject: _Subject,
        form: Form,
        status: int = 200,
        error: Refusal | None = None,
        **more: Any,
    ) -> Response:
        again = {"status": status, "error": error, "form": form, "values": form.values, "errors": form.errors}
        return page(request, self.template, **{**again, **await self.values(request, subject, form), **more})

    def post(
        self, *on_top: type[Refusal], at: Mapping[type[Refusal], str] | None = None
    ) -> Callable[[_Change[_Subject]], _Handler]:
        """Makes a handler of what reads the form, acts, and answers where the way goes on; GET shows the page.

        `on_top` are refusals that show the page as it is now, `at` those that stand at a field, the first that fits.
        """

        def handler(act: _Change[_Subject]) -> _Handler:
            @wraps(act)
            async def changed(request: Request) -> Response:
                if request.method in SAFE:
                    return await self.get(request)
                try:
                    return await self._answer(request, act, CONFLICTS + on_top, at or {})
                except Elsewhere as found:
                    return found.response

            return changed

        return handler

    async def _answer(
        self,
        request: Request,
        act: _Change[_Subject],
        on_top: tuple[type[Refusal], ...],
        at: Mapping[type[Refusal], str],
    ) -> Response:
        subject, form = await self.load(request), Form(guard.form(request))
        try:
            return await act(request, subject, form)
        except Refusal as refusal:
            if _placed(form, refusal, at):
                return await self.show(request, subject, form, status_of(refusal))
            if isinstance(refusal, on_top):
                return await self.show(request, await self.load(request), form, status_of(refusal), refusal)
            raise


def _placed(form: Form, refusal: Refusal, at: Mapping[type[Refusal], str]) -> bool:
    """Whether it stands at a field of the form, where it may have to be put."""
    if refusal in form.errors.values():
        return True
    field = next((name for kind, name in at.items() if isinstance(refusal, kind)), None)
    if field is not None:
        form.refuse(field, refusal)
    return field is not None


def known_move(request: Request, *known: str) -> str:
    """The move that a form's address names. Raises NotFound for one nobody knows."""
    move: str = request.path_params["move"]
    if move not in known:
        raise NotFound(move)
    return move


def see_done(request: Request, name: str, what: str, of: str = "", listed: str = "", **params: str) -> Response:
    """303 to a page that says on top what has just been done, which it words by `done_here`; `of` is to what.

    `listed` is the query of the list that it stands in.
    """
    told = urlencode({"done": what, "of": of} if of else {"done": what})
    told = f"{told}&{listed}" if listed else told
    return RedirectResponse(f"{request.app.url_path_for(name, **params)}?{told}", 303)


def done_here(request: Request, words: Mapping[str, str]) -> str | None:
    return words.get(request.query_params.get("done", ""))
