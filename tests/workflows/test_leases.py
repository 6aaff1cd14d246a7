"""Leases: the silent are given up, those given up notice, and a pause of the machine gives up nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from cutroom.jobs import Workers
from cutroom.model.job import Queue
from cutroom.workflows.engine import EngineClient
from cutroom.workflows.leases import Lease
from tests.support.crew import until
from tests.support.work import Yard

Force = Callable[..., None]
WORKERS = Workers()


def lease(yard: Yard, engine: EngineClient, name: str, lost: Callable[[], None] = lambda: None) -> Lease:
    return Lease(
        yard.database, WORKERS, engine, worker_id=name, queues=[Queue.CPU], seconds=0.4, on_lost=lost
    )  # fmt: skip


def names(yard: Yard) -> list[str]:
    return [name for (name,) in yard.rows("SELECT id FROM workers ORDER BY id")]


@pytest.mark.slow
def test_a_worker_keeps_its_lease_and_leaves_its_work_to_the_others(
    yard: Yard, engine: EngineClient, force: Force
) -> None:
    made = yard.submit()
    mine = lease(yard, engine, "mine")
    mine.take()
    force(made.id, status="PENDING", executor_id="mine", application_version="1")
    threading.Event().wait(1.0)
    assert names(yard) == ["mine"]
    mine.drain()
    assert yard.rows("SELECT draining FROM workers")[0][0]
    mine.drop()
    assert names(yard) == []
    assert engine.states([made.id])[made.id].status == "ENQUEUED"


def test_a_silent_worker_is_given_up_and_its_work_goes_on(yard: Yard, engine: EngineClient, force: Force) -> None:
    made = yard.submit()
    with yard.database.write() as tx:
        WORKERS.enter(tx, "silent", "host", ["cpu"])
    force(made.id, status="PENDING", executor_id="silent", application_version="1")
    mine = lease(yard, engine, "mine")
    mine.take()
    until(lambda: engine.states([made.id])[made.id].status == "ENQUEUED", 2.0)
    assert names(yard) == ["mine"]
    mine.drop()


def test_whoever_was_given_up_is_told(yard: Yard, engine: EngineClient) -> None:
    lost = threading.Event()
    mine = lease(yard, engine, "mine", lost.set)
    mine.take()
    with yard.database.write() as tx:
        WORKERS.leave(tx, "mine")
    assert lost.wait(2.0)
    mine.drop()


@pytest.mark.slow
def test_after_a_pause_of_everybody_nobody_is_given_up(yard: Yard, engine: EngineClient) -> None:
    first, second = lease(yard, engine, "first"), lease(yard, engine, "second")
    first.take()
    second.take()
    with yard.database.write():  # nobody can give a sign of life for longer than a lease
        threading.Event().wait(0.7 if yard.database.is_sqlite else 0.0)
    threading.Event().wait(0.6)
    assert names(yard) == ["first", "second"]
    first.drop()
    second.drop()
