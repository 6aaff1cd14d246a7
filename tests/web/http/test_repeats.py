"""``Idempotency-Key``: asked twice, done once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from tests.support.site import FILM, Backstage, Hands
from tests.web.conftest import API, Visitor

pytestmark = pytest.mark.slow

CUT = {"url": FILM, "start": 0, "end": 10}


def once(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def test_the_first_reply_is_given_again_and_nothing_is_done_twice(visitor: Visitor) -> None:
    first, again = (visitor("POST", "/clip", json=CUT, headers=once("a")) for _ in range(2))
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert visitor("GET", "/balance").json() == {"balance": 4.9}
    assert again.headers["x-ratelimit-remaining"] == "19"


def test_the_same_key_for_another_request_is_409(visitor: Visitor) -> None:
    visitor("POST", "/clip", json=CUT, headers=once("b"))
    other = visitor("POST", "/clip", json={**CUT, "end": 11}, headers=once("b"))
    assert (other.status_code, list(other.json())) == (409, ["detail"])
    assert visitor("POST", "/storage/purchase", json={"gb": 1}, headers=once("b")).status_code == 200


def test_another_account_has_its_own_keys(visitor: Visitor, behind: Backstage, site: TestClient) -> None:
    account, key = behind.account()
    other = Visitor(site, account, key)
    jobs = {who("POST", "/clip", json=CUT, headers=once("c")).json()["job_id"] for who in (visitor, other)}
    assert len(jobs) == 2


def test_refusals_are_replayed_too_but_the_servers_faults_are_not(visitor: Visitor, behind: Backstage) -> None:
    assert visitor("POST", "/clip", json={}, headers=once("d")).status_code == 400
    assert visitor("POST", "/clip", json={}, headers=once("d")).headers["idempotency-replayed"] == "true"
    broken = {"url": "https://films.example/crash"}
    for _ in range(2):
        answer = visitor("POST", "/clip/info", json=broken, headers=once("e"))
        assert answer.status_code == 500
        assert "idempotency-replayed" not in answer.headers


def test_a_day_later_it_is_a_new_request(visitor: Visitor, clock: Hands) -> None:
    first = visitor("POST", "/clip", json=CUT, headers=once("f")).json()
    clock.ahead = 24 * 3600 + 1
    assert visitor("POST", "/clip", json=CUT, headers=once("f")).json() != first


@pytest.mark.parametrize(
    ("path", "body", "left"), [("/clip", CUT, 4.9), ("/storage/purchase", {"gb": 1}, None)], ids=["a clip", "storage"]
)
def test_a_server_that_died_before_it_kept_the_reply_has_not_forgotten_what_it_did(
    visitor: Visitor, behind: Backstage, path: str, body: dict[str, object], left: float | None
) -> None:
    first = visitor("POST", path, json=body, headers=once("h")).json()
    paid = visitor("GET", "/balance").json()
    assert left is None or paid == {"balance": left}
    with behind.services.database.write() as tx:
        tx.execute(sa.text("DELETE FROM replies"))
    assert visitor("POST", path, json=body, headers=once("h")).json() == first
    assert visitor("GET", "/balance").json() == paid
    assert visitor("POST", path, json=body, headers=once("i")).status_code == 200
    assert visitor("GET", "/balance").json() != paid


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_none_is_400(visitor: Visitor, key: str) -> None:
    assert visitor("POST", "/clip", json=CUT, headers=once(key)).status_code == 400
    assert visitor("POST", "/clip", json=CUT, headers=once("x" * 255)).status_code == 200


def test_other_methods_take_no_key(visitor: Visitor, behind: Backstage) -> None:
    clip = behind.clip(visitor.account)
    for name in ("one", "two"):
        answer = visitor("PATCH", f"/clips/{clip.id}", json={"name": name}, headers=once("g"))
        assert answer.json()["name"] == name


def test_secrets_are_not_kept(session: Visitor, behind: Backstage) -> None:
    keys = Visitor(session.client, session.account, session.key, "/clipapi/v1")
    made = keys("POST", "/keys", json={}, headers=once("h"))
    assert made.status_code == 201
    again = keys("POST", "/keys", json={}, headers=once("h"))
    assert (again.status_code, list(again.json())) == (409, ["detail"])
    with behind.services.database.read() as tx:
        kept = tx.exec_driver_sql("SELECT body FROM replies").all()
    assert kept
    assert not any(made.json()["key"].encode() in (body or b"") for (body,) in kept)


def test_anonymous_requests_are_told_apart_by_address(site: TestClient) -> None:
    answers = [site.post(f"{API}/clip/info", json={"url": FILM}, headers=once("i")) for _ in range(2)]
    assert answers[1].headers["idempotency-replayed"] == "true"
