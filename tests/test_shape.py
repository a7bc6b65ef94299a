"""The shape of the house: what import contracts cannot see."""

import ast
import re
from pathlib import Path
from statistics import quantiles

import pytest

ROOT = Path(__file__).resolve().parent.parent
PORTAL = sorted((ROOT / "portal").rglob("*.py"))
DOMAIN = sorted((ROOT / "portal" / "domain").rglob("[a-z]*.py"))
# A document stands alone, its look in it; all else takes it from the one stylesheet.
TEMPLATES = sorted(p for p in (ROOT / "templates").rglob("*.html") if p.parent.name != "documents")
MOST_LINES, MOST_FUNCTION_LINES, MOST_AT_P90 = 300, 40, 20
# Templates of before there was a measure of their lines, each with how many are too long. It may only shrink.
LONG_LINES, MOST_CHARACTERS = ROOT / "tests" / "long_lines.txt", 120

# Values and words with nothing to compute.
WITHOUT_SENTENCES = {"bounds", "closed", "entries", "loan", "messages", "portfolio", "reasons", "refusal"}


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


@pytest.mark.parametrize("path", PORTAL, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_can_be_read_in_one_go(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES, "split it by noun"
    long = [f"{f.name}: {length(f)} lines" for f in functions(path) if length(f) > MOST_FUNCTION_LINES]
    assert not long


def test_nine_functions_of_ten_fit_on_half_a_screen() -> None:
    lengths = [length(function) for path in PORTAL for function in functions(path)]
    assert quantiles(lengths, n=10)[-1] <= MOST_AT_P90


CALLED_FOR = {"client_class"}
"""What somebody else's library looks for under this name, in each of several modules."""


def test_a_public_name_stands_in_one_module() -> None:
    """Whoever searches for a name finds one thing; what only one module uses begins with an underscore."""
    where: dict[str, list[str]] = {}
    for path in PORTAL:
        for name in public_names(ast.parse(path.read_text())):
            where.setdefault(name, []).append(path.relative_to(ROOT).as_posix())
    assert not {name: found for name, found in where.items() if len(found) > 1 and name not in CALLED_FOR}


def public_names(module: ast.Module) -> list[str]:
    """What is defined at the top of a module, and no underscore says is its own affair."""
    names: list[str] = []
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names += [target.id for target in targets if isinstance(target, ast.Name)]
    return [name for name in names if not name.startswith("_")]


@pytest.mark.parametrize("path", DOMAIN, ids=lambda path: path.stem)
def test_the_domain_has_no_clock_and_no_float(path: Path) -> None:
    tree = ast.parse(path.read_text())
    floats = [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, float)]
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert not floats
    assert "float" not in called
    assert not re.search(r"\b(datetime|date)\.(now|today|utcnow)\(", path.read_text())


@pytest.mark.parametrize("path", DOMAIN, ids=lambda path: path.stem)
def test_every_rule_has_its_sentences(path: Path) -> None:
    """The tests of the domain import every module they speak of: its own file, or the one of its neighbours."""
    if path.stem not in WITHOUT_SENTENCES:
        tests = (ROOT / "tests" / "domain").glob("test_*.py")
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        assert any(f"from {module} import" in test.read_text() for test in tests)


BY_HAND = re.compile(r"\?next=|urlencode\(\{.next|.next.: \w+\}\|urlencode|\[.location.\]")


def test_where_to_go_next_is_written_into_an_address_by_one_function_alone() -> None:
    assert [path.name for path in (*PORTAL, *TEMPLATES) if BY_HAND.search(path.read_text())] == ["urls.py"]


def test_every_address_names_its_audience() -> None:
    from portal.web.routes import routes

    unnamed = [route.path for route in routes if not hasattr(route.endpoint, "audience")]
    assert not unnamed


def test_what_staff_see_is_under_desk_and_nothing_else_is() -> None:
    from portal.web.routes import routes

    open_to_anyone = {"/desk/sign-in", "/desk/sign-in/code", "/desk/sign-in/set-up", "/desk/activate/{token}"}
    for route in routes:
        staff_only = route.path.startswith("/desk") and route.path not in open_to_anyone
        assert (route.endpoint.audience == "staff") is staff_only, route.path


def test_every_fragment_is_a_piece_of_exactly_one_page() -> None:
    for fragment in (ROOT / "templates" / "fragments").rglob("*.html"):
        name = fragment.relative_to(ROOT / "templates").as_posix()
        users = [t for t in TEMPLATES if f'include "{name}"' in t.read_text()]
        assert len(users) == 1, f"{name} is included by {[str(u.name) for u in users]}"


def test_components_hold_only_macros() -> None:
    for component in (ROOT / "templates" / "components").glob("*.html"):
        text = re.sub(r"\{%-?\s*macro.*?endmacro\s*-?%\}", "", component.read_text(), flags=re.S)
        text = re.sub(r"\{#.*?#\}|\{%-?\s*(from|import|set) .*?%\}", "", text, flags=re.S)
        assert not text.strip(), f"{component.name}: {text.strip()[:80]}"


def test_a_page_names_the_debt_nowhere_in_its_title() -> None:
    words = re.compile(r"overdue|debt|penalt|late|owe|arrears|collection", re.I)
    for template in TEMPLATES:
        for title in re.findall(r"\{% block title %\}(.*?)\{% endblock", template.read_text(), flags=re.S):
            assert not words.search(title), f"{template.name}: {title}"


def test_a_line_of_a_template_can_be_read_and_an_old_one_only_gets_shorter() -> None:
    """Made shorter, a template's number is lowered in tests/long_lines.txt, or its line goes; nothing is raised."""
    allowed = {name: int(count) for count, name in map(str.split, LONG_LINES.read_text().splitlines())}
    found = {}
    for template in (ROOT / "templates").rglob("*.html"):
        long = [line for line in template.read_text().splitlines() if len(line) > MOST_CHARACTERS]
        if long:
            found[template.relative_to(ROOT / "templates").as_posix()] = len(long)
    names = sorted(found.keys() | allowed.keys())
    changed = [
        f"{name}: {found.get(name, 0)} lines over {MOST_CHARACTERS} characters, {allowed.get(name, 0)} in the list"
        for name in names
        if found.get(name, 0) != allowed.get(name, 0)
    ]
    assert not changed


ACTIONS = [path for path in PORTAL if path.is_relative_to(ROOT / "portal" / "actions")]
WRITES = {"bulk_create", "bulk_update", "create", "delete", "get_or_create", "save", "update", "update_or_create"}


def names_in(tree: ast.AST) -> set[str]:
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def writes(function: ast.AST) -> bool:
    awaited = [node.value for node in ast.walk(function) if isinstance(node, ast.Await)]
    called = [call.func for call in awaited if isinstance(call, ast.Call)]
    return any(isinstance(what, ast.Attribute) and what.attr in WRITES for what in called)


def is_act(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(by, ast.Name) and by.id.startswith("change") for by in function.decorator_list)


def test_whatever_writes_is_an_act_or_part_of_one() -> None:
    """No page, job or command calls what would write outside a transaction, by whatever functions lie between."""
    loose = {(path, each.name): each for path in ACTIONS for each in functions(path) if not is_act(each)}
    bare = {key for key, each in loose.items() if writes(each) and key[0].name != "act.py"}
    before = -1
    while len(bare) != before:
        before, public = len(bare), {name for _, name in bare if not name.startswith("_")}
        for key, each in loose.items():
            own = {name for path, name in bare if path == key[0]}
            bare |= {key} if names_in(each) & (public | own) else set()
    public = {name for _, name in bare if not name.startswith("_")}
    assert {"make_move", "invite_within", "close_lender"} <= public, "what only acts call is found"
    outside = [path for path in PORTAL if path not in ACTIONS]
    called = {f"{path.name}: {name}" for path in outside for name in imported_actions(path) & public}
    assert not called, "decorate it by portal/actions/act.py, or call the act it is part of"


def imported_actions(path: Path) -> set[str]:
    imports = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    return {each.name for node in imports if str(node.module).startswith("portal.actions") for each in node.names}


def test_one_module_opens_the_transaction_of_an_act() -> None:
    by_hand = re.compile(r"\btransaction\(\)|@retried")
    assert [path.name for path in ACTIONS if by_hand.search(path.read_text())] == ["act.py"]
