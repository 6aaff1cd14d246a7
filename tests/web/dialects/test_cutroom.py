"""Cutroom's own API: jobs and clips of every surface, uploads as sources."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.web.app import build_app
from cutroom.web.dialects.cutroom import errors
from tests.support.site import FILM, MOST_UPLOADED, Backstage, Hands, open_backstage
from tests.web.conftest import API, Visitor

pytestmark = pytest.mark.slow

OWN = "/cutroom/v1"
CUT = {"url": FILM, "start": 0, "end": 10}


@pytest.fixture
def own(visitor: Visitor) -> Visitor:
    """The same person at Cutroom's own door."""
    return Visitor(visitor.client, visitor.account, visitor.key, OWN)


def ordered(visitor: Visitor, **changes: Any) -> str:
    return str(visitor("POST", "/clip", json=CUT | changes).json()["job_id"])


def uploaded(own: Visitor, content: bytes = b"film", name: str = "film.mp4") -> Any:
    answer = own("POST", "/uploads", files={"file": (name, content)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def said(answer: Any) -> tuple[int, str]:
    assert list(answer.json()) == ["error"], answer.text
    assert list(answer.json()["error"]) == ["code", "message"]
    return answer.status_code, answer.json()["error"]["code"]


def test_jobs_of_every_surface(visitor: Visitor, own: Visitor, behind: Backstage) -> None:
    waiting, done, failed = (ordered(visitor) for _ in range(3))
    behind.finish(visitor.account, done)
    with behind.services.database.write() as tx:
        behind.services.jobs.fail(tx, failed, "source_private", "The video is private.")
    page = own("GET", "/jobs?per_page=2").json()
    assert [job["id"] for job in page["jobs"]] == [failed, done]
    assert (page["page"], page["per_page"], page["total"]) == (1, 2, 3)
    assert [job["id"] for job in own("GET", "/jobs?per_page=2&page=2").json()["jobs"]] == [waiting]
    one = own("GET", f"/jobs/{done}").json()
    assert (one["status"], one["progress"], one["cost"], one["clip"]["id"]) == ("completed", 1.0, 10, done)
    assert own.client.get(one["clip"]["download_url"]).status_code == 200
    assert own("GET", f"/jobs/{failed}").json()["error"] == {
        "code": "source_private",
        "message": "The video is private.",
    }
    assert own("GET", f"/jobs/{waiting}").json()["clip"] is None


def test_a_job_outlives_its_clip(visitor: Visitor, own: Visitor, behind: Backstage) -> None:
    done = ordered(visitor)
    behind.finish(visitor.account, done)
    assert own("GET", "/clips").json()["clips"][0]["id"] == done
    visitor("DELETE", f"/clips/{done}")
    assert own("GET", f"/jobs/{done}").json()["clip"] is None
    assert own("GET", "/clips").json() == {"clips": [], "page": 1, "per_page": 20, "total": 0}


def test_cancelling(visitor: Visitor, own: Visitor, behind: Backstage) -> None:
    job_id, done = ordered(visitor), ordered(visitor)
    behind.finish(visitor.account, done)
    for _ in range(2):
        assert own("DELETE", f"/jobs/{job_id}").json()["status"] == "cancelled"
    assert own("DELETE", f"/jobs/{done}").json()["status"] == "completed"
    assert visitor("GET", "/balance").json() == {"balance": 4.9}


def test_what_is_anothers_was_never_there(visitor: Visitor, own: Visitor, behind: Backstage) -> None:
    job_id, upload = ordered(visitor), uploaded(own)
    account, key = behind.account()
    other, unknown = Visitor(own.client, account, key, OWN), "0" * 16
    for name in (job_id, unknown, "%00", "x" * 100):
        for method, path in [("GET", "/jobs/{}"), ("DELETE", "/jobs/{}"), ("GET", "/jobs/{}/events")]:
            assert said(other(method, path.format(name))) == (404, "not_found")
    answers = {other("DELETE", f"/uploads/{name}").text for name in (upload["id"], "up_" + unknown)}
    assert len(answers) == 1
    assert other("GET", "/uploads").json()["total"] == other("GET", "/jobs").json()["total"] == 0
    assert own("GET", f"/jobs/{job_id}").json()["status"] == "queued"
    assert own("GET", "/uploads").json()["uploads"] == [upload]


def test_an_upload_is_a_source_for_its_account_alone(visitor: Visitor, own: Visitor, behind: Backstage) -> None:
    source = uploaded(own)["source"]
    told = visitor("POST", "/clip/info", json={"url": source}).json()
    assert (told["title"], told["duration"], told["preview_url"]) == ("A <Film> & more", 3600.0, None)
    job_id = ordered(visitor, url=f" {source} ")
    with behind.services.database.read() as tx:
        job = behind.services.jobs.get(tx, job_id)
    assert job is not None
    assert job.params["url"] == source
    assert behind.sources.asked == []
    account, key = behind.account()
    other = Visitor(visitor.client, account, key)
    answers = [
        other("POST", path, json=CUT | {"url": url})
        for path in ("/clip", "/clip/info") for url in (source, "upload:up_" + "0" * 16)
    ]  # fmt: skip
    answers.append(visitor.client.post(f"{API}/clip/info", json={"url": source}))
    assert {(answer.status_code, answer.text) for answer in answers} == {(422, answers[0].text)}
    for broken in ("upload:", "upload:../x", "upload:" + "x" * 100, "UPLOAD:" + source, "upload:up_\x00"):
        assert visitor("POST", "/clip", json=CUT | {"url": broken}).status_code == 422
    assert other("GET", "/balance").json() == {"balance": 5.0}


def test_an_order_keeps_its_upload_for_as_long_as_it_may_take(
    visitor: Visitor, own: Visitor, behind: Backstage, clock: Hands
) -> None:
    upload = uploaded(own)
    clock.ahead = timedelta(hours=23, minutes=59).total_seconds()
    ordered(visitor, url=upload["source"])
    clock.ahead += 600
    assert own("GET", "/uploads").json()["total"] == 1
    clock.ahead += 3600
    assert own("GET", "/uploads").json()["total"] == 0
    assert visitor("POST", "/clip", json=CUT | {"url": upload["source"]}).status_code == 422


def test_deleting_an_upload_takes_its_file(own: Visitor, behind: Backstage) -> None:
    kept, gone = uploaded(own), uploaded(own)
    assert own("DELETE", f"/uploads/{gone['id']}").json() == {"id": gone["id"], "deleted": True}
    assert said(own("DELETE", f"/uploads/{gone['id']}")) == (404, "not_found")
    stored = [key for key in behind.services.store.list("uploads") if gone["id"] in key or kept["id"] in key]
    assert len(stored) == 1
    assert kept["id"] in stored[0]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ('a"b\r\nc.mp4', 'a"b c.mp4'),
        ("\u202egpj.mp4", "gpj.mp4"),
        ("\u00e9" * 150 + ".mp4", "\u00e9" * 150 + ".mp4"),
        ("x" * 300 + ".mp4", "x" * 196 + ".mp4"),
        ("no suffix", "no suffix"),
        ("a." + "q" * 40, "a." + "q" * 40),
    ],
)
def test_names_are_only_names(own: Visitor, behind: Backstage, name: str, shown: str) -> None:
    for made in (uploaded(own, name=name), own("POST", "/uploads", params={"name": name}, content=b"film").json()):
        assert made["name"] == shown
        key = next(key for key in behind.services.store.list("uploads") if made["id"] in key)
        assert key.count("/") == 3


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"content": b""}, 400, "invalid_request"),
        ({"files": {"file": ("a.mp4", b"")}}, 400, "invalid_request"),
        ({"files": {"other": ("a.mp4", b"x")}}, 400, "invalid_request"),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "invalid_request"),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=y"}}, 400, "invalid_request"),
        ({"content": b"no media"}, 422, "not_media"),
        ({"content": b"x" * (MOST_UPLOADED + 1)}, 413, "limit_exceeded"),
        ({"content": iter([b"x" * MOST_UPLOADED, b"x"])}, 413, "limit_exceeded"),
        ({"files": {"file": ("a.mp4", b"x" * (MOST_UPLOADED + 1))}}, 413, "limit_exceeded"),
    ],
)
def test_what_cannot_be_kept_leaves_nothing(
    own: Visitor, behind: Backstage, request_: dict[str, Any], status: int, code: str
) -> None:
    stored = list(behind.services.store.list("uploads"))
    assert said(own("POST", "/uploads", **request_)) == (status, code)
    assert own("GET", "/uploads").json()["total"] == 0
    assert list(behind.services.store.list("uploads")) == stored
    assert list(behind.services.reception.scratch.iterdir()) == []
    assert behind.services.reception.coming == 0


