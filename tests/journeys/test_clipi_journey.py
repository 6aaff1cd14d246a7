"""A Clipi client sends a file to a tool, watches it live and fetches the result; the server is killed meanwhile."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import sseclient

from tests.support import reader
from tests.support.command import wait_until
from tests.support.served import Server, server

pytestmark = [pytest.mark.journeys, pytest.mark.enable_socket]

API = "/clipi/api"


def order(served: Server, tool: str, film: Path, **values: object) -> dict[str, str]:
    with film.open("rb") as file:
        answer = served.ask("POST", f"{API}/tools/{tool}", files={"file": file}, data=values)
    assert answer.status_code == 200, answer.text
    ids: dict[str, str] = answer.json()
    return ids


def frames(served: Server, job_id: str) -> Iterator[Any]:
    """Without a key, as the document's clients do it."""
    with requests.get(f"{served.url}{API}/tools/jobs/{job_id}", stream=True, timeout=60) as answer:
        for event in sseclient.SSEClient(answer.iter_content(None)).events():
            yield json.loads(event.data)


def kept(served: Server) -> list[Path]:
    """Files of jobs in the store."""
    return [path for path in (served.data_dir / "files" / "runs").rglob("*") if path.is_file()]


def check_done(served: Server, ids: dict[str, str], folder: Path) -> None:
    """The trimmed film is told of, and is what it should be; nothing else is kept, and nothing was paid."""
    told = list(frames(served, ids["jobId"]))
    assert told[-1]["status"] == "completed", served.log[-4000:]
    assert [frame["percent"] for frame in told] == sorted(frame["percent"] for frame in told)
    result = requests.get(served.url + told[-1]["downloadUrl"], timeout=60)
    assert result.headers["content-type"] == "video/mp4"
    assert result.headers["content-disposition"] == 'attachment; filename="result.mp4"'
    made = folder / "result.mp4"
    made.write_bytes(result.content)
    assert [shown.number for shown in reader.read_pictures(made)] == list(range(60, 165))
    shown = requests.get(f"{served.url}{API}/tools/download/{ids['toolJobId']}?preview=1", timeout=60)
    assert shown.headers["content-disposition"] == 'inline; filename="result.mp4"'
    assert [path.stat().st_size for path in kept(served)] == [len(result.content)]
    jobs = served.ask("GET", "/cutroom/v1/jobs").json()["jobs"]
    assert [(job["id"], job["kind"], job["cost"]) for job in jobs] == [(ids["jobId"], "tool", 0)]


LONG = {"startTime": 0, "duration": 15, "width": 480, "fps": 12}


def test_a_tool_from_the_upload_to_the_result_and_a_job_that_outlives_the_server(film: Path, tmp_path: Path) -> None:
    with server(tmp_path / "server") as served:
        served.until_ready()
        check_done(served, order(served, "trim-video", film, startTime=2, endTime="5.5"), tmp_path)
        ids = order(served, "gif", film, **LONG)
        stream = frames(served, ids["jobId"])
        while next(stream)["status"] != "processing":
            pass
        children = served.children()
        served.stop(signal.SIGKILL)
        wait_until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), 10, "its worker to end")
    with server(tmp_path / "server") as served:
        last = list(frames(served, ids["jobId"]))[-1]
        assert last["status"] == "completed", served.log[-4000:]
        result = requests.get(served.url + last["downloadUrl"], timeout=60)
        assert result.headers["content-type"] == "image/gif"
        assert result.content[:6] == b"GIF89a"
        assert len(kept(served)) == 2
        stream = frames(served, order(served, "gif", film, **LONG)["jobId"])
        next(stream)
        assert served.stop() < 5
        assert [frame["status"] for frame in stream][-1:] != ["failed"]
        assert "Traceback" not in served.log, served.log
