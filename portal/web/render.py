"""Templates become responses: one environment per language, and every value escaped."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, lru_cache, partial
from typing import Any

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from portal.domain.conduct.papers import in_groups
from portal.domain.conduct.phone import dial_address
from portal.domain.contract.calendar import Every
from portal.domain.contract.loan import AllocationRule
from portal.domain.ledger.explanation import installments_on
from portal.domain.ledger.month_ahead import month_ahead
from portal.domain.ledger.reconciliation import Explanation
from portal.domain.money import format_amount
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.policy import Break
from portal.languages import Language, choose, languages
from portal.web import csrf
from portal.web.cookies import LANGUAGE, SHEETS, SHIELD, SIZE, read, write_cookie
from portal.web.file_changes import file_value
from portal.web.labels import LABELS
from portal.web.labels.events import BY_ITSELF
from portal.web.labels.loans import PENALTY_KIND_LABELS
from portal.web.labels.plans import COVERS_LABELS, RULE_LABELS, RULE_NAMES, RULES_OF_PEOPLE
from portal.web.style import DESK_STYLE, STYLE
from portal.web.sums import Sum, as_figure
from portal.web.templates import Templates
from portal.web.urls import addresses, page_path, with_next

_KEPT = 4096
DEFAULT_TIMEZONE = "Asia/Shanghai"

EVERY_WORDS = {
    Every(1, "m"): N_("every month"),
    Every(2, "w"): N_("every two weeks"),
    Every(1, "w"): N_("every week"),
}


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """The page `templates/pages/<template>.html` in the request's language."""
    sheets = _sheets(request, status)
    response = _response(request, f"pages/{template}.html", status, {"sheets": sheets, **values})
    if sheets == "fetched":
        write_cookie(request, response, SHEETS, request.app.state.static.version)
    return response


def fragment(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """A piece of a page for htmx: `templates/fragments/<template>.html`, which that page includes too."""
    return _response(request, f"fragments/{template}.html", status, values)


def render_document(tag: str, name: str, **values: Any) -> str:
    """The text of `templates/documents/<name>.html` in a language: it depends on nothing but its values."""
    return environment(tag).get_template(f"documents/{name}.html").render(values).strip() + "\n"


def see_other(request: Request, name: str, **params: str) -> Response:
    """303 to a page of ours, so that a reload sends nothing twice."""
    return RedirectResponse(str(request.app.url_path_for(name, **params)), status_code=303)


def wants_fragment(request: Request) -> bool:
    return request.headers.get("hx-request") == "true" and "hx-history-restore-request" not in request.headers


def page_language(request: Request) -> Language:
    """By choice, by the browser, else Chinese."""
    return choose(read(request, LANGUAGE), request.headers.get("accept-language", ""))


@cache
def environment(tag: str, rereads: bool = False) -> Templates:
    """The templates in one language; catalogue and forms are bound once, so nothing depends on the request."""
    spoken = languages()[tag]
    env = Templates(spoken.text, spoken.plural, rereads=rereads)
    env.globals.update(locale=spoken.tag, languages=tuple(languages().values()), with_next=with_next)
    env.globals.update(style=Markup(STYLE), desk_style=Markup(DESK_STYLE))
    env.filters.update(
        money=lru_cache(_KEPT)(partial(_money, spoken)),
        by_itself=BY_ITSELF.__contains__,
        figure=as_figure,
        round_money=spoken.round_money,
        date=lru_cache(_KEPT)(partial(_date, spoken)),
        near_date=partial(_near_date, spoken),
        datetime=partial(_datetime, spoken),
        percent=spoken.percent,
        number=spoken.number,
        refusal=spoken.refusal,
        sentences=partial(_sentences, spoken),
        words=spoken.text,
        symbol=spoken.symbol,
        broken=partial(_broken, spoken),
        beyond=partial(_beyond, spoken),
        every=partial(every_words, spoken),
        code=partial(_code, spoken),
        cause=partial(_cause, spoken),
        file_value=partial(file_value, spoken),
        why=_why,
        groups=in_groups,
        installments_on=installments_on,
        month_ahead=month_ahead,
        dialled=dial_address,
        decimal=format_amount,
    )
    return env


def _sentences(spoken: Language, errors: Mapping[str, Refusal]) -> dict[str, str]:
    """What a form's refusals say, field by field."""
    return {name: spoken.refusal(refusal) for name, refusal in errors.items()}


def _money(spoken: Language, minor: int, currency: str) -> Markup:
    said, figure = spoken.money(minor, currency), spoken.figure(minor, currency)
    return escape(said) if said == figure else Sum(escape(said.replace(" ", "\N{NO-BREAK SPACE}")), escape(figure))


def _date(spoken: Language, day: date) -> Markup:
    """A date that machines can read; in a narrow column a line may end between its parts, elsewhere never."""
    return _time_of(day, spoken.date(day))


def _near_date(spoken: Language, day: date, today: date) -> Markup:
    """The same without the year, where it is this one."""
    return _time_of(day, spoken.month_day(day) if day.year == today.year else spoken.date(day))


def _time_of(day: date, said: str) -> Markup:
    written = said.replace("年", "年<wbr>").replace(" ", "&nbsp;<wbr>")
    return Markup(f'<time datetime="{day.isoformat()}">{written}</time>')


def _datetime(spoken: Language, at: datetime, timezone: str) -> Markup:
    written = spoken.datetime(at, timezone)
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="minutes"), written)


