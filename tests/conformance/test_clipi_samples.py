"""Clipi's own samples, run as they stand but for base URL and key: shell, JavaScript with EventSource, Python.

A tool's job is done by the real tool. What is downloaded is made up: the samples name a page that is far away.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from cutroom.media.tools import TOOLS
from cutroom.model.job import Job
from cutroom.model.tool import decode_values
from cutroom.web.app import build_app
from tests.conformance.test_samples import alike
from tests.support import films, tool_judge
from tests.support.launcher import ROOT
from tests.support.node import NODE
from tests.support.short_films import short_film
from tests.support.site import Backstage, open_backstage, serving

SAMPLES = dict(
    re.findall(
        r"^## (\S+)\n\n```\w+\n(.*?)^```",
        (ROOT / "spec" / "clipi" / "samples.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
)
EXAMPLES: list[dict[str, Any]] = json.loads((ROOT / "spec" / "clipi" / "examples.json").read_text())
CONTENT = b"the whole film"
# Node has an EventSource of its own, and calls it an experiment.
PROGRAMS = {"py": [sys.executable], "mjs": [NODE, "--experimental-eventsource"], "sh": ["sh", "-e"]}

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]


@dataclass
class Customer:
    """Somebody with a key, in a folder of their own."""

    origin: str
    key: str
    here: Path

    @property
    def base(self) -> str:
        return f"{self.origin}/clipi/api"

    def run(self, name: str, code: str | None = None, put_in: tuple[str, str] = ("", "")) -> str:
        """What a sample (or a part of one, with an id put in) prints."""
        code = (code or SAMPLES[name]).replace("https://api.clipi.video/api", self.base)
        code = re.sub(r"clp_your(_api)?_key(_here)?", self.key, code)
        code = code.replace(*put_in) if put_in[0] else code
        file = self.here / name
        file.write_text(code)
        program = PROGRAMS[name.rpartition(".")[2]]
        done = subprocess.run([*program, file], cwd=self.here, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        file.unlink()
        return done.stdout

    def steps(self, name: str) -> list[str]:
        """The numbered parts of a sample in the shell."""
        return [part for part in re.split(r"^# \d\. .*\n", SAMPLES[name], flags=re.MULTILINE) if part.strip()]

    def found(self) -> set[str]:
        return {path.name for path in self.here.iterdir()}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backstage, str]]:
    with (
        open_backstage(tmp_path_factory.mktemp("clipi")) as behind,
        serving(build_app(behind.services)) as origin,
        Hands(behind),
    ):
        yield behind, origin


@pytest.fixture
def customer(world: tuple[Backstage, str], tmp_path: Path) -> Customer:
    behind, origin = world
    account, _ = behind.account()
    with behind.services.database.write() as tx:
        _, key = behind.services.accounts.create_key(tx, account.id, prefix="clp_")
    return Customer(origin, key, tmp_path)


class Hands:
    """While entered, somebody does every job that is accepted, after a moment in which it can be seen to wait."""

    def __init__(self, behind: Backstage) -> None:
        self._behind, self._stop = behind, threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        self._thread.join(20)

    def _work(self) -> None:
        while not self._stop.wait(0.25):
            with self._behind.services.database.read() as tx:
                waiting = self._behind.services.jobs.unfinished(tx)
            for job in waiting:
                self._behind.start(job.id, 0.1, 0.45)
                self._stop.wait(0.5)
                if job.kind == "tool":
                    self._do(job)
                else:
                    self._behind.make(job.id, CONTENT, "Never Gonna.mp4")

    def _do(self, job: Job) -> None:
        services, tool = self._behind.services, job.params["tool"]
        source = services.store.local_path(job.params["input"])
        assert source is not None
        with tempfile.TemporaryDirectory() as folder:
            made = services.tools.run(tool, decode_values(TOOLS[tool].spec, job.params["values"]), source, Path(folder))
            self._behind.make(job.id, made.path.read_bytes(), f"result.{made.extension}", made.media_type)


def test_all_samples_are_there() -> None:
    assert set(SAMPLES) == {"info.sh", "tool.sh", "download.sh", "download.mjs", "download.py"}


def frames(said: str) -> list[dict[str, Any]]:
    """The frames of a stream as it went over the wire: unnamed events of one line, and comments between them."""
    found = []
    for block in said.split("\n\n"):
        data = [line for line in block.splitlines() if not line.startswith((":", "id:", "retry:"))]
        assert all(line.startswith("data: ") for line in data), block
        found += [json.loads(line.removeprefix("data: ")) for line in data]
        assert len(data) <= 1
    return found


def check_course(found: list[dict[str, Any]], job_id: str) -> None:
    """Waiting, working, done; the percentage never falls and nothing comes after the end."""
    order = ["pending", "processing", "completed"]
    places = [order.index(frame["status"]) for frame in found]
    assert places == sorted(places)
    assert [frame["status"] for frame in found].count("completed") == 1
    percents = [frame["percent"] for frame in found]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert {frame["jobId"] for frame in found} == {job_id}


def test_curl_asks_what_a_link_offers(customer: Customer) -> None:
    reply = json.loads(customer.run("info.sh"))
    assert reply["success"] is True
    assert reply["data"]["url"] == "https://youtube.com/watch?v=dQw4w9WgXcQ"
    assert reply["data"]["formats"][0]["label"] == "1080p (mp4)"


def test_curl_trims_a_video(customer: Customer) -> None:
    film = customer.here / "video.mp4"
    films.run(["-stream_loop", "1", "-i", str(films.film("no_audio").path), "-c", "copy", str(film)])
    send, follow, fetch = customer.steps("tool.sh")
    reply = json.loads(customer.run("tool.sh", send))
    assert set(reply) == {"success", "jobId", "toolJobId"}
    found = frames(customer.run("tool.sh", follow, ("123", reply["jobId"])))
    check_course(found, reply["jobId"])
    for frame in found:
        if frame["status"] == "pending":
            assert 1 <= frame["queuePosition"] <= frame["queueTotal"]
    assert found[-1]["downloadUrl"] == f"/clipi/api/tools/download/{reply['toolJobId']}"
    customer.run("tool.sh", fetch, ("abc-uuid", reply["toolJobId"]))
    assert customer.found() == {"video.mp4", "result.mp4"}
    assert tool_judge.numbers(customer.here / "result.mp4") == [*range(300, 600), *range(300)]
    shown = requests.get(f"{customer.origin}{found[-1]['downloadUrl']}?preview=1", timeout=30)
    assert shown.headers["content-disposition"].startswith("inline")
    assert shown.headers["content-type"] == "video/mp4"


def test_curl_downloads_a_video(customer: Customer) -> None:
    ask, order, follow, fetch = customer.steps("download.sh")
    assert json.loads(customer.run("download.sh", ask))["success"] is True
    reply = json.loads(customer.run("download.sh", order))
    assert set(reply) == {"success", "jobId", "downloadId"}
    assert reply["jobId"] != reply["downloadId"]
    found = frames(customer.run("download.sh", follow, ("JOB_ID", reply["jobId"])))
    check_course(found, reply["jobId"])
    assert any(frame.get("speed") == "2.5MB/s" and isinstance(frame.get("eta"), int) for frame in found)
    assert found[-1]["downloadUrl"] == f"/clipi/api/download/{reply['downloadId']}"
    customer.run("download.sh", fetch, ("DOWNLOAD_ID", reply["downloadId"]))
    [name] = customer.found()
    assert (customer.here / name).read_bytes() == CONTENT
    assert name.endswith(".mp4")


def test_javascript_follows_a_download(customer: Customer) -> None:
    said = customer.run("download.mjs")
    *_, link = said.splitlines()
    assert "1080p (mp4)" in said
    percents = [int(percent) for percent in re.findall(r"^(\d+)% - ", said, re.MULTILINE)]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert "45% - 2.5MB/s" in said
    assert requests.get(link, timeout=30).content == CONTENT


def test_python_follows_a_download(customer: Customer) -> None:
    said = customer.run("download.py").split()
    assert said[-1] == "100%"
    assert "45%" in said
    assert (customer.here / "video.mp4").read_bytes() == CONTENT


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["call"]))
def test_the_examples_of_the_document(customer: Customer, example: dict[str, Any]) -> None:
    """Every documented field is there and of the documented kind, in replies and in the frames of streams."""
    method, path = example["call"].split()
    request: dict[str, Any] = {"json": example.get("send")}
    if "form" in example:
        request = {"data": example["form"], "files": {"file": short_film("mp4").path.read_bytes()}}
    headers = {"X-Api-Key": customer.key}
    answer = requests.request(method, f"{customer.base}{path}", headers=headers, timeout=60, **request)
    assert answer.status_code == 200, answer.text
    reply = answer.json()
    alike(example["get"], reply, path)
    if "events" not in example:
        return
    folder = "/tools/jobs" if "form" in example else "/jobs"
    found = frames(requests.get(f"{customer.base}{folder}/{reply['jobId']}", timeout=60).text)
    for documented in example["events"]:
        same = [frame for frame in found if frame["status"] == documented["status"]]
        # A worker may be quicker than whoever asks; of every state that was seen one frame says all that it should.
        assert not same or any(documented.keys() <= frame.keys() for frame in same), (documented, same)
        for frame in same:
            alike({name: documented[name] for name in documented.keys() & frame.keys()}, frame, folder)
    assert found[-1]["status"] == "completed"
    assert requests.get(f"{customer.origin}{found[-1]['downloadUrl']}", timeout=30).status_code == 200
