"""A server as a user starts it: ``cutroom serve`` in a process of its own, on a free port, with a folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import requests

from tests.support.command import COMMAND, wait_until
from tests.support.films import cache_root

START_SECONDS = 60.0


@dataclass
class Server:
    """A running server, and what it said when it opened."""

    process: subprocess.Popen[str]
    data_dir: Path
    log_path: Path
    url: str = ""
    key: str | None = None
    login_url: str | None = None
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def ask(self, method: str, path: str, key: str | None = None, **request: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {key or self.key}"} | request.pop("headers", {})
        return requests.request(method, self.url + path, headers=headers, timeout=60, **request)

    def until_ready(self, seconds: float = START_SECONDS) -> None:
        """Return once a worker has come. Asked more often, the server would be busy answering while it starts."""
        ready = partial(self.ask, "GET", "/readyz")
        wait_until(lambda: ready().status_code == 200, seconds, "the server's readiness", every=0.2)

    def until_ended(self, job_id: str, key: str | None = None, seconds: float = 90) -> dict[str, Any]:
        """The job when it has ended."""
        end = time.monotonic() + seconds
        while True:
            job: dict[str, Any] = self.ask("GET", f"/fastclip/v1/clip/{job_id}", key).json()
            if job.get("status") in {"complete", "failed"}:
                return job
            assert time.monotonic() < end, f"{job} after {seconds} s; {self.log[-4000:]}"
            time.sleep(0.2)

    def children(self) -> list[int]:
        """Processes that the server has started (Linux)."""
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        more = [p.read_text() for p in Path(f"/proc/{self.process.pid}/task").glob("*/children")]
        return sorted({int(word) for part in [text, *more] for word in part.split()})

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Tell it to stop; the seconds until it had."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(20)
        return time.monotonic() - started


@contextlib.contextmanager
def server(folder: Path, *arguments: str, command: str = "serve", **settings: str) -> Iterator[Server]:
    """Start it and wait until it says that it is open; killed with its children at the end, if it is still there."""
    data_dir, log_path = folder / "data", folder / "log"
    options = ["--port", "0", "--data-dir", str(data_dir), "--json", *arguments]
    folder.mkdir(exist_ok=True)
    with log_path.open("w") as log:
        process = subprocess.Popen(
            [*COMMAND, command, *options],
            env=environment(folder, **settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    running = Server(process, data_dir, log_path)
    try:
        running.said = _first_document(process, log_path)
        running.url, running.key = running.said["url"], running.said["key"]
        running.login_url = running.said["login_url"]
        yield running
    finally:
        children = running.children() if process.poll() is None else []
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Nothing of the developer's own settings; modules compiled once for all starts."""
    unwanted = ("CUTROOM_", "PYTHONDONTWRITEBYTECODE", "XDG_DATA_HOME")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    compiled = os.environ.get("PYTHONPYCACHEPREFIX") or str(cache_root() / "compiled")
    return kept | {"HOME": str(folder), "PYTHONPYCACHEPREFIX": compiled} | settings


def _first_document(process: subprocess.Popen[str], log_path: Path) -> dict[str, Any]:
    """What the server prints when it is open, however many lines it takes."""
    lines: queue.Queue[str] = queue.Queue()
    stream = process.stdout
    assert stream is not None

    def read() -> None:
        for line in stream:
            lines.put(line)

    threading.Thread(target=read, daemon=True).start()
    text, end = "", time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, f"it ended with {process.returncode}: {log_path.read_text()[-4000:]}"
        with contextlib.suppress(queue.Empty):
            text += lines.get(timeout=0.2)
        with contextlib.suppress(ValueError):
            return dict(json.loads(text))
    raise AssertionError(f"the server did not open: {text} {log_path.read_text()[-4000:]}")
