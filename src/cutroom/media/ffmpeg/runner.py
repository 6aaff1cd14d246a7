"""The only starter of ffmpeg: bounded, watched, stoppable, and never leaving a process behind.

``run`` blocks its thread from start to end. That matters on Linux: the parent-death signal is sent when the *thread*
that started a process ends, so a process must not outlive the call that started it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import selectors
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO, Protocol

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled
from cutroom.kernel.progress import Monotone, Progress, ProgressCallback, ignore
from cutroom.media.ffmpeg.command import Command, Step
from cutroom.media.ffmpeg.failure import Ending, explain, missing, stalled
from cutroom.media.ffmpeg.limits import Limits
from cutroom.media.ffmpeg.progress import ProgressParser, Report, share
from cutroom.media.ffmpeg.workdir import Workdir

_log = logging.getLogger(__name__)
_LAUNCH = Path(__file__).with_name("launch.py")
_TAIL = 64 * 1024
_TICK = 0.1
_POLITE_SECONDS = 0.5
# A process that survives SIGKILL sits in the kernel (a dead network disk); nobody may wait for that.
_KILL_SECONDS = 5.0
DEFAULT_LIMITS = Limits()


class Program(Protocol):
    """What is started; ``binary.Ffmpeg`` is one."""

    @property
    def path(self) -> Path:
        """Absolute path of the program."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run cost: seconds of wall and CPU, bytes of peak memory, the last progress, the end of stderr."""

    wall: float
    cpu: float
    peak_bytes: int
    progress: Report | None
    stderr: str


def run(
    command: Command,
    *,
    ffmpeg: Program,
    workdir: Workdir,
    limits: Limits = DEFAULT_LIMITS,
    expected_duration: Fraction | None = None,
    on_progress: ProgressCallback = ignore,
    cancel: CancelToken | None = None,
    stage: str = "encoding",
) -> RunReport:
    """Run ``command`` to its end and report.

    ``expected_duration`` is seconds of output, for progress; the fraction reported is below 1 until the exit.
    Raises ``Cancelled`` within a second of the token being cancelled, with the whole process group gone, and
    ``CutroomError`` (see ``failure``) when the run fails, stalls or exceeds ``limits``.
    """
    if cancel is not None:
        cancel.check()
    arguments = command.arguments(workdir.path)
    _log.debug("ffmpeg %s", shlex.join(arguments))
    watched = _Process(ffmpeg, arguments, workdir, limits)
    report = Monotone(on_progress)
    try:
        while not watched.ended():
            for block in watched.read():
                report(Progress(stage, share(block, expected_duration)))
            if cancel is not None and cancel.cancelled:
                raise Cancelled
            if watched.idle() > limits.stall_seconds:
                raise stalled(limits, watched.stderr())
        watched.drain()
    finally:
        watched.close()
    ending = Ending(watched.code, watched.cpu, watched.stderr())
    _log.debug(
        "ffmpeg ended with %s after %.1f CPU s: %s", ending.code, ending.cpu, ending.stderr.strip() or "no words"
    )
    if ending.code != 0:
        raise explain(ending, limits)
    report(Progress(stage, 1.0))
    return RunReport(watched.wall, watched.cpu, watched.peak_bytes, watched.last, ending.stderr)


def run_steps(
    steps: Iterable[Step],
    *,
    ffmpeg: Program,
    workdir: Workdir,
    limits: Limits = DEFAULT_LIMITS,
    on_progress: ProgressCallback = ignore,
    cancel: CancelToken | None = None,
    stage: str = "encoding",
) -> tuple[RunReport, ...]:
    """Run commands one after the other with one progress from 0 to 1 over all of them."""
    todo = tuple(steps)
    whole = sum(step.weight for step in todo) or 1.0
    done, reports = 0.0, []
    for step in todo:

        def scaled(progress: Progress, done: float = done, weight: float = step.weight) -> None:
            part = progress.fraction
            on_progress(Progress(stage, None if part is None else (done + part * weight) / whole))

        reports.append(
            run(
                step.command, ffmpeg=ffmpeg, workdir=workdir, limits=limits, expected_duration=step.duration,
                on_progress=scaled, cancel=cancel, stage=stage,
            )
        )  # fmt: skip
        done += step.weight
    return tuple(reports)


