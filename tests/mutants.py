"""How many small mistakes in `portal/domain` the tests notice: `python -m tests.mutants [MODULE...]`.

Each mutant is the domain with one sign, number or word changed. The tests run against it in a copy of the tree, so
that nothing is left behind. Prints what survived and the rate by module; exits 1 below `LEAST`.

`SAMPLE=300` tries so many of them, drawn by one seed: of the same code always the same ones.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.utils.format_utils import get_mutant_name

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("docs", "migrations", "portal", "static", "templates", "tests", "pyproject.toml")
LEAST = 0.9
SEED = 16
KILLED, NOT_RUN = {1, 3, 36, 37, 24, -24, 152}, {None, 34}
"""mutmut's exit codes: a test failed, time ran out, the types did not fit; not reached, skipped."""

Verdicts = dict[str, int | None]


def main(modules: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(folder) / "tree"
        copy(tree)
        sample = int(os.environ.get("SAMPLE") or 0)
        code = run(tree, drawn(modules, sample) if sample else [f"portal.domain.{module}*" for module in modules])
        found = verdicts(tree / "mutants" / "portal" / "domain")
        survived(tree, found)
    return code or (judged(found) if found else 1)


def copy(tree: Path) -> None:
    """The oracle lies beside the repository; the tests look for it beside the copy's own copy, which is in the tree."""
    tree.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__", "e2e"))
        else:
            shutil.copy(source, tree / name)
    shared = ROOT.parent / "shared"
    if shared.is_dir():
        (tree / "shared").symlink_to(shared.resolve())


def drawn(modules: list[str], sample: int) -> list[str]:
    """The names of so many mutants of these modules, or of all of them."""
    names = []
    for path in sorted((ROOT / "portal" / "domain").rglob("*.py")):
        place, source = path.relative_to(ROOT), path.read_text()
        module = ".".join(place.with_suffix("").parts[2:])
        if not modules or any(module.startswith(each) for each in modules):
            found = mutate_file_contents(str(place), source).mutant_names
            names += sorted(get_mutant_name(place, name) for name in found)
    return Random(SEED).sample(names, min(sample, len(names)))


def run(tree: Path, names: list[str]) -> int:
    workers = os.environ.get("WORKERS", "1")
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", workers, *names]
    environment = {**os.environ, "TRYING_MUTANTS": "1"}
    with (tree / "log").open("w") as log:
        code = subprocess.run(command, cwd=tree, env=environment, stdout=log, stderr=log, check=False).returncode
    if code:
        print((tree / "log").read_text(errors="replace")[-3000:])
    return code


def verdicts(folder: Path) -> dict[str, Verdicts]:
    """Exit codes by mutant, by module; modules of which nothing was run are left out."""
    found = {}
    for path in sorted(folder.rglob("*.meta")):
        codes = json.loads(path.read_text())["exit_code_by_key"]
        tried = {name: code for name, code in codes.items() if code not in NOT_RUN}
        if tried:
            found[str(path.relative_to(folder)).removesuffix(".py.meta")] = tried
    return found


def survived(tree: Path, found: dict[str, Verdicts]) -> None:
    """Prints every mutant that no test noticed, as the lines it changed."""
    with contextlib.chdir(tree):
        for codes in found.values():
            for name, code in codes.items():
                if code not in KILLED:
                    diff = get_diff_for_mutant(name).splitlines()
                    changed = [line for line in diff if line[:1] in ("-", "+") and line[:3] not in ("---", "+++")]
                    print(name, *changed, sep="\n", end="\n\n")


def judged(found: dict[str, Verdicts]) -> int:
    tried = killed = 0
    for module, codes in found.items():
        dead = sum(code in KILLED for code in codes.values())
        print(f"{module:<20} {dead:>5} of {len(codes):>5}  {100 * dead / len(codes):5.1f} %")
        tried, killed = tried + len(codes), killed + dead
    print(f"{'together':<20} {killed:>5} of {tried:>5}  {100 * killed / tried:5.1f} %, {LEAST:.0%} is asked")
    return 0 if killed >= LEAST * tried else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
