"""The two days of a figure as an address has them: of which it is, and what was known by when."""

from datetime import date
from urllib.parse import urlencode

from starlette.requests import Request

from portal.domain.refusal import N_, Refusal
from portal.reads.figures import FigureDays
from portal.web import guard
from portal.web.forms import Form


class FigureDayToCome(Refusal):
    says = N_("Please choose a day up to today, {today}. You asked for {given}.")


def days_asked(request: Request) -> tuple[Form, FigureDays]:
    """What was asked for, today where nothing was; a day that is none or to come is refused at its field."""
    form, today = Form(request.query_params), guard.today(request, guard.current_staff(request).timezone)
    found = {name: _day(form, name, today) for name in ("of", "known")}
    return form, FigureDays(**found)


def _day(form: Form, name: str, today: date) -> date:
    day = form.date(name, example=today, past=True)
    if day is not None and day > today:
        form.refuse(name, FigureDayToCome(name, today=today, given=day))
    return today if day is None or day > today else day


def asked_days(days: FigureDays, kind: str = "") -> str:
    return urlencode({"of": days.of, "known": days.known, **({"kind": kind} if kind else {})})


def sheet_of_days(name: str, days: FigureDays) -> str:
    """What its file is called."""
    return f"{name}-{days.of}-known-{days.known}"
