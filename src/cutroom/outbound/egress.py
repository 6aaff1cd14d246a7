"""The handle on the one way out: starts the egress proxy on first use and hands out its address and credential.

Everything that leaves the machine goes through it, also where private networks are allowed: then its part is to pin
every connection to the address that was resolved, and to be the one place where a rule can be added.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import secrets
import subprocess
import sys
import threading
from types import TracebackType
from typing import IO, Self

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.outbound.addresses import EgressPolicy

__all__ = ["Egress", "EgressPolicy"]

_START_SECONDS = 20.0
_STOP_SECONDS = 2.0
_MODULE = "cutroom.outbound.egress_child"
# What the proxy may know of our environment: how to find Python's and the system's own parts, nothing else.
_KEPT_VARIABLES = (
    "PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "LANG", "LC_ALL", "HOME",
)  # fmt: skip


class Egress:
    """One guarded proxy on a free loopback port, shared by every thread of this process. Use as a context manager.

    Nothing is started before ``proxy_url`` is read for the first time. The proxy asks for a credential made at its
    start, so no other user of the machine can use it. It ends with ``close`` and, whatever happens to this process,
    with the end of this process. Should it die, the next read of ``proxy_url`` starts another.
    """

    def __init__(self, policy: EgressPolicy | None = None) -> None:
        self.policy = policy or EgressPolicy()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._url = ""
        self._closed = False

    @property
    def proxy_url(self) -> str:
        """``http://user:password@127.0.0.1:port``, of a proxy that runs. Raises ``TOOL_MISSING`` if it cannot start."""
        with self._lock:
            if self._closed:
                raise CutroomError(ErrorCode.INTERNAL, "The way out of this machine has been closed.")
            if self._process is not None and self._process.poll() is not None:
                _stop(self._process)  # it died; let go of its pipes
                self._process = None
            if self._process is None:
                self._start()
            return self._url

    @property
    def process_id(self) -> int | None:
        """The proxy's process while it runs, for diagnosis."""
        with self._lock:
            return None if self._process is None or self._process.poll() is not None else self._process.pid

    def close(self) -> None:
        """Stop the proxy and every connection through it. Idempotent."""
        with self._lock:
            self._closed = True
            process, self._process = self._process, None
        if process is not None:
            _stop(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        user, password = "cutroom", secrets.token_urlsafe(24)
        process = subprocess.Popen(
            # -P: a file named like a library in the user's folder is not imported
            [sys.executable, "-P", "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
            start_new_session=True,  # Ctrl-C in the terminal is for us; the proxy ends after its users
        )
        task = {
            "allow_private_networks": self.policy.allow_private_networks,
            "allowed_hosts": self.policy.allowed_hosts,
            "user": user,
            "password": password,
        }
        port = _hand_over(process, json.dumps(task).encode() + b"\n")
        if port is None:
            _stop(process)
            raise CutroomError(
                ErrorCode.TOOL_MISSING,
                "The guarded way to the network could not be started.",
                next_step="Run `cutroom doctor`; local files can be used meanwhile.",
                detail=f"exit status {process.returncode}",
            )
        self._process = process
        self._url = f"http://{user}:{password}@127.0.0.1:{port}"


def _hand_over(process: subprocess.Popen[bytes], task: bytes) -> int | None:
    """Give the proxy its task and wait for its port; None when it fails."""
    assert process.stdin is not None  # noqa: S101 - both were asked for as pipes
    assert process.stdout is not None  # noqa: S101
    try:
        process.stdin.write(task)
        process.stdin.flush()
        answer = _read_line(process.stdout, _START_SECONDS)
        return int(json.loads(answer)["port"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read_line(stream: IO[bytes], seconds: float) -> bytes:
    """One line, or nothing after the time is up. A thread reads, because a pipe has no timeout on every system."""
    answers: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=lambda: answers.put(stream.readline()), daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except queue.Empty:
        return b""


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:  # the end of its input is the proxy's signal to leave
        with contextlib.suppress(OSError):
            process.stdin.close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
