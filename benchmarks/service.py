"""A running server: how soon work begins, what waiting costs, what 200 followers cost the others, memory, uploads.

usage: python -m benchmarks.service [--quick] [--python PROGRAM]

The server is ``cutroom serve`` on SQLite, and once ``cutroom api`` with ``cutroom worker`` on PostgreSQL, each started
as users start it and asked over HTTP on loopback. The peer of the upload is the same file sent by the same client to
a server that writes what comes and does nothing else. ``--quick`` is short: it proves that the benchmark works, and
what it finds is not binding. Linux alone: processes are looked at by way of /proc.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.measuring import ROOT, Goal, conclude, machine, median, spread
from benchmarks.processes import MemoryWatch, Process, family, idle_cpu
from benchmarks.uploading import Sent, inflated, plain_server, send_form, send_raw
from cutroom.db import Database
from cutroom.db.engine import sqlite_url
from cutroom.jobs import Jobs
from cutroom.kernel.clock import utc_now
from cutroom.kernel.ids import new_id
from cutroom.model.job import NewJob, Queue
from tests.support import films
from tests.support.command import COMMAND
from tests.support.databases import postgres
from tests.support.range_server import Route, Site
from tests.support.served import Server, environment, server

_MB = 1e6
_SETTINGS = {"CUTROOM_OUTBOUND__ALLOW_PRIVATE_NETWORKS": "1"}


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    jobs: int
    idle: float
    """s"""
    rounds: int
    requests: int
    followers: int
    upload: int
    """bytes"""


_FULL = Size(jobs=20, idle=40, rounds=7, requests=300, followers=200, upload=500_000_000)
_QUICK = Size(jobs=2, idle=1, rounds=1, requests=20, followers=20, upload=10_000_000)


@dataclass(frozen=True)
class Running:
    """A server under test: its address and key, its database, and the processes it consists of."""

    server: Server
    database: Database
    others: tuple[int, ...] = ()
    """Processes that the server has not started itself: a worker apart from the doors."""

    @property
    def api(self) -> Process:
        return Process(self.server.process.pid, "api")

    def processes(self) -> list[Process]:
        return [process for pid in (self.server.process.pid, *self.others) for process in family(pid)]


def main() -> int:
    """Run the benchmark; the exit status says whether every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--python", help="runs the servers: that of an environment without development packages, say")
    options = parser.parse_args()
    quick = options.quick
    size = _QUICK if quick else _FULL
    if options.python:
        COMMAND[0] = options.python
    print(machine(), flush=True)
    film = films.film("h264_closed").path
    goals: list[Goal] = []
    cache = ROOT / ".cache"
    with (
        tempfile.TemporaryDirectory(dir=cache if cache.is_dir() else None) as folder,
        Site({"/film.mp4": Route(film, "video/mp4")}) as site,
    ):
        if not quick:
            _compile(Path(folder))
        for name, start in (("sqlite", _on_sqlite), ("postgres", _on_postgres))[: 1 if quick else 2]:
            place = Path(folder) / name
            place.mkdir()
            with start(place) as running:
                print(f"\n== {name}", flush=True)
                goals += _start_of_work(name, running, site.url("/film.mp4"), size)
                goals += _followers(name, running, size)
                goals += _uploads(name, running, film, place, size)
                goals += _idle(name, running, size)
                goals.append(Goal(f"{name}: peak memory of the api", running.api.peak / _MB, 150, " MB"))
    return conclude("goals" if not quick else "goals (quick run: not binding)", goals, binding=not quick)


def _compile(folder: Path) -> None:
    """A start that nobody measures, so that the others find the modules compiled, as every start but the first does."""
    (folder / "first").mkdir()
    with _on_sqlite(folder / "first"):
        pass


@contextlib.contextmanager
def _on_sqlite(folder: Path) -> Iterator[Running]:
    with server(folder, **_SETTINGS) as running:
        running.until_ready()
        database = Database(sqlite_url(running.data_dir / "cutroom.db"))
        with contextlib.closing(database):
            yield Running(running, database)


