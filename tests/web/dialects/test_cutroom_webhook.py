"""The webhook of Cutroom's own API: set, seen, removed; what is stored when a job ends is what the API shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cutroom.outbound.addresses import EgressPolicy
from cutroom.web.app import build_app
from tests.support.site import FILM, Backstage, open_backstage
from tests.web.conftest import Visitor

pytestmark = pytest.mark.slow

OWN = "/cutroom/v1"
HOOK = "https://hooks.example/cutroom?a=b"
LINKS = ("download_url", "stream_url", "thumbnail_url")


@pytest.fixture
def own(visitor: Visitor) -> Visitor:
    """Somebody at Cutroom's own door."""
    return Visitor(visitor.client, visitor.account, visitor.key, OWN)


@pytest.fixture
def own_session(session: Visitor) -> Visitor:
    """The same person, logged in."""
    return Visitor(session.client, session.account, session.key, OWN)


def told(behind: Backstage, visitor: Visitor) -> list[Any]:
    """What was stored for somebody, oldest first."""
    query = "SELECT body FROM webhook_deliveries WHERE account_id = :id ORDER BY created"
    with behind.services.database.read() as tx:
        return [json.loads(body) for (body,) in tx.execute(sa.text(query), {"id": visitor.account.id})]


def ordered(visitor: Visitor) -> str:
    return str(visitor("POST", "/clip", json={"url": FILM, "start": 0, "end": 10}).json()["job_id"])


def test_setting_seeing_removing(own: Visitor, own_session: Visitor) -> None:
    assert own("GET", "/webhook").json() == {"url": None}
    for url in ("https://hooks.example/old", f" {HOOK} ", HOOK):
        answer = own("PUT", "/webhook", json={"url": url})
        assert (answer.status_code, answer.json()) == (200, {"url": url.strip()})
    assert own("GET", "/webhook").json() == {"url": HOOK}
    by_session = own_session("GET", "/webhook").json()
    assert by_session["secret"].startswith("whsec_")
    assert own_session("PUT", "/webhook", json={"url": HOOK}).json() == by_session == by_session | {"url": HOOK}
    for _ in range(2):
        assert own("DELETE", "/webhook").json() == {"url": None}
    assert own_session("GET", "/webhook").json() == by_session | {"url": None}


def test_it_is_the_accounts_own(own: Visitor, behind: Backstage) -> None:
    own("PUT", "/webhook", json={"url": HOOK})
    account, key = behind.account()
    assert Visitor(own.client, account, key, OWN)("GET", "/webhook").json() == {"url": None}
    for method in ("GET", "PUT", "DELETE"):
        assert own.client.request(method, f"{OWN}/webhook", json={"url": HOOK}).status_code == 401


@pytest.mark.parametrize(
    "body", [{}, {"url": None}, {"url": 7}, {"url": ""}, {"url": "x" * 3000}, {"url": "ftp://a.b"}]
)
def test_what_is_no_link_is_refused_in_one_sentence(own: Visitor, body: dict[str, Any]) -> None:
    own("PUT", "/webhook", json={"url": HOOK})
    answer = own("PUT", "/webhook", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_request"
    assert answer.json()["error"]["message"].endswith("an http or https link of at most 2048 characters.")
    assert own("GET", "/webhook").json() == {"url": HOOK}


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "2130706433", "10.1.2.3", "[::1]", "169.254.169.254"])
def test_a_private_address_is_refused_where_it_is_plain_to_see(own: Visitor, host: str) -> None:
    own("PUT", "/webhook", json={"url": HOOK})
    answer = own("PUT", "/webhook", json={"url": f"http://{host}/hook"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "source_refused_address")
    assert answer.json()["error"]["message"].startswith("Webhooks are not sent to private addresses.")
    assert own("GET", "/webhook").json() == {"url": HOOK}


def test_where_the_operator_allows_it_a_private_address_is_taken(tmp_path: Path) -> None:
    policy = EgressPolicy(allowed_hosts=("10.1.0.0/16", "localhost"))
    with open_backstage(tmp_path, egress=policy) as behind:
        account, key = behind.account()
        visitor = Visitor(TestClient(build_app(behind.services)), account, key, OWN)
        for host, status in [("10.1.2.3", 200), ("localhost", 200), ("10.2.0.1", 422)]:
            assert visitor("PUT", "/webhook", json={"url": f"http://{host}/"}).status_code == status


def test_an_ended_job_is_told_as_the_api_shows_it(visitor: Visitor, own: Visitor, behind: Backstage) -> None:
    own("PUT", "/webhook", json={"url": HOOK})
    done, failed, cancelled = (ordered(visitor) for _ in range(3))
    behind.finish(visitor.account, done)
    with behind.services.database.write() as tx:
        behind.services.jobs.fail(tx, failed, "source_private", "The video is private.")
    for _ in range(2):
        own("DELETE", f"/jobs/{cancelled}")
    messages = told(behind, visitor)
    assert [message["type"] for message in messages] == ["job.completed", "job.failed", "job.cancelled"]
    for message, job_id in zip(messages, (done, failed, cancelled), strict=True):
        shown = own("GET", f"/jobs/{job_id}").json()
        if shown["clip"] is not None:
            shown["clip"] = {name: value for name, value in shown["clip"].items() if name not in LINKS}
        assert message == {"type": message["type"], "timestamp": shown["finished_at"], "data": shown}
    assert messages[0]["data"]["clip"]["id"] == done


def test_what_counts_is_where_the_account_wants_to_be_told_then(
    visitor: Visitor, own: Visitor, behind: Backstage
) -> None:
    first, second, third = (ordered(visitor) for _ in range(3))
    own("DELETE", f"/jobs/{first}")
    own("PUT", "/webhook", json={"url": HOOK})
    own("DELETE", f"/jobs/{second}")
    own("DELETE", "/webhook")
    own("DELETE", f"/jobs/{third}")
    assert [message["data"]["id"] for message in told(behind, visitor)] == [second]
