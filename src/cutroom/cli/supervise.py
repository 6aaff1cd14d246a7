"""A worker as a child process: started again when it dies, a little later each time, and ended with its parent.

The child holds the end of a pipe. When the parent is gone, however that came, the pipe closes and the child leaves.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from cutroom.kernel.errors import CutroomError, ErrorCode

_log = logging.getLogger(__name__)
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0
# Who has lived so long (s) died of something else than the one before.
_LONG_LIFE = 60.0
_LOOK_EVERY = 0.1
_OK = 0


class Supervisor:
    """Keeps one child alive from ``start`` to ``stop``. ``patience``: s it gets to leave by itself."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], *, patience: float = 4.6) -> None:
        self._command, self._environment = list(command), dict(environment)
        self._patience = patience
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="cutroom-supervisor", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def process_id(self) -> int | None:
        """Of the child while it runs."""
        with self._lock:
            return None if self._process is None or self._process.poll() is not None else self._process.pid

    def start(self) -> None:
        """Start the child, and watch over it."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Let the child begin to leave; waits for nothing. Idempotent: a second signal would end it where it stands."""
        with self._lock:
            asked, process = self._stopping.is_set(), self._process
            self._stopping.set()
        if not asked and process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()

    def stop(self) -> None:
        """Return when the child is gone."""
        self.ask_to_stop()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        delay = _FIRST_DELAY
        while not self._stopping.is_set():
            started = time.monotonic()
            status = self._live()
            if self._stopping.is_set():
                return
            if time.monotonic() - started > _LONG_LIFE:
                delay = _FIRST_DELAY
            _log.warning("the worker ended with status %s; starting another in %.1f s", status, delay)
            self._stopping.wait(delay)
            delay = min(_LONGEST_DELAY, delay * 2)

    def _live(self) -> int:
        """One child's life; its exit status."""
        with self._lock:
            if self._stopping.is_set():
                return _OK
            process = self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,  # never written to: its end is what the child waits for
                stdout=subprocess.DEVNULL,
                env=os.environ | self._environment,
                start_new_session=True,  # Ctrl-C in the terminal is for us; we tell the child
            )
        while process.poll() is None and not self._stopping.is_set():
            self._stopping.wait(_LOOK_EVERY)
        try:
            return process.wait(self._patience)
        except subprocess.TimeoutExpired:
            _log.warning("the worker did not stop in time")
            process.kill()
            return process.wait()
        finally:
            if process.stdin is not None:
                process.stdin.close()


_OURSELVES = (sys.executable, "-m", "cutroom")


def worker_command() -> list[str]:
    """Our own command line once more, as a worker that leaves with its parent."""
    return [*_OURSELVES, "worker", "--with-parent"]


def run_to_the_end(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Our own command line once more, for one command. Its error, should it have one, becomes ours."""
    done = subprocess.run(
        [*_OURSELVES, *arguments, "--json"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=os.environ | environment,
        check=False,
    )
    if done.returncode == _OK:
        return
    told = done.stderr.decode("utf-8", "replace")
    try:
        error = json.loads(told[told.index("{") :])["error"]
        raise CutroomError(ErrorCode(error["code"]), error["message"], next_step=error["next_step"])
    except (ValueError, KeyError, TypeError):
        raise CutroomError(ErrorCode.INTERNAL, "The server could not be prepared.", detail=told[-4000:]) from None