def test_the_largest_is_taken_whole(own: Visitor, behind: Backstage) -> None:
    content = bytes(range(251)) * (MOST_UPLOADED // 251 + 1)
    made = uploaded(own, content[:MOST_UPLOADED])
    assert made["size"] == MOST_UPLOADED
    key = next(key for key in behind.services.store.list("uploads") if made["id"] in key)
    assert b"".join(behind.services.store.read(key)) == content[:MOST_UPLOADED]


def test_sent_twice_with_one_idempotency_key(own: Visitor) -> None:
    sent = [own("POST", "/uploads", content=b"film", headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert sent[0].json() == sent[1].json()
    assert sent[1].headers["idempotency-replayed"] == "true"
    assert sent[1].headers["connection"] == "close"
    other = own("POST", "/uploads", content=b"other film", headers={"Idempotency-Key": "once"})
    assert said(other) == (409, "idempotency_conflict")
    assert own("GET", "/uploads").json()["total"] == 1


def test_errors_have_one_shape_everywhere(own: Visitor, site: TestClient) -> None:
    assert said(site.get(f"{OWN}/jobs")) == (401, "not_authenticated")
    assert said(own("GET", "/nothing")) == (404, "not_found")
    assert said(own("PUT", "/jobs")) == (405, "invalid_request")
    assert said(own("GET", "/jobs?page=x")) == (400, "invalid_request")
    assert said(own("GET", "/jobs?per_page=101")) == (400, "invalid_request")
    assert said(site.get("/cutroom/v2")) == (404, "not_found")
    answer = own("GET", "/jobs")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-ratelimit-limit"] == "300"
    preflight = {"Access-Control-Request-Method": "POST", "Origin": "https://a.example"}
    assert site.options(f"{OWN}/uploads", headers=preflight).status_code == 204


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_has_a_status_and_a_sentence(code: ErrorCode) -> None:
    rendered = errors.render(CutroomError(code, "What happened.", next_step="Do this.", detail="/secret/path"))
    assert 400 <= rendered.status < 600
    assert rendered.body["error"]["code"] == code.value
    assert rendered.body["error"]["message"]
    assert "secret" not in str(rendered.body)
    assert set(errors.STATUS) == set(ErrorCode)


def test_a_host_of_its_own(tmp_path: Path) -> None:
    with open_backstage(tmp_path, hosts={"cutroom": "own.example"}) as behind:
        client = TestClient(build_app(behind.services), base_url="http://own.example")
        _, key = behind.account()
        assert client.get("/v1/jobs", headers={"X-Api-Key": key}).status_code == 200
        assert client.get("/v1/openapi.json").json()["servers"] == [{"url": "/v1"}]
        for path in ("/cutroom/v1/jobs", "/fastclip/v1/clips", "/v2"):
            assert said(client.get(path, headers={"X-Api-Key": key})) == (404, "not_found")


def test_capabilities(own: Visitor) -> None:
    answer = own("GET", "/capabilities")
    assert answer.status_code == 200
    found = {one["name"]: one for one in answer.json()["capabilities"]}
    assert set(found["faces"]) == {"name", "state", "by", "why", "improve"}
    assert (found["faces"]["state"], found["faces"]["by"]) == ("off", None)  # there is no store behind this stage
    assert "cutroom models pull" in found["faces"]["improve"]
    assert {one["state"] for one in found.values()} <= {"active", "basic", "off"}
    assert said(own.client.get(f"{OWN}/capabilities")) == (401, "not_authenticated")
