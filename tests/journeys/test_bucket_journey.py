"""A team keeps its clips in a bucket and gives a surface a host name of its own: nothing stays on the server's disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support import reader
from tests.support.object_servers import ACCESS_KEY, SECRET_KEY, ObjectServer, _rclone_endpoint, rclone
from tests.support.served import Server, server

__all__ = ["_rclone_endpoint", "rclone"]

pytestmark = [pytest.mark.journeys, pytest.mark.enable_socket]

HOST = "cut.example"


@pytest.fixture
def served(tmp_path: Path, rclone: ObjectServer) -> Iterator[Server]:
    with server(
        tmp_path,
        CUTROOM_STORAGE__URL=rclone.url,
        CUTROOM_STORAGE__ENDPOINT=rclone.endpoint,
        CUTROOM_STORAGE__ACCESS_KEY=ACCESS_KEY,
        CUTROOM_STORAGE__SECRET_KEY=SECRET_KEY,
        CUTROOM_SERVER__HOSTS__FASTCLIP=HOST,
    ) as running:
        running.until_ready()
        yield running


def test_an_upload_becomes_a_clip_in_the_bucket(served: Server, rclone: ObjectServer, film: Path) -> None:
    with film.open("rb") as file:
        sent = served.ask("POST", "/cutroom/v1/uploads", files={"file": ("My film.mp4", file, "video/mp4")})
    assert sent.status_code == 201, sent.text
    # under its own host name the surface has no prefix, and links begin with that name
    own = {"Host": HOST}
    order = {"url": sent.json()["source"], "start": 2, "end": 4}
    ordered = served.ask("POST", "/v1/clip", json=order, headers=own)
    assert ordered.status_code == 200, ordered.text
    job_id = ordered.json()["job_id"]
    assert served.until_ended(job_id)["status"] == "complete"
    job = served.ask("GET", f"/v1/clip/{job_id}", headers=own).json()
    assert served.ask("GET", "/cutroom/v1/jobs", headers=own).status_code == 404

    # the bucket's own link, signed, that names the file
    link = job["download_url"]
    assert link.startswith(f"{rclone.endpoint}/{rclone.bucket}/"), link
    fetched = requests.get(link, timeout=60)
    assert fetched.status_code == 200
    clip = served.data_dir / "clip.mp4"
    clip.write_bytes(fetched.content)
    assert [shown.number for shown in reader.read_pictures(clip)] == list(range(60, 120))
    clip.unlink()
    assert not requests.get(link.partition("?")[0], timeout=60).ok  # unsigned
    assert [path.name for path in (served.data_dir / "files").rglob("*")] == []

    assert served.ask("DELETE", f"/v1/clips/{job_id}", headers=own).status_code == 200
    assert requests.get(link, timeout=60).status_code == 404
    assert served.ask("DELETE", f"/cutroom/v1/uploads/{sent.json()['id']}").status_code == 200
