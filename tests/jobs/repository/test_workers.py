"""Leases in the database: a worker is there while it gives signs of life."""

from __future__ import annotations

import time

from cutroom.db import Database
from cutroom.jobs import Workers

WORKERS = Workers()


def test_a_worker_comes_beats_drains_and_leaves(database: Database) -> None:
    with database.write() as tx:
        WORKERS.enter(tx, "w", "host", ["flow", "cpu"])
        (worker,) = WORKERS.known(tx)
        assert (worker.id, worker.host, worker.queues, worker.draining) == ("w", "host", ("flow", "cpu"), False)
    with database.write() as tx:
        assert WORKERS.beat(tx, "w")
        WORKERS.drain(tx, "w")
        (later,) = WORKERS.known(tx)
        assert later.draining
        assert later.beat > worker.beat
        assert (WORKERS.silence(tx) or 0.0) < 1.0
        WORKERS.leave(tx, "w")
        assert WORKERS.known(tx) == []
        assert WORKERS.silence(tx) is None


def test_a_silent_worker_is_given_up_once(database: Database) -> None:
    with database.write() as tx:
        WORKERS.enter(tx, "silent", "host", ["cpu"])
    time.sleep(0.05)
    with database.write() as tx:
        WORKERS.enter(tx, "lively", "host", ["cpu"])
        (silent,) = WORKERS.silent(tx, 0.04)
        assert silent.id == "silent"
        assert WORKERS.forget_silent(tx, silent)
        assert not WORKERS.forget_silent(tx, silent)
        assert not WORKERS.beat(tx, "silent")


def test_a_sign_of_life_in_time_keeps_the_lease(database: Database) -> None:
    with database.write() as tx:
        WORKERS.enter(tx, "w", "host", ["cpu"])
    with database.write() as tx:
        (seen,) = WORKERS.known(tx)
        assert WORKERS.beat(tx, "w")
        assert not WORKERS.forget_silent(tx, seen)
        assert WORKERS.beat(tx, "w")