@contextlib.contextmanager
def _on_postgres(folder: Path) -> Iterator[Running]:
    with contextlib.ExitStack() as stack:
        peer = stack.enter_context(postgres(config=""))
        url = stack.enter_context(peer.database("template0"))
        settings = {
            **_SETTINGS,
            "CUTROOM_DATABASE__URL": url,
            "CUTROOM_STORAGE__URL": (folder / "files").as_uri(),
            "CUTROOM_SERVER__SECRET": "s" * 40,
        }
        place = ["--data-dir", str(folder / "worker")]
        env = environment(folder, **settings)
        subprocess.run([*COMMAND, "migrate", *place], env=env, check=True)
        running = stack.enter_context(server(folder, command="api", **settings))
        worker = subprocess.Popen([*COMMAND, "worker", *place], env=env, stdin=subprocess.DEVNULL)
        stack.callback(_end, worker)
        running.until_ready()
        database = stack.enter_context(contextlib.closing(Database(url)))
        yield Running(running, database, (worker.pid,))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _start_of_work(name: str, running: Running, url: str, size: Size) -> list[Goal]:
    """From sending the order to the worker's note that it has begun, one job at a time; of the same machine's clock."""
    waits, accepted = [], []
    jobs = Jobs()
    for number in range(size.jobs):
        time.sleep(random.random() / 2)  # not in step with anybody's polling
        sent = time.time()
        order = running.server.ask(
            "POST", "/fastclip/v1/clip", json={"url": url, "start": 1 + number / 10, "end": 3 + number / 10}
        )
        answered = time.time()
        job_id = order.json()["job_id"]
        done = running.server.until_ended(job_id)
        with running.database.read() as tx:
            job = jobs.get(tx, job_id)
        if done["status"] != "complete" or job is None or job.started is None:
            sys.exit(f"a job did not complete: {done}")
        if number:  # the first one waits for what is imported once
            waits.append(job.started.timestamp() - sent)
            accepted.append(answered - sent)
    print(f"  from order to work, s   {spread(waits, '.3f')}   of {len(waits)} jobs, one at a time")
    print(f"    until it is accepted  {spread(accepted, '.3f')}", flush=True)
    return [Goal(f"{name}: order to work", median(waits), 0.3, " s")]


def _idle(name: str, running: Running, size: Size) -> list[Goal]:
    time.sleep(min(5, size.idle))
    shares = idle_cpu(running.processes(), size.idle)
    print(f"  waiting, % of one core  {100 * sum(shares.values()):.1f} in {size.idle:g} s, after work, children warm")
    for process, share in shares.items():
        print(f"    {process.name:40}{100 * share:5.1f}   {process.memory / _MB:4.0f} MB")
    sys.stdout.flush()
    return [Goal(f"{name}: waiting", 100 * sum(shares.values()), 5, " % of a core")]


def _followers(name: str, running: Running, size: Size) -> list[Goal]:
    """The same requests with and without followers, in turn, while the same jobs make the same progress."""
    plain: list[float] = []
    followed: list[float] = []
    with _moving_jobs(running) as job_ids:
        paths = ["/fastclip/v1/balance", f"/fastclip/v1/clip/{job_ids[0]}"]
        _p95(running.server, paths, 20)
        events = 0
        for number in range(size.rounds):
            if number % 2:
                plain.append(_p95(running.server, paths, size.requests))
            with _following(running.server, job_ids, size.followers) as count:
                followed.append(_p95(running.server, paths, size.requests))
            events += count()
            if not number % 2:
                plain.append(_p95(running.server, paths, size.requests))
    rounds = f"{size.rounds} rounds of {size.requests} requests, {events} events"
    print(f"  p95 of an answer, ms    {spread([1000 * p for p in plain], '.1f')}   without followers; {rounds}")
    print(
        f"                          {spread([1000 * p for p in followed], '.1f')}   with {size.followers}", flush=True
    )
    ratios = [with_them / without for with_them, without in zip(followed, plain, strict=True)]
    return [Goal(f"{name}: p95 with followers/without", median(ratios), 1.5)]


