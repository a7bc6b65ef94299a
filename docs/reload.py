"""The demo for whoever changes it: begun anew when a file changes that it has read, with the same data.

make dev                # the demo with `--debug`; more of its options in ARGS

Templates are left out: each is read again by itself once its file has changed.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WATCHED = ("portal/**/*.py", "portal/**/*.po", "portal/**/*.toml", "migrations/*.py", "static/*")
LOOK_SECONDS, STOPPED_WITHIN_SECONDS = 0.5, 20


def main(arguments: list[str]) -> None:
    """Until Ctrl-C or SIGTERM. A demo that ended by itself, as by a slip in the code, waits for the next change."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit())
    while True:
        before, demo = stamps(), subprocess.Popen([sys.executable, "-m", "portal", "demo", *arguments], cwd=ROOT)
        try:
            changed = until_changed(before)
        except KeyboardInterrupt:
            return
        finally:
            stop(demo)
        print(f"{changed} changed", file=sys.stderr)
        arguments = [each for each in arguments if each != "--reset"]


def stamps() -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for pattern in WATCHED for path in ROOT.glob(pattern) if path.is_file()}


def until_changed(before: dict[Path, int]) -> Path:
    """Waits for a file that is new, gone or written since, and answers the first."""
    while (now := stamps()) == before:
        time.sleep(LOOK_SECONDS)
    return min(path for path, _ in now.items() ^ before.items()).relative_to(ROOT)


def stop(demo: subprocess.Popen[bytes]) -> None:
    demo.terminate()
    try:
        demo.wait(STOPPED_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        demo.kill()
        demo.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
