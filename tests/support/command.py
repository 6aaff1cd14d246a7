"""The command line as a user runs it: a real process, its streams, and what it leaves behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import films

COMMAND = [sys.executable, "-m", "cutroom"]


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: bytes
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error of a command run with ``--json``."""
        return dict(json.loads(self.err)["error"])


@dataclass(frozen=True)
class Shop:
    """A folder to work in, and one for short-lived files, both empty at first."""

    here: Path
    scratch: Path

    def environment(self, **more: str) -> dict[str, str]:
        unwanted = ("CUTROOM_", "PYTHONDONTWRITEBYTECODE")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
        # As installed: modules are compiled once, and not at every one of these many starts.
        compiled = os.environ.get("PYTHONPYCACHEPREFIX") or str(films.cache_root() / "compiled")
        return kept | {"TMPDIR": str(self.scratch), "PYTHONPYCACHEPREFIX": compiled} | more

    def run(self, *arguments: str | Path, **environment: str) -> Done:
        """Run to the end."""
        with self.start(*arguments, **environment) as process:
            out, err = process.communicate(timeout=100)
        return Done(process.returncode, out, err.decode())

    @contextlib.contextmanager
    def start(self, *arguments: str | Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """A running command in a process group of its own, as a shell starts it; ended with the block."""
        process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            cwd=self.here,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

    def left(self) -> set[str]:
        """Names of everything in both folders, hidden ones too."""
        return {path.name for folder in (self.here, self.scratch) for path in folder.iterdir()}


def mentions(text: str | Path) -> set[int]:
    """Processes whose command line or current folder names ``text`` (Linux; nothing elsewhere)."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
            if str(text) in command or str(folder.joinpath("cwd").readlink()).startswith(str(text)):
                found.add(int(folder.name))
    return found - {os.getpid()}


def wait_until(condition: Callable[[], object], seconds: float = 60, what: str = "it", *, every: float = 0.02) -> None:
    """Return once ``condition`` holds; fail when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {seconds} s"
        time.sleep(every)
