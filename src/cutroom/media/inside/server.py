"""The child's main loop: a warm process that forks one throw-away process per task.

The warm process imports PyAV once and never opens media. Each task arrives with its own socket; a fork takes it,
limits itself, works, answers and ends. So a task starts in a few milliseconds, and nothing a file does to the parser
outlives the task. Where there is no fork (Windows) the same program serves one task on its standard streams.

Protocol: one JSON object a line. In: ``{"task", "params", "limits"}``, then answers to questions. Out: ``{"pid"}``,
``{"progress": [stage, fraction]}``, ``{"need": [input, offset, length]}`` (answered), ``{"expect": ...}`` and at the
end ``{"result"}`` or ``{"error"}``.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside.conversation import Conversation

Task = Callable[[dict[str, Any], Conversation], dict[str, Any]]


def main(arguments: list[str]) -> None:
    """Serve the tasks of the media engine."""
    from cutroom.media.inside.tasks import TASKS

    serve(arguments, TASKS)


def serve(arguments: list[str], tasks: Mapping[str, Task]) -> None:
    """``--control FD`` serves forks for requests arriving on that socket; ``--once`` serves one task on stdio."""
    # What every task needs is imported: keep the collector from touching (and so unsharing) those pages.
    gc.collect()
    gc.freeze()
    if arguments[:1] == ["--control"]:
        serve_forks(socket.socket(fileno=int(arguments[1])), tasks)
    else:
        work(sys.stdin.buffer, sys.stdout.buffer, tasks)


def preload_images() -> None:
    """The same for images, whose first task brings it on: most engines never see one."""
    if "cutroom.media.inside.images" not in sys.modules:
        import cutroom.media.inside.images

        cutroom.media.inside.images.preload()
        gc.collect()
        gc.freeze()


def serve_forks(control: socket.socket, tasks: Mapping[str, Task]) -> None:
    """Fork a worker for every socket handed over ``control``; end when the other end is gone."""
    # Reaped by us, not ignored: only so does their use of the machine count as ours. Ctrl-C is the parent's business.
    signal.signal(signal.SIGCHLD, reap)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    workers: set[int] = set()
    while True:
        try:
            data, descriptors, _flags, _address = socket.recv_fds(control, 16, 1)
        except InterruptedError:
            continue
        if not data:
            break
        if b"i" in data:
            preload_images()
        for descriptor in descriptors:
            if (pid := os.fork()) == 0:
                control.close()
                run_fork(descriptor, tasks)
            workers.add(pid)
            os.close(descriptor)
    end_workers(workers)


def end_workers(workers: set[int]) -> None:
    """Wait a moment for those that are just ending (only so is their use of the machine counted), end the others."""
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline:
        reap(0, None)
        if not any(map(_alive, workers)):
            return
        time.sleep(0.005)
    for pid in filter(_alive, workers):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _alive(pid: int) -> bool:
    """Whether a worker of ours has not been reaped yet."""
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False


def reap(_signal: int, _frame: object) -> None:
    """Take note of every worker that has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def run_fork(descriptor: int, tasks: Mapping[str, Task]) -> None:
    """The whole life of a forked worker; never returns to the loop above."""
    status = 1
    with contextlib.suppress(BaseException):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setpgid(0, 0)
        die_with_parent()
        # A worker lives for one task: what is in cycles goes with it, and counting for the collector costs a tenth.
        gc.disable()
        channel = socket.socket(fileno=descriptor)
        with channel.makefile("rb") as reader, channel.makefile("wb") as writer:
            work(reader, writer, tasks)
        status = 0
    os._exit(status)


def work(reader: BinaryIO, writer: BinaryIO, tasks: Mapping[str, Task]) -> None:
    """Serve one task: announce, limit, run, answer."""
    talk = Conversation(reader, writer)
    talk.send(pid=os.getpid())
    request = talk.receive()
    limit_resources(request.get("limits", {}))
    try:
        result = tasks[request["task"]](request["params"], talk)
    except CutroomError as error:
        talk.send(
            error={
                "code": error.code,
                "message": error.message,
                "next_step": error.next_step,
                "detail": error.detail,
                "fields": {key: str(value) for key, value in error.fields.items()},
            }
        )
    except MemoryError:
        talk.send(error=_plain(ErrorCode.LIMIT_EXCEEDED, "Reading this file takes more memory than is allowed."))
    except OSError as error:  # PyAV's errors are of this kind too
        talk.send(error=_system_error(error) | {"detail": traceback.format_exc()})
    except Exception:  # noqa: BLE001  the boundary of the process: whatever a hostile file causes becomes an answer
        talk.send(
            error=_plain(ErrorCode.MEDIA_DAMAGED, "The media file could not be read.")
            | {"detail": traceback.format_exc()}
        )
    else:
        talk.send(result=result)


def _system_error(error: OSError) -> dict[str, object]:
    """What the system refused, as far as the user can do something about it."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return _plain(ErrorCode.DISK_FULL, "The disk is full.") | {"next_step": "Make room and try again."}
    if error.errno in {errno.EFBIG, errno.ENOMEM}:
        return _plain(ErrorCode.LIMIT_EXCEEDED, "This cut takes more memory or disk space than is allowed.")
    return _plain(ErrorCode.MEDIA_DAMAGED, "The media file could not be read.")


def _plain(code: ErrorCode, message: str) -> dict[str, object]:
    return {"code": code, "message": message, "next_step": None, "detail": None, "fields": {}}


def limit_resources(limits: Mapping[str, int]) -> None:
    """``memory`` and ``file`` in bytes, ``cpu`` in seconds; absent means unlimited. No core files, few descriptors."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    wanted = {"memory": resource.RLIMIT_AS, "cpu": resource.RLIMIT_CPU, "file": resource.RLIMIT_FSIZE}
    for name, kind in wanted.items():
        if name in limits:
            with contextlib.suppress(ValueError, OSError):  # macOS refuses RLIMIT_AS; a lower hard limit stays
                resource.setrlimit(kind, (limits[name], limits[name]))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    # A write beyond RLIMIT_FSIZE must come back as an error, not as a killing signal.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def die_with_parent() -> None:
    """Linux: be killed when the warm process dies. Elsewhere the closed socket ends the worker at its next message."""
    if sys.platform != "linux":
        return
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == 1:  # it died before the call above
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
