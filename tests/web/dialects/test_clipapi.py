"""clipapi's door for accounts: sign up, log in, keys, usage."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from cutroom.actions.accounts import Me
from cutroom.kernel.ids import new_id
from cutroom.web.dialects.clipapi import translate
from cutroom.web.dialects.clipapi.limits import ENDPOINTS
from tests.support.site import Backstage
from tests.web.conftest import Visitor

pytestmark = pytest.mark.slow

API = "/clipapi/v1"
PASSWORD = "correct horse"


def address() -> str:
    return f"{new_id()}@example.com"


def sign_up(site: TestClient, **changes: Any) -> Any:
    return site.post(f"{API}/auth/signup", json={"email": address(), "password": PASSWORD, "name": "Ann", **changes})


@pytest.fixture
def ann(site: TestClient) -> Any:
    answer = sign_up(site)
    assert answer.status_code == 201, answer.text
    return answer.json()


def by(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_sign_up_gives_a_session_a_key_and_credit(site: TestClient, ann: Any) -> None:
    assert set(ann) == {"user", "access_token", "token_type", "expires_in", "api_key"}
    assert set(ann["user"]) == {"id", "email", "name", "plan", "created_at"}
    assert (ann["token_type"], ann["user"]["plan"], ann["user"]["name"]) == ("bearer", "free", "Ann")
    assert re.fullmatch(r"ve_live_[A-Za-z0-9]{32}", ann["api_key"])
    assert isinstance(ann["expires_in"], int)
    assert site.get("/fastclip/v1/balance", headers=by(ann["api_key"])).json() == {"balance": 5.0}


def test_an_address_signs_up_once_in_whatever_case(site: TestClient, ann: Any) -> None:
    again = sign_up(site, email=ann["user"]["email"].upper())
    assert (again.status_code, again.json()) == (409, {"detail": "Email already registered"})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"email": "nobody"}, "mail"),
        ({"email": None}, "email"),
        ({"email": 7}, "email"),
        ({"email": "a\u0000@example.com"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": None}, "password"),
        ({"password": "x" * 1025}, "password"),
        ({"name": "x" * 201}, "name"),
        ({"name": 7}, "name"),
    ],
)
def test_a_bad_sign_up_is_400_and_names_the_field(site: TestClient, change: dict[str, Any], named: str) -> None:
    answer = sign_up(site, **change)
    assert answer.status_code == 400
    assert named in answer.json()["detail"]


def test_log_in_and_its_failures_in_the_same_words(site: TestClient, ann: Any) -> None:
    good = {"email": ann["user"]["email"], "password": PASSWORD}
    answer = site.post(f"{API}/auth/login", json=good)
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "token_type", "expires_in", "user"}
    wrong = site.post(f"{API}/auth/login", json={**good, "password": "incorrect horse"})
    unknown = site.post(f"{API}/auth/login", json={**good, "email": address()})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


def test_me_by_key_and_by_session(site: TestClient, ann: Any) -> None:
    by_key = site.get(f"{API}/auth/me", headers=by(ann["api_key"])).json()
    by_session = site.get(f"{API}/auth/me", headers=by(ann["access_token"])).json()
    assert "webhook_secret" not in by_key["user"]
    assert by_session["user"].pop("webhook_secret").startswith("whsec_")
    assert by_key == by_session
    assert by_key["plan"] == {"name": "free", "analyses_per_month": 50, "max_duration_seconds": 120.0, "rpm": 5}
    nobody = site.get(f"{API}/auth/me")
    assert (nobody.status_code, nobody.json()) == (401, {"detail": "Invalid or expired API key"})


def test_keys_from_birth_to_death(site: TestClient, ann: Any) -> None:
    session = by(ann["access_token"])
    made = site.post(f"{API}/keys", headers=session, json={"name": "robot", "prefix": "clp_"})
    assert made.status_code == 201
    secret = made.json().pop("key")
    shown = {name: value for name, value in made.json().items() if name != "key"}
    assert (shown["name"], shown["prefix"], shown["status"], shown["last_used_at"]) == ("robot", "clp_", "active", None)
    assert secret.endswith(shown["last4"])
    assert re.fullmatch(r"clp_[A-Za-z0-9]{32}", secret)
    listed = site.get(f"{API}/keys", headers=session)
    assert secret not in listed.text
    assert shown["id"] in {key["id"] for key in listed.json()["keys"]}
    one = f"{API}/keys/{shown['id']}"
    disabled = site.patch(one, headers=session, json={"enabled": False})
    assert disabled.json()["status"] == "disabled"
    for surface in ("/fastclip/v1/balance", f"{API}/usage"):
        assert site.get(surface, headers=by(secret)).status_code == 403
    assert site.patch(one, headers=session, json={"enabled": True, "name": "new"}).json()["name"] == "new"
    assert site.get("/fastclip/v1/balance", headers=by(secret)).status_code == 200
    assert site.delete(one, headers=session).json() == {"id": shown["id"], "revoked": True}
    for surface in ("/fastclip/v1/balance", f"{API}/usage"):
        assert site.get(surface, headers=by(secret)).status_code == 401
    assert site.delete(f"{API}/keys/unknown", headers=session).status_code == 404


def test_the_eleventh_key_is_400(site: TestClient, ann: Any) -> None:
    session = by(ann["access_token"])
    answers = [site.post(f"{API}/keys", headers=session, json={}).status_code for _ in range(10)]
    assert answers == [201] * 9 + [400]
    assert site.post(f"{API}/keys", headers=session, json={"prefix": "x_"}).status_code == 400


def test_a_key_cannot_make_keys(site: TestClient, ann: Any) -> None:
    for method, path in [("GET", "/keys"), ("POST", "/keys"), ("PATCH", "/keys/x"), ("DELETE", "/keys/x")]:
        body: dict[str, str] | None = {} if method in {"POST", "PATCH"} else None
        answer = site.request(method, f"{API}{path}", headers=by(ann["api_key"]), json=body)
        assert (answer.status_code, list(answer.json())) == (403, ["detail"])


def test_usage(site: TestClient, ann: Any) -> None:
    usage = site.get(f"{API}/usage", headers=by(ann["api_key"])).json()
    assert usage["plan"] == "free"
    assert usage["analyses"] == {"used": 0, "limit": 50, "remaining": 50}
    assert usage["limits"] == {"max_duration_seconds": 120.0, "rpm": 5}
    start, end = (datetime.fromisoformat(usage["period"][name]) for name in ("start", "end"))
    assert start <= datetime.now(UTC) < end


def test_the_month_after_december_is_january(visitor: Visitor, behind: Backstage) -> None:
    me = Me(visitor.account, behind.services.accounts.plan(visitor.account))
    period = translate.usage(me, 3, datetime(2026, 12, 31, 23, 59, tzinfo=UTC)).period
    assert (period.start, period.end) == ("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z")


def test_keys_have_the_trio_of_headers_on_every_answer(visitor: Visitor) -> None:
    keys = Visitor(visitor.client, visitor.account, visitor.key, API)
    for answer in (keys("GET", "/usage"), keys("GET", "/nope"), keys("GET", "/keys")):
        assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= set(answer.headers)
        assert "retry-after" not in answer.headers


@pytest.mark.parametrize("prefix", ["/clipapi/v1", "/clipapi/api/v1"])
def test_both_prefixes_answer_and_unknown_paths_in_shape(visitor: Visitor, prefix: str) -> None:
    keys = Visitor(visitor.client, visitor.account, visitor.key, prefix)
    assert keys("GET", "/usage").status_code == 200
    for path in ("/analyses/x/y", "/nope", ""):
        answer = keys("GET", path)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})
    assert keys("POST", "/usage").status_code == 405


def test_the_schema_describes_every_call(site: TestClient) -> None:
    schema = site.get(f"{API}/openapi.json").json()
    described = {(method.upper(), path) for path, calls in schema["paths"].items() for method in calls}
    assert described == {(e.method, e.path) for e in ENDPOINTS if e.path != "/openapi.json"}
