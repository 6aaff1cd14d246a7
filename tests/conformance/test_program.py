"""FastClip as the real program serves it: real sources, a real worker, real files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.support import films
from tests.support.network import PUBLIC_HOST
from tests.support.range_server import Route, Site
from tests.support.service_program import Program, cutroom_serve

pytestmark = [pytest.mark.journeys, pytest.mark.enable_socket, pytest.mark.timeout(180)]


@dataclass
class Customer:
    """Somebody who has signed up."""

    program: Program
    key: str

    def __call__(self, method: str, path: str, **request: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        return requests.request(method, f"{self.program.url}/fastclip/v1{path}", headers=headers, timeout=60, **request)

    def wait(self, job_id: str) -> Any:
        deadline, progress, job = time.monotonic() + 90, 0, None
        while time.monotonic() < deadline:
            job = self("GET", f"/clip/{job_id}").json()
            assert job["progress"] >= progress
            if job["status"] in {"complete", "failed"}:
                return job
            progress = job["progress"]
            time.sleep(1.1)
        raise AssertionError(job)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with cutroom_serve(tmp_path_factory.mktemp("data"), CUTROOM_OUTBOUND__ALLOWED_HOSTS=PUBLIC_HOST) as running:
        yield running


@pytest.fixture
def customer(program: Program) -> Customer:
    person = {"email": f"{time.monotonic_ns()}@example.com", "password": "correct horse"}
    answer = requests.post(f"{program.url}/clipapi/v1/auth/signup", json=person, timeout=30)
    assert answer.status_code == 201, answer.text
    return Customer(program, answer.json()["api_key"])


@pytest.fixture(scope="module")
def shown() -> Iterator[Site]:
    routes = {
        "/film.mp4": Route(films.film("h264_closed").path, "video/mp4"),
        "/silent.mp4": Route(films.film("no_audio").path, "video/mp4"),
    }
    with Site(dict(routes), host=PUBLIC_HOST) as site:
        yield site


@pytest.mark.parametrize(
    ("kind", "start", "media_type", "head"),
    [("mp4", b"ftyp", "video/mp4", 4), ("gif", b"GIF89a", "image/gif", 0), ("mp3", b"", "audio/mpeg", 0)],
)
def test_a_clip_of_each_kind(
    customer: Customer, shown: Site, kind: str, start: bytes, media_type: str, head: int
) -> None:
    order = {"url": shown.url("/film.mp4"), "start": 5.5, "end": 8, "format": kind, "quality": "720p"}
    assert customer("POST", "/clip/info", json={"url": order["url"]}).json()["duration"] == pytest.approx(20, abs=0.2)
    job_id = customer("POST", "/clip", json=order).json()["job_id"]
    assert customer("GET", "/balance").json() == {"balance": 4.9}
    job = customer.wait(job_id)
    assert job["status"] == "complete", (job["error"], customer.program.log[-5:])
    assert (job["cost"], job["file_name"]) == (0.1, f"clip_0-05-0-08.{kind}")
    file = requests.get(job["download_url"], timeout=30)
    assert file.content[head : head + len(start)] == start
    assert file.headers["content-type"] == media_type
    assert f'filename="clip_0-05-0-08.{kind}"' in file.headers["content-disposition"]
    item = customer("GET", f"/clips/{job_id}").json()
    assert item["file_size"] == len(file.content)
    assert item["duration"] == pytest.approx(2.5, abs=0.15)
    assert customer("GET", "/balance").json() == {"balance": 4.9}
    page = requests.get(f"{customer.program.url}{item['share_url']}", timeout=30)
    assert page.status_code == 200
    assert customer("DELETE", f"/clips/{job_id}").json()["storage_freed"] == len(file.content)
    assert requests.get(job["download_url"], timeout=30).status_code == 404


def test_sound_of_a_silent_film_fails_and_is_paid_back(customer: Customer, shown: Site) -> None:
    order = {"url": shown.url("/silent.mp4"), "start": 0, "end": 2, "format": "mp3"}
    answer = customer("POST", "/clip", json=order)
    assert answer.status_code == 200, answer.text
    job = customer.wait(answer.json()["job_id"])
    assert job["status"] == "failed"
    assert isinstance(job["error"], str)
    assert customer("GET", "/balance").json() == {"balance": 5.0}


def test_what_is_private_or_no_film_is_422(customer: Customer, shown: Site) -> None:
    for url in (
        "http://127.0.0.1:1/x.mp4",
        "http://169.254.169.254/latest",
        shown.url("/nothing"),
        "http://localhost/",
    ):
        answer = customer("POST", "/clip", json={"url": url, "start": 0, "end": 1})
        assert (answer.status_code, list(answer.json())) == (422, ["detail"]), url


def test_beyond_the_end_is_400_and_within_a_second_is_the_end(customer: Customer, shown: Site) -> None:
    url = shown.url("/film.mp4")
    assert customer("POST", "/clip", json={"url": url, "start": 25, "end": 26}).status_code == 400
    assert customer("POST", "/clip", json={"url": url, "start": 19, "end": 21.5}).status_code == 400
    job = customer.wait(customer("POST", "/clip", json={"url": url, "start": 19, "end": 20.6}).json()["job_id"])
    assert job["status"] == "complete"


def test_the_owner_logs_in_by_the_printed_link(program: Program) -> None:
    token = program.login_url.partition("token=")[2]
    session = requests.post(program.login_url.partition("?")[0], json={"token": token}, timeout=30).json()
    me = requests.get(
        f"{program.url}/clipapi/v1/auth/me", headers={"Authorization": f"Bearer {session['access_token']}"}, timeout=30
    ).json()
    assert me["plan"]["rpm"] is None
    assert requests.post(program.login_url.partition("?")[0], json={"token": token}, timeout=30).status_code == 404


def test_no_secret_is_logged(program: Program, customer: Customer) -> None:
    customer("GET", "/balance")
    assert program.key not in "".join(program.log)
    assert customer.key not in "".join(program.log)
