"""Jobs whose workflow cannot speak any more are ended, and their money comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from cutroom.kernel.clock import utc_now
from cutroom.model.job import JobStatus, NewJob, Queue
from cutroom.workflows import Workbench
from cutroom.workflows.engine import EngineClient
from cutroom.workflows.reconciler import Reconciler
from tests.support.work import SIGNUP, Yard

pytestmark = pytest.mark.slow

Force = Callable[..., None]


def start(yard: Yard, job_id: str) -> None:
    with yard.database.write() as tx:
        assert yard.jobs.start(tx, job_id, "w")


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("CANCELLED", "limit_exceeded"),
        ("ERROR", "internal"),
        ("SUCCESS", "internal"),
        ("MAX_RECOVERY_ATTEMPTS_EXCEEDED", "processing_failed"),
    ],
)
def test_a_job_ends_with_its_workflow(
    yard: Yard, bench: Workbench, engine: EngineClient, force: Force, ending: str, code: str
) -> None:
    made, other = yard.submit(), yard.submit()
    start(yard, made.id)
    force(made.id, status=ending)
    reconciler = Reconciler(bench, engine)
    assert reconciler.reconcile() == 1
    assert reconciler.reconcile(everything=True) == 0
    failed = yard.job(made.id)
    assert (failed.status, failed.error_code) == (JobStatus.FAILED, code)
    assert yard.job(other.id).status is JobStatus.QUEUED
    assert yard.audit() == []
    assert yard.client.cancel(other.id)
    assert yard.balance() == SIGNUP


def test_queued_jobs_are_looked_at_now_and_then(
    yard: Yard, bench: Workbench, engine: EngineClient, force: Force
) -> None:
    reconciler = Reconciler(bench, engine)
    reconciler.reconcile()
    made = yard.submit()
    force(made.id, status="ERROR")
    assert [reconciler.reconcile() for _ in range(12)] == [0] * 11 + [1]
    assert yard.job(made.id).status is JobStatus.FAILED


def test_a_job_nobody_handed_in_is_failed_after_a_while(yard: Yard, bench: Workbench, engine: EngineClient) -> None:
    with yard.database.write() as tx:
        yard.jobs.add(tx, NewJob("lost", yard.account.id, "fastclip", "cut", Queue.CPU, {}))
    assert Reconciler(bench, engine).reconcile(everything=True) == 0
    later = Reconciler(bench, engine, clock=lambda: utc_now() + timedelta(minutes=2))
    assert later.reconcile(everything=True) == 1
    assert yard.job("lost").status is JobStatus.FAILED


def test_work_of_a_worker_nobody_remembers_is_queued_again(
    yard: Yard, bench: Workbench, engine: EngineClient, force: Force
) -> None:
    made = yard.submit()
    start(yard, made.id)
    force(made.id, status="PENDING", executor_id="forgotten", application_version="1")
    assert Reconciler(bench, engine).reconcile() == 1
    assert engine.states([made.id])[made.id].status == "ENQUEUED"
    assert yard.job(made.id).status is JobStatus.RUNNING


def test_work_of_a_worker_that_came_in_between_is_left_alone(
    yard: Yard, bench: Workbench, engine: EngineClient, force: Force
) -> None:
    made = yard.submit()
    start(yard, made.id)

    class Between(EngineClient):
        """Looks at the engine when a new worker has just taken the job."""

        def states(self, workflow_ids: list[str]) -> Mapping[str, Any]:
            with yard.database.write() as tx:
                bench.workers.enter(tx, "new", "host", ["cpu"])
            force(made.id, status="PENDING", executor_id="new", application_version="1")
            return engine.states(workflow_ids)

    assert Reconciler(bench, Between(yard.database)).reconcile() == 0
    assert engine.states([made.id])[made.id].status == "PENDING"


def test_work_taken_by_a_worker_that_does_not_know_it_is_queued_again_and_failed_in_the_end(
    yard: Yard, bench: Workbench, engine: EngineClient, force: Force
) -> None:
    made = yard.submit()
    with yard.database.write() as tx:
        bench.workers.enter(tx, "old", "host", ["cpu"])
    taken = {"status": "PENDING", "executor_id": "old", "application_version": "1"}
    force(made.id, **taken, started_at_epoch_ms=int(time.time() * 1000) - 1000)
    reconciler = Reconciler(bench, engine)
    assert reconciler.reconcile(everything=True) == 0
    long_ago = int(time.time() * 1000) - 120_000
    force(made.id, started_at_epoch_ms=long_ago)
    assert reconciler.reconcile(everything=True) == 1
    state = engine.states([made.id])[made.id]
    assert (state.status, state.queue_name) == ("ENQUEUED", "cpu")
    force(made.id, **taken, started_at_epoch_ms=long_ago)
    later = Reconciler(bench, engine, clock=lambda: utc_now() + timedelta(hours=2))
    assert later.reconcile(everything=True) == 1
    assert yard.job(made.id).status is JobStatus.FAILED
