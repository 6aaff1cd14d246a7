"""What stands before every call: credentials, windows, body sizes; and what every answer carries."""

from __future__ import annotations

import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.support.site import FILM, Backstage, Hands
from tests.web.conftest import API, Visitor

pytestmark = pytest.mark.slow

CUT = {"url": FILM, "start": 0, "end": 10}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer sk_live_" + "x" * 32},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic abc"},
        {"X-Api-Key": "nonsense"},
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/balance"), ("POST", "/clip"), ("GET", "/settings")])
def test_without_a_good_key_it_is_401_before_anything_is_looked_at(
    site: TestClient, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = site.request(method, f"{API}{path}", headers=headers, content=b"{")
    assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid API key"})
    assert "x-ratelimit-remaining" not in answer.headers
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize("name", ["x-api-key", "X-API-Key", "X-Api-Key"])
def test_the_other_header_works_in_any_case(visitor: Visitor, site: TestClient, name: str) -> None:
    assert site.get(f"{API}/balance", headers={name: visitor.key}).status_code == 200


def test_with_both_headers_authorization_decides(visitor: Visitor, site: TestClient) -> None:
    assert site.get(
        f"{API}/balance", headers={"Authorization": "Bearer no", "X-Api-Key": visitor.key}
    ).status_code == 401  # fmt: skip
    assert visitor("GET", "/balance", headers={"X-Api-Key": "no"}).status_code == 200


def test_disabled_is_403_revoked_is_401(visitor: Visitor, behind: Backstage) -> None:
    accounts, database = behind.services.accounts, behind.services.database
    with database.write() as tx:
        (key,) = accounts.keys(tx, visitor.account.id)
        accounts.change_key(tx, visitor.account.id, key.id, enabled=False)
    assert visitor("GET", "/balance").status_code == 403
    with database.write() as tx:
        accounts.revoke_key(tx, visitor.account.id, key.id)
    assert visitor("GET", "/balance").status_code == 401


def test_a_bad_key_does_not_close_what_is_open_to_all(site: TestClient) -> None:
    answer = site.post(f"{API}/clip/info", json={"url": FILM}, headers={"Authorization": "Bearer old"})
    assert answer.status_code == 200


UNKNOWN = ["/", "", "/nope", "/clip", "/clips/a/b/c", "/clips/", "/clip/info/", "/v1/clips", "/docs", "/a%0Ab"]


@pytest.mark.parametrize("path", [path for path in UNKNOWN if path != "/clip"])
@pytest.mark.parametrize("method", ["GET", "POST", "BREW"])
def test_unknown_paths_are_404_in_shape(visitor: Visitor, site: TestClient, path: str, method: str) -> None:
    for answer in (visitor(method, path), site.request(method, f"{API}{path}")):
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/clip", "POST"),
        ("PUT", "/clips", "GET, HEAD"),
        ("POST", "/balance", "GET, HEAD"),
        ("DELETE", "/clip/info", "POST"),
        ("OPTIONS", "/balance", "GET, HEAD"),
        ("PROPFIND", "/settings", "GET, HEAD, PATCH"),
    ],
)
def test_wrong_methods_are_405_in_shape(visitor: Visitor, method: str, path: str, allowed: str) -> None:
    answer = visitor(method, path)
    if (method, path) == ("DELETE", "/clip/info"):  # it reads as a clip that is called "info"
        assert answer.status_code == 404
        return
    assert answer.status_code == 405
    assert list(answer.json()) == ["detail"]
    assert answer.headers["allow"] == allowed


def test_the_headers_of_a_window(visitor: Visitor) -> None:
    first, second = visitor("GET", "/balance"), visitor("GET", "/nope")
    assert [answer.headers["x-ratelimit-remaining"] for answer in (first, second)] == ["59", "58"]
    assert 0 < int(first.headers["x-ratelimit-reset"]) - time.time() <= 61
    assert "retry-after" not in first.headers
    assert "x-ratelimit-limit" not in first.headers
    for bad in (visitor("POST", "/clip", json={}), visitor("GET", "/clips?page=0"), visitor("GET", "/settings")):
        assert bad.status_code in {400, 403}
        assert "x-ratelimit-remaining" in bad.headers
        assert "x-ratelimit-reset" in bad.headers


