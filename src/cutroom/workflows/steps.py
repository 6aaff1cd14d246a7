"""What a workflow may do, without naming the engine: short steps, long steps, and how the latter end.

A workflow is a function of its steps' results and nothing else, because it is run again from its beginning after a
crash, with the results of finished steps given from the database. Whatever reads a clock, a database or a random
number does so in a step. Results are small and made of JSON.
"""

from __future__ import annotations

import asyncio
import enum
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Protocol

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.workflows.telling import in_one_line, told_in_full

_log = logging.getLogger(__name__)
# A thread that does not let go of its work for this long (s) after its time is up is left behind.
_PATIENCE = 10.0

Result = dict[str, Any]
Work = Callable[[CancelToken], Result]


class Steps(Protocol):
    """Of one run of one workflow."""

    async def begin(self, job_id: str) -> bool:
        """Note that this worker has the job now. False when the job has ended: then so should the workflow."""

    async def short(self, name: str, work: Callable[[], Any]) -> Any:
        """Something quick, like a transaction. Tried again while the database is away."""

    async def long(self, name: str, work: Work, seconds: float) -> Ending:
        """Something that takes its time, in a thread; ended by cancelling, by its time limit, by a stopping worker."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a long step ended: with a result, with a failure the user is told of, or stopped on purpose."""

    result: Result | None = None
    code: str | None = None
    message: str | None = None
    detail: str | None = None
    """Of a failure, for the log."""

    @property
    def stopped(self) -> bool:
        return self.result is None and self.code is None

    def as_json(self) -> Result:
        return {"result": self.result, "code": self.code, "message": self.message, "detail": self.detail}


class Reason(enum.Enum):
    """Why a long step was asked to end."""

    JOB_ENDED = enum.auto()
    TIME_IS_UP = enum.auto()
    WORKER_STOPS = enum.auto()


class LongRun:
    """One long step at work: a token for its thread, and why it was asked to end."""

    def __init__(self) -> None:
        self.token = CancelToken()
        self.reason: Reason | None = None

    def end(self, reason: Reason) -> None:
        """Ask for the end; the first reason counts."""
        self.reason = self.reason or reason
        self.token.cancel()


class LongRuns:
    """All long steps of this process, so that stopping the worker stops them all. Thread-safe."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._lock = threading.Lock()
        self._running: set[LongRun] = set()
        self._stopping = False

    def stop(self) -> None:
        """End every long step, those to come too, and leave their jobs to other workers."""
        with self._lock:
            self._stopping = True
            running = tuple(self._running)
        for run in running:
            run.end(Reason.WORKER_STOPS)

    async def run(self, work: Work, seconds: float, job_id: str = "?") -> Ending:
        """Do ``work`` in a thread and see it to its end, also where this task is cancelled."""
        run = LongRun()
        with self._lock:
            self._running.add(run)
            if self._stopping:
                run.end(Reason.WORKER_STOPS)
        thread = asyncio.get_running_loop().run_in_executor(self._executor, _guarded, work, run.token, job_id)
        try:
            ending = await _watched(run, thread, seconds)
        except asyncio.CancelledError:
            run.end(Reason.JOB_ENDED)
            await asyncio.wait({thread})  # its processes and files are gone when this returns
            raise
        finally:
            with self._lock:
                self._running.discard(run)
        if run.reason is Reason.WORKER_STOPS and ending.result is None:
            # No result may be written: the job goes on elsewhere. Ends when the engine's loop is shut down.
            await asyncio.Event().wait()
        return ending


async def _watched(run: LongRun, thread: asyncio.Future[Ending], seconds: float) -> Ending:
    done, _ = await asyncio.wait({thread}, timeout=seconds)
    if not done:
        run.end(Reason.TIME_IS_UP)
        done, _ = await asyncio.wait({thread}, timeout=_PATIENCE)
        if not done:
            _log.error("a step does not end although its time is up; it is left behind")
    if run.reason is Reason.TIME_IS_UP and not (done and thread.result().result is not None):
        detail = f"{seconds:g} s"
        return Ending(code=ErrorCode.LIMIT_EXCEEDED, message="The work took longer than is allowed.", detail=detail)
    return thread.result()


def _guarded(work: Work, token: CancelToken, job_id: str) -> Ending:
    """Every ending as a value: what a step raises would be kept by the engine, and come back as something else."""
    try:
        return Ending(result=work(token))
    except Cancelled:
        return Ending()
    except CutroomError as error:
        # Kept by the engine until the job's failure is written: so without secrets from here on.
        detail = in_one_line(error.detail) if error.detail else None
        return Ending(code=error.code, message=error.message, detail=detail)
    except Exception as error:  # noqa: BLE001 - the boundary of a job: whatever it is, it ends, and the others go on
        _log.error("job %s met something unexpected:\n%s", job_id, told_in_full(error))
        detail = in_one_line(f"{type(error).__name__}: {error}")
        return Ending(code=ErrorCode.INTERNAL, message="Something went wrong in the server.", detail=detail)
