"""The worker beside the web: one child process, started again when it dies, and stopped last."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0
STOPPED_WITHIN_SECONDS = 30

_log = logging.getLogger("portal.child")


class _Terminated(BaseException):
    """SIGTERM, where nobody else deals with it any more."""


@contextmanager
def worker_beside(environment: Mapping[str, str]) -> Iterator[None]:
    """Runs `worker` in this environment as long as the block lasts, and stops it when the block has ended, however.

    A server that ends by SIGTERM sends itself the signal again when it is done; it is caught here, so that the worker
    is stopped first, and then takes effect. A process killed outright stops nobody: the worker sees that it is alone.
    """
    before = signal.signal(signal.SIGTERM, _raise)
    keeper = _Keeper(environment)
    try:
        keeper.start()
        yield
    except _Terminated:
        keeper.stop()
        signal.signal(signal.SIGTERM, before)
        signal.raise_signal(signal.SIGTERM)
    finally:
        keeper.stop()
        signal.signal(signal.SIGTERM, before)


def _raise(number: int, frame: FrameType | None) -> None:
    raise _Terminated


class _Keeper(threading.Thread):
    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__(name="worker beside the web", daemon=True)
        self._environment = environment
        self._stopping = threading.Event()
        self._changing = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while child := self._begin():
            began = time.monotonic()
            code = child.wait()
            if self._stopping.is_set():
                return
            was_well = time.monotonic() - began > LONGEST_PAUSE_SECONDS
            pause = FIRST_PAUSE_SECONDS if was_well else pause
            _log.error("The worker ended by itself (exit code %d); it is started again in %d s", code, pause)
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def stop(self) -> None:
        with self._changing:
            self._stopping.set()
            child = self._child
        if child is None:
            return
        child.terminate()
        try:
            child.wait(STOPPED_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            _log.error("The worker did not end within %d s and was killed", STOPPED_WITHIN_SECONDS)
            child.kill()
            child.wait()

    def _begin(self) -> "subprocess.Popen[bytes] | None":
        """In a group of its own: an interrupt typed at the terminal is the web's, and stops the worker after it."""
        command = [sys.executable, "-m", "portal", "worker", "--parent", str(os.getpid())]
        with self._changing:
            if self._stopping.is_set():
                return None
            self._child = subprocess.Popen(command, env=dict(self._environment), process_group=0)
            return self._child
