"""The site as a whole: hosts of their own, names that are not ours, health, metrics."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from cutroom.web.app import build_app
from tests.support.site import FILM, Backstage, open_backstage
from tests.web.conftest import API, Visitor

pytestmark = pytest.mark.slow

CUT = {"url": FILM, "start": 0, "end": 10}


def at(behind: Backstage, host: str) -> tuple[TestClient, Visitor]:
    client = TestClient(build_app(behind.services), base_url=f"http://{host}", raise_server_exceptions=False)
    account, key = behind.account()
    return client, Visitor(client, account, key)


def finished(visitor: Visitor, behind: Backstage) -> Any:
    job_id = visitor("POST", "/clip", json=CUT).json()["job_id"]
    behind.finish(visitor.account, job_id)
    return visitor("GET", f"/clip/{job_id}").json()


def test_links_begin_where_the_request_went(visitor: Visitor, behind: Backstage) -> None:
    assert finished(visitor, behind)["download_url"].startswith("http://testserver/files/")


def test_a_foreign_host_never_gets_into_a_link(tmp_path: Path) -> None:
    with open_backstage(tmp_path, public_url="https://clips.example") as behind:
        client, visitor = at(behind, "clips.example")
        done = finished(visitor, behind)
        paths = (f"{API}/clip/{done['job_id']}", f"{API}/clips", f"/c/{done['job_id']}", "/llm")
        for path, host in product(paths, ("evil.example", 'x"><script>', "a b", "", "clips.example:99999999")):
            answer = client.get(path, headers={"Host": host, "Authorization": f"Bearer {visitor.key}"})
            assert "https://clips.example" in answer.text
            assert "evil" not in answer.text
            assert "<script>" not in answer.text


def test_a_host_of_its_own_changes_nothing_for_the_others(tmp_path: Path) -> None:
    with open_backstage(tmp_path, hosts={"fastclip": "clips.example"}) as behind:
        client, visitor = at(behind, "10.1.2.3:8000")
        done = finished(visitor, behind)
        answer = client.get(f"{API}/clip/{done['job_id']}", headers={"Authorization": f"Bearer {visitor.key}"})
        assert answer.json()["download_url"].startswith("http://10.1.2.3:8000/files/")


def test_paths_outside_of_the_surfaces_say_which_methods_they_know(site: TestClient) -> None:
    for method, path in (("POST", "/llm"), ("DELETE", "/c/x"), ("POST", "/fastclip/llm"), ("POST", "/healthz")):
        answer = site.request(method, path)
        assert (answer.status_code, list(answer.json())) == (405, ["detail"])
        assert answer.headers["allow"] == "GET, HEAD"


def test_a_host_of_its_own_serves_one_surface_without_its_prefix(tmp_path: Path) -> None:
    hosts = {"fastclip": "Clips.example", "clipapi": "api.example"}
    with open_backstage(tmp_path, hosts=hosts) as behind:
        client, visitor = at(behind, "clips.example")
        visitor.prefix = "/v1"
        done = finished(visitor, behind)
        assert done["download_url"].startswith("http://clips.example/files/")
        assert client.get(done["download_url"]).status_code == 200
        assert client.get(done["share_url"]).status_code == 200
        assert "Base URL: http://clips.example/v1\n" in client.get("/llm").text
        assert client.get("/v1/openapi.json").json()["servers"] == [{"url": "/v1"}]
        for other in ("/fastclip/v1/clips", "/clipapi/v1/usage", "/v1/usage", "/x"):
            answer = client.get(other)
            assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})
        other_host, _ = at(behind, "api.example:8000")
        for prefix in ("/v1", "/api/v1"):
            got = other_host.get(f"{prefix}/usage", headers={"X-Api-Key": visitor.key})
            assert got.status_code == 200
        anywhere, _ = at(behind, "127.0.0.1")
        assert anywhere.get("/fastclip/v1/balance", headers={"X-Api-Key": visitor.key}).status_code == 200


def test_a_server_that_knows_its_names_answers_to_no_other(tmp_path: Path) -> None:
    with open_backstage(tmp_path, own_names=("localhost", "127.0.0.1", "::1")) as behind:
        for host, status in [("localhost:8000", 200), ("127.0.0.1", 200), ("[::1]:80", 200), ("evil.example", 421)]:
            client, visitor = at(behind, host)
            answer = visitor("GET", "/balance")
            assert answer.status_code == status, host
            assert list(answer.json()) == (["balance"] if status == 200 else ["detail"])
            assert client.get("/healthz").status_code == 200


def test_a_name_that_is_not_the_servers_is_refused_in_the_shape_of_the_surface(tmp_path: Path) -> None:
    with open_backstage(tmp_path, own_names=("localhost",)) as behind:
        client, _ = at(behind, "evil.example")
        refused = client.post("/clipi/api/video/info", json={})
        assert (refused.status_code, list(refused.json())) == (421, ["error"])
        assert isinstance(refused.json()["error"], str)
        assert client.get("/cutroom/v1/clips").json()["error"]["message"] == refused.json()["error"]


def test_health_and_metrics(site: TestClient, visitor: Visitor, behind: Backstage) -> None:
    assert site.get("/healthz").json() == {"status": "ok"}
    ready = site.get("/readyz")
    assert ready.status_code == 503  # nobody works here
    assert ready.json()["checks"]["database"] == "ok"
    visitor("GET", "/clips/unknown0")
    site.request("BREW", f"{API}/clips/unknown0")
    _, owner = behind.account(owner=True)
    text = site.get("/metrics", headers={"Authorization": f"Bearer {owner}"}).text
    assert 'cutroom_requests_total{method="GET",route="/clips/{clip_id}",status="404",surface="fastclip"}' in text
    assert "unknown0" not in text
    assert visitor.account.id not in text
    assert "BREW" not in text


def test_what_is_below_a_surfaces_name_speaks_like_it(site: TestClient) -> None:
    for path in ("/fastclip/", "/fastclip/v1", "/fastclip/v2/clips", "/clipapi/x"):
        assert (site.get(path).status_code, site.get(path).json()) == (404, {"detail": "Not found."})


def test_the_card_provider_is_believed_by_its_signature_alone(site: TestClient) -> None:
    answer = site.post("/webhooks/stripe", content=b"{}", headers={"Stripe-Signature": "t=1,v1=00"})
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])
    assert site.post("/webhooks/stripe", content=b" " * ((1 << 20) + 1)).status_code == 413


def test_there_are_no_sockets_here(site: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), site.websocket_connect(f"{API}/clips"):
        pass


def test_the_application_follows_jobs_while_it_runs(behind: Backstage) -> None:
    with TestClient(build_app(behind.services)) as client:
        assert client.get("/healthz").status_code == 200
