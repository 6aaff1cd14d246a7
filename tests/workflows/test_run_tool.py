"""Tools as work: each step may be done twice, what was sent goes with the job, a killed worker's job goes on."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.media.child import MediaChild
from cutroom.media.toolbox import Toolbox
from cutroom.model.job import Job, JobStatus
from cutroom.workflows import Workbench
from cutroom.workflows.course import fail
from cutroom.workflows.engine import EngineClient
from cutroom.workflows.run_tool import COURSE, Plan, finish, run, store
from cutroom.workflows.steps import Ending
from cutroom.workflows.sweeps import Sweeper
from tests.support.crew import Crew, until
from tests.support.work import SIGNUP, Yard, children_of

pytestmark = pytest.mark.slow
Start = Callable[..., None]


def begun(yard: Yard, film: Path, tool: str = "remove-audio", **values: Any) -> tuple[Job, Plan]:
    job = yard.order(tool, film, **values)
    with yard.database.write() as tx:
        assert yard.jobs.start(tx, job.id, "w")
    return job, Plan(
        job.params["tool"], job.params["values"], job.params["input"], job.params["artifact"]
    )  # fmt: skip


def nothing_left(yard: Yard) -> bool:
    return yard.runs() == yard.litter() == [] and yard.rows("SELECT id FROM artifacts WHERE kind = 'input'") == []


def test_from_what_was_sent_to_the_result(yard: Yard, bench: Workbench, child: MediaChild, film: Path) -> None:
    job, plan = begun(yard, film, "trim-video", startTime="1", endTime="5/2")
    assert COURSE.prepare(bench, job.id) == {
        "tool": "trim-video", "values": {"startTime": "1", "endTime": "5/2"}, "input": plan.input,
        "artifact": plan.artifact,
    }  # fmt: skip
    stored = store(bench, job.id, plan, CancelToken())
    assert yard.result(job) is None
    assert finish(bench, job.id, plan, stored)
    made = yard.result(job)
    assert made is not None
    assert (made.name, made.media_type, made.size) == ("result.mp4", "video/mp4", stored["size"])
    path = yard.store.local_path(made.key)
    assert path is not None
    facts: Any = Toolbox(child=child).look(path)
    assert abs(facts.duration - Fraction(3, 2)) <= Fraction(1, 15)
    done = yard.job(job.id)
    assert (done.status, done.cost) == (JobStatus.COMPLETED, 0)
    assert done.result is not None
    assert done.result["artifact_id"] == plan.artifact
    assert yard.runs() == [made.key]
    assert yard.litter() == []
    assert yard.balance() == SIGNUP
    assert yard.audit() == []


def test_every_step_may_be_done_twice(
    yard: Yard, bench: Workbench, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, plan = begun(yard, film)
    first = run(bench, job.id, plan, CancelToken())
    monkeypatch.setattr(type(bench.tools), "run", None)  # whoever worked again would fail
    assert run(bench, job.id, plan, CancelToken()) == first
    stored = store(bench, job.id, plan, CancelToken())
    assert store(bench, job.id, plan, CancelToken()) == stored
    assert finish(bench, job.id, plan, stored)
    assert not finish(bench, job.id, plan, stored)
    assert yard.runs() == [stored["key"]]
    assert yard.rows("SELECT count(*) FROM job_events WHERE kind = 'completed'") == [(1,)]


def test_a_result_that_is_what_was_sent_stays_when_that_goes(shed: Yard, hands: Workbench, film: Path) -> None:
    job, plan = begun(shed, film)
    path = shed.store.local_path(plan.input)
    assert path is not None
    stored = store(hands, job.id, plan, CancelToken())
    same = stored["key"].rpartition("/")[0] + "/" + plan.input.rpartition("in-")[2]
    hands.store.put(same, path, media_type="video/mp4", file_name="result.mp4")
    hands.store.delete(stored["key"])
    assert finish(hands, job.id, plan, stored | {"key": same})
    assert shed.runs() == [same]


def test_a_job_that_was_cancelled_meanwhile_keeps_nothing(yard: Yard, bench: Workbench, film: Path) -> None:
    job, plan = begun(yard, film)
    stored = store(bench, job.id, plan, CancelToken())
    assert yard.client.cancel(job.id)
    assert not finish(bench, job.id, plan, stored)
    assert nothing_left(yard)
    assert yard.result(job) is None


def test_a_failure_is_told_costs_nothing_and_keeps_nothing(yard: Yard, bench: Workbench, film: Path) -> None:
    job, _ = begun(yard, film)
    ending = Ending(code=ErrorCode.PROCESSING_FAILED, message="This could not be done.")
    assert fail(bench, job.id, ending)
    assert not fail(bench, job.id, ending)
    failed = yard.job(job.id)
    assert (failed.status, failed.error) == (JobStatus.FAILED, "This could not be done.")
    assert yard.balance() == SIGNUP
    assert nothing_left(yard)


def test_what_was_sent_may_be_in_another_store(
    shed: Yard, hands: Workbench, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, plan = begun(shed, film)
    monkeypatch.setattr(type(hands.store), "local_path", lambda self, key: None)
    assert run(hands, job.id, plan, CancelToken())["extension"] == "mp4"


def test_what_was_sent_is_gone(shed: Yard, hands: Workbench, film: Path) -> None:
    job, plan = begun(shed, film)
    hands.store.delete(plan.input)
    with pytest.raises(CutroomError) as caught:
        run(hands, job.id, plan, CancelToken())
    assert (caught.value.code, caught.value.message) == (
        ErrorCode.SOURCE_NOT_FOUND, "The uploaded file is not there any more."
    )  # fmt: skip


def test_a_tool_that_this_worker_does_not_know(shed: Yard, hands: Workbench, film: Path) -> None:
    job, plan = begun(shed, film, "fold-video")
    with pytest.raises(CutroomError) as caught:
        run(hands, job.id, plan, CancelToken())
    assert caught.value.code is ErrorCode.INTERNAL


def test_work_ends_when_the_job_has_ended(shed: Yard, hands: Workbench, film: Path) -> None:
    job, plan = begun(shed, film, "gif", startTime="0", duration="15", width=320, fps=15)
    shed.client.cancel(job.id)
    with pytest.raises(Cancelled):
        run(hands, job.id, plan, CancelToken())
    assert shed.litter() == []


def test_there_is_no_order_without_a_job(hands: Workbench) -> None:
    assert COURSE.prepare(hands, "unknown") is None


def test_sweeps_take_what_ended_jobs_have_left(yard: Yard, bench: Workbench, engine: EngineClient, film: Path) -> None:
    kept, queued = yard.order("remove-audio", film), yard.order("remove-audio", film)
    job, plan = begun(yard, film)
    stored = store(bench, job.id, plan, CancelToken())
    for one in (queued, job):
        assert yard.client.cancel(one.id)
    sweeper = Sweeper(bench, engine)
    assert sweeper.expired_artifacts() == 2
    assert yard.runs() == sorted([kept.params["input"], stored["key"]])
    assert sweeper.aborted_jobs() == 1
    assert sweeper.expired_artifacts() == sweeper.aborted_jobs() == 0
    assert yard.runs() == [kept.params["input"]]


def test_stored_files_that_no_job_knows_go_when_they_are_old(
    yard: Yard, bench: Workbench, engine: EngineClient, film: Path
) -> None:
    import os
    import time

    job, _ = begun(yard, film)
    keys = {name: f"runs/{name[:2]}/{name}/{'ab' * 16}.mp4" for name in ("gone", "new", job.id)}
    for name, key in keys.items():
        file = yard.root / name
        file.write_bytes(b"made")
        yard.store.put(key, file, media_type="video/mp4", file_name="x.mp4")
        path = yard.store.local_path(key)
        assert path is not None
        if name != "new":
            os.utime(path, (time.time() - 7200,) * 2)
    sweeper = Sweeper(bench, engine)
    assert (sweeper.lost_runs(), sweeper.lost_runs()) == (1, 0)
    assert yard.runs() == sorted([keys["new"], keys[job.id], job.params["input"]])


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # journeys do it on SQLite
def test_a_worker_does_it_all(yard: Yard, worker: Start, film: Path) -> None:
    worker()
    good = yard.order("extract-audio", film, audioFormat="mp3")
    bad = yard.order("resize-image", film, width=10, height=10)
    done, failed = yard.wait(good.id), yard.wait(bad.id)
    assert (done.status, done.attempts, done.fraction) == (JobStatus.COMPLETED, 1, 1.0)
    assert (failed.status, failed.error_code) == (JobStatus.FAILED, "not_media")
    made = yard.result(good)
    assert made is not None
    assert (made.name, made.media_type) == ("result.mp3", "audio/mpeg")
    until(lambda: yard.runs() == [made.key] and not yard.litter(), 15.0, "nothing else is left")
    assert yard.audit() == []


@pytest.mark.exhaustive  # a killed server's does in a journey, and a killed worker's download
@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_the_job_of_a_killed_worker_goes_on(yard: Yard, crew: Crew, film: Path) -> None:
    job = yard.order("gif", film, startTime="0", duration="15", width=320, fps=10)
    first = crew.hire()
    until(lambda: children_of(yard.root), 20.0, "it is at work")
    first.kill()
    crew.hire()
    done = yard.wait(job.id, seconds=60)
    assert (done.status, done.attempts) == (JobStatus.COMPLETED, 2)
    made = yard.result(job)
    assert made is not None
    until(lambda: yard.runs() == [made.key], 5.0, "what was sent is gone")
    assert yard.rows("SELECT count(*) FROM job_events WHERE kind IN ('completed', 'failed')") == [(1,)]
    until(lambda: not yard.litter(), 5.0, "nothing of the first try is left")
