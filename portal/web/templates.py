"""The templates in one language: what its catalogue says is put into a page once, when that is compiled."""

import re
from collections.abc import Callable, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame, optimizeconst
from jinja2.runtime import markup_join
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from portal.web.sums import Sum

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"

_VALUE = re.compile(r"%\((\w+)\)s|%%")


_OF_GETTEXT = frozenset({"_", "gettext", "ngettext"})


class _Straight(CodeGenerator):
    """What is markup already is put out and joined as it is, not escaped anew; what is called is called at once: only
    what words a message asks for the page's context.
    """

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write("environment.ready(")

    @optimizeconst
    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self.write("environment.joined((")
        for each in node.nodes:
            self.visit(each, frame)
            self.write(", ")
        self.write("))")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        if isinstance(node.node, nodes.Name) and node.node.name in _OF_GETTEXT:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.write("environment.called(")
        self.visit(node.node, frame)
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        self.write(")")


class Templates(Environment):
    """Escapes every value. `rereads` looks at each use whether a file has changed, for whoever works on one."""

    code_generator_class = _Straight

    def __init__(
        self, text: Callable[[str], str], plural: Callable[[str, str, int], str], *, rereads: bool = False
    ) -> None:
        super().__init__(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            auto_reload=rereads,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
        )
        self.install_gettext_callables(text, plural, newstyle=True)  # type: ignore[attr-defined]
        self._worded = _Worded(text)

    @staticmethod
    def ready(value: object) -> str:
        """As it may stand in a page."""
        return value if isinstance(value, Markup) else escape(value)

    @staticmethod
    def joined(pieces: Sequence[object]) -> str:
        """Markup where any of it is; what is not is escaped in it. With a sum in it, both forms of it."""
        kinds = {type(each) for each in pieces}
        if Sum in kinds:
            return Sum.of(pieces)
        return Markup("".join(map(Templates.ready, pieces))) if Markup in kinds else markup_join(pieces)

    @staticmethod
    def called(function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        return function(*given, **named)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """One dictionary for all templates: Jinja's chain of two is slow to ask, and each import asks all of it."""
        return {**self.globals, **d} if d else self.globals

    def compile(  # type: ignore[override]
        self, source: Any, name: str | None = None, filename: str | None = None, **how: Any
    ) -> Any:
        tree = self.parse(source, name, filename) if isinstance(source, str) else source
        return super().compile(self._worded.visit(tree), name, filename, **how)


class _Worded(NodeTransformer):
    """Puts in the place of `_("Due on %(day)s.", day=...)` the pieces of what it says, its values between them."""

    def __init__(self, text: Callable[[str], str]) -> None:
        self.text = text

    def visit_Call(self, call: nodes.Call) -> nodes.Node:
        call = self.generic_visit(call)  # type: ignore[assignment]
        match call:
            case nodes.Call(node=nodes.Name(name="_"), args=[nodes.Const(value=str(message))], dyn_kwargs=None):
                values = {each.key: each.value for each in call.kwargs}
                if any(isinstance(each, nodes.Const) for each in values.values()):
                    return call  # all of it constant, Jinja would join it as text and escape that again
                pieces = [_markup("")] if values else []
                said, at = self.text(message), 0
                for found in _VALUE.finditer(said):
                    pieces += [_markup(said[at : found.start()]), values[found[1]] if found[1] else _markup("%")]
                    at = found.end()
                pieces.append(_markup(said[at:]))
                return nodes.Concat(pieces, lineno=call.lineno) if len(pieces) > 1 else pieces[0]
        return call


def _markup(text: str) -> nodes.Expr:
    return nodes.Const(Markup(text))
