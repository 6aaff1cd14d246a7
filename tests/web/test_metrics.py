"""Who may read the numbers, and who may not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from cutroom.web.app import build_app
from tests.support.site import open_backstage

pytestmark = pytest.mark.slow

TOKEN = "a monitor's own token"
NAMES = ("localhost", "127.0.0.1", "::1")


def client(app: ASGIApp, address: str = "127.0.0.1", host: str = "127.0.0.1:8000") -> TestClient:
    return TestClient(app, base_url=f"http://{host}", client=(address, 50000))


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ASGIApp, str]]:
    """A server for this machine alone, and its owner's key."""
    with open_backstage(tmp_path_factory.mktemp("local"), metrics_open=True, own_names=NAMES) as behind:
        yield build_app(behind.services), behind.account(owner=True)[1]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_a_server_for_this_machine_alone_tells_this_machine(local: tuple[ASGIApp, str], address: str) -> None:
    answer = client(local[0], address).get("/metrics")
    assert answer.status_code == 200
    assert "cutroom_worker_silence_seconds -1.0" in answer.text


@pytest.mark.parametrize(
    ("address", "host", "headers"),
    [
        ("192.0.2.7", "127.0.0.1:8000", {}),
        ("::ffff:192.0.2.7", "127.0.0.1:8000", {}),
        ("not an address", "127.0.0.1:8000", {}),
        ("127.0.0.1", "rebound.example", {}),
        *[
            ("127.0.0.1", "127.0.0.1:8000", {name: "192.0.2.7"})
            for name in ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
        ],
    ],
)
def test_what_does_not_come_straight_from_it_needs_a_credential(
    local: tuple[ASGIApp, str], address: str, host: str, headers: dict[str, str]
) -> None:
    app, key = local
    answer = client(app, address, host).get("/metrics", headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert list(answer.json()) == ["detail"]
    assert client(app, address, host).get("/metrics", headers=headers | bearer(key)).status_code == 200


def test_elsewhere_the_owner_and_the_monitor_read_them_and_nobody_else(tmp_path: Path) -> None:
    with open_backstage(tmp_path, metrics_token=TOKEN) as behind:
        here = client(build_app(behind.services))
        _, owner = behind.account(owner=True)
        account, key = behind.account()
        for allowed in (owner, TOKEN):
            answer = here.get("/metrics", headers=bearer(allowed))
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert here.get("/metrics", headers=bearer(key)).status_code == 403
        assert here.get("/metrics", headers=bearer(behind.session(account))).status_code == 403
        for wrong in ("", "x", TOKEN[:-1], f"{TOKEN}é"):
            headers = {b"Authorization": f"Bearer {wrong}".encode()}
            assert here.get("/metrics", headers=headers).status_code == 401, wrong
        assert here.get("/metrics").status_code == 401


def test_without_a_token_an_empty_one_is_none(tmp_path: Path) -> None:
    with open_backstage(tmp_path) as behind:
        here = client(build_app(behind.services))
        for headers in ({}, {"Authorization": ""}, {"Authorization": "Bearer "}):
            assert here.get("/metrics", headers=headers).status_code == 401
