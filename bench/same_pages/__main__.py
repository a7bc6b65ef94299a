"""Whether a renovation left every page as it was, to the byte.

    python -m bench.same_pages [OLD [NEW]] [--only PREFIX ...] [--no-posts] [--first N] [--counts]

OLD and NEW are folders or commits. One database is made by OLD, each side works on a copy of it, and the answers are
compared but for what `changed.py` lists. OLD's side is kept and used again; exit code 1 where anything differs.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from . import changed
from .compare import compare
from .counted import table
from .still import BEGIN

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = Path(tempfile.gettempdir()) / "same_pages"
WORKER_RUNS = 2


class Side:
    """A checkout and its copy of the database; `mark` names its code where nothing in it is uncommitted."""

    def __init__(self, given: str, work: Path) -> None:
        self.root, self.mark = _checkout(given, work)

    def run(self, folder: Path, *words: str) -> str:
        """A module of ours with the product of this side; what it prints."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        environment |= {
            "PORTAL_DATABASE": f"sqlite://{folder}/portal.db",
            "PORTAL_SECRET": "a secret of more than thirty-two characters",
            "PORTAL_BUSINESS_DATE": BEGIN.date().isoformat(),
            "PYTHONPATH": os.pathsep.join(map(str, (self.root, HERE.parent))),
            "PYTHONHASHSEED": "0",
        }
        command = [sys.executable, "-m", *words]
        done = subprocess.run(command, cwd=self.root, env=environment, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            sys.exit(f"{self.root}: `{' '.join(words)}` ended with {done.returncode}\n{done.stdout}")
        return done.stdout

    def copied(self, stage: Path, folder: Path) -> Path:
        """A copy of the stage, brought up to date by this side's own migrations and worker."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(stage, folder)
        now = BEGIN.isoformat()
        self.run(folder, "same_pages.still", now, "migrate", "migrate")
        for number in range(WORKER_RUNS):
            self.run(folder, "same_pages.still", now, f"worker {number}", "worker", "--once", "--now", now)
        return folder


def _checkout(given: str, work: Path) -> tuple[Path, str]:
    if Path(given).is_dir():
        root = Path(given).resolve()
        return root, _mark(root)
    commit = _git(ROOT, "rev-parse", "--short=12", f"{given}^{{commit}}")
    root = work / "trees" / commit
    if not root.exists():
        root.parent.mkdir(parents=True, exist_ok=True)
        unpacked = Path(tempfile.mkdtemp(dir=root.parent))
        tree = subprocess.run(["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
        subprocess.run(["tar", "-x", "-C", str(unpacked)], input=tree, check=True)
        unpacked.rename(root)
    return root, commit


def _mark(root: Path) -> str:
    """The commit of a clean checkout; else one that is never met again."""
    try:
        dirty = _git(root, "status", "--porcelain", "--untracked-files=no")
        return uuid.uuid4().hex if dirty else _git(root, "rev-parse", "--short=12", "HEAD")
    except subprocess.CalledProcessError:
        return uuid.uuid4().hex


def _git(root: Path, *words: str) -> str:
    """Raises CalledProcessError, with what was said in it, where there is no such thing."""
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _own_digest() -> str:
    """Of what decides how a side is recorded; how it is compared may change."""
    digest = hashlib.sha256()
    for name in ("acts", "asked", "record", "stage", "still", "visitor"):
        digest.update((HERE / f"{name}.py").read_bytes())
    return digest.hexdigest()[:12]


class Before:
    """The older side's database and recordings, kept under its commit and the digest of these scripts."""

    def __init__(self, side: Side, work: Path) -> None:
        self.side, self.folder = side, work / f"{side.mark}-{_own_digest()}"

    def stage(self) -> Path:
        kept = self.folder / "stage"
        if not kept.exists():
            made = self._made()
            self.side.run(made, "same_pages.stage", str(made))
            made.rename(kept) if not kept.exists() else shutil.rmtree(made)
        return kept

    def recording(self, *options: str) -> Path:
        name = hashlib.sha256("\0".join(options).encode()).hexdigest()[:8] if options else "whole"
        kept = self.folder / f"{name}.zip"
        if not kept.exists():
            made = self.side.copied(self.stage(), self._made())
            self.side.run(made, "same_pages.record", str(made), str(made / "made.zip"), *options)
            (made / "made.zip").rename(kept)
            shutil.rmtree(made)
        return kept

    def _made(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=self.folder))


def options(chosen: argparse.Namespace, before: Before) -> list[str]:
    found = [word for prefix in chosen.only for word in ("--only", prefix)]
    if chosen.only:
        found += ["--addresses", str(before.recording())]
    return found + ["--no-posts"] * (not chosen.posts)


def counts(sides: dict[str, Side], stage: Path, walk: str) -> str:
    found = {}
    for name, side in sides.items():
        with tempfile.TemporaryDirectory() as folder:
            place = side.copied(stage, Path(folder, "copy"))
            numbers = json.loads(side.run(place, "same_pages.counts", str(place), "numbers", walk))
            place = side.copied(stage, Path(folder, "copy"))
            times = json.loads(side.run(place, "same_pages.counts", str(place), "milliseconds", walk))
        found[name] = [[*each, ms] for each, ms in zip(numbers, times, strict=True)]
    return table(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", nargs="?", default=changed.BASE)
    parser.add_argument("new", nargs="?", default=str(ROOT))
    parser.add_argument("--only", action="append", default=[], metavar="PREFIX", help="addresses to read and compare")
    parser.add_argument("--no-posts", dest="posts", action="store_false", help="change nothing, only read")
    parser.add_argument("--first", type=int, default=5, metavar="N", help="differences that are shown in full")
    parser.add_argument("--counts", action="store_true", help="statements, walks and milliseconds of the main pages")
    parser.add_argument("--walk", default="", metavar="MODULE:NAME", help="what walks a ledger, where it was renamed")
    parser.add_argument("--work", type=Path, default=WORK, metavar="FOLDER", help="where OLD's side is kept")
    chosen = parser.parse_args()
    old, new = Side(chosen.old, chosen.work), Side(chosen.new, chosen.work)
    before = Before(old, chosen.work)
    if chosen.counts:
        print(counts({"before": old} | ({"now": new} if new.mark != old.mark else {}), before.stage(), chosen.walk))
        return 0
    asked = options(chosen, before)
    kept = before.recording(*asked)
    with tempfile.TemporaryDirectory() as folder:
        place = new.copied(before.stage(), Path(folder, "copy"))
        new.run(place, "same_pages.record", str(place), str(place / "now.zip"), *asked)
        return int(bool(compare(kept, place / "now.zip", chosen.first)))


if __name__ == "__main__":
    sys.exit(main())
