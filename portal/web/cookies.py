"""Our cookies: `__Host-` on https; over plain http on loopback the same names without the prefix."""

from starlette.requests import Request
from starlette.responses import Response

BORROWER = "portal"
DESK = "desk"
SEED = "seed"
LANGUAGE = "lang"
SIZE, SHIELD = "size", "shield"
SHEETS = "style"
CODE_COOKIE = "code"
BESIDE = "beside"
KNOWN, KNOWN_DESK = "known", "known_desk"
DESK_PENDING = "desk-pending"
YEAR_SECONDS = 365 * 24 * 3600


def read(request: Request, name: str) -> str:
    return request.cookies.get(_full(request, name), "")


def write_cookie(request: Request, response: Response, name: str, value: str, max_age: int | None = None) -> None:
    response.set_cookie(
        _full(request, name),
        value,
        max_age=max_age,
        path="/",
        secure=request.app.state.settings.secure,
        httponly=True,
        samesite="lax",
    )


def clear(request: Request, response: Response, name: str) -> None:
    response.delete_cookie(
        _full(request, name), path="/", secure=request.app.state.settings.secure, httponly=True, samesite="lax"
    )


def _full(request: Request, name: str) -> str:
    return f"__Host-{name}" if request.app.state.settings.secure else name
