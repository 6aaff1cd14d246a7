"""Doors, worker, and both are killed while a client orders clips: what was accepted ends, once, and is paid for once.

The client does what a careful one does: it sends an order that got no answer again, with the same Idempotency-Key.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from cutroom.billing import Wallet
from cutroom.db import Database
from cutroom.db.engine import sqlite_url
from cutroom.model.wallet import BillingMode, PriceList
from tests.support.crew import until
from tests.support.databases import PostgresServer
from tests.support.estate import Estate
from tests.support.range_server import Route, Site

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.enable_socket]
PRICE = 10
GIVEN = 500
EMAIL = "ada@example.com"
VICTIMS = ("doors", "worker", "both")


@pytest.fixture
def films(film: Path) -> Iterator[Site]:
    with Site({"/film.mp4": Route(film, "video/mp4"), "/whole.mp4": Route(film, "video/mp4", ranges=False)}) as site:
        yield site


@pytest.fixture(params=["sqlite", "postgres"])
def estate(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Estate]:
    if request.param == "sqlite":
        with Estate(tmp_path, None) as made:
            yield made
        return
    postgres: PostgresServer = request.getfixturevalue("postgres_server")
    with postgres.database("template0") as url, Estate(tmp_path, url) as made:
        yield made


class Client(threading.Thread):
    """Orders clips one after the other, each until it is accepted."""

    def __init__(self, estate: Estate, key: str, orders: list[dict[str, Any]]) -> None:
        super().__init__(daemon=True)
        self._estate, self._key, self._orders = estate, key, orders
        self.accepted: list[str] = []
        self.refused: list[str] = []

    def run(self) -> None:
        for number, order in enumerate(self._orders):
            self._send(f"order-{number}", order)

    def _send(self, name: str, order: dict[str, Any]) -> None:
        end = time.monotonic() + 400
        tries = 0
        while time.monotonic() < end:
            try:
                answer = self._estate.ask(
                    "POST", "/fastclip/v1/clip", self._key, json=order, headers={"Idempotency-Key": f"{name}-{tries}"}
                )
            except requests.RequestException:
                time.sleep(0.1)
                continue
            if answer.status_code == 200:
                self.accepted.append(answer.json()["job_id"])
                return
            if answer.status_code == 409:
                tries += 1  # the answer was lost with its server; another clip of the same is no harm
                continue
            self.refused.append(answer.text)
            time.sleep(0.2)
        self.refused.append(f"{name} was not accepted")


def database_of(estate: Estate) -> Database:
    return Database(estate.url or sqlite_url(estate.data / "cutroom.db"))


def rows(database: Database, query: str) -> list[Any]:
    with database.read() as tx:
        return [tuple(row) for row in tx.execute(sa.text(query))]


def sign_up(estate: Estate) -> str:
    """An account's key."""
    made = requests.post(
        f"{estate.address}/clipapi/v1/auth/signup", json={"email": EMAIL, "password": "correct horse"}, timeout=30
    )
    assert made.status_code == 201, made.text
    return str(made.json()["api_key"])


def kill_while_serving(estate: Estate, films: Site, *, jobs: int, kills: int) -> None:
    rng = random.Random(kills)
    key = sign_up(estate)
    orders = [
        {
            "url": films.url(("/film.mp4", "/whole.mp4")[number % 2]),
            "start": number % 5,
            "end": number % 5 + (3, 12)[number % 2],
            "format": ("mp4", "mp3", "gif")[number % 3],
        }
        for number in range(jobs)
    ]
    client = Client(estate, key, orders)
    client.start()
    until(lambda: len(client.accepted) >= jobs // 3, 90.0, "there is work")
    pace = 1.0
    for number in range(kills):
        time.sleep(rng.uniform(0.2, 2.0) * pace)
        estate.kill(VICTIMS[number % 3])
        if VICTIMS[number % 3] == "both":
            until(lambda: not estate.processes(), 10.0, f"nothing outlives its server: {estate.processes()}")
        began = time.monotonic()
        estate.open()
        # Where opening takes long, so does answering: lives too short for a single answer would show nothing.
        pace = max(1.0, time.monotonic() - began)
    client.join(200)
    assert not client.is_alive()
    assert client.refused == []
    assert len(set(client.accepted)) == jobs
    database = database_of(estate)
    try:
        until(lambda: not rows(database, "SELECT id FROM jobs WHERE finished IS NULL"), 200.0, "all jobs end")
        assert_all_settled(database, estate, client.accepted)
    finally:
        database.close()


def assert_all_settled(database: Database, estate: Estate, accepted: list[str]) -> None:
    """Every job there is has completed once, was paid for once, and has its one clip; nothing else is left."""
    made = len(rows(database, "SELECT id FROM jobs"))
    assert {job_id for (job_id,) in rows(database, "SELECT id FROM jobs")} >= set(accepted)
    failed = rows(database, "SELECT id, error_code, error, attempts FROM jobs WHERE status <> 'completed'")
    assert failed == [], estate.log[-4000:]
    ended = "SELECT count(*), count(DISTINCT job_id) FROM job_events WHERE kind IN ('completed', 'failed', 'cancelled')"
    assert rows(database, ended) == [(made, made)]
    assert rows(database, "SELECT count(*), count(DISTINCT job_id) FROM clips") == [(made, made)]
    assert rows(database, "SELECT state, count(*) FROM reservations GROUP BY state") == [("captured", made)]
    wallet = "SELECT balance FROM ledger_accounts JOIN accounts ON account_id = accounts.id WHERE NOT is_owner"
    assert sorted(rows(database, wallet)) == [(0,), (GIVEN - made * PRICE,)]  # nothing is held, the rest is there
    with database.read() as tx:
        assert Wallet(BillingMode.CREDITS, PriceList()).check(tx) == []
    stored = sorted(path.name for path in (estate.data / "files").rglob("*") if path.is_file())
    keys = sorted(key.rsplit("/", 1)[1] for (key,) in rows(database, "SELECT file_key FROM clips"))
    assert stored == keys
    until(lambda: not litter(estate), 75.0, f"a sweep removes what was left: {litter(estate)}")
    until(lambda: len(servers(estate)) == 2, 10.0, f"one that answers, one that works: {servers(estate)}")
    others = [line for line in estate.processes() if "-m cutroom " not in line]
    assert all("egress_child" in line for line in others), others  # their ways out; no ffmpeg, no reader of media
    assert len(others) <= 2, others


def servers(estate: Estate) -> list[str]:
    return [line for line in estate.processes() if "-m cutroom " in line]


def litter(estate: Estate) -> list[str]:
    """Files of work that is over: scratch of jobs, parts of sources that nobody is fetching."""
    scratch = [path for path in (estate.data / "scratch").rglob("*") if path.is_file()]
    parts = [path for path in (estate.data / "sources" / "parts").rglob("*") if path.is_file()]
    return [str(path) for path in (*scratch, *parts)]


@pytest.mark.timeout(400)
def test_doors_and_worker_killed_at_random_moments(estate: Estate, films: Site) -> None:
    kill_while_serving(estate, films, jobs=6, kills=3)


@pytest.mark.exhaustive
@pytest.mark.timeout(900)
def test_doors_and_worker_killed_at_random_moments_many_times(estate: Estate, films: Site) -> None:
    kill_while_serving(estate, films, jobs=30, kills=20)
