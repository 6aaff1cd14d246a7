"""The workflow for jobs of kind ``analysis``: step after step, each told when it begins and when it has ended, once.

A killed worker's analysis goes on at the step it was in: what came before is in the engine's tables as done, what was
perceived is in the store. That a step is told once is decided by the row of the analysis, in the transaction that
writes the event.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from cutroom.kernel.errors import ErrorCode
from cutroom.model.analysis import STEPS, Preset, Step
from cutroom.workflows.analysing import Desk
from cutroom.workflows.course import fail
from cutroom.workflows.leavings import clear
from cutroom.workflows.settling import end_inputs, tidy
from cutroom.workflows.steps import Ending, Steps
from cutroom.workflows.workbench import Workbench

STEP_START, STEP_DONE = "step_start", "step_done"
"""What the events of an analysis are called, in the job's stream and on the wire."""


async def run(bench: Workbench, steps: Steps, job_id: str, seconds: float) -> None:
    """Run the analysis to its end, whatever that is. ``seconds`` bounds each step."""
    if not await steps.begin(job_id):
        return
    preset = await steps.short("prepare", partial(prepare, bench, job_id))
    if preset is None:
        return
    desk = Desk(bench, job_id)
    try:
        await _through(bench, steps, desk, seconds, STEPS[Preset(preset)])
    finally:
        desk.stop()


async def _through(bench: Workbench, steps: Steps, desk: Desk, seconds: float, order: Sequence[Step]) -> None:
    job_id = desk.job_id
    for number, step in enumerate(order):
        if not await steps.short(f"begin {step}", partial(begin, bench, job_id, number, step)):
            await steps.short("tidy", partial(abandon, desk, bench, job_id))
            return
        ending = await steps.long(step.value, partial(desk.work, step), seconds)
        if ending.result is None:
            await steps.short("end", partial(end, bench, job_id, ending))
            return
        last = step is order[-1]
        await steps.short(f"done {step}", partial(done, bench, job_id, number, step, last=last))


def prepare(bench: Workbench, job_id: str) -> str | None:
    """What is to be looked at; None when there is no such analysis any more."""
    with bench.database.read() as tx:
        found = bench.analyses.look(tx, job_id)
    return None if found is None else found.preset.value


def begin(bench: Workbench, job_id: str, number: int, step: Step) -> bool:
    """Tell that the step begins, unless that was told. False when the job has ended: then so does the workflow."""
    with bench.database.write() as tx:
        if not bench.jobs.hold(tx, job_id):
            return False
        if bench.analyses.begin_step(tx, job_id, number):
            bench.jobs.event(tx, job_id, STEP_START, {"step": step.value})
    return True


def done(bench: Workbench, job_id: str, number: int, step: Step, *, last: bool) -> bool:
    """Tell that the step has ended, unless that was told; with the last one the job is completed, and tidied up.

    False when the job had ended otherwise: then the next step does not begin.
    """
    with bench.database.write() as tx:
        goes_on = bench.jobs.hold(tx, job_id)
        took = bench.analyses.end_step(tx, job_id, number, step.value) if goes_on else None
        if took is not None:
            bench.jobs.event(tx, job_id, STEP_DONE, {"step": step.value, "duration_ms": took})
        if goes_on and last:
            bench.jobs.complete(tx, job_id, {})
    if last:
        leave(bench, job_id)
    return goes_on


def end(bench: Workbench, job_id: str, ending: Ending) -> bool:
    """The step came to nothing: the job fails with its sentence, unless it had ended already. Nothing of it stays."""
    failed = False if ending.stopped or ending.code == ErrorCode.CANCELLED else fail(bench, job_id, ending)
    leave(bench, job_id)
    return failed


def abandon(desk: Desk, bench: Workbench, job_id: str) -> None:
    """The job has ended between two steps. Idempotent."""
    desk.close()
    leave(bench, job_id)


def leave(bench: Workbench, job_id: str) -> None:
    """What was sent along goes, and what the work has left; of one that failed, everything. Idempotent."""
    end_inputs(bench, job_id)
    clear(bench, job_id)
    tidy(bench, job_id)
