"""``cutroom serve`` as a user runs it: a program of its own, on a free port of this machine."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.support.launcher import ROOT


@dataclass
class Program:
    """A running server. ``log`` is what it has said on standard error."""

    process: subprocess.Popen[str]
    url: str
    key: str
    login_url: str
    log: list[str] = field(default_factory=list)

    @property
    def pid(self) -> int:
        return self.process.pid


@contextlib.contextmanager
def cutroom_serve(data_dir: Path, **environment: str) -> Iterator[Program]:
    """Started and ready; at the end it is asked to stop, and must have stopped within ten seconds."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CUTROOM_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "cutroom", "serve", "--json", "--port", "0", "--data-dir", str(data_dir)],
        cwd=ROOT,
        env={**clean, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    log: list[str] = []
    assert process.stdout
    assert process.stderr
    reader = threading.Thread(target=_listen, args=(process.stderr, log), daemon=True)
    reader.start()
    try:
        said = json.loads(_document(process.stdout, log))
        yield Program(process, said["url"], said["key"], said["login_url"], log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            reader.join(5)
            process.stdout.close()
            process.stderr.close()


def _listen(stream: IO[str], log: list[str]) -> None:
    with contextlib.suppress(ValueError):
        log.extend(stream)


def _document(stream: IO[str], log: list[str]) -> str:
    text = ""
    for line in stream:
        text += line
        with contextlib.suppress(ValueError):
            json.loads(text)
            return text
    raise AssertionError(f"the server ended: {''.join(log)}")
