"""Clipi's files, errors, windows and paths; its tools and streams have files of their own."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cutroom.actions import accounts, windows
from cutroom.actions.service import Rate, SurfaceRates
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.download import ListedFormat, VideoInfo
from cutroom.model.job import JobStatus
from cutroom.web.app import build_app
from cutroom.web.dialects.clipi import errors, translate
from tests.support.site import BAD, DOCUMENTED, FILM, Backstage, Hands, open_backstage
from tests.web.conftest import Visitor
from tests.web.dialects.clipi import API, Part, a_file, fields, film, form, order, said

pytestmark = pytest.mark.slow

CONTENT = bytes(range(256)) * 4
DAY = 24 * 3600
UNKNOWN = "0" * 26


@pytest.fixture
def clipi(visitor: Visitor) -> Visitor:
    return Visitor(visitor.client, visitor.account, visitor.key, API)


@pytest.fixture
def own(visitor: Visitor) -> Visitor:
    return Visitor(visitor.client, visitor.account, visitor.key, "/cutroom/v1")


@pytest.fixture
def ordered(clipi: Visitor) -> dict[str, str]:
    """A tool that waits: its two ids."""
    body: dict[str, str] = order(clipi, "remove-audio", film()).json()
    return body


@pytest.fixture
def downloading(clipi: Visitor) -> dict[str, str]:
    """A download that waits: its two ids."""
    body: dict[str, str] = clipi("POST", "/video/download", json={"url": FILM}).json()
    return body


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_result_is_had_by_its_id_alone(site: TestClient, behind: Backstage, ordered: dict[str, str]) -> None:
    path = f"{API}/tools/download/{ordered['toolJobId']}"
    assert said(site.get(path)) == (404, "Not found.")
    behind.make(ordered["jobId"], CONTENT)
    answer = site.get(path)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    wanted = {
        "content-type": "video/mp4", "content-length": "1024", "accept-ranges": "bytes",
        "content-disposition": 'attachment; filename="result.mp4"', "access-control-allow-origin": "*",
        "x-content-type-options": "nosniff",
    }  # fmt: skip
    assert {name: answer.headers[name] for name in wanted} == wanted
    for preview, kind in (("1", "inline"), ("true", "inline"), ("0", "attachment"), ("", "attachment")):
        shown = site.get(f"{path}?preview={preview}")
        assert shown.headers["content-disposition"] == f'{kind}; filename="result.mp4"'


def test_parts_of_a_result(site: TestClient, behind: Backstage, ordered: dict[str, str]) -> None:
    behind.make(ordered["jobId"], CONTENT)
    path = f"{API}/tools/download/{ordered['toolJobId']}"
    part = site.get(path, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, CONTENT[10:20], "bytes 10-19/1024")
    beyond = site.get(path, headers={"Range": "bytes=1024-"})
    assert said(beyond) == (416, "The file has no such range.")
    assert beyond.headers["content-range"] == "bytes */1024"
    for broken in ("bytes=x", "bytes=5-2", "pages=1-2", "nothing"):
        whole = site.get(path, headers={"Range": broken})
        assert (whole.status_code, len(whole.content)) == (200, 1024)
    head = site.head(path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "1024")
    head = site.head(path, headers={"Range": "bytes=0-9"})
    assert (head.status_code, head.headers["content-length"]) == (206, "10")
    tag = head.headers["etag"]
    known = site.get(path, headers={"If-None-Match": tag})
    assert (known.status_code, known.content) == (304, b"")


@pytest.mark.parametrize(
    ("name", "said_of"),
    [
        (
            "Caf\u00e9 \u201ea\u201c.mp4",
            "filename=\"Cafe _a.mp4\"; filename*=UTF-8''Caf%C3%A9%20%E2%80%9Ea%E2%80%9C.mp4",
        ),
        ("a talk.webm", 'filename="a talk.webm"'),
        ("\u6620\u753b.mkv", "filename=\"download.mkv\"; filename*=UTF-8''%E6%98%A0%E7%94%BB.mkv"),
        ("\u202egpj.mp4", 'filename="gpj.mp4"'),
    ],
)
def test_a_download_is_saved_under_its_title(
    site: TestClient, behind: Backstage, downloading: dict[str, str], name: str, said_of: str
) -> None:
    behind.make(downloading["jobId"], CONTENT, name)
    answer = site.get(f"{API}/download/{downloading['downloadId']}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f"attachment; {said_of}"


def test_a_result_lives_a_day(
    site: TestClient, behind: Backstage, clock: Hands, ordered: dict[str, str], downloading: dict[str, str]
) -> None:
    behind.make(ordered["jobId"])
    behind.make(downloading["jobId"])
    paths = [f"{API}/tools/download/{ordered['toolJobId']}", f"{API}/download/{downloading['downloadId']}"]
    streams = [f"{API}/tools/jobs/{ordered['jobId']}", f"{API}/jobs/{downloading['jobId']}"]
    clock.ahead = DAY - 60
    assert {site.get(path).status_code for path in paths} == {200}
    clock.ahead = DAY + 1
    assert {said(site.get(path)) for path in [*paths, *streams]} == {(404, "Not found.")}


def test_ids_lead_to_their_own_kind_alone(
    site: TestClient, behind: Backstage, visitor: Visitor, ordered: dict[str, str], downloading: dict[str, str]
) -> None:
    clip = visitor("POST", "/clip", json={"url": FILM, "start": 0, "end": 10}).json()["job_id"]
    for job in (ordered, downloading):
        behind.make(job["jobId"])
    behind.finish(visitor.account, clip)
    for path in (
        f"/download/{ordered['toolJobId']}", f"/tools/download/{downloading['downloadId']}",
        f"/jobs/{ordered['jobId']}", f"/tools/jobs/{downloading['jobId']}", f"/jobs/{clip}", f"/tools/jobs/{clip}",
        f"/download/{clip}", f"/download/{downloading['jobId']}", f"/tools/download/{UNKNOWN}", f"/jobs/{UNKNOWN}",
        "/jobs/%00", f"/tools/jobs/{'x' * 65}", "/download/..%2fx", "/tools/jobs/\u00e9",
    ):  # fmt: skip
        for answer in (site.get(API + path), visitor.client.get(API + path, headers={"X-Api-Key": visitor.key})):
            assert said(answer) == (404, "Not found.")


def test_a_file_that_is_gone(site: TestClient, behind: Backstage, ordered: dict[str, str]) -> None:
    behind.make(ordered["jobId"])
    for key in list(behind.services.store.list(f"runs/{ordered['jobId'][:2]}/{ordered['jobId']}")):
        behind.services.store.delete(key)
    assert said(site.get(f"{API}/tools/download/{ordered['toolJobId']}"))[0] == 404


# --- links -----------------------------------------------------------------------------------------------------------


def test_a_download_is_accepted(clipi: Visitor, behind: Backstage) -> None:
    whole = {
        "url": FILM, "formatId": "137", "format": "mp4", "quality": "1080p", "trimStart": 0, "trimEnd": 60,
        "noWatermark": True, "unknown": 1,
    }  # fmt: skip
    answer = clipi("POST", "/video/download", json=whole)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["success", "jobId", "downloadId"]
    assert answer.json()["success"] is True
    assert answer.json()["jobId"] != answer.json()["downloadId"]
    with behind.services.database.read() as tx:
        job = behind.services.jobs.get(tx, answer.json()["jobId"])
    assert job is not None
    assert (job.kind, job.surface, job.params["url"]) == ("download", "clipi", FILM)
    assert behind.sources.asked == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"url": None}, "url"), ({"url": 7}, "url"), ({"url": ""}, "url"), ({"url": "ftp://a.example/x"}, "url"),
        ({"url": "file:///etc/passwd"}, "url"), ({"url": "upload:up_x"}, "url"), ({"url": "https://"}, "url"),
        ({"format": "avi"}, "format"), ({"format": 7}, "format"), ({"quality": "1080"}, "quality"),
        ({"quality": "0p"}, "quality"), ({"quality": "bestp"}, "quality"), ({"quality": 1080}, "quality"),
        ({"trimStart": -0.01}, "trimStart"), ({"trimStart": "1"}, "trimStart"), ({"trimStart": True}, "trimStart"),
        ({"trimEnd": 0}, "trimEnd"), ({"trimStart": 5, "trimEnd": 5}, "trimEnd"), ({"trimEnd": "x"}, "trimEnd"),
        ({"noWatermark": "yes"}, "noWatermark"), ({"noWatermark": 1}, "noWatermark"), ({"formatId": ""}, "formatId"),
        ({"formatId": 137}, "formatId"), ({"formatId": "x" * 201}, "formatId"), ({"formatId": "a\x00"}, "formatId"),
    ],
)  # fmt: skip
def test_an_order_that_is_wrong_is_refused_and_names_the_field(
    clipi: Visitor, change: dict[str, Any], named: str
) -> None:
    status, sentence = said(clipi("POST", "/video/download", json={"url": FILM} | change))
    assert (status, named in sentence) == (400, True), sentence
    if "url" in change:
        assert said(clipi("POST", "/video/info", json=change))[0] == 400


@pytest.mark.parametrize("path", ["/video/info", "/video/download"])
@pytest.mark.parametrize(
    "request_",
    [
        {"content": b"{", "headers": {"Content-Type": "application/json"}},
        {"content": b'{"url": NaN}', "headers": {"Content-Type": "application/json"}},
        {"content": b"[]", "headers": {"Content-Type": "application/json"}},
        {"json": "https://a.example/x"},
        {"data": {"url": FILM}},
        {},
        {"json": {}},
    ],
)
def test_a_body_that_is_no_order(clipi: Visitor, path: str, request_: dict[str, Any]) -> None:
    assert said(clipi("POST", path, **request_))[0] == 400


def test_what_a_link_leads_to_is_told_as_the_source_says_it(clipi: Visitor) -> None:
    answer = clipi("POST", "/video/info", json={"url": FILM, "unknown": 1})
    assert (answer.status_code, list(answer.json()), answer.json()["success"]) == (200, ["success", "data"], True)
    data = answer.json()["data"]
    assert list(data) == ["url", "title", "thumbnail", "duration", "platform", "uploader", "formats"]
    assert (data["url"], data["duration"], data["thumbnail"]) == (FILM, 212, None)
    assert [offer["label"] for offer in data["formats"]] == ["1080p (mp4)"]


@pytest.mark.parametrize("url", BAD)
def test_a_link_that_leads_nowhere_is_422_with_a_sentence(clipi: Visitor, url: str) -> None:
    assert said(clipi("POST", "/video/info", json={"url": url})) == (422, "This link does not work here.")


def test_null_is_as_good_as_nothing(clipi: Visitor) -> None:
    empty = dict.fromkeys(("formatId", "format", "quality", "trimStart", "trimEnd", "noWatermark"))
    assert clipi("POST", "/video/download", json={"url": FILM} | empty).status_code == 200


def test_info_has_the_words_of_the_document() -> None:
    listed = ListedFormat(id="137", ext="mp4", quality="1080p", resolution="1920x1080", filesize=52428800, fps=30.0)
    found = VideoInfo(
        url="https://a.example/v", title="Rick Astley", thumbnail="https://i.example/x.jpg", duration=Fraction(212),
        platform="youtube", uploader="Rick", formats=(listed,),
    )  # fmt: skip
    assert translate.info(found, " https://a.example/v").model_dump(mode="json") == {
        "success": True,
        "data": {
            "url": " https://a.example/v", "title": "Rick Astley", "thumbnail": "https://i.example/x.jpg",
            "duration": 212, "platform": "youtube", "uploader": "Rick",
            "formats": [{
                "id": "137", "ext": "mp4", "quality": "1080p", "resolution": "1920x1080", "filesize": 52428800,
                "fps": 30, "label": "1080p (mp4)",
            }],
        },
    }  # fmt: skip
    assert [translate.number(Fraction(*parts)) for parts in ((212, 1), (1, 3), (60_000, 1001))] == [212, 0.333, 59.94]


# --- who asks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/video/info", "/video/download", "/tools/gif", "/tools/resize-image"])
def test_without_a_good_key(site: TestClient, behind: Backstage, path: str) -> None:
    for headers in ({}, {"X-Api-Key": "clp_" + "x" * 32}, {"X-Api-Key": "?"}, {"Authorization": "Bearer x"}):
        assert said(site.post(API + path, headers=headers, content=b"?")) == (401, "Invalid or missing API key.")
    account, key = behind.account()
    with behind.services.database.write() as tx:
        (made,) = behind.services.accounts.keys(tx, account.id)
        behind.services.accounts.change_key(tx, account.id, made.id, enabled=False)
    status, sentence = said(site.post(API + path, headers={"X-Api-Key": key}, content=b"?"))
    assert (status, sentence) == (403, "This API key is disabled.")
    banned, key = behind.account()
    with behind.services.database.write() as tx:
        behind.services.accounts.set_disabled(tx, banned.id, disabled=True)
    assert said(site.post(API + path, headers={"X-Api-Key": key}, content=b"?")) == (403, "This account is disabled.")


def test_keys_of_every_prefix_work(site: TestClient, behind: Backstage, visitor: Visitor) -> None:
    for prefix in ("clp_", "ve_live_"):
        with behind.services.database.write() as tx:
            _, key = behind.services.accounts.create_key(tx, visitor.account.id, prefix=prefix)
        for headers in ({"X-API-KEY": key}, {"Authorization": f"Bearer {key}"}):
            answer = site.post(f"{API}/video/download", json={"url": FILM}, headers=headers)
            assert answer.status_code == 200


def test_errors_have_one_shape_everywhere(clipi: Visitor, site: TestClient) -> None:
    assert said(clipi("GET", "/nothing")) == (404, "Not found.")
    assert said(site.get("/clipi")) == said(site.get("/clipi/v1")) == said(site.get(API)) == (404, "Not found.")
    for method, path in (("GET", "/tools/gif"), ("DELETE", "/video/info"), ("POST", "/jobs/x"), ("PUT", "/download/x")):
        answer = clipi(method, path)
        assert said(answer)[0] == 405
        assert answer.headers["allow"]
    large = b'{"url": "' + b"x" * (1 << 20) + b'"}'
    answer = clipi("POST", "/video/info", content=large, headers={"Content-Type": "application/json"})
    assert said(answer)[0] == 413
    preflight = {"Access-Control-Request-Method": "POST", "Origin": "https://a.example"}
    allowed = site.options(f"{API}/tools/gif", headers=preflight)
    assert allowed.status_code == 204
    assert "X-Api-Key" in allowed.headers["access-control-allow-headers"]
    assert not [name for name in clipi("POST", "/video/info").headers if name.startswith("x-ratelimit")]


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_has_a_status_and_a_sentence(code: ErrorCode) -> None:
    rendered = errors.render(CutroomError(code, "What happened.", next_step="Do this.", detail="/secret/path"))
    assert 400 <= rendered.status < 600
    assert set(rendered.body) == ({"error", "retryAfter"} if code is ErrorCode.RATE_LIMITED else {"error"})
    assert rendered.body["error"]
    assert "secret" not in str(rendered.body)
    assert set(errors.STATUS) == set(ErrorCode)


def test_a_crash_is_500_without_details(clipi: Visitor, behind: Backstage, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_given: object, **_more: object) -> None:
        msg = "a secret of the machine: /etc/passwd"
        raise RuntimeError(msg)

    monkeypatch.setattr("cutroom.actions.downloads.create_download", crash)
    status, sentence = said(clipi("POST", "/video/download", json={"url": FILM}))
    assert (status, "passwd" in sentence) == (500, False)


# --- windows ---------------------------------------------------------------------------------------------------------


def ask(caller: Visitor, times: int) -> list[int]:
    """Wrong orders: they count, and cost nothing."""
    return [caller("POST", "/video/download", json={}).status_code for _ in range(times)]


def use_up(behind: Backstage, clipi: Visitor, requests: int) -> None:
    """As many requests of this key as that."""
    caller = accounts.authenticate(behind.services, None, clipi.key)
    for _ in range(requests):
        state = windows.hit(behind.services, windows.request_windows(behind.services, "clipi", caller, ""))
        assert state is not None
        assert state.allowed


@pytest.mark.parametrize(("by_admin", "hourly"), [(False, 50), (True, 100)])
def test_so_many_in_an_hour(site: TestClient, behind: Backstage, clock: Hands, by_admin: bool, hourly: int) -> None:
    clipi = Visitor(site, *behind.account(by_admin=by_admin), API)
    assert set(ask(clipi, 3)) == {400}
    use_up(behind, clipi, hourly - 3)
    clock.ahead = 600
    refused = clipi("POST", "/tools/gif", content=b"?")
    assert said(refused) == (429, f"Hourly rate limit exceeded ({hourly}/hr)")
    assert 2990 <= refused.json()["retryAfter"] <= 3000
    assert refused.headers["retry-after"] == str(refused.json()["retryAfter"])
    clock.ahead = 3605
    assert clipi("POST", "/video/download", json={"url": FILM}).status_code == 200


def test_so_many_in_a_day(clipi: Visitor, behind: Backstage, clock: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DOCUMENTED, "clipi", SurfaceRates(per_key=(Rate(5, 3600), Rate(12, DAY))))
    for hour in range(2):
        clock.ahead = 3601.0 * hour
        use_up(behind, clipi, 5)
        assert said(clipi("POST", "/video/info"))[1] == "Hourly rate limit exceeded (5/hr)"
    clock.ahead = 7202.0
    use_up(behind, clipi, 2)
    refused = clipi("POST", "/video/info", json={"url": FILM})
    assert said(refused) == (429, "Daily rate limit exceeded (12/day)")
    assert DAY - 7300 < refused.json()["retryAfter"] <= DAY - 7200
    clock.ahead = DAY + 5
    assert clipi("POST", "/video/download", json={"url": FILM}).status_code == 200


def test_each_key_counts_by_itself_and_gets_do_not_count(
    site: TestClient, behind: Backstage, clipi: Visitor, ordered: dict[str, str]
) -> None:
    behind.make(ordered["jobId"])
    for _ in range(60):
        answer = clipi("GET", f"/tools/download/{ordered['toolJobId']}")
        assert answer.status_code == 200
    use_up(behind, clipi, 48)
    assert ask(clipi, 2) == [400, 429]
    assert clipi("GET", f"/tools/download/{ordered['toolJobId']}").status_code == 200
    with behind.services.database.write() as tx:
        _, key = behind.services.accounts.create_key(tx, clipi.account.id, prefix="clp_")
    assert ask(Visitor(site, clipi.account, key, API), 1) == [400]


def test_the_owner_is_not_metered(site: TestClient, behind: Backstage) -> None:
    clipi = Visitor(site, *behind.account(owner=True), API)
    assert set(ask(clipi, 101)) == {400}


def test_so_many_files_of_an_account_may_wait(
    clipi: Visitor, own: Visitor, behind: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = film().stat().st_size
    monkeypatch.setattr(behind.services.reception, "account_bytes", 2 * size)
    first, _ = (order(clipi, "remove-audio", film()).json() for _ in range(2))
    refused = order(clipi, "remove-audio", film())
    assert said(refused) == (429, "Too many of your files are waiting for their jobs.")
    assert refused.json()["retryAfter"] == 60
    own("DELETE", f"/jobs/{first['jobId']}")
    assert order(clipi, "remove-audio", film()).status_code == 200


# --- the same again --------------------------------------------------------------------------------------------------


def test_sent_twice_with_one_idempotency_key(clipi: Visitor, own: Visitor) -> None:
    tool = form(a_file(film()), *fields(startTime=0, endTime=1))
    tool["headers"]["Idempotency-Key"] = "once"
    for path, request in (
        ("/tools/trim-video", tool),
        ("/video/download", {"json": {"url": FILM}, "headers": {"Idempotency-Key": "once"}}),
    ):
        before = own("GET", "/jobs").json()["total"]
        answers = [clipi("POST", path, **{**request, "headers": dict(request["headers"])}) for _ in range(2)]
        assert answers[0].status_code == 200
        assert answers[0].json() == answers[1].json()
        assert answers[1].headers["idempotency-replayed"] == "true"
        assert own("GET", "/jobs").json()["total"] == before + 1
    other = form(a_file(film()), *fields(startTime=0, endTime=2.5))
    other["headers"]["Idempotency-Key"] = "once"
    assert said(clipi("POST", "/tools/trim-video", **other))[0] == 409


def test_an_order_is_one_job_even_if_its_answer_was_lost(
    clipi: Visitor, behind: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cutroom.actions import operations

    def lose(services: Any, scope: str, key: str, **_reply: Any) -> None:
        operations.drop_reply(services, scope, key)

    monkeypatch.setattr(operations, "keep_reply", lose)
    request = form(a_file(film()))
    request["headers"]["Idempotency-Key"] = "lost"
    answers = [clipi("POST", "/tools/remove-audio", **request | {"headers": {**request["headers"]}}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert "idempotency-replayed" not in answers[1].headers


# --- elsewhere -------------------------------------------------------------------------------------------------------


def test_the_own_api_shows_and_cancels_these_jobs(own: Visitor, behind: Backstage, ordered: dict[str, str]) -> None:
    (listed,) = own("GET", "/jobs").json()["jobs"]
    assert (listed["id"], listed["surface"], listed["kind"]) == (ordered["jobId"], "clipi", "tool")
    assert (listed["status"], listed["cost"]) == ("queued", 0)
    assert own("GET", f"/jobs/{ordered['jobId']}").json()["clip"] is None
    assert own("DELETE", f"/jobs/{ordered['jobId']}").json()["status"] == "cancelled"
    with behind.services.database.read() as tx:
        job = behind.services.jobs.get(tx, ordered["jobId"])
    assert job is not None
    assert job.status is JobStatus.CANCELLED
    assert behind.services.store.size(job.params["input"]) is None


def test_tools_and_downloads_are_free(visitor: Visitor, ordered: dict[str, str], downloading: dict[str, str]) -> None:
    assert visitor("GET", "/balance").json() == {"balance": 5.0}


def test_a_host_of_its_own(tmp_path: Path) -> None:
    with open_backstage(tmp_path, hosts={"clipi": "clipi.example"}) as behind:
        client = TestClient(build_app(behind.services), base_url="http://clipi.example")
        account, key = behind.account()
        caller = Visitor(client, account, key, "/api")
        made = order(caller, "remove-audio", film()).json()
        behind.make(made["jobId"])
        with client.stream("GET", f"/api/tools/jobs/{made['jobId']}") as answer:
            text = "".join(answer.iter_text())
        assert f'"downloadUrl":"/api/tools/download/{made["toolJobId"]}"' in text
        assert client.get(f"/api/tools/download/{made['toolJobId']}").content == b"made"
        assert client.get("/api/openapi.json").json()["servers"] == [{"url": "/api"}]
        for path in ("/clipi/api/video/info", "/v1/jobs", "/fastclip/v1/clips", "/other"):
            assert said(client.get(path, headers={"X-Api-Key": key})) == (404, "Not found.")


def test_a_part_of_a_form_that_says_nothing(clipi: Visitor) -> None:
    body = form(a_file(film()))
    body["content"] = body["content"].replace(b"Content-Disposition", b"X-Nothing")
    assert said(clipi("POST", "/tools/remove-audio", **body))[0] == 400
    assert said(clipi("POST", "/tools/remove-audio", **form(Part("", b"x", "a.mp4"))))[0] == 400