def test_the_61st_request_of_a_minute_is_429(visitor: Visitor, clock: Hands) -> None:
    remaining = [int(visitor("GET", "/cards").headers["x-ratelimit-remaining"]) for _ in range(60)]
    assert remaining == list(range(59, -1, -1))
    over = visitor("GET", "/cards")
    assert over.status_code == 429
    assert list(over.json()) == ["detail"]
    assert over.headers["x-ratelimit-remaining"] == "0"
    assert 1 <= int(over.headers["retry-after"]) <= 60
    assert visitor("POST", "/clip", content=b"{").status_code == 429
    clock.ahead = 61
    assert visitor("GET", "/cards").status_code == 200


def test_clip_jobs_have_the_tighter_window(visitor: Visitor, clock: Hands) -> None:
    first = visitor("POST", "/clip", json=CUT)
    assert first.headers["x-ratelimit-remaining"] == "19"
    refused = visitor("POST", "/clip", json={**CUT, "end": -1})
    assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (400, "19")
    assert visitor("GET", "/balance").headers["x-ratelimit-remaining"] == "57"
    for number in range(18, -1, -1):
        assert visitor("POST", "/clip", json=CUT).headers["x-ratelimit-remaining"] == str(number)
    over = visitor("POST", "/clip", json=CUT)
    assert (over.status_code, over.headers["x-ratelimit-remaining"]) == (429, "0")
    assert int(over.headers["retry-after"]) > 60
    assert int(over.headers["x-ratelimit-reset"]) > time.time() + 60
    assert visitor("GET", "/balance").json() == {"balance": 3.0}
    clock.ahead = 3601
    assert visitor("POST", "/clip", json=CUT).status_code == 200


def test_an_address_has_30_anonymous_requests_a_minute(site: TestClient) -> None:
    answers = [site.get(f"{API}/share/unknown{n}") for n in range(31)]
    assert [answer.status_code for answer in answers] == [404] * 30 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "x-ratelimit-remaining" not in answers[0].headers
    assert site.get("/c/whatever").status_code == 429
    assert site.get("/llm").status_code == 429


def test_the_owner_is_not_metered_but_sees_the_headers(behind: Backstage, site: TestClient) -> None:
    account, key = behind.account(owner=True)
    owner = Visitor(site, account, key)
    answers = [owner("GET", "/balance") for _ in range(65)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["x-ratelimit-remaining"] for answer in answers} == {"60"}
    assert [owner("POST", "/clip", json=CUT).status_code for _ in range(22)] == [200] * 22


LIMIT = 1 << 20


def chunks(size: int) -> Any:
    sent = 0
    while sent < size:
        yield b" " * min(65536, size - sent)
        sent += 65536


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_more_than_a_mebibyte_is_413(visitor: Visitor, chunked: bool) -> None:
    headers = {"Content-Type": "application/json"}
    content = chunks(LIMIT + 1) if chunked else b" " * (LIMIT + 1)
    over = visitor("POST", "/clip", content=content, headers=headers)
    assert over.status_code == 413
    assert str(LIMIT) in over.json()["detail"]
    assert "x-ratelimit-remaining" in over.headers
    fits = visitor("POST", "/clip", content=b" " * (LIMIT - 2) + b"{}", headers=headers)
    assert fits.status_code == 400


def test_browsers_may_call_from_anywhere(site: TestClient) -> None:
    asked = site.options(
        f"{API}/clip",
        headers={
            "Origin": "https://elsewhere.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type, x-api-key",
        },
    )
    assert asked.status_code == 204
    allowed = asked.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("authorization", "x-api-key", "content-type"))
    assert "PATCH" in asked.headers["access-control-allow-methods"]
    refused = site.get(f"{API}/balance", headers={"Origin": "https://elsewhere.example"})
    assert refused.headers["access-control-allow-origin"] == "*"
    assert "X-RateLimit-Remaining" in refused.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in refused.headers


def test_every_answer_has_a_request_id(site: TestClient) -> None:
    assert len(site.get(f"{API}/nope").headers["x-request-id"]) == 16
    given = site.get(f"{API}/nope", headers={"X-Request-Id": "trace-0123456789"})
    assert given.headers["x-request-id"] == "trace-0123456789"
    odd = site.get(f"{API}/nope", headers={"X-Request-Id": "a b <script>"})
    assert odd.headers["x-request-id"] != "a b <script>"


def test_head_is_answered_where_get_is(visitor: Visitor) -> None:
    assert visitor("HEAD", "/balance").status_code == 200
    assert visitor("HEAD", "/clip").status_code == 405
