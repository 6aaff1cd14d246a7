"""The engine's runtime: DBOS set up our way, with our workflows, in one process at a time. Started by ``worker``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dbos import DBOS, DBOSPortableJSONSerializer

from cutroom.db.driver_engine import make_driver_engine
from cutroom.kernel.errors import CutroomError
from cutroom.model.job import Queue
from cutroom.workflows import analyze, cut_clip, download, logs, run_tool
from cutroom.workflows.engine import APP, VERSION, EngineClient
from cutroom.workflows.names import ANALYZE, CUT_CLIP, DOWNLOAD, RUN_TOOL
from cutroom.workflows.steps import Ending, LongRuns, Steps, Work
from cutroom.workflows.telling import told_in_full
from cutroom.workflows.waiting import wait_cheaply
from cutroom.workflows.workbench import Workbench

_log = logging.getLogger(__name__)
# A job that takes its worker down with it does so this often and once more, not for ever. Nobody can tell it from a
# job that is merely there when workers are killed, and that one must not fail: so it is often. It is not soon: each
# time a lease has to end, or the supervisor waits longer before it starts the next worker.
_MAX_RECOVERIES = 30
_EXECUTOR_THREADS = 32
_POOL = 20
# For short steps while the database is away: 1 s, 1.5 s, ... about two minutes in all.
_SHORT_TRIES, _SHORT_FIRST, _SHORT_RATE = 10, 1.0, 1.5

Flow = Callable[[Workbench, Steps, str, float], Awaitable[None]]
_FLOWS: dict[str, Flow] = {
    CUT_CLIP: cut_clip.COURSE.run, RUN_TOOL: run_tool.COURSE.run, DOWNLOAD: download.COURSE.run,
    ANALYZE: analyze.run,
}  # fmt: skip


class Runtime:
    """One life of the engine in this process, under a name that is never used again."""

    def __init__(self, bench: Workbench, client: EngineClient, worker_id: str, queues: Sequence[Queue]) -> None:
        self._bench = bench
        self._client = client
        self._worker_id = worker_id
        self._queues = tuple(queues)
        self._threads = ThreadPoolExecutor(_EXECUTOR_THREADS, thread_name_prefix="cutroom-step")
        self._runs = LongRuns(self._threads)
        self._engine = make_driver_engine(bench.database.url, pool=_POOL, ping=False)

    def launch(self) -> None:
        """Start taking work."""
        logs.quiet()
        config = self._bench.config
        dbos = DBOS(
            config={
                "name": APP,
                "executor_id": self._worker_id,
                "application_version": VERSION,
                "system_database_engine": self._engine,
                "serializer": DBOSPortableJSONSerializer(),
                "max_executor_threads": _EXECUTOR_THREADS,
                "use_listen_notify": False,
                "log_level": "WARNING",
                "scheduler_polling_interval_sec": 3600.0,  # nothing is scheduled through the engine
            }
        )
        for name, flow in _FLOWS.items():
            DBOS.workflow(name=name, max_recovery_attempts=_MAX_RECOVERIES)(self._bound(flow))
        DBOS.listen_queues([queue.value for queue in self._queues])
        # Before the launch: a queue that is made later is noticed only after a second.
        for queue in Queue:
            self._client.client.register_queue(
                queue.value, worker_concurrency=config.concurrency(queue), polling_interval_sec=config.polling
            )
        DBOS.launch()
        wait_cheaply(dbos._sys_db)  # noqa: SLF001

    def stop(self) -> None:
        """End what runs, and everything it has started, without ending the jobs; then let go of the engine."""
        self._runs.stop()
        DBOS.destroy(destroy_registry=True)
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._engine.dispose()

    def _bound(self, flow: Flow) -> Callable[[str, float], Awaitable[None]]:
        async def run(job_id: str, seconds: float) -> None:
            try:
                await flow(self._bench, _DbosSteps(self._bench, self._worker_id, self._runs, job_id), job_id, seconds)
            except Exception as error:
                # The engine keeps that it failed, and the reconciler ends the job; nobody else says why.
                _log.error("job %s met something unexpected:\n%s", job_id, told_in_full(error))
                raise

        return run


class _DbosSteps:
    """``Steps`` by DBOS: what a step returns is kept, and given again when the workflow is run again."""

    def __init__(self, bench: Workbench, worker_id: str, runs: LongRuns, job_id: str) -> None:
        self._bench = bench
        self._worker_id = worker_id
        self._job_id = job_id
        self._runs = runs

    async def begin(self, job_id: str) -> bool:
        # On purpose no step: every run of the workflow is to be noted.
        return await asyncio.to_thread(self._begin, job_id)

    async def short(self, name: str, work: Callable[[], Any]) -> Any:
        told = False

        def guarded() -> Any:
            nonlocal told
            try:
                return work()
            except CutroomError:
                raise
            except Exception as error:
                if not told:  # the engine tries again, and then says that it has tried, but not what was wrong
                    _log.error("job %s met something unexpected:\n%s", self._job_id, told_in_full(error))
                told = True
                raise

        return await DBOS.run_step_async(
            {
                "name": name,
                "retries_allowed": True,
                "max_attempts": _SHORT_TRIES,
                "interval_seconds": _SHORT_FIRST,
                "backoff_rate": _SHORT_RATE,
                "should_retry": _worth_another_try,
            },
            guarded,
        )

    async def long(self, name: str, work: Work, seconds: float) -> Ending:
        async def step() -> dict[str, Any]:
            return (await self._runs.run(work, seconds, self._job_id)).as_json()

        return Ending(**await DBOS.run_step_async({"name": name, "preemptible": True}, step))

    def _begin(self, job_id: str) -> bool:
        with self._bench.database.write() as tx:
            return self._bench.jobs.start(tx, job_id, self._worker_id)


def _worth_another_try(error: BaseException) -> bool:
    return not isinstance(error, CutroomError)
