"""Twenty tool jobs sent to a server at once: how long until all are done, against one thread after the other.

Two cores that are both busy may each be slower than one alone (shared memory and caches, a shared host): half of one
thread's time may be out of anybody's reach. So what the machine allows is measured along: the same jobs in two lanes of
one thread each, without server or queue.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from benchmarks.measuring import Goal, median, spread
from benchmarks.tool_files import Files
from cutroom.db import Database
from cutroom.db.engine import sqlite_url
from cutroom.jobs import Jobs
from cutroom.media.engine import EngineConfig
from cutroom.media.toolbox import Toolbox
from cutroom.media.tools import TOOLS
from cutroom.model.job import Job, JobStatus
from cutroom.model.tool import parse
from tests.support.served import Server, server

_JOBS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("compress", "scene", {"quality": "medium"}),
    ("resize-video", "scene", {"width": "1280", "height": "720"}),
    ("rotate-video", "scene", {"rotation": "90"}),
    ("video-speed", "scene", {"speed": "2"}),
    ("gif", "scene", {"startTime": "1", "duration": "4"}),
    ("convert", "clip", {"outputFormat": "webm"}),
    ("audio-converter", "song", {"outputFormat": "m4a"}),
    ("image-converter", "photo", {"outputFormat": "webp"}),
    ("extract-audio", "film", {}),
    ("compress-image", "drawing", {}),
)
_LONGEST = 1800.0


def measure_queue(files: Files, folder: Path, *, rounds: int, times: int, short: bool) -> list[Goal]:
    """Alone and all at once, in turn. Every job is sent so many ``times``; ``short``: three of them."""
    folder.mkdir()
    orders = _JOBS[-3:] if short else _JOBS
    alone, lanes, together = [], [], []
    with server(folder / "server") as running:
        running.until_ready()
        with contextlib.closing(Database(sqlite_url(running.data_dir / "cutroom.db"))) as database:
            _all_at_once(running, database, files, _JOBS[-1:])  # what is imported once
            for _ in range(rounds):
                alone.append(times * _by_hand(files, folder, orders, lanes=1))
                lanes.append(_by_hand(files, folder, orders * times, lanes=2))
                together.append(_all_at_once(running, database, files, orders * times))
    print(f"\nqueue: {len(orders) * times} jobs on two cores, {rounds} rounds, s")
    print(f"  one after the other, one thread    {spread(alone, '.1f')}")
    print(f"  in two lanes of one thread         {spread(lanes, '.1f')}")
    print(f"  from the first start to the last end {spread(together, '.1f')}", flush=True)
    ratios = [both / (single / 2) for both, single in zip(together, alone, strict=True)]
    against = [both / bare for both, bare in zip(together, lanes, strict=True)]
    return [Goal("queue/half of one thread's time", median(ratios), 1.1), Goal("queue/two lanes", median(against), 1.1)]


def _by_hand(files: Files, folder: Path, orders: tuple[Any, ...], *, lanes: int) -> float:
    """Seconds that the tools take, warm, each with one thread, so many of them side by side."""
    with Toolbox(EngineConfig(threads=1)) as toolbox, ThreadPoolExecutor(lanes) as pool:
        toolbox.look(files.path("clip"))

        def run(order: tuple[str, str, dict[str, str]]) -> None:
            tool, source, given = order
            with tempfile.TemporaryDirectory(dir=folder) as place:
                toolbox.run(tool, parse(TOOLS[tool].spec, given.items()), files.path(source), Path(place))

        began = time.perf_counter()
        list(pool.map(run, orders))
        return time.perf_counter() - began


def _all_at_once(running: Server, database: Database, files: Files, orders: tuple[Any, ...]) -> float:
    """Seconds from the moment work on the first job began until the last was done."""
    ids = [_send(running, files, *order) for order in orders]
    done = [_until_done(database, job_id) for job_id in ids]
    started = min(job.started for job in done if job.started)
    finished = max(job.finished for job in done if job.finished)
    return (finished - started).total_seconds()


def _send(running: Server, files: Files, tool: str, source: str, given: dict[str, str]) -> str:
    with files.path(source).open("rb") as file:
        answer = requests.post(
            f"{running.url}/clipi/api/tools/{tool}", headers={"X-Api-Key": running.key or ""}, data=given,
            files={"file": file}, timeout=600,
        )  # fmt: skip
    if answer.status_code != 200:
        sys.exit(f"{tool} was answered with {answer.status_code}: {answer.text[:300]}")
    return str(answer.json()["jobId"])


def _until_done(database: Database, job_id: str) -> Job:
    jobs, deadline = Jobs(), time.monotonic() + _LONGEST
    while time.monotonic() < deadline:
        with database.read() as tx:
            job = jobs.get(tx, job_id)
        if job is not None and job.status.is_final:
            if job.status is not JobStatus.COMPLETED:
                sys.exit(f"a job ended as {job.status}: {job.error}")
            return job
        time.sleep(0.1)
    sys.exit("the jobs do not end")
