"""A server's processes, to be killed one by one or together, and started again: doors and worker on one data folder.

On SQLite they are one command, ``cutroom serve``, whose worker is its child; on PostgreSQL two, ``cutroom api`` and
``cutroom worker``. Nothing here is told to stop: it is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import requests

from tests.support.command import COMMAND
from tests.support.served import environment

_OPENS_WITHIN = 40.0


@dataclass
class Estate:
    """``url`` is a PostgreSQL database with tables, or None for SQLite. A context manager; killed at its end."""

    folder: Path
    url: str | None
    doors: subprocess.Popen[bytes] | None = None
    hands: subprocess.Popen[bytes] | None = None
    address: str = ""
    key: str = ""
    _log: IO[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.data = self.folder / "data"
        self._log = (self.folder / "log").open("ab")
        settings = {
            "CUTROOM_OUTBOUND__ALLOW_PRIVATE_NETWORKS": "1",
            "CUTROOM_WORKER__LEASE_SECONDS": "3",
            "CUTROOM_LIMITS__FASTCLIP_JOBS_PER_HOUR": "0",
            "CUTROOM_LIMITS__FASTCLIP_REQUESTS_PER_MINUTE": "0",
        }
        if self.url is not None:
            settings["CUTROOM_DATABASE__URL"] = self.url
        self._environment = environment(self.folder, **settings)

    def __enter__(self) -> Self:
        if self.url is not None:
            subprocess.run([*COMMAND, "migrate", "--data-dir", str(self.data)], env=self._environment, check=True)
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill("both")
        self._log.close()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def open(self) -> None:
        """Start what is not running, and wait until the doors answer."""
        if self.url is not None and self.hands is None:
            self.hands = self._start("worker")
        if self.doors is None:
            said = self.folder / "said.json"
            with said.open("wb") as out:
                self.doors = self._start("serve" if self.url is None else "api", "--port", "0", "--json", out=out)
            document = self._until_said(said)
            self.address, self.key = document["url"], document["key"]

    def kill(self, what: str) -> None:
        """``doors``, ``worker`` or ``both``; without warning. The worker of ``serve`` is started again by it."""
        victims = []
        if what in {"worker", "both"}:
            victims += self._workers()
        if what in {"doors", "both"} and self.doors is not None:
            victims.append(self.doors.pid)
        for victim in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        for process in (self.doors, self.hands):
            if process is not None and process.pid in victims:
                process.wait()
        self.doors = None if self.doors and self.doors.pid in victims else self.doors
        self.hands = None if self.hands and self.hands.pid in victims else self.hands

    def ask(self, method: str, path: str, key: str | None = None, **request: Any) -> requests.Response:
        """Raises ``requests.ConnectionError`` while the doors are closed."""
        headers = {"Authorization": f"Bearer {key or self.key}"} | request.pop("headers", {})
        return requests.request(method, self.address + path, headers=headers, timeout=30, **request)

    def processes(self) -> list[str]:
        """The command lines of all that lives and was started for this folder, whoever is its parent now."""
        found, mark = [], str(self.folder).encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                with contextlib.suppress(OSError):
                    command = (entry / "cmdline").read_bytes()
                    if command and mark in command + (entry / "environ").read_bytes():
                        found.append(command.replace(b"\0", b" ").decode())
        return found

    def _workers(self) -> list[int]:
        if self.hands is not None:
            return [self.hands.pid]
        return [] if self.doors is None else [pid for pid in _children(self.doors.pid) if _is_worker(pid)]

    def _start(self, *words: str, out: IO[bytes] | int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*COMMAND, *words, "--data-dir", str(self.data)],
            env=self._environment, stdin=subprocess.DEVNULL, stdout=out, stderr=self._log, start_new_session=True,
        )  # fmt: skip

    def _until_said(self, said: Path) -> dict[str, Any]:
        end = time.monotonic() + _OPENS_WITHIN
        while time.monotonic() < end:
            with contextlib.suppress(ValueError):
                return dict(json.loads(said.read_text()))
            assert self.doors is not None
            assert self.doors.poll() is None, self.log[-4000:]
            time.sleep(0.05)
        raise AssertionError(f"the doors do not open: {self.log[-4000:]}")


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(word) for word in listed.read_text().split()]
    return found


def _is_worker(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return False
