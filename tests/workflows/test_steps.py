"""Long steps: every ending is a value, and nothing goes on after the end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.workflows import steps
from cutroom.workflows.steps import Ending, LongRuns, Result, Work


@pytest.fixture
def runs() -> Iterator[LongRuns]:
    with ThreadPoolExecutor(4) as threads:
        yield LongRuns(threads)


def done(runs: LongRuns, work: Work, seconds: float = 10.0) -> Ending:
    return asyncio.run(asyncio.wait_for(runs.run(work, seconds, "j1"), 5))


def fail(error: Exception) -> Work:
    def work(_token: CancelToken) -> Result:
        raise error

    return work


def wait_for_the_end(token: CancelToken) -> Result:
    token.wait(10)
    token.check()
    return {}


def test_a_result(runs: LongRuns) -> None:
    ending = done(runs, lambda _token: {"a": 1})
    assert ending == Ending(result={"a": 1})
    assert not ending.stopped
    assert Ending(**ending.as_json()) == ending


def test_a_failure_is_told_in_its_own_words_its_detail_apart_and_without_secrets(runs: LongRuns) -> None:
    detail = "line 1 of https://me:pw@e.com/a?token=1\nline 2"
    error = CutroomError(ErrorCode.NOT_MEDIA, "This is not media.", next_step="Do.", detail=detail)
    assert done(runs, fail(error)) == Ending(
        code="not_media", message="This is not media.", detail="line 1 of https://e.com/a?... line 2"
    )


def test_a_surprise_is_logged_with_its_traceback_and_told_apart(
    runs: LongRuns, caplog: pytest.LogCaptureFixture
) -> None:
    ending = done(runs, fail(RuntimeError("cannot read https://me:pw@e.com/a?token=1")))
    assert ending.message == "Something went wrong in the server."
    assert ending.detail == "RuntimeError: cannot read https://e.com/a?..."
    (record,) = caplog.records
    said = record.getMessage()
    assert "job j1 " in said
    assert "Traceback (most recent call last)" in said
    assert "in work" in said
    assert "pw" not in said
    assert "token=" not in said


def test_work_that_ends_itself_is_stopped(runs: LongRuns) -> None:
    def work(token: CancelToken) -> Result:
        token.cancel()
        return wait_for_the_end(token)

    assert done(runs, work).stopped


def test_work_that_takes_too_long_is_ended_and_says_so(runs: LongRuns) -> None:
    began = time.monotonic()
    ending = done(runs, wait_for_the_end, 0.1)
    assert ending.code is ErrorCode.LIMIT_EXCEEDED
    assert time.monotonic() - began < 2


def test_work_that_does_not_let_go_is_left_behind(
    runs: LongRuns, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(steps, "_PATIENCE", 0.1)
    release = threading.Event()

    def work(_token: CancelToken) -> Result:
        release.wait(10)
        return {}

    async def run() -> Ending:
        try:
            return await runs.run(work, 0.05)
        finally:
            release.set()

    assert asyncio.run(run()).code is ErrorCode.LIMIT_EXCEEDED
    assert "left behind" in caplog.text


def test_a_cancelled_task_waits_until_its_thread_has_ended(runs: LongRuns) -> None:
    ended: list[float] = []

    def work(token: CancelToken) -> Result:
        token.wait(10)
        time.sleep(0.2)
        ended.append(time.monotonic())
        return {}

    async def run() -> None:
        task = asyncio.create_task(runs.run(work, 10))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended

    asyncio.run(run())


def test_a_stopping_worker_ends_its_work_but_gives_no_result(runs: LongRuns) -> None:
    async def run() -> None:
        tasks = [asyncio.create_task(runs.run(wait_for_the_end, 10))]
        await asyncio.sleep(0.05)
        runs.stop()
        tasks.append(asyncio.create_task(runs.run(wait_for_the_end, 10)))
        finished, going = await asyncio.wait(tasks, timeout=0.3)
        assert not finished
        for task in going:
            task.cancel()
        await asyncio.wait(going)
        assert all(task.cancelled() for task in going)

    asyncio.run(run())


def test_what_was_finished_while_the_worker_stops_counts(runs: LongRuns) -> None:
    def work(token: CancelToken) -> Result:
        token.wait(10)
        return {"done": True}

    async def run() -> Ending:
        task = asyncio.create_task(runs.run(work, 10))
        await asyncio.sleep(0.05)
        runs.stop()
        return await asyncio.wait_for(task, 2)

    assert asyncio.run(run()).result == {"done": True}
