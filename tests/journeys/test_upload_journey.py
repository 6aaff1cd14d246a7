"""A user sends a film, watches a clip of it being made, and the server is stopped in the middle of things."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import sseclient

from tests.support import reader
from tests.support.command import wait_until
from tests.support.served import Server, server

pytestmark = [pytest.mark.journeys, pytest.mark.enable_socket]

OWN = "/cutroom/v1"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as running:
        running.until_ready()
        yield running


def follow(served: Server, job_id: str) -> requests.Response:
    return served.ask("GET", f"{OWN}/jobs/{job_id}/events", stream=True)


def scratch(served: Server) -> list[Path]:
    return list((served.data_dir / "scratch").glob(".cutroom-*"))


def half_an_upload(served: Server) -> socket.socket:
    parts = urlsplit(served.url)
    connection = socket.create_connection((parts.hostname, parts.port), timeout=10)
    head = [
        f"POST {OWN}/uploads HTTP/1.1", f"Host: {parts.netloc}", f"X-Api-Key: {served.key}", "Content-Length: 9000000",
    ]  # fmt: skip
    connection.sendall("\r\n".join([*head, "", ""]).encode() + b"x" * 3_000_000)
    wait_until(lambda: any(list(folder.iterdir()) for folder in scratch(served)), 10, "the upload to come in")
    return connection


def test_a_film_is_sent_cut_and_followed(served: Server, film: Path, tmp_path: Path) -> None:
    with film.open("rb") as file:
        sent = served.ask("POST", f"{OWN}/uploads", files={"file": ("my film.mp4", file)})
    assert sent.status_code == 201, sent.text
    upload = sent.json()
    assert (upload["name"], upload["size"]) == ("my film.mp4", film.stat().st_size)
    told = served.ask("POST", "/fastclip/v1/clip/info", json={"url": upload["source"]}).json()
    assert told["title"]
    assert told["duration"] == upload["duration"] > 5

    order = {"url": upload["source"], "start": 2, "end": 5.5}
    job_id = served.ask("POST", "/fastclip/v1/clip", json=order).json()["job_id"]
    events = list(sseclient.SSEClient(follow(served, job_id).iter_content(None)).events())
    assert [event.event for event in events if event.event != "progress"] == ["queued", "started", "completed"]
    fractions = [json.loads(event.data)["progress"] for event in events if event.event == "progress"]
    assert fractions == sorted(fractions)
    job = served.ask("GET", f"{OWN}/jobs/{job_id}").json()
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(requests.get(job["clip"]["download_url"], timeout=60).content)
    assert [shown.number for shown in reader.read_pictures(clip)] == list(range(60, 165))
    assert [one["id"] for one in served.ask("GET", f"{OWN}/clips").json()["clips"]] == [job["clip"]["id"]]


def test_what_is_no_media_is_refused_and_leaves_nothing(served: Server) -> None:
    for content in (b"not a film " * 100, b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"\x00" * 1000):
        sent = served.ask("POST", f"{OWN}/uploads", data=content)
        assert sent.status_code == 422, sent.text
        assert sent.json()["error"]["code"] in {"not_media", "media_damaged"}
    assert list((served.data_dir / "files").rglob("*.bin")) == []
    assert scratch(served) == []


def test_a_stop_ends_streams_and_uploads_within_five_seconds(served: Server) -> None:
    job_id = waiting_job(served)
    stream = follow(served, job_id)
    events = iter(sseclient.SSEClient(stream.iter_content(None)).events())
    assert next(events).event == "queued"
    with half_an_upload(served) as sending:
        assert served.stop() < 5
        head, _, body = sending.recv(65536).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503"), head  # it may be sent again
        assert json.loads(body)["error"]["message"]
        assert [event.event for event in events][-1] == "progress"  # the answer ended as it should
    assert scratch(served) == []
    assert "Traceback" not in served.log, served.log


def test_what_a_killed_server_had_half_of_is_gone_after_its_next_start(tmp_path: Path) -> None:
    with server(tmp_path, command="api") as served, half_an_upload(served):
        served.stop(signal.SIGKILL)
        assert len(scratch(served)) == 1
    with server(tmp_path, command="api") as served:
        assert scratch(served) == []
        assert served.ask("GET", f"{OWN}/uploads").json()["total"] == 0


def waiting_job(served: Server) -> str:
    """A job that nobody starts: its queue is not worked on."""
    program = """
import sys
from cutroom.db import Database
from cutroom.jobs import Jobs
from cutroom.model.job import NewJob, Queue
import sqlalchemy as sa
database = Database(sys.argv[1])
with database.write() as tx:
    owner = tx.execute(sa.text("SELECT id FROM accounts WHERE is_owner")).scalar_one()
    Jobs().add(tx, NewJob(id="waiting0", account_id=owner, surface="cutroom", kind="none", queue=Queue.GPU, params={}))
"""
    done: Any = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{served.data_dir / 'cutroom.db'}"], check=True, timeout=60
    )
    assert done.returncode == 0
    return "waiting0"
