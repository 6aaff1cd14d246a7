"""What we rely on in the engine beyond its public face. A new version of it has to pass this first."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable

import pytest

from cutroom.workflows import logs
from cutroom.workflows.engine import EngineClient
from tests.support.work import Yard

Force = Callable[..., None]


def test_the_work_of_the_dead_is_queued_again_where_it_was(yard: Yard, engine: EngineClient, force: Force) -> None:
    mine, others, ended, waiting = (yard.submit() for _ in range(4))
    running = {"application_version": "1", "recovery_attempts": 3, "owner_xid": "x"}
    force(mine.id, status="PENDING", executor_id="dead", **running)
    force(others.id, status="PENDING", executor_id="alive", **running)
    force(ended.id, status="SUCCESS", executor_id="dead", **running)
    assert engine.take_over("dead") == 1
    assert engine.take_over("dead") == 0
    states = {name: engine.states([job.id])[job.id] for name, job in
              {"mine": mine, "others": others, "ended": ended, "waiting": waiting}.items()}  # fmt: skip
    assert {name: state.status for name, state in states.items()} == {
        "mine": "ENQUEUED", "others": "PENDING", "ended": "SUCCESS", "waiting": "ENQUEUED",
    }  # fmt: skip
    assert states["mine"].queue_name == "cpu"
    assert states["mine"].recovery_attempts == 3


@pytest.mark.parametrize(
    ("message", "error", "shown"),
    [
        ("Something", None, True),
        ("Something", ValueError(), True),
        ("Something", asyncio.CancelledError(), False),
        ("Workflow x is no longer owned by this execution", None, False),
        ("Asyncio task cancelled for workflow", None, False),
    ],
)
def test_the_log_keeps_quiet_about_what_was_meant_to_happen(
    message: str, error: BaseException | None, shown: bool, caplog: pytest.LogCaptureFixture
) -> None:
    logs.quiet()
    logs.quiet()
    logger = logging.getLogger("dbos")
    logger.error(message, exc_info=error)
    assert (message in caplog.text) is shown
    assert logger.propagate


def test_the_engine_asks_where_we_answer_for_it() -> None:
    from dbos._queue import queue_worker_thread
    from dbos._sys_db import SystemDatabase

    assert "self._is_latest_version(" in inspect.getsource(SystemDatabase.start_queued_workflows)
    looking = inspect.getsource(queue_worker_thread)
    assert "dbos._sys_db.get_queue(queue.name)" in looking
    assert "dbos._sys_db.dequeue_scopes(queue.name)" in looking
    assert "return [None]" in inspect.getsource(SystemDatabase.dequeue_scopes)