def ask(program: Path, *question: str, seconds: float = 20) -> str:
    """What a program prints about itself. ``CutroomError(TOOL_MISSING)`` when it does not answer within ``seconds``."""
    try:
        answer = subprocess.run(
            [program, *question], stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=True,
            env=_environment(Path("/nonexistent")),
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise missing(str(error)) from error
    return answer.stdout.decode("utf-8", "replace")


class _Process:
    """One started ffmpeg with its pipes. Used from one thread."""

    def __init__(self, ffmpeg: Program, arguments: list[str], workdir: Workdir, limits: Limits) -> None:
        self._started = time.monotonic()
        self._parser, self._tail = ProgressParser(), bytearray()
        self.last: Report | None = None
        self.code, self.cpu, self.peak_bytes, self.wall = -1, 0.0, 0, 0.0
        self._status: int | None = None
        line = [sys.executable, "-I", "-S", str(_LAUNCH), _settings(limits), "--", str(ffmpeg.path), *arguments]
        try:
            self._process = subprocess.Popen(
                line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=workdir.path,
                env=_environment(workdir.path), start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise missing(str(error)) from error
        self._selector = selectors.DefaultSelector()
        for pipe in self._pipes():
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ)
        self._activity: object = None
        self._active_at = self._looked_at = self._started

    def _pipes(self) -> list[IO[bytes]]:
        return [pipe for pipe in (self._process.stdout, self._process.stderr) if pipe is not None]

    def read(self, timeout: float = _TICK) -> list[Report]:
        """Wait a little for output; the progress blocks in it. Always empties stderr, so ffmpeg never blocks on it."""
        reports: list[Report] = []
        # With both pipes closed the exit is a matter of moments.
        for key, _events in self._selector.select(timeout if self._selector.get_map() else 0.005):
            try:
                data = os.read(key.fd, 1 << 16)
            except BlockingIOError:
                continue
            if not data:
                self._selector.unregister(key.fileobj)
            elif key.fileobj is self._process.stdout:
                reports += self._parser.feed(data)
            else:
                self._tail += data
                del self._tail[:-_TAIL]
        if reports:
            self.last = reports[-1]
        return reports

    def drain(self) -> None:
        """What is still in the pipes after the exit. Never waits: a stray grandchild may hold the other ends."""
        for _round in range(64):
            if not self._selector.get_map() or not self._selector.select(0):
                return
            self.read(0)

    def ended(self) -> bool:
        """Whether ffmpeg has exited. On Linux it stays a zombie until ``close``, so its group id is not reused."""
        if self._status is not None:
            return True
        if sys.platform != "linux":
            return self._reap(os.WNOHANG)
        try:
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return self._reap(os.WNOHANG)

    def idle(self) -> float:
        """Seconds since anything moved: a count in the progress, or the CPU clock of the process."""
        now = time.monotonic()
        if now - self._looked_at >= 1:
            self._looked_at = now
            progress = (self.last.frame, self.last.out_time, self.last.total_size) if self.last else None
            activity = (progress, _cpu_ticks(self._process.pid))
            if activity != self._activity:
                self._activity, self._active_at = activity, now
        return now - self._active_at

    def stderr(self) -> str:
        return self._tail.decode("utf-8", "replace")

    def close(self) -> None:
        """End the whole group if it is not over, reap ffmpeg, close the pipes. Bounded in time whatever happens."""
        try:
            if not self.ended():
                self._signal(signal.SIGTERM)
                self._wait(_POLITE_SECONDS)
            self._signal(signal.SIGKILL)
            self._wait(_KILL_SECONDS)
            if self.ended() and self._status is None:
                self._reap(0)
        finally:
            self.wall = time.monotonic() - self._started
            self._selector.close()
            for pipe in self._pipes():
                pipe.close()

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.ended() and time.monotonic() < until:
            self.read(0.01)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _reap(self, options: int) -> bool:
        try:
            pid, status, usage = os.wait4(self._process.pid, options)
        except ChildProcessError:
            # Somebody in this program waits for every child (or ignores SIGCHLD): how it ended is lost.
            self._status = self._process.returncode = -1
            return True
        if pid == 0:
            return False
        self._status = status
        self.code = self._process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return True


def _settings(limits: Limits) -> str:
    wanted = {
        "as": limits.address_space,
        "cpu": limits.cpu_seconds,
        "fsize": limits.file_bytes,
        "nofile": limits.open_files,
        "core": 0,
    }
    kept = {name: value for name, value in wanted.items() if value is not None}
    return json.dumps({"parent": os.getpid(), "nice": limits.nice, "limits": kept})


def _environment(workdir: Path) -> dict[str, str]:
    """Nothing of ours: no proxies, no FFREPORT (which would write a log with our paths), no locale, no secrets."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": str(workdir), "TMPDIR": str(workdir)}


def _cpu_ticks(pid: int) -> int | None:
    """CPU time used so far in clock ticks; None where the system does not say (then only progress counts)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = stat[stat.rindex(b")") + 2 :].split()
    return int(fields[11]) + int(fields[12])
