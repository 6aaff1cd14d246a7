"""A user starts a server, cuts a clip over HTTP, pays for it, and stops the server."""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.support import reader
from tests.support.command import wait_until
from tests.support.range_server import Route, Site
from tests.support.served import Server, server

pytestmark = [pytest.mark.journeys, pytest.mark.enable_socket]

CLIP = "/fastclip/v1/clip"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on loopback that may fetch from loopback, as only a test should."""
    with server(tmp_path_factory.mktemp("server"), CUTROOM_OUTBOUND__ALLOW_PRIVATE_NETWORKS="1") as running:
        running.until_ready()
        yield running


def gone(process_id: int) -> bool:
    return not Path(f"/proc/{process_id}").exists()


@pytest.fixture
def films(film: Path) -> Iterator[Site]:
    with Site({"/film.mp4": Route(film, content_type="video/mp4")}) as site:
        yield site


def test_a_clip_is_ordered_made_paid_and_fetched(served: Server, films: Site, tmp_path: Path) -> None:
    signed_up = requests.post(
        f"{served.url}/clipapi/v1/auth/signup",
        json={"email": "ada@example.com", "password": "correct horse"},
        timeout=60,
    )
    assert signed_up.status_code == 201, signed_up.text
    key = signed_up.json()["api_key"]
    assert served.ask("GET", "/fastclip/v1/balance", key).json() == {"balance": 5.0}

    ordered = served.ask("POST", CLIP, key, json={"url": films.url("/film.mp4"), "start": 2, "end": 5.5})
    assert ordered.status_code == 200, ordered.text
    job_id = ordered.json()["job_id"]
    assert served.ask("GET", "/fastclip/v1/balance", key).json() == {"balance": 4.9}

    job = served.until_ended(job_id, key)
    assert job["status"] == "complete", job
    assert (job["progress"], job["cost"], job["file_name"]) == (100, 0.1, "clip_0-02-0-05.mp4")
    fetched = requests.get(job["download_url"], timeout=60)
    assert fetched.headers["content-disposition"] == 'attachment; filename="clip_0-02-0-05.mp4"'
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(fetched.content)
    assert [shown.number for shown in reader.read_pictures(clip)] == list(range(60, 165))
    assert served.ask("GET", "/fastclip/v1/balance", key).json() == {"balance": 4.9}

    # the clip has the job's id, and is the account's alone
    assert served.ask("GET", f"/fastclip/v1/clips/{job_id}", key).json()["id"] == job_id
    assert served.ask("GET", f"{CLIP}/{job_id}").status_code == 404
    assert requests.get(f"{served.url}/fastclip/v1/share/{job_id}", timeout=60).json()["id"] == job_id


def test_the_owner_has_a_key_and_is_not_metered(served: Server, films: Site) -> None:
    assert served.key is not None
    before = served.ask("GET", "/fastclip/v1/balance").json()
    jobs = [
        served.ask("POST", CLIP, json={"url": films.url("/film.mp4"), "start": 5, "end": 6, "format": "mp3"})
        for _ in range(3)
    ]
    assert {job.status_code for job in jobs} == {200}
    ended = [served.until_ended(job.json()["job_id"]) for job in jobs]
    assert {job["status"] for job in ended} == {"complete"}, (ended, served.log)
    assert served.ask("GET", "/fastclip/v1/balance").json() == before


def test_the_login_link_works_once(served: Server) -> None:
    assert served.login_url is not None
    parts = urlsplit(served.login_url)
    token = parts.query.removeprefix("token=")
    answers = [requests.post(f"{served.url}{parts.path}", json={"token": token}, timeout=60) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 404]
    session = answers[0].json()["access_token"]
    assert served.ask("GET", "/clipapi/v1/keys", session).status_code == 200


def test_a_bad_source_costs_nothing(served: Server, films: Site) -> None:
    films.routes["/text"] = Route(b"not a film", content_type="text/plain")
    for path, status in (("/text", 422), ("/missing.mp4", 422)):
        answer = served.ask("POST", CLIP, json={"url": films.url(path), "start": 0, "end": 1})
        assert answer.status_code == status, answer.text
    outside = served.ask("POST", CLIP, json={"url": films.url("/film.mp4"), "start": 30, "end": 31})
    assert outside.status_code == 400
    assert "20" in outside.json()["detail"]


def test_what_is_secret_is_for_its_user_alone_and_in_no_log(served: Server) -> None:
    for name in ("secret", "owner-key"):
        path = served.data_dir / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_text().strip() not in served.log
    assert stat.S_IMODE(served.data_dir.stat().st_mode) == 0o700
    assert served.key == (served.data_dir / "owner-key").read_text().strip()


def test_a_worker_that_dies_is_replaced_and_the_job_goes_on(served: Server, films: Site, film: Path) -> None:
    films.routes["/slow.mp4"] = Route(film, content_type="video/mp4", delay=0.3)
    ordered = served.ask("POST", CLIP, json={"url": films.url("/slow.mp4"), "start": 2, "end": 9})
    [worker] = [child for child in served.children() if b"worker" in Path(f"/proc/{child}/cmdline").read_bytes()]
    os.kill(worker, signal.SIGKILL)
    job = served.until_ended(ordered.json()["job_id"], seconds=110)
    assert job["status"] == "complete", (job, served.log[-3000:])
    assert "the worker ended with status -9" in served.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_within_five_seconds_whatever_is_open(tmp_path: Path, film: Path, number: int) -> None:
    with server(tmp_path, CUTROOM_OUTBOUND__ALLOW_PRIVATE_NETWORKS="1") as running:
        running.until_ready()
        parts = urlsplit(running.url)
        # one connection that says nothing, one in the middle of a request, one that waits for its answer
        with (
            Site({"/film.mp4": Route(film, content_type="video/mp4", delay=30)}) as site,
            socket.create_connection((parts.hostname, parts.port)),
            socket.create_connection((parts.hostname, parts.port)) as half,
            socket.create_connection((parts.hostname, parts.port)) as waiting,
        ):
            half.sendall(b"POST /fastclip/v1/clip/info HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{")
            body = b'{"url": "%s"}' % site.url("/film.mp4").encode()
            head = b"POST /fastclip/v1/clip/info HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            waiting.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            wait_until(lambda: site.hits, what="the look at the film")
            children = running.children()
            assert running.stop(number) < 5
            assert running.process.returncode == 0, running.log[-3000:]
            waiting.settimeout(5)
            answer = waiting.recv(65536)
            assert b"content-type: application/json" in answer.lower(), answer
            assert b'"detail"' in answer
        for child in children:
            wait_until(partial(gone, child), 2, f"the end of {child}")
    assert not list((running.data_dir / "scratch").iterdir())


def test_killing_the_server_ends_its_worker(tmp_path: Path) -> None:
    with server(tmp_path) as running:
        running.until_ready()
        children = running.children()
        running.process.kill()
        running.process.wait()
        for child in children:
            wait_until(partial(gone, child), 8, f"the end of {child}")


def test_private_addresses_are_refused_unless_allowed(tmp_path: Path, film: Path) -> None:
    with server(tmp_path) as running, Site({"/film.mp4": Route(film, content_type="video/mp4")}) as site:
        answer = running.ask("POST", CLIP, json={"url": site.url("/film.mp4"), "start": 0, "end": 1})
        assert answer.status_code == 422, answer.text
        assert site.hits == []
