"""A route by the methods that it takes."""

from functools import partial

from starlette.routing import Route

get, post, both = (partial(Route, methods=methods) for methods in (["GET"], ["POST"], ["GET", "POST"]))
patch, delete = (partial(Route, methods=[method]) for method in ("PATCH", "DELETE"))
