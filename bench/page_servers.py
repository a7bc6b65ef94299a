"""The portal as `serve` starts it and its Django twin on the usual stack, each alone on one core of this machine."""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.page_data import Staged
from bench.worker import used

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / "bench" / "peer"
START_SECONDS = 30
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Server:
    """`pids` are all its processes."""

    name: str
    host: str
    pids: tuple[int, ...]

    def cpu(self) -> float:
        """Seconds of processor time of all of it so far."""
        return sum(used(pid) for pid in self.pids)


def peer_python(folder: Path) -> Path:
    """The Python of the twin's environment, made with what its requirements name and nothing else."""
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"making the twin's environment in {folder}")
        venv.create(folder, with_pip=True)
    quiet = ("--quiet", "--disable-pip-version-check", "--require-hashes")
    subprocess.run([python, "-m", "pip", "install", *quiet, "-r", PEER / "requirements.txt"], check=True)
    return python


def filled(on: Staged, python: Path) -> dict[str, str]:
    """Fills a file of the twin's from the portal's; answers what it is served with."""
    own = {"PEER_DATABASE": str(on.file.with_name("peer.sqlite3")), "PEER_SECRET": secrets.token_urlsafe(48)}
    environment = {**on.environment, **own, "PYTHONPATH": str(ROOT)}
    fill, who = [python, "-m", "bench.peer.fill", on.file], json.dumps(on.tokens)
    subprocess.run(fill, cwd=ROOT, env=environment, input=who, text=True, check=True)
    return environment


def portal(port: int) -> list[str]:
    return [sys.executable, "-m", "portal", "serve", "--no-worker", "--port", str(port)]


def gunicorn(python: Path, port: int, threads: int) -> list[str]:
    words = ("-w", "1", "-k", "gthread", "--threads", str(threads), "--keep-alive", "75", "--log-level", "error")
    return [str(python), "-m", "gunicorn", "bench.peer.wsgi", "-b", f"127.0.0.1:{port}", *words]


@contextmanager
def served(command: Sequence[str], port: int, environment: Mapping[str, str], core: int, log: Path) -> Iterator[Server]:
    """In processes of its own, which may use one core; the server is named after the file of what it prints."""

    def pinned() -> None:
        os.sched_setaffinity(0, {core})

    base = {"PORTAL_BASE_URL": f"http://127.0.0.1:{port}"}
    with log.open("w") as out:
        its_own = {"cwd": ROOT, "env": {**environment, **base}, "stdout": out, "stderr": subprocess.STDOUT}
        process = subprocess.Popen(command, **its_own, preexec_fn=pinned, start_new_session=True)
        try:
            _wait(process, port, log)
            yield Server(log.name, f"127.0.0.1:{port}", _all_of(process.pid))
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < ends:
        try:
            ask(f"127.0.0.1:{port}", f"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n".encode())
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"{log.name} did not start: {log.read_text()}")


def _all_of(leader: int) -> tuple[int, ...]:
    """The processes of a session, which began with its leader."""
    stats = [path.read_text() for path in Path("/proc").glob("[0-9]*/stat")]
    return tuple(int(text.split()[0]) for text in stats if int(text.rpartition(")")[2].split()[3]) == leader)


def ask(host: str, request: bytes) -> tuple[str, str]:
    """One request over a connection of its own; head and body of the answer."""
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port)), timeout=START_SECONDS) as connection:
        connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += _more(connection)
        head, _, body = answer.partition(b"\r\n\r\n")
        found = LENGTH.search(head)
        while found and len(body) < int(found[1]):
            body += _more(connection)
    return head.decode(), body.decode()


def _more(connection: socket.socket) -> bytes:
    got = connection.recv(1 << 16)
    if not got:
        raise ConnectionError("closed before the answer was whole")
    return got
