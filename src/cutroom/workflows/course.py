"""The course of every job that makes a file: its order is read, the file made, stored and handed over; or it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import ErrorCode
from cutroom.model.job import Job
from cutroom.workflows.settling import UNEXPECTED, settle_failure, tidy
from cutroom.workflows.steps import Ending, Result, Steps
from cutroom.workflows.workbench import Workbench

_Plan = TypeVar("_Plan", bound=Any)
"""A dataclass that JSON can hold."""


@dataclass(frozen=True, slots=True)
class Course(Generic[_Plan]):
    """What jobs of one kind do. Names of steps are kept in the engine's tables: they stay as they are."""

    making: str
    """The name of the step that makes the file."""
    plan: Callable[..., _Plan]
    read: Callable[[Job], _Plan]
    """The order as the job's row has it."""
    make: Callable[[Workbench, str, _Plan, CancelToken], Result]
    store: Callable[[Workbench, str, _Plan, CancelToken], Result]
    finish: Callable[[Workbench, str, _Plan, Result], bool]

    async def run(self, bench: Workbench, steps: Steps, job_id: str, seconds: float) -> None:
        """Run the job to its end, whatever that is. ``seconds`` bounds each long step."""
        if not await steps.begin(job_id):
            return
        order = await steps.short("prepare", partial(self.prepare, bench, job_id))
        if order is None:
            return
        plan = self.plan(**order)
        made = await steps.long(self.making, partial(self.make, bench, job_id, plan), seconds)
        if made.result is None:
            await _end(bench, steps, job_id, made)
            return
        stored = await steps.long("store", partial(self.store, bench, job_id, plan), seconds)
        if stored.result is None:
            await _end(bench, steps, job_id, stored)
            return
        await steps.short("finish", partial(self.finish, bench, job_id, plan, stored.result))

    def prepare(self, bench: Workbench, job_id: str) -> Result | None:
        """The order of a job; None when there is no such job."""
        with bench.database.read() as tx:
            job = bench.jobs.get(tx, job_id)
        return None if job is None else asdict(self.read(job))


async def _end(bench: Workbench, steps: Steps, job_id: str, ending: Ending) -> None:
    if ending.stopped:
        await steps.short("tidy", partial(tidy, bench, job_id))
    else:
        await steps.short("fail", partial(fail, bench, job_id, ending))


def fail(bench: Workbench, job_id: str, ending: Ending) -> bool:
    """End the job with its error and give reserved money back. False when it had ended already."""
    code, message = ending.code or ErrorCode.INTERNAL, ending.message or UNEXPECTED
    return settle_failure(bench, job_id, code, message, detail=ending.detail)
