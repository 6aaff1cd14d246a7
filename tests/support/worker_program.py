"""A worker as a program of its own, for tests that kill it. ``tests.support.crew`` starts it."""

from __future__ import annotations

import logging
import os
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from cutroom.model.job import Queue
from cutroom.workflows import run_worker
from cutroom.workflows.runtime import Runtime
from tests.support.work import open_bench

PRELOADED = Runtime  # so that those who are forked need not import the engine


def main(settings: dict[str, Any], ready: Connection) -> None:
    """Work until killed or told to stop.

    ``settings`` has the database's ``url``, the ``root`` of the yard, a file for the ``log``, perhaps ``queues``, and
    anything of ``WorkConfig``. The worker's name is sent to ``ready`` when work can be taken.
    """
    with Path(settings.pop("log")).open("a") as log:
        os.dup2(log.fileno(), 2)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    queues = [Queue(name) for name in settings.pop("queues", ["flow", "net", "cpu"])]
    with open_bench(settings.pop("url"), Path(settings.pop("root")), **settings) as bench:
        run_worker(bench, worker_id="test", queues=queues, on_ready=ready.send)
