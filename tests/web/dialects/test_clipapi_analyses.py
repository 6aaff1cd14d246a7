"""clipapi's analyses at the door: what is taken and refused, what is told, isolation, quota, pages, the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cutroom.db.tables.analyses import analysis_usage
from cutroom.model.analysis import STEPS, Preset, Step
from cutroom.storage.bucket import BucketConfig
from cutroom.web.app import build_app
from tests.support.short_films import short_film
from tests.support.site import FILM, FRAME, Backstage, open_backstage
from tests.web.conftest import Visitor
from tests.web.dialects.clipi import Part, a_file, fields, form

pytestmark = pytest.mark.slow
API = "/clipapi/v1"
HOOK = "https://example.com/hook"


def caller(site: TestClient, behind: Backstage, plan: str = "enterprise") -> Visitor:
    account, key = behind.account_on(plan)
    return Visitor(site, account, key, API)


@pytest.fixture
def ann(site: TestClient, behind: Backstage) -> Visitor:
    return caller(site, behind)


def order(who: Visitor, **changes: Any) -> Any:
    return who("POST", "/analyses", json={"video_url": FILM, **changes})


def upload(who: Visitor, path: Path, name: str | None = None, **values: object) -> Any:
    return who("POST", "/analyses/upload", **form(*fields(**values), a_file(path, name)))


def said(answer: Any) -> tuple[int, str]:
    assert list(answer.json()) == ["detail"], answer.text
    assert isinstance(answer.json()["detail"], str)
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, answer.json()["detail"]


def left(behind: Backstage) -> tuple[list[str], list[Any], int]:
    services = behind.services
    return list(services.store.list("runs")), list(services.reception.scratch.iterdir()), services.reception.coming


def test_the_documents_reply(ann: Visitor) -> None:
    answer = order(ann)
    assert answer.status_code == 201
    reply = answer.json()
    assert set(reply) == {"analysis_id", "status", "stream_url"}
    assert re.fullmatch(r"job_[a-z0-9]{12}", reply["analysis_id"])
    assert reply["status"] == "queued"
    assert reply["stream_url"] == f"/clipapi/api/v1/analyses/{reply['analysis_id']}/stream"
    assert order(ann, external_id="mine").json()["external_id"] == "mine"


@pytest.mark.parametrize("prefix", ["/clipapi/v1", "/clipapi/api/v1"])
def test_from_queued_to_completed(site: TestClient, behind: Backstage, ann: Visitor, prefix: str) -> None:
    who = Visitor(site, ann.account, ann.key, prefix)
    made = order(who, external_id="x").json()["analysis_id"]
    path = f"/analyses/{made}"
    assert who("GET", path).json() == {
        "analysis_id": made, "status": "queued", "current_step": None, "external_id": "x"
    }  # fmt: skip
    behind.analyse(made, Step.INGEST, finish=False)
    assert who("GET", path).json()["current_step"] == "ingest"
    assert who("GET", path).json()["status"] == "processing"
    behind.analyse(made, *STEPS[Preset.FULL][1:])
    answer = who("GET", path).json()
    assert list(answer)[:3] == ["analysis_id", "external_id", "status"]
    assert {
        "source", "media", "scores", "media_understanding", "creator_intelligence", "growth_intelligence", "processing",
        "evidence",
    } <= set(answer)  # fmt: skip
    assert answer["media"]["aspect_ratio"] == "9:16"
    processing = answer["processing"]
    assert [step["step"] for step in processing["steps"]] == [step.value for step in STEPS[Preset.FULL]]
    assert isinstance(processing["total_ms"], int)
    url = answer["media_understanding"]["visual_analysis"]["keyframes"][0]["image_url"]
    assert url.startswith("http://testserver/files/")
    assert who("GET", path).json() == answer  # links too, within the hour
    frame = site.get(url)
    assert (frame.status_code, frame.content, frame.headers["content-type"]) == (200, FRAME, "image/jpeg")
    part = site.get(url, headers={"Range": "bytes=0-1"})
    assert (part.status_code, part.content) == (206, FRAME[:2])


def test_a_failed_one_and_its_quota(behind: Backstage, ann: Visitor) -> None:
    made = order(ann).json()["analysis_id"]
    assert ann("GET", "/usage").json()["analyses"]["used"] == 1
    behind.analyse(made, Step.INGEST, finish=False)
    behind.fail(made, "source_private", "The video is private.")
    answer = ann("GET", f"/analyses/{made}").json()
    assert set(answer) == {"analysis_id", "external_id", "status", "source", "error", "processing"}
    assert (answer["status"], answer["error"]) == ("failed", "The video is private.")
    assert answer["source"]["url"] == FILM
    assert ann("GET", "/usage").json()["analyses"] == {"used": 0, "limit": None, "remaining": None}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "video_url"),
        ({"video_url": None}, "video_url"),
        ({"video_url": FILM, "storage_path": "s3://bucket/a.mp4"}, "storage_path"),
        ({"video_url": 7}, "video_url"),
        ({"video_url": ""}, "video_url"),
        ({"video_url": "ftp://e.com/a.mp4"}, "video_url"),
        ({"video_url": "file:///etc/passwd"}, "video_url"),
        ({"video_url": "upload:up_1"}, "video_url"),
        ({"video_url": "https://e.com/\u202egpj.mp4"}, "video_url"),
        ({"video_url": "https://e.com/\u2066a\u2069.mp4"}, "video_url"),
        ({"video_url": "https://e.com/a\u009b.mp4"}, "video_url"),
        ({"video_url": "https://e.com/a\u2028b.mp4"}, "video_url"),
        ({"storage_path": "s3://bucket/a.mp4"}, "storage_path"),
        ({"storage_path": "/etc/passwd"}, "storage_path"),
        ({"pipeline_preset": "everything"}, "pipeline_preset"),
        ({"pipeline_preset": 1}, "pipeline_preset"),
        ({"external_id": "x" * 256}, "external_id"),
        ({"external_id": "a\u0000"}, "external_id"),
        ({"webhook_url": "nowhere"}, "webhook_url"),
        ({"webhook_url": "http://e.com:0/x"}, "webhook_url"),
        ({"webhook_url": "http://127.0.0.1/x"}, "webhook_url"),
        ({"webhook_url": "http://[::ffff:10.0.0.1]/x"}, "webhook_url"),
        ({"webhook_url": "https://e.com/" + "x" * 2048}, "webhook_url"),
    ],
)
def test_what_is_wrong_is_400_and_named(ann: Visitor, body: dict[str, Any], named: str) -> None:
    sent = body if "video_url" in body or "storage_path" in body else {"video_url": FILM, **body} if body else body
    status, detail = said(ann("POST", "/analyses", json=sent))
    assert (status, named in detail) == (400, True), detail
    assert ann("GET", "/usage").json()["analyses"]["used"] == 0


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("body", ['{"video_url": "%s", "ignored": %s}', '{"video_url": "%s", "a": {"b": [1, %s]}}'])
def test_numbers_that_are_none_are_no_json_wherever_they_stand(ann: Visitor, body: str, number: str) -> None:
    sent = (body % (FILM, number)).encode()
    answer = ann("POST", "/analyses", content=sent, headers={"content-type": "application/json"})
    assert said(answer) == (400, "The request body is not valid JSON.")
    assert ann("GET", "/usage").json()["analyses"]["used"] == 0


def test_null_is_absent_and_what_is_unknown_is_ignored(ann: Visitor) -> None:
    nothing = dict.fromkeys(("storage_path", "pipeline_preset", "external_id", "webhook_url"))
    assert order(ann, colour="red", **nothing).status_code == 201


def test_another_persons_analysis_is_as_unknown_as_any(site: TestClient, behind: Backstage, ann: Visitor) -> None:
    made = order(ann).json()["analysis_id"]
    bert = caller(site, behind)
    for method in ("GET", "DELETE"):
        answers = [said(bert(method, f"/analyses/{name}")) for name in (made, "job_000000000000", "x", "a%00b")]
        assert len(set(answers)) <= 2
        assert {status for status, _ in answers} == {404}
        assert answers[0] == answers[1]
    assert bert("GET", "/analyses").json()["analyses"] == []
    assert ann("GET", f"/analyses/{made}").status_code == 200


def test_lists_in_pages(behind: Backstage, ann: Visitor) -> None:
    made = [order(ann, external_id=str(n)).json()["analysis_id"] for n in range(5)]
    behind.analyse(made[1])
    seen, cursor = [], ""
    while True:
        page = ann("GET", f"/analyses?limit=2{cursor}").json()
        assert set(page) == {"analyses", "next_cursor", "has_more"}
        assert page["has_more"] is (page["next_cursor"] is not None)
        seen += page["analyses"]
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert [one["analysis_id"] for one in seen] == made[::-1]
    done = seen[-2]
    assert set(done) == {
        "analysis_id", "external_id", "status", "pipeline_preset", "source", "created_at", "completed_at"
    }  # fmt: skip
    assert (done["status"], done["external_id"], done["source"]) == (
        "completed", "1", {"url": FILM, "platform": "direct"}
    )  # fmt: skip
    by = {
        status: len(ann("GET", f"/analyses?status={status}").json()["analyses"]) for status in ("queued", "completed")
    }
    assert by == {"queued": 4, "completed": 1}
    for query in ("limit=0", "limit=101", "limit=+1", "status=done", "cursor=nope", "cursor=c"):
        assert said(ann("GET", f"/analyses?{query}"))[0] == 400


def test_what_is_deleted_is_gone_with_its_files_and_messages(site: TestClient, behind: Backstage, ann: Visitor) -> None:
    made = order(ann, webhook_url=HOOK).json()["analysis_id"]
    behind.analyse(made)
    url = ann("GET", f"/analyses/{made}").json()["media_understanding"]["visual_analysis"]["keyframes"][0]["image_url"]
    assert site.get(url).status_code == 200
    assert ann("DELETE", f"/analyses/{made}").json() == {"analysis_id": made, "deleted": True}
    for answer in (ann("GET", f"/analyses/{made}"), ann("DELETE", f"/analyses/{made}"), site.get(url)):
        assert answer.status_code == 404
    assert site.get(f"{API}/analyses/{made}/stream").status_code == 404
    assert [key for key in behind.services.store.list("runs") if made in key] == []
    with behind.services.database.read() as tx:
        job = behind.services.jobs.get(tx, made)
        left_over = behind.services.webhooks.due(tx) if behind.services.webhooks.any_due(tx) else []
    assert job is not None
    assert (job.params, job.result) == ({}, None)
    assert [one for one in left_over if one.subject == made] == []
    assert ann("GET", "/usage").json()["analyses"]["used"] == 1


def test_deleting_one_that_waits_ends_its_work_and_tells_nobody(behind: Backstage, ann: Visitor) -> None:
    made = order(ann, webhook_url=HOOK).json()["analysis_id"]
    assert ann("DELETE", f"/analyses/{made}").status_code == 200
    with behind.services.database.read() as tx:
        assert made not in {job.id for job in behind.services.jobs.unfinished(tx)}
        assert not behind.services.webhooks.any_due(tx) or all(
            one.subject != made for one in behind.services.webhooks.due(tx)
        )
    assert ann("GET", "/usage").json()["analyses"]["used"] == 0


def test_the_message_is_what_the_door_says(site: TestClient, behind: Backstage) -> None:
    account, key = behind.account_on("enterprise")
    who = Visitor(site, account, key, API)
    done, failed = (order(who, webhook_url=HOOK).json()["analysis_id"] for _ in range(2))
    behind.analyse(done)
    behind.fail(failed, "source_private", "The video is private.")
    with behind.services.database.write() as tx:
        messages = {one.subject: one for one in behind.services.webhooks.due(tx, 100) if one.url == HOOK}
    import json

    for made in (done, failed):
        told = json.loads(messages[made].body)
        shown = who("GET", f"/analyses/{made}", headers={"Host": "cutroom.test"}).json()
        assert told["status"] == shown["status"]
        assert told == shown or made == done  # links there begin with what this server is called by itself
        assert {k: v for k, v in told.items() if k != "media_understanding"} == {
            k: v for k, v in shown.items() if k != "media_understanding"
        }


def test_the_same_key_is_the_same_order(ann: Visitor) -> None:
    twice = [
        ann("POST", "/analyses", json={"video_url": FILM}, headers={"Idempotency-Key": "one"}).json() for _ in range(2)
    ]
    assert twice[0] == twice[1]
    other = ann("POST", "/analyses", json={"video_url": FILM + "x"}, headers={"Idempotency-Key": "one"})
    assert said(other)[0] == 409
    assert ann("GET", "/usage").json()["analyses"]["used"] == 1


# --- plans -----------------------------------------------------------------------------------------------------------


def use_up(behind: Backstage, who: Visitor, used: int) -> None:
    from cutroom.analyses.room import month_of

    with behind.services.database.write() as tx:
        tx.execute(
            analysis_usage.insert().values(
                account_id=who.account.id, month=month_of(behind.services.clock()), used=used
            )
        )


def test_of_twenty_at_once_one_gets_the_last_place(site: TestClient, behind: Backstage) -> None:
    who = caller(site, behind, "pro")
    use_up(behind, who, 499)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: order(who), range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [402] * 19
    refused = next(answer for answer in answers if answer.status_code == 402)
    assert said(refused)[1].startswith("Monthly quota exceeded")
    assert "x-ratelimit-remaining" in refused.headers
    assert who("GET", "/usage").json()["analyses"] == {"used": 500, "limit": 500, "remaining": 0}


def test_a_plan_has_its_requests_a_minute_and_says_so_on_every_answer(site: TestClient, behind: Backstage) -> None:
    who = caller(site, behind, "free")
    answers = [who("GET", "/usage"), who("GET", "/nope"), who("POST", "/analyses", json={}), who("GET", "/keys")]
    answers.append(who("GET", "/usage"))
    assert [answer.status_code for answer in answers] == [200, 404, 400, 403, 200]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["4", "3", "2", "1", "0"]
    assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"5"}
    for _ in range(2):  # the refused ones do not count
        refused = who("GET", "/usage")
        assert said(refused)[0] == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.headers["x-ratelimit-remaining"] == "0"
    behind.clock.ahead += 61
    assert who("GET", "/usage").status_code == 200


# --- uploads ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["mp4", "webm", "hevc_mkv", "mov", "silent"])
def test_an_upload_by_what_is_in_it(ann: Visitor, behind: Backstage, kind: str) -> None:
    answer = upload(ann, short_film(kind).path, "whatever.txt", pipeline_preset="audio_only", external_id="x")
    assert answer.status_code == 201, answer.text
    reply = answer.json()
    assert (reply["external_id"], reply["status"]) == ("x", "queued")
    with behind.services.database.read() as tx:
        found = behind.services.analyses.get(tx, reply["analysis_id"])
        job = behind.services.jobs.get(tx, reply["analysis_id"])
    assert found is not None
    assert job is not None
    assert (found.preset, found.platform, found.file_name) == (Preset.AUDIO_ONLY, "upload", "whatever.txt")
    assert behind.services.store.exists(job.params["input"])


@pytest.mark.parametrize(
    ("content", "more", "named"),
    [
        (b"", {}, "empty"),
        (b"no media at all", {}, ""),
        (short_film("mp4").path.read_bytes()[:3000], {}, ""),
        (short_film("sound_mp3").path.read_bytes(), {}, "MP4"),
        (b"\xff\xd8\xff\xe0", {}, ""),
        (short_film("mp4").path.read_bytes(), {"pipeline_preset": "all"}, "pipeline_preset"),
        (short_film("mp4").path.read_bytes(), {"webhook_url": "http://10.0.0.1/"}, "webhook_url"),
        (short_film("mp4").path.read_bytes(), {"external_id": "x" * 256}, "external_id"),
    ],
)
def test_a_refused_upload_leaves_nothing(
    ann: Visitor, behind: Backstage, content: bytes, more: dict[str, str], named: str
) -> None:
    before = left(behind)
    answer = ann("POST", "/analyses/upload", **form(Part("file", content, "a.mp4"), *fields(**more)))
    status, detail = said(answer)
    assert (status, named in detail) == (400, True), detail
    assert left(behind) == before
    assert ann("GET", "/usage").json()["analyses"]["used"] == 0


def test_too_large_too_long_and_beyond_the_quota(site: TestClient, behind: Backstage, ann: Visitor) -> None:
    before = left(behind)
    huge = ann("POST", "/analyses/upload", **form(Part("file", b"x" * 6_070_000, "a.mp4")))
    assert said(huge)[0] == 413
    free = caller(site, behind, "free")
    use_up(behind, free, 50)
    assert said(upload(free, short_film("mp4").path))[0] == 402
    assert left(behind) == before


def test_longer_than_the_plan_is_refused_at_once(
    site: TestClient, behind: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    who, before = caller(site, behind, "free"), left(behind)
    plan = behind.services.accounts.plan
    monkeypatch.setattr(
        type(behind.services.accounts), "plan", lambda _self, account: replace(plan(account), max_source_seconds=2.0)
    )
    status, detail = said(upload(who, short_film("mp4").path))
    assert (status, "at most 2 seconds" in detail) == (400, True)
    assert left(behind) == before


def test_no_form_is_400(ann: Visitor) -> None:
    assert said(ann("POST", "/analyses/upload", json={"video_url": FILM}))[0] == 400
    assert said(ann("POST", "/analyses/upload", **form(*fields(pipeline_preset="full"))))[0] == 400


# --- buckets ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_bucket(tmp_path: Path) -> Iterator[tuple[Backstage, TestClient]]:
    with open_backstage(tmp_path, buckets=BucketConfig("films", prefix="cutroom")) as behind:
        yield behind, TestClient(build_app(behind.services), raise_server_exceptions=False)


def test_paths_in_the_configured_bucket(with_bucket: tuple[Backstage, TestClient]) -> None:
    behind, site = with_bucket
    who = caller(site, behind)
    made = who("POST", "/analyses", json={"storage_path": "s3://films/2026/a film.mp4"}).json()
    listed = who("GET", "/analyses").json()["analyses"][0]
    assert listed["analysis_id"] == made["analysis_id"]
    assert listed["source"] == {"url": "s3://films/2026/a film.mp4", "platform": "storage"}
    for path in (
        "s3://others/a.mp4", "s3://films/", "s3://films", "s3://films/../x", "s3://films/cutroom/uploads/x", "http://films/a",
        "s3://films/cutroom/percepts/x", "s3://FILMS/a",
    ):  # fmt: skip
        status, detail = said(who("POST", "/analyses", json={"storage_path": path}))
        assert (status, "storage_path" in detail) == (400, True), path
