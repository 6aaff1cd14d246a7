"""The pages that work without the studio: shares, approvals, log-in links, and what is not there."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from cutroom.model.clip import Format
from tests.support.site import Backstage, Hands
from tests.web.conftest import API, Visitor

pytestmark = pytest.mark.slow

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


class Read(HTMLParser):
    """Tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def meta(page: Read) -> dict[str | None, str | None]:
    return {tag.get("property") or tag.get("name"): tag.get("content") for tag in page.all("meta")}


def test_a_shared_film(visitor: Visitor, behind: Backstage, site: TestClient) -> None:
    clip = behind.clip(visitor.account, name='<b>"Mine" & yours</b>', source_title="<script>alert(1)</script>")
    answer = site.get(f"/c/{clip.id}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-robots-tag"] == "noindex"
    page = Read(answer.text)
    (video,) = page.all("video")
    assert "controls" in video
    assert "playsinline" in video
    assert site.get(str(video["src"]), headers={"Range": "bytes=0-1"}).status_code == 206
    said = meta(page)
    assert (said["robots"], said["og:title"]) == ("noindex", '<b>"Mine" & yours</b>')
    assert (said["og:url"], said["og:video:type"]) == (f"http://testserver/c/{clip.id}", "video/mp4")
    assert said["viewport"] == "width=device-width, initial-scale=1"
    assert page.all("script") == []
    assert page.all("b") == []
    (button,) = page.all("a")
    assert site.get(str(button["href"])).headers["content-disposition"].startswith("attachment")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert visitor.account.email not in answer.text
    head = site.head(f"/c/{clip.id}")
    assert (head.status_code, head.text) == (200, "")
    assert site.get(f"/fastclip/c/{clip.id}").status_code == 200


@pytest.mark.parametrize(("kind", "media_type", "tag"), [("gif", "image/gif", "img"), ("mp3", "audio/mpeg", "audio")])
def test_pictures_and_sound(
    visitor: Visitor, behind: Backstage, site: TestClient, kind: str, media_type: str, tag: str
) -> None:
    clip = behind.clip(visitor.account, format=Format(kind), media_type=media_type)
    page = Read(site.get(f"/c/{clip.id}").text)
    assert len(page.all(tag)) == 1
    assert page.all("video") == []


@pytest.mark.parametrize("path", ["/c/unknown", "/c/%3Cscript%3E", "/nothing", "/c/", "/%00"])
def test_what_is_not_there_is_a_page_too(site: TestClient, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script>" not in answer.text


@pytest.fixture
def token(visitor: Visitor, session: Visitor, behind: Backstage) -> str:
    behind.mails.clear()
    session("PATCH", "/settings", json={"api_reload_enabled": True, "reload_email_confirmation": True})
    session("POST", "/cards", json={"token": "tok_visa"})
    answer = visitor("POST", "/reload", json={"amount": 2500})
    assert answer.status_code == 202
    assert {**answer.json(), "message": ""} == {"success": True, "status": "pending", "amount": 2500, "message": ""}
    (mail,) = behind.mails
    return str(mail.token)


def test_a_reload_is_approved_by_its_page(visitor: Visitor, site: TestClient, token: str) -> None:
    address = f"{API}/reload/approve?token={quote(token)}"
    site.get(address, headers=BROWSER)  # programs that look through mail follow links
    asked = site.get(address, headers=BROWSER)
    assert asked.status_code == 200
    assert "$25.00" in asked.text
    assert visitor("GET", "/balance").json() == {"balance": 5.0}
    (form,) = Read(asked.text).all("form")
    assert form == {"method": "post"}
    sent = {str(field["name"]): str(field["value"]) for field in Read(asked.text).all("input")}
    done = site.post(address, data=sent, headers=BROWSER)
    assert done.status_code == 200
    assert "30.00" in done.text
    assert visitor("GET", "/balance").json() == {"balance": 30.0}
    assert site.post(address, data=sent, headers=BROWSER).status_code == 400
    assert site.get(address, headers=BROWSER).status_code == 404
    assert visitor("GET", "/balance").json() == {"balance": 30.0}


@pytest.mark.parametrize("way", ["json", "query"])
def test_a_program_may_approve_too(visitor: Visitor, site: TestClient, token: str, way: str) -> None:
    request: dict[str, Any] = {"json": {"token": token}} if way == "json" else {"params": {"token": token}}
    done = site.post(f"{API}/reload/approve", **request)
    assert (done.status_code, done.json()["balance"]) == (200, 30.0)
    again = site.post(f"{API}/reload/approve", **request)
    assert (again.status_code, list(again.json())) == (404, ["detail"])


def test_an_approval_runs_out(visitor: Visitor, site: TestClient, token: str, clock: Hands) -> None:
    clock.ahead = 3601
    assert site.post(f"{API}/reload/approve", json={"token": token}).status_code == 404


@pytest.mark.parametrize(
    "request_", [{}, {"json": {"token": 7}}, {"json": []}, {"content": b"\xff"}, {"params": {"token": "x"}}]
)
def test_no_token_approves_nothing(site: TestClient, request_: dict[str, Any]) -> None:
    assert site.post(f"{API}/reload/approve", **request_).status_code == 404
    assert site.get(f"{API}/reload/approve").status_code == 404


def test_a_log_in_link_is_used_once_and_by_post(visitor: Visitor, behind: Backstage, site: TestClient) -> None:
    with behind.services.database.write() as tx:
        token = behind.services.accounts.login_link(tx, visitor.account.id)
    for _ in range(2):
        assert site.get("/login/link", params={"token": token}).status_code == 200
    done = site.post("/login/link", data={"token": token}, headers=BROWSER)
    assert done.headers["cache-control"] == "no-store"
    session = re.search(r"<code>([^<]+)</code>", done.text)
    assert session
    logged_in = Visitor(site, visitor.account, session[1])
    assert logged_in("GET", "/settings").status_code == 200
    assert site.post("/login/link", data={"token": token}, headers=BROWSER).status_code == 404
    assert site.post("/login/link", json={"token": token}).status_code == 404


def test_the_first_page_leads_to_everything(site: TestClient) -> None:
    first = site.get("/", headers=BROWSER)
    assert first.status_code == 200
    links = [tag["href"] for tag in Read(first.text).all("a")]
    assert {"/llm", "/fastclip/v1/openapi.json", "/cutroom/v1/openapi.json", "/clipapi/v1/openapi.json"} <= set(links)
    assert [site.get(str(link)).status_code for link in links if link != "/readyz"] == [200] * (len(links) - 1)
