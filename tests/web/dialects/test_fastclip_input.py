"""What FastClip refuses, and in which words: one sentence that names the field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from cutroom.kernel.errors import ErrorCode
from tests.support.site import BAD, FILM, Backstage
from tests.web.conftest import API, Visitor

pytestmark = pytest.mark.slow

GOOD = {"url": FILM, "start": 30, "end": 90}


def detail(response: Any, status: int = 400) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert list(response.json()) == ["detail"]
    assert isinstance(response.json()["detail"], str)
    return str(response.json()["detail"])


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"url": None}, "url"),
    ({"url": 7}, "url"),
    ({"url": ["x"]}, "url"),
    ({"start": None}, "start"),
    ({"start": "30"}, "start"),
    ({"start": True}, "start"),
    ({"start": -1}, "start"),
    ({"start": -0.5}, "start"),
    ({"start": 90}, "end"),
    ({"start": [30]}, "start"),
    ({"end": "90"}, "end"),
    ({"end": None}, "end"),
    ({"end": 30}, "end"),
    ({"end": 631}, "600"),
    ({"end": 61, "format": "gif"}, "30"),
    ({"start": 3600, "end": 3601}, "start"),
    ({"start": 3590, "end": 3601.5}, "end"),
    ({"format": "avi"}, "format"),
    ({"format": 4}, "format"),
    ({"format": "MP4"}, "format"),
    ({"quality": "4k"}, "quality"),
    ({"quality": 1080}, "quality"),
]


@pytest.mark.parametrize(("change", "named"), WRONG)
def test_a_cut_that_cannot_be_is_refused_by_name(visitor: Visitor, change: dict[str, Any], named: str) -> None:
    said = detail(visitor("POST", "/clip", json={**GOOD, **change}))
    assert named in said
    assert visitor("GET", "/balance").json() == {"balance": 5.0}


@pytest.mark.parametrize("missing", ["url", "start", "end"])
def test_what_is_missing_is_named(visitor: Visitor, missing: str) -> None:
    body = {name: value for name, value in GOOD.items() if name != missing}
    assert detail(visitor("POST", "/clip", json=body)).startswith(f"{missing} is required")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b"[]",
        b"null",
        b'"text"',
        b"7",
        b"\xff\xfe",
        b'{"url": "\xff"}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"url": "' + FILM.encode() + b'", "start": NaN, "end": 3}',
        b'{"url": "' + FILM.encode() + b'", "start": 0, "end": Infinity}',
        b'{"url": "' + FILM.encode() + b'", "start": 0, "end": 1e999}',
        b'{"url": "' + FILM.encode() + b'", "start": 0, "end": 1' + b"0" * 400 + b"}",
        b'{"url": "' + FILM.encode() + b'", "start": 0, "end": 1' + b"0" * 9000 + b"}",
    ],
)
def test_a_body_that_is_no_order_is_refused(visitor: Visitor, body: bytes) -> None:
    detail(visitor("POST", "/clip", content=body, headers={"Content-Type": "application/json"}))


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_json_has_to_be_called_json(visitor: Visitor, kind: str) -> None:
    said = detail(visitor("POST", "/clip", content=json.dumps(GOOD), headers={"Content-Type": kind}))
    assert "application/json" in said


def test_deep_nesting_in_an_unknown_key_is_survived(visitor: Visitor) -> None:
    nested = b'{"url": "' + FILM.encode() + b'", "start": 0, "end": 1, "more": ' + b"[" * 900 + b"]" * 900 + b"}"
    answer = visitor("POST", "/clip", content=nested, headers={"Content-Type": "application/json"})
    assert answer.status_code in {200, 400}


def test_unknown_keys_are_ignored_and_null_is_as_good_as_absent(visitor: Visitor) -> None:
    body = {**GOOD, "format": None, "quality": None, "colour": "blue", "deep": {"er": [1]}}
    assert visitor("POST", "/clip", json=body).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "",
        "not a link",
        "ftp://films.example/a.mp4",
        "file:///etc/passwd",
        "/etc/passwd",
        "http://",
        "https://exa mple/x",
        "http://[::1",
        "http://host:99999999/x",
        "https://films.example/\u0000",
        "javascript:alert(1)",
        "https://films.example/" + "a" * 9000,
    ],
)
@pytest.mark.parametrize("path", ["/clip/info", "/clip", "/clip/auto", "/clip/analyze"])
def test_a_link_that_is_none_is_422_and_nothing_is_fetched(
    visitor: Visitor, behind: Backstage, path: str, url: str
) -> None:
    detail(visitor("POST", path, json={**GOOD, "url": url, "query": "q"}), 422)
    assert behind.sources.asked == []


@pytest.mark.parametrize("url", BAD)
def test_a_source_that_does_not_work_is_422_but_too_long_is_400(visitor: Visitor, url: str) -> None:
    status = 400 if BAD[url] is ErrorCode.SOURCE_TOO_LONG else 422
    for path in ("/clip/info", "/clip"):
        detail(visitor("POST", path, json={**GOOD, "url": url}), status)
    assert visitor("GET", "/balance").json() == {"balance": 5.0}


def test_a_source_over_three_hours_is_400(visitor: Visitor, behind: Backstage) -> None:
    behind.sources.seconds = behind.sources.seconds * 4
    detail(visitor("POST", "/clip", json=GOOD))


@pytest.mark.parametrize(("path", "what"), [("/clip/auto", "Auto-clipping"), ("/clip/analyze", "Analysis")])
def test_what_is_not_there_yet_says_so_and_costs_nothing(visitor: Visitor, path: str, what: str) -> None:
    assert detail(visitor("POST", path, json={"url": FILM, "query": "q"})) == (
        f"{what} is not available on this server yet."
    )
    for query in (None, "", "  ", "x" * 501, 7):
        assert "query" in detail(visitor("POST", path, json={"url": FILM, "query": query}))
    assert visitor("GET", "/balance").json() == {"balance": 5.0}


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=x",
        "page=1.5",
        "page=",
        "page=1_0",
        "page=%2B1",
        "page=%201",
        "per_page=0",
        "per_page=101",
        "per_page=x",
        f"page={10**30}",
    ],
)
def test_bad_pages_are_named(visitor: Visitor, query: str) -> None:
    assert query.partition("=")[0] in detail(visitor("GET", f"/clips?{query}"))


@pytest.mark.parametrize("name", [None, "", "   ", "x" * 201, 7, "a\u0000b", ["x"]])
def test_a_name_has_1_to_200_characters(visitor: Visitor, behind: Backstage, name: Any) -> None:
    clip = behind.clip(visitor.account)
    assert "name" in detail(visitor("PATCH", f"/clips/{clip.id}", json={"name": name}))
    assert visitor("PATCH", f"/clips/{clip.id}", json={"name": "x" * 200}).json()["name"] == "x" * 200


@pytest.mark.parametrize("amount", [None, 499, 50_001, 0, -500, "2500", 25.5, True, 10**30])
def test_a_reload_is_of_5_to_500_dollars(visitor: Visitor, behind: Backstage, amount: Any) -> None:
    behind.allow_reloads(visitor.account)
    assert "amount" in detail(visitor("POST", "/reload", json={"amount": amount}))


@pytest.mark.parametrize("gb", [None, 0, -1, 1001, "5", 1.5, True, 10**30])
def test_storage_is_bought_by_1_to_1000(visitor: Visitor, gb: Any) -> None:
    assert "gb" in detail(visitor("POST", "/storage/purchase", json={"gb": gb}))


@pytest.mark.parametrize(
    "body",
    [
        {"api_reload_enabled": "yes"},
        {"api_reload_enabled": 1},
        {"reload_email_confirmation": 0},
        {"reload_password": 7},
        {"reload_password": "x" * 201},
        {"auto_reload": True},
        {"auto_reload": {"amount": "2500"}},
        {"auto_reload": {"threshold": -1}},
        {"auto_reload": {"amount": 10**30}},
    ],
)
def test_bad_settings_are_named(session: Visitor, body: dict[str, Any]) -> None:
    named = detail(session("PATCH", "/settings", json=body))
    assert next(iter(body)) in named


IDS = ["unknown0unknown0", "a", "x" * 65, "%00", "..%2f..", "%F0%9F%98%80", "a'--", "%ff", "a%0Ab", "%C3%BA%C2%A0%0AF"]


@pytest.mark.parametrize("clip_id", IDS)
def test_unknown_ids_are_404_everywhere(visitor: Visitor, site: TestClient, clip_id: str) -> None:
    for method, path, body in [
        ("GET", f"/clip/{clip_id}", None),
        ("GET", f"/clips/{clip_id}", None),
        ("PATCH", f"/clips/{clip_id}", {"name": "x"}),
        ("DELETE", f"/clips/{clip_id}", None),
        ("POST", f"/clips/{clip_id}/pin", None),
        ("POST", f"/clips/{clip_id}/unpin", None),
    ]:
        detail(visitor(method, path, json=body), 404)
    detail(site.get(f"{API}/share/{clip_id}"), 404)
    assert site.get(f"/c/{clip_id}").status_code == 404


def test_a_crash_is_500_and_tells_nothing(visitor: Visitor) -> None:
    said = detail(visitor("POST", "/clip/info", json={"url": "https://films.example/crash"}), 500)
    assert "passwd" not in said