def _why(text: Any, href: str) -> Markup:
    """A figure or a date that leads to how it came about."""
    start = f'<a class="why" href="{escape(href)}">'
    if type(text) is Sum:
        return Sum(f"{start}{text}</a>", Markup(f"{start}{text.figure}</a>"))
    return Markup(f"{start}{Templates.ready(text)}</a>")


def _code(spoken: Language, code: Any, kind: str) -> str:
    """A code in words; one nobody has worded yet is shown as it is."""
    message = LABELS[kind].get(code)
    return spoken.text(message) if message else str(code)


def _broken(spoken: Language, found: Break) -> str:
    """Which rule of the policy an offer goes beyond, with what was asked and what is taken at once."""
    asked, allowed = (_term(spoken, fact) for fact in (found.asked, found.allowed))
    return spoken.text(RULE_LABELS[found.rule]).format(asked=asked, allowed=allowed)


def _beyond(spoken: Language, found: Break) -> str:
    """The same in a few words: the rule, what was asked, and what is taken at once."""
    rule = spoken.text(RULE_NAMES[found.rule])
    if found.rule in RULES_OF_PEOPLE:
        return rule
    asked, allowed = (_term(spoken, fact) for fact in (found.asked, found.allowed))
    return spoken.text(N_("{rule}: {asked}, at once {allowed}")).format(rule=rule, asked=asked, allowed=allowed)


def _cause(spoken: Language, found: Explanation) -> str:
    """What the lender's books may do otherwise, and how."""
    match found.otherwise:
        case AllocationRule(due=due):
            how = spoken.text(", ").join(_code(spoken, name, "component") for name in due)
        case (grace, days):
            how = f"{_code(spoken, grace, 'grace')} {spoken.number(days)}"
        case str() as code:
            how = spoken.text(PENALTY_KIND_LABELS[code]) if code in PENALTY_KIND_LABELS else code
        case amount:
            how = spoken.fact(amount)
    return spoken.text(N_("{cause} ({how})")).format(cause=_code(spoken, found.cause, "cause"), how=how)


def _term(spoken: Language, fact: object) -> str:
    """A term of an offer in words: lists of periods and of what a plan takes in are codes."""
    if not isinstance(fact, str):
        return spoken.fact(fact)
    return spoken.text(", ").join(
        _code(spoken, code, "covers") if code in COVERS_LABELS else every_words(spoken, Every.parse(code))
        for code in fact.split(", ")
    )


def every_words(spoken: Language, every: Every) -> str:
    words = EVERY_WORDS.get(every)
    if words:
        return spoken.text(words)
    if every.unit == "m":
        return spoken.plural("every %(n)s month", "every %(n)s months", every.count) % {"n": every.count}
    days = every.count * (7 if every.unit == "w" else 1)
    return spoken.plural("every %(n)s day", "every %(n)s days", days) % {"n": days}


def _response(request: Request, path: str, status: int, values: Mapping[str, Any]) -> Response:
    rereads = request.app.state.settings.show_cost
    template = environment(page_language(request).tag, rereads).get_template(path)
    binding, seed = csrf.binding(request)
    state = request.scope["state"]
    context = {
        "status": status,
        "csrf": csrf.token(request.app.state.settings.secret, binding),
        "url": addresses(request.app),
        "static": request.app.state.static.url,
        "path": page_path(request),
        "host": request.app.state.settings.host,
        "signed_in": state.get("signed_in"),
        "me": _me(request, status),
        "beside_me": _beside_me(request),
        "role": getattr(state.get("staff"), "role", ""),
        "lender_name": state.get("lender_name"),
        "payments_open": state.get("payments", 0),
        "complaints_open": state.get("problems", 0),
        "second_open": state.get("second", 0),
        "asks_messages": getattr(state.get("person"), "asks_messages", False),
        "changed_numbers": state.get("changed_numbers", ()),
        "locks_after": state.get("locks_after"),
        "test_clock": state.get("test_clock"),
        "size": read(request, SIZE),
        "shielded": bool(read(request, SHIELD)),
        "request_cost": state.get("cost"),
        "timezone": state.get("timezone", DEFAULT_TIMEZONE),
        "key": secrets.token_urlsafe(16),
    }
    response = HTMLResponse(template.render({**context, **values}), status_code=status)
    if seed:
        csrf.keep_seed(request, response, seed)
    return response


def _within(request: Request, status: int) -> str | None:
    """Who is signed in; a page that is not there knows nobody, so it stays the same for all."""
    return None if status == 404 else getattr(request.state, "signed_in", None)


def _me(request: Request, status: int) -> str:
    """The mark of the borrower who is signed in, for what a page keeps for them."""
    if _within(request, status) != "borrower":
        return ""
    return csrf.mark(request.app.state.settings.secret, request.state.person.ref)


def _beside_me(request: Request) -> str:
    """The marks of whoever this browser is signed in as beside, whose typed words the page neither shows nor drops."""
    held = request.scope["state"].get("beside", ())
    return " ".join(csrf.mark(request.app.state.settings.secret, each.person.ref) for each in held)


def _sheets(request: Request, status: int) -> str:
    """How a page gets its style: within itself; there and `fetched` to be kept; or from what the browser has `kept`."""
    if _within(request, status) is None:
        return "none"
    return "kept" if read(request, SHEETS) == request.app.state.static.version else "fetched"