def _p95(running: Server, paths: list[str], requests: int) -> float:
    """Seconds, of requests one after the other on one connection."""
    parts = urlsplit(running.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    headers = {"Authorization": f"Bearer {running.key}"}
    took = []
    with contextlib.closing(connection):
        for number in range(requests):
            began = time.perf_counter()
            connection.request("GET", paths[number % len(paths)], headers=headers)
            answer = connection.getresponse()
            answer.read()
            took.append(time.perf_counter() - began)
            if answer.status != 200:
                sys.exit(f"{paths[number % len(paths)]} answered {answer.status}")
    return sorted(took)[int(0.95 * len(took))]


@contextlib.contextmanager
def _moving_jobs(running: Running, count: int = 20) -> Iterator[list[str]]:
    """Jobs that make progress twice a second, as workers note it.

    They are from the future: old ones would be failed, because the engine of the work does not know them.
    """
    jobs = Jobs(lambda: utc_now() + timedelta(hours=1))
    account = _owner(running)
    ids = [new_id() for _ in range(count)]
    with running.database.write() as tx:
        for job_id in ids:
            jobs.add(tx, NewJob(job_id, account, "fastclip", "cut", Queue.CPU, {}))
            jobs.start(tx, job_id, "benchmark")
    over = threading.Event()

    def move() -> None:
        fraction = 0.0
        while not over.wait(0.5 / count):
            fraction += 0.00001
            with running.database.write() as tx:
                jobs.progress(tx, ids[int(fraction * 100_000) % count], "processing", fraction)

    mover = threading.Thread(target=move)
    mover.start()
    try:
        yield ids
    finally:
        over.set()
        mover.join()
        with running.database.write() as tx:
            for job_id in ids:
                jobs.cancel(tx, job_id)


def _owner(running: Running) -> str:
    """The account that the printed key belongs to."""
    from cutroom.accounts import Accounts, AccountsConfig

    with running.database.read() as tx:
        return Accounts(AccountsConfig(session_secret="-" * 48)).authenticate(tx, running.server.key or "").account.id


@contextlib.contextmanager
def _following(running: Server, job_ids: list[str], count: int) -> Iterator[Callable[[], int]]:
    """So many open streams, all with their first event; afterwards the events that came."""
    command = [sys.executable, "-m", "benchmarks.followers", running.url, running.key or ""]
    paths = [f"/cutroom/v1/jobs/{job_ids[number % len(job_ids)]}/events" for number in range(count)]
    followers = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if followers.stdin is None or followers.stdout is None:
        raise AssertionError
    counted: list[int] = []
    try:
        followers.stdin.write("\n".join([*paths, "", ""]))
        followers.stdin.flush()
        if followers.stdout.readline() != "open\n":
            sys.exit("the streams did not open")
        yield lambda: counted[0]
        followers.stdin.close()
        counted.append(int(followers.stdout.readline()))
        followers.wait(10)
    finally:
        if followers.poll() is None:
            followers.kill()
            followers.wait()
        followers.stdout.close()


def _uploads(name: str, running: Running, film: Path, folder: Path, size: Size) -> list[Goal]:
    """Both ways to send a file, against the same bytes sent to a server that only writes them down."""
    small, large = inflated(film, folder / "small.mp4", 2_000_000), inflated(film, folder / "large.mp4", size.upload)
    url, key = f"{running.server.url}/cutroom/v1/uploads", running.server.key or ""
    goals = []
    with plain_server(folder / "plain") as peer:
        for way, send in (("raw", send_raw), ("form", send_form)):
            _forget(running.server, send(url, key, small))
            plain = send_raw(peer, "", large)
            with MemoryWatch(running.api) as watch:
                ours = send(url, key, large)
            if ours.answer.get("size") != size.upload:
                sys.exit(f"the upload did not arrive: {ours.answer}")
            _forget(running.server, ours)
            print(
                f"  upload, {way:4} {size.upload / _MB:4.0f} MB    {ours.seconds:.2f} s, plain server"
                f" {plain.seconds:.2f} s; memory {watch.before / _MB:.0f} MB before, {watch.most / _MB:.0f} at most,"
                f" {watch.after / _MB:.0f} after",
                flush=True,
            )
            goals.append(Goal(f"{name}: memory growth, upload {way}", (watch.most - watch.before) / _MB, 30, " MB"))
    return goals


def _forget(running: Server, sent: Sent) -> None:
    running.ask("DELETE", f"/cutroom/v1/uploads/{sent.answer['id']}").raise_for_status()


if __name__ == "__main__":
    sys.exit(main())
