"""Leases: every worker gives signs of life, and takes over the work of those that give none any more.

Runs in a thread of its own, because a worker whose event loop is busy is not dead. Taking over is safe to do twice and
by several peers at once, so nobody is elected for it.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence

from cutroom.db import Database
from cutroom.jobs import Workers
from cutroom.model.job import Queue
from cutroom.workflows.engine import EngineClient

_log = logging.getLogger(__name__)
_BEATS_IN_A_LEASE = 4


class Lease:
    """The lease of this worker, and an eye on those of the others. ``seconds`` without a sign of life end one.

    ``on_lost`` is called, once, when the others have given this worker up (it was suspended, say, or cut off from the
    database for too long): what it is running has by then been begun elsewhere.
    """

    def __init__(
        self,
        database: Database,
        workers: Workers,
        engine: EngineClient,
        *,
        worker_id: str,
        queues: Sequence[Queue],
        seconds: float,
        on_lost: Callable[[], None],
    ) -> None:
        self._database = database
        self._workers = workers
        self._engine = engine
        self._worker_id = worker_id
        self._queues = tuple(queue.value for queue in queues)
        self._seconds = seconds
        self._on_lost = on_lost
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cutroom-lease", daemon=True)

    def take(self) -> None:
        """Make this worker known, then keep it so."""
        with self._database.write() as tx:
            self._workers.enter(tx, self._worker_id, socket.gethostname(), self._queues)
        self._thread.start()

    def drain(self) -> None:
        """Say that this worker takes no more work."""
        with self._database.write() as tx:
            self._workers.drain(tx, self._worker_id)

    def drop(self) -> None:
        """Give up what this worker was running, so that peers carry on at once. It must have stopped by now."""
        self._ended.set()
        self._engine.take_over(self._worker_id)
        with self._database.write() as tx:
            self._workers.leave(tx, self._worker_id)

    def _run(self) -> None:
        last = time.monotonic()
        while not self._ended.wait(self._seconds / _BEATS_IN_A_LEASE):
            try:
                with self._database.write() as tx:
                    alive = self._workers.beat(tx, self._worker_id)
                if not alive:
                    _log.warning("this worker was given up by the others; it starts anew")
                    self._on_lost()
                    return
                # After a pause of the whole machine everybody's last sign of life is old: let them give another.
                paused, last = time.monotonic() - last > self._seconds / 2, time.monotonic()
                if not paused:
                    self._take_over_the_dead()
            except Exception:  # noqa: BLE001 - the database is away: try again, and never stop trying
                _log.warning("the lease could not be renewed", exc_info=True)

    def _take_over_the_dead(self) -> None:
        with self._database.read() as tx:
            silent = self._workers.silent(tx, self._seconds)
        for worker in silent:
            with self._database.write() as tx:
                gone = self._workers.forget_silent(tx, worker)
            if gone or worker.id != self._worker_id:
                taken = self._engine.take_over(worker.id)
                _log.warning("worker %s is silent; %d of its jobs go on elsewhere", worker.id, taken)
