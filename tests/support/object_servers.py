"""Fixtures: S3 servers on free loopback ports, each a process that ends with the tests.

``moto`` shows S3's behaviour but takes any signature. ``rclone`` checks signatures and their time, but answers parts of
files with status 200. What holds is shown on the one that shows it.
"""

from __future__ import annotations

import contextlib
import queue
import re
import subprocess
import sysconfig
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from cutroom.kernel.ids import new_id

_START_SECONDS = 60
_ADDRESS = re.compile(r"https?://127\.0\.0\.1:\d+")
_BUCKET = "the-bucket"
ACCESS_KEY = "loopback-access-key"
SECRET_KEY = "loopback-secret-key"


@dataclass(frozen=True)
class ObjectServer:
    """A running server with a bucket; below ``prefix`` it is empty."""

    endpoint: str
    bucket: str
    prefix: str

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


@pytest.fixture(scope="session")
def _moto_endpoint() -> Iterator[str]:
    with _serve([_program("moto_server"), "-H", "127.0.0.1", "-p", "0"]) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def _rclone_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("rclone")
    (folder / _BUCKET).mkdir()
    keys = f"{ACCESS_KEY},{SECRET_KEY}"
    command = [_program("rclone"), "--config", "", "serve", "s3", "--auth-key", keys, "--addr", "127.0.0.1:0"]
    with _serve([*command, "--vfs-cache-mode", "off", str(folder)]) as endpoint:
        yield endpoint


@pytest.fixture
def moto(_moto_endpoint: str) -> ObjectServer:
    """A new bucket on a server that behaves as S3 does, signatures apart."""
    bucket = f"bucket-{new_id()}"
    requests.put(f"{_moto_endpoint}/{bucket}", timeout=10).raise_for_status()
    return ObjectServer(_moto_endpoint, bucket, "some/where")


@pytest.fixture
def rclone(_rclone_endpoint: str) -> ObjectServer:
    """An empty place on a server that checks every signature."""
    return ObjectServer(_rclone_endpoint, _BUCKET, new_id())


def _program(name: str) -> str:
    path = Path(sysconfig.get_path("scripts")) / name
    assert path.exists(), f"{name} is missing: install the development dependencies"
    return str(path)


@contextlib.contextmanager
def _serve(command: Sequence[str]) -> Iterator[str]:
    """The address the server says it listens on."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_drain, args=(process, lines), daemon=True)
    reader.start()
    try:
        yield _address(lines)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(10)
        assert process.stdout is not None
        process.stdout.close()


def _drain(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    """Read to the end: a server whose output nobody takes stands still."""
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put(None)


def _address(lines: queue.SimpleQueue[str | None]) -> str:
    said = []
    while (line := lines.get(timeout=_START_SECONDS)) is not None:
        said.append(line)
        if found := _ADDRESS.search(line):
            return found[0]
    msg = f"the server did not start: {''.join(said)}"
    raise AssertionError(msg)
