"""The worker process: takes work until it is told to stop, then leaves within seconds and leaves nothing running."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from cutroom.kernel.ids import new_id
from cutroom.model.job import Queue
from cutroom.workflows.engine import EngineClient, prepare_engine
from cutroom.workflows.leases import Lease
from cutroom.workflows.reconciler import Reconciler
from cutroom.workflows.sweeps import Sweeper
from cutroom.workflows.webhooks import WebhookSender
from cutroom.workflows.workbench import Chore, Workbench

_log = logging.getLogger(__name__)
_STOPPING_HARD = 1
# What giving the jobs up may take (s) when everything else has taken too long.
_FAREWELL = 0.4


def run_worker(
    bench: Workbench,
    *,
    worker_id: str | None = None,
    queues: Sequence[Queue] = (Queue.FLOW, Queue.NET, Queue.CPU),
    stop: threading.Event | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Work until SIGTERM or SIGINT (where this is the main thread) or until ``stop`` is set. Blocks.

    ``worker_id`` is the beginning of the worker's name; the rest is new at every start, because two processes of one
    name would run each other's jobs twice. ``on_ready`` is told the whole name when work can be taken. On the way out
    running work is ended, with every process it has started, and left to the other workers; a process that cannot
    manage that within ``config.stop_within`` seconds leaves all the same.
    """
    stop = stop or threading.Event()
    prepare_engine(bench.database)
    sessions: list[_Session] = []
    with _signals(stop, bench.config.stop_within, lambda: sessions[-1].give_up() if sessions else None):
        while not stop.is_set():
            name = f"{(worker_id or socket.gethostname())[:40]}-{new_id(12)}"
            sessions[:] = [_Session(bench, name, queues)]
            sessions[-1].run(stop, on_ready)


class _Session:
    """One name's life. Ends when the worker is told to stop, or when the others have given this name up."""

    def __init__(self, bench: Workbench, name: str, queues: Sequence[Queue]) -> None:
        from cutroom.workflows.runtime import Runtime

        self._bench = bench
        self._name = name
        self._over = threading.Event()
        self._engine = EngineClient(bench.database)
        self._runtime = Runtime(bench, self._engine, name, queues)
        self._lease = Lease(
            bench.database,
            bench.workers,
            self._engine,
            worker_id=name,
            queues=queues,
            seconds=bench.config.lease,
            on_lost=self._over.set,
        )

    def run(self, stop: threading.Event, on_ready: Callable[[str], None] | None) -> None:
        self._lease.take()
        housekeeping = threading.Thread(target=self._keep_house, name="cutroom-housekeeping", daemon=True)
        try:
            self._runtime.launch()
            housekeeping.start()
            _log.info("worker %s is ready", self._name)
            if on_ready is not None:
                on_ready(self._name)
            while not stop.wait(0.2) and not self._over.is_set():
                pass
        finally:
            self._over.set()
            with contextlib.suppress(Exception):  # the database may be what is missing; its peers will notice
                self._lease.drain()
            self._runtime.stop()
            with contextlib.suppress(Exception):
                self._lease.drop()
            self._engine.close()

    def give_up(self) -> None:
        """Leave the jobs to the others although this process still holds on to them: its end is a matter of moments."""
        with contextlib.suppress(Exception):  # the database may be what hangs
            self._lease.drop()

    def _keep_house(self) -> None:
        bench = self._bench
        chores: dict[str, tuple[float, Chore]] = {
            "reconcile": (bench.config.reconcile_every, Reconciler(bench, self._engine).reconcile),
            "sweep": (bench.config.sweep_every, Sweeper(bench, self._engine).sweep),
        }
        sender = WebhookSender(bench, bench.post) if bench.post is not None else None
        if sender is not None:
            chores["webhooks"] = (bench.config.webhooks_every, sender.send_due)
        due = dict.fromkeys(chores, time.monotonic())
        while not self._over.wait(max(0.0, min(due.values()) - time.monotonic())):
            for name, (every, chore) in chores.items():
                if time.monotonic() >= due[name]:
                    try:
                        chore()
                    except Exception:  # noqa: BLE001 - the database is away, say: the next round may find it
                        _log.warning("%s did not work", name, exc_info=True)
                    due[name] = time.monotonic() + every
        if sender is not None:
            sender.close()


@contextlib.contextmanager
def _signals(stop: threading.Event, seconds: float, farewell: Chore) -> Iterator[None]:
    """Let SIGTERM and SIGINT stop the worker; a second one, or ``seconds`` after the first, ends the process.

    In the latter case ``farewell`` is begun before, and waited for a moment.

    ``stop`` may be set already, and may be set by others who see the same signal: that is not a second one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    asked_before = False

    def too_late() -> None:
        last = threading.Thread(target=farewell, daemon=True)
        last.start()
        last.join(_FAREWELL)
        os._exit(_STOPPING_HARD)

    def asked(_number: int, _frame: object) -> None:
        nonlocal asked_before
        if asked_before:
            os._exit(_STOPPING_HARD)
        asked_before = True
        stop.set()
        # What hangs in some library must not keep the process; its children die with it.
        deadline = threading.Timer(seconds, too_late)
        deadline.daemon = True
        deadline.start()

    before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
