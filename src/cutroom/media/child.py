"""The media child seen from outside: give it a task, get its answer, and never open media in this process.

One warm process serves any number of threads; every task runs in a fork of its own, with its own limits, and is
killed when the caller cancels, when its time is up, or when this process ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Self, cast

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import Progress, ProgressCallback, ignore
from cutroom.model.source import RemoteFile

_MEDIA = "cutroom.media.inside.server"
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class TaskLimits:
    """What one task may use: address space in bytes, CPU in seconds, size of any written file in bytes."""

    memory: int = 3 * GIB
    cpu: int = 3600
    file: int = 64 * GIB

    def as_dict(self) -> dict[str, int]:
        return {"memory": self.memory, "cpu": self.cpu, "file": self.file}


class MediaChild:
    """The warm process. Starts on first use; thread-safe; ``close`` (or the end of this process) ends it."""

    def __init__(self, server: str = _MEDIA) -> None:
        """``server`` is the module that serves tasks (``inside.server.serve``); run in a process of its own."""
        self._server = server
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._owner = os.getpid()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            if self._control is not None:
                self._control.close()
            if self._process is not None and self._owner == os.getpid():
                try:
                    self._process.wait(2)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
            self._process = self._control = None

    def warm_up(self) -> None:
        """Start the warm process now, so that the first task does not pay for it."""
        if sys.platform != "win32":
            with self._lock:
                self._start()

    def call(
        self,
        task: str,
        params: Mapping[str, Any],
        *,
        ranged: Mapping[str, RemoteFile] | None = None,
        limits: TaskLimits | None = None,
        on_progress: ProgressCallback = ignore,
        cancel: CancelToken | None = None,
    ) -> dict[str, Any]:
        """Run ``task`` and return its result, or raise the ``CutroomError`` it ended with.

        ``ranged`` maps the names of inputs in ``params`` to the files whose bytes are fetched when asked for.
        """
        cancel = cancel or CancelToken()
        cancel.check()
        request = {"task": task, "params": params, "limits": (limits or TaskLimits()).as_dict()}
        with self._worker(_images_in(task)) as (reader, writer):
            pid = _read(reader).get("pid")
            if not isinstance(pid, int):
                raise _crashed()
            with cancel.calling(lambda: _kill(pid)), contextlib.suppress(BrokenPipeError, ConnectionResetError):
                try:
                    _write(writer, request)
                    return _listen(reader, writer, _Listener(ranged or {}, on_progress, cancel))
                except BaseException:
                    _kill(pid)
                    _wait_for_end(reader)
                    raise
            _wait_for_end(reader)
            cancel.check()
            raise _crashed()

    @contextlib.contextmanager
    def _worker(self, wants: bytes) -> Iterator[tuple[BinaryIO, BinaryIO]]:
        if sys.platform == "win32":
            with _one_shot(self._server) as streams:
                yield streams
            return
        ours, theirs = socket.socketpair()
        with ours:
            with theirs, self._lock:
                try:
                    socket.send_fds(self._start(), [wants], [theirs.fileno()])
                except OSError:  # the warm process was killed from outside: a normal event
                    self._discard()
                    socket.send_fds(self._start(), [wants], [theirs.fileno()])
            reader, writer = ours.makefile("rb"), ours.makefile("wb")
            try:
                yield reader, writer
            finally:
                # What could not be said to a worker that was killed must not hide why it was.
                for stream in (reader, writer):
                    with contextlib.suppress(OSError):
                        stream.close()

    def _start(self) -> socket.socket:
        if self._owner != os.getpid():  # a fork of our user's process must not share our child
            self._owner, self._process, self._control = os.getpid(), None, None
        if self._control is not None and self._process is not None and self._process.poll() is None:
            return self._control
        self._discard()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", self._server, "--control", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=_environment(),
                start_new_session=True,
            )
        self._control = ours
        return ours

    def _discard(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._control = self._process = None


@dataclass(frozen=True, slots=True)
class _Listener:
    ranged: Mapping[str, RemoteFile]
    on_progress: ProgressCallback
    cancel: CancelToken


def _listen(reader: BinaryIO, writer: BinaryIO, listener: _Listener) -> dict[str, Any]:
    """Answer the worker's questions until it has a result."""
    while True:
        message = _read(reader)
        listener.cancel.check()
        match message:
            case {"progress": [str() as stage, fraction]}:
                listener.on_progress(Progress(stage, fraction if isinstance(fraction, float) else None))
            case {"need": [str() as name, int() as offset, int() as length]}:
                listener.ranged[name].ensure(offset, length, listener.cancel)
                _write(writer, {"ok": True})
            case {"expect": [str() as name, int() as offset, int() as length]}:
                listener.ranged[name].expect(offset, length)
            case {"result": dict() as result}:
                return result
            case {"error": dict() as error}:
                raise _rebuilt(error)
            case _:
                raise _crashed()


def _read(reader: BinaryIO) -> dict[str, Any]:
    line = reader.readline()
    return cast("dict[str, Any]", json.loads(line)) if line.endswith(b"\n") else {}


def _write(writer: BinaryIO, message: object) -> None:
    writer.write(json.dumps(message).encode() + b"\n")
    writer.flush()


def _wait_for_end(reader: BinaryIO) -> None:
    """Return when the worker is gone: whoever cleans up after it must not meet it still writing."""
    with contextlib.suppress(OSError):
        while reader.read(65536):
            pass


def _rebuilt(error: Mapping[str, Any]) -> CutroomError:
    code = ErrorCode(error["code"])
    if code is ErrorCode.CANCELLED:
        return Cancelled()
    return CutroomError(
        code, error["message"], next_step=error.get("next_step"), detail=error.get("detail"), **error.get("fields", {})
    )


def _images_in(task: str) -> bytes:
    """The byte that goes along with a task's socket: whether the warm process should have images' libraries ready."""
    return b"i" if task.startswith("image") else b"x"


def _crashed() -> CutroomError:
    return CutroomError(
        ErrorCode.LIMIT_EXCEEDED,
        "Reading this file crashed the reader, or took more memory or time than is allowed.",
        detail="the media worker ended without an answer",
    )


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


@contextlib.contextmanager
def _one_shot(server: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """A fresh process for one task, for systems without fork."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", server, "--once"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    try:
        yield cast("BinaryIO", process.stdout), cast("BinaryIO", process.stdin)
    finally:
        process.kill()
        process.communicate()


def _environment() -> dict[str, str]:
    """The child sees what Python needs to start and nothing else: no proxies, no keys of the operator."""
    kept = (
        "PATH",
        "SYSTEMROOT",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "PYTHONHOME",
        "TMPDIR",
    )
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    environment["PYTHONDONTWRITEBYTECODE"] = os.environ.get("PYTHONDONTWRITEBYTECODE", "")
    return environment
