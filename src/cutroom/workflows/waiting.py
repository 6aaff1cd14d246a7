"""Waiting for work at little cost: what the engine asks of the database at every look, asked less or in fewer words.

Looking happens ten times a second in a worker that has nothing to do. Each of these changes holds for one engine in
this process; tests/workflows/test_engine.py watches that the engine still asks where we answer.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cutroom.db.driver_engine import asks_for_any

if TYPE_CHECKING:
    from dbos._sys_db import SystemDatabase

# The settings of a queue change when a worker of another configuration starts: that may take so long (s) to be seen.
_REMEMBERED = 60.0


def wait_cheaply(inside: SystemDatabase) -> None:
    """Change how the engine over this system database waits for work, not what work it takes."""
    remember_queues(inside)
    look_before_taking(inside)
    # All our work carries its version, so that it does not matter which version is the latest.
    inside._is_latest_version = _no_matter  # type: ignore[method-assign, assignment]  # noqa: SLF001


def remember_queues(inside: SystemDatabase) -> None:
    """A queue's settings are read once in a while, not at every look."""
    read = inside.get_queue
    known: dict[str, tuple[float, Any]] = {}

    def get_queue(name: str, **more: Any) -> Any:
        if more:
            return read(name, **more)
        until, queue = known.get(name, (0.0, None))
        if queue is None or time.monotonic() >= until:
            queue = read(name)
            known[name] = (time.monotonic() + _REMEMBERED, queue)
        return queue

    inside.get_queue = get_queue  # type: ignore[method-assign]


def look_before_taking(inside: SystemDatabase) -> None:
    """Whether anything is queued is one small question; only then is it asked what may be taken."""
    any_queued = asks_for_any(inside.engine, inside.tables.workflow_status, "queue_name", status="ENQUEUED")

    def dequeue_scopes(queue_name: str) -> list[str | None]:
        return [None] if any_queued(queue_name) else []

    inside.dequeue_scopes = dequeue_scopes  # type: ignore[method-assign]


def _no_matter(*_asked: object) -> bool:
    return False
