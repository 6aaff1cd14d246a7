"""A team runs doors and workers apart: programs that share a PostgreSQL database and a folder of files, no more."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from cutroom.billing import Wallet
from cutroom.db import Database
from cutroom.model.wallet import BillingMode, PriceList
from tests.support import films as made
from tests.support.command import COMMAND, wait_until
from tests.support.databases import PostgresServer
from tests.support.range_server import Answer, Route, Site
from tests.support.served import Server, environment, server

pytestmark = [pytest.mark.journeys, pytest.mark.enable_socket]

CLIP = "/fastclip/v1/clip"


@dataclass
class Team:
    """Its programs, one after the other; each with a data folder of its own."""

    folder: Path
    settings: dict[str, str]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [*COMMAND, *words, "--data-dir", str(self.folder / "data")]
        env = environment(self.folder, **self.settings)
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)

    def hire(self, *words: str) -> None:
        folder = self.folder / f"worker-{len(self.workers)}"
        command = [*COMMAND, "worker", *words, "--data-dir", str(folder)]
        env = environment(self.folder, **self.settings)
        self.workers.append(subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL))

    def dismiss(self) -> list[int]:
        for worker in self.workers:
            worker.terminate()
        return [worker.wait(10) for worker in self.workers]

    def working(self) -> list[str]:
        """The command lines of every ffmpeg that one of the workers has started."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                except OSError:
                    continue
                found += [command] if str(self.folder / "worker-") in command and "ffmpeg" in command else []
        return found


@pytest.fixture
def team(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Team]:
    with postgres_server.database("template0") as url:
        settings = {
            "CUTROOM_DATABASE__URL": url,
            "CUTROOM_OUTBOUND__ALLOW_PRIVATE_NETWORKS": "1",
            "CUTROOM_SERVER__SECRET": "s" * 40,
            "CUTROOM_STORAGE__URL": (tmp_path / "files").as_uri(),
        }
        team = Team(tmp_path, settings)
        try:
            yield team
        finally:
            for worker in team.workers:
                worker.kill()
                worker.wait()


@pytest.fixture
def films(film: Path, tmp_path: Path) -> Iterator[Site]:
    """A film that is cut in no time, and ten minutes that cannot be copied."""
    long = tmp_path / "long.webm"
    source = str(made.film("vp9").path)
    made.run(["-stream_loop", "49", "-i", source, "-map", "0:v", "-map", "0:a", "-c", "copy", str(long)])
    routes: dict[str, Answer] = {
        "/film.mp4": Route(film, content_type="video/mp4"),
        "/long.webm": Route(long, content_type="video/webm"),
    }
    with Site(routes) as site:
        yield site


def own(doors: Server, key: str, job_id: str) -> dict[str, Any]:
    answer = doors.ask("GET", f"/cutroom/v1/jobs/{job_id}", key)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_two_doors_and_two_workers(team: Team, films: Site) -> None:
    """What is ordered at one door is followed, cancelled and fetched at the other; either worker makes it."""
    early = team.run("api", "--port", "0")
    assert early.returncode == 2
    assert "cutroom migrate" in early.stderr
    assert team.run("migrate").returncode == 0

    with ExitStack() as open_doors:
        one, other = [
            open_doors.enter_context(server(team.folder / name, command="api", **team.settings))
            for name in ("one", "other")
        ]
        assert one.ask("GET", "/readyz").json()["checks"]["worker"] == "none has started"
        new = {"email": "ada@example.com", "password": "correct horse"}
        key = requests.post(f"{one.url}/clipapi/v1/auth/signup", json=new, timeout=60).json()["api_key"]
        long = one.ask("POST", CLIP, key, json={"url": films.url("/long.webm"), "start": 1, "end": 601})
        assert long.status_code == 200, long.text
        long_id = long.json()["job_id"]
        assert own(other, key, long_id)["status"] == "queued"

        for _ in range(2):
            team.hire("--queues", "flow,net,cpu")
        wait_until(team.working, 30, "the work")
        assert other.ask("GET", "/fastclip/v1/balance", key).json() == {"balance": 4.9}
        cancelled = other.ask("DELETE", f"/cutroom/v1/jobs/{long_id}", key)
        began = time.monotonic()
        assert cancelled.status_code == 200, cancelled.text
        wait_until(lambda: not team.working(), 2, "the end of the work")
        assert time.monotonic() - began < 2
        assert own(one, key, long_id)["status"] == "cancelled"
        assert one.ask("GET", f"{CLIP}/{long_id}", key).json()["status"] == "failed"
        assert one.ask("GET", "/fastclip/v1/balance", key).json() == {"balance": 5.0}

        # followed at one door, made by a worker that serves no door, fetched at both
        short = other.ask("POST", CLIP, key, json={"url": films.url("/film.mp4"), "start": 2, "end": 4})
        short_id = short.json()["job_id"]
        headers = {"Authorization": f"Bearer {key}"}
        with requests.get(
            f"{one.url}/cutroom/v1/jobs/{short_id}/events", headers=headers, stream=True, timeout=60
        ) as followed:
            assert "event: completed" in followed.text
        for doors in (one, other):
            assert doors.until_ended(short_id, key)["status"] == "complete"
            doors.until_ready()
            fetched = doors.ask("GET", f"{CLIP}/{short_id}", key).json()["download_url"]
            assert requests.get(fetched, timeout=60).status_code == 200
        assert other.ask("GET", "/fastclip/v1/balance", key).json() == {"balance": 4.9}
        assert team.dismiss() == [0, 0]
        assert [doors.stop() < 5 for doors in (one, other)] == [True, True]

    database = Database(team.settings["CUTROOM_DATABASE__URL"])
    try:
        with database.read() as tx:
            ended = tx.execute(sa.text("SELECT count(*) FROM job_events WHERE kind IN ('cancelled', 'completed')"))
            assert ended.scalar() == 2
            assert Wallet(BillingMode.CREDITS, PriceList()).check(tx) == []
    finally:
        database.close()
