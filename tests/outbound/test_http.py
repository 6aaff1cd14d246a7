"""The HTTP client over real sockets: redirects, failures in words, caps, cancelling."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.outbound.egress import Egress
from cutroom.outbound.http import HttpClient, trust
from tests.support.range_server import Route, Site

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]


def code_of(client: HttpClient, url: str) -> ErrorCode:
    with pytest.raises(CutroomError) as caught, client.get(url) as reply:
        list(reply.chunks())
    assert caught.value.next_step
    assert "127.0.0" not in caught.value.message
    return caught.value.code


def test_a_range_is_asked_for_and_given(client: HttpClient, site: Site) -> None:
    site.routes["/a"] = Route(bytes(range(200)))
    with client.get(site.url("/a"), headers={"Range": "bytes=10-19"}) as reply:
        assert reply.status == 206
        assert reply.headers["Content-RANGE"] == "bytes 10-19/200"
        assert b"".join(reply.chunks()) == bytes(range(10, 20))
    sent = site.hits[0].headers
    assert sent["user-agent"].startswith("Cutroom/")
    assert sent["accept-encoding"] == "identity"


def test_head_has_no_body(client: HttpClient, site: Site) -> None:
    site.routes["/a"] = Route(bytes(200))
    with client.head(site.url("/a")) as reply:
        assert reply.headers["content-length"] == "200"
        assert b"".join(reply.chunks()) == b""


def test_reading_stops_at_the_cap(client: HttpClient, site: Site) -> None:
    site.routes["/a"] = Route(bytes(30_000_000))
    with client.get(site.url("/a")) as reply:
        assert len(reply.read(1000)) == 1000
    assert site.bytes_sent < 20_000_000


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, ErrorCode.SOURCE_UNREACHABLE), (401, ErrorCode.SOURCE_PRIVATE), (403, ErrorCode.SOURCE_PRIVATE),
        (404, ErrorCode.SOURCE_NOT_FOUND), (410, ErrorCode.SOURCE_NOT_FOUND), (429, ErrorCode.SOURCE_UNREACHABLE),
        (451, ErrorCode.SOURCE_GEO_BLOCKED), (500, ErrorCode.SOURCE_UNREACHABLE), (502, ErrorCode.SOURCE_UNREACHABLE),
        (503, ErrorCode.SOURCE_UNREACHABLE),
    ],
)  # fmt: skip
def test_statuses_become_codes(client: HttpClient, site: Site, status: int, code: ErrorCode) -> None:
    site.routes["/a"] = Route(b"words of the server", status=status)
    assert code_of(client, site.url("/a")) is code


def test_an_accepted_status_does_not_raise(client: HttpClient, site: Site) -> None:
    site.routes["/a"] = Route(b"", status=416)
    with client.get(site.url("/a"), accept={416}) as reply:
        assert reply.status == 416


def test_redirects_are_followed_ten_times_and_no_more(client: HttpClient, site: Site) -> None:
    for step in range(12):
        site.routes[f"/{step}"] = Route(status=302, headers={"Location": f"/{step + 1}"})
    site.routes["/12"] = Route(b"here")
    with client.get(site.url("/2")) as reply:
        assert reply.url == site.url("/12")
        assert b"".join(reply.chunks()) == b"here"
    assert code_of(client, site.url("/1")) is ErrorCode.SOURCE_UNREACHABLE


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.2/", "gopher://127.0.0.2/", "javascript:1"])
def test_redirects_lead_to_http_only(client: HttpClient, site: Site, target: str) -> None:
    site.routes["/a"] = Route(status=302, headers={"Location": target})
    assert code_of(client, site.url("/a")) in {ErrorCode.INVALID_REQUEST, ErrorCode.SOURCE_UNREACHABLE}


def test_a_redirect_to_a_private_address_is_refused_without_a_hit(
    client: HttpClient, site: Site, private: Site
) -> None:
    site.routes["/a"] = Route(status=302, headers={"Location": private.url("/secret")})
    assert code_of(client, site.url("/a")) is ErrorCode.SOURCE_REFUSED_ADDRESS
    assert private.connections == 0


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_refused_and_unreachable_are_told_apart(client: HttpClient, private: Site, scheme: str) -> None:
    assert code_of(client, f"{scheme}://127.0.0.1:{private.port}/") is ErrorCode.SOURCE_REFUSED_ADDRESS
    assert code_of(client, f"{scheme}://no-such-host.invalid/") is ErrorCode.SOURCE_UNREACHABLE
    assert code_of(client, f"{scheme}://127.0.0.2:9/") is ErrorCode.SOURCE_UNREACHABLE
    assert private.connections == 0


@pytest.mark.parametrize(
    "url", ["ftp://a/b", "file:///etc/passwd", "/etc/passwd", "", "http://", "http://a" + "b" * 9000]
)
def test_what_is_no_link_is_an_invalid_request(client: HttpClient, url: str) -> None:
    assert code_of(client, url) in {ErrorCode.INVALID_REQUEST, ErrorCode.SOURCE_UNREACHABLE}


def test_a_body_that_breaks_off_is_unreachable(client: HttpClient, site: Site) -> None:
    site.routes["/a"] = Route(bytes(100_000), cut_after=5000)
    assert code_of(client, site.url("/a")) is ErrorCode.SOURCE_UNREACHABLE


def test_a_silent_server_is_given_up(egress: Egress, site: Site) -> None:
    site.routes["/a"] = Route(b"late", delay=3)
    with HttpClient(egress, read_seconds=0.3) as hasty:
        assert code_of(hasty, site.url("/a")) is ErrorCode.SOURCE_UNREACHABLE


def test_the_environment_names_no_proxy_for_us(
    client: HttpClient, site: Site, private: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, private.url(""))
    monkeypatch.setenv("NO_PROXY", "*")
    site.routes["/a"] = Route(b"direct")
    with client.get(site.url("/a")) as reply:
        assert reply.read(100) == b"direct"
    assert code_of(client, private.url("/")) is ErrorCode.SOURCE_REFUSED_ADDRESS
    assert private.connections == 0


@pytest.mark.parametrize("trouble", [{"delay": 20.0}, {"pause": 20.0}], ids=["before the answer", "in the body"])
def test_cancelling_wakes_a_waiting_request(client: HttpClient, site: Site, trouble: dict[str, float]) -> None:
    site.routes["/a"] = Route(bytes(500_000), **trouble)  # type: ignore[arg-type]
    cancel = CancelToken()
    timer = threading.Timer(0.5, cancel.cancel)
    timer.start()
    begun = time.monotonic()
    with pytest.raises(Cancelled), client.get(site.url("/a"), cancel=cancel) as reply:
        list(reply.chunks())
    assert time.monotonic() - begun < 2
    timer.join()


def test_nothing_is_asked_after_a_cancel(client: HttpClient, site: Site) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled), client.get(site.url("/a"), cancel=cancel):
        pass
    assert site.hits == []


def test_over_tls_one_connection_serves_many_ranges(client: HttpClient, secure_site: Site) -> None:
    secure_site.routes["/a"] = Route(bytes(range(256)) * 4000)
    for start in range(0, 500_000, 50_000):
        with client.get(secure_site.url("/a"), headers={"Range": f"bytes={start}-{start + 49_999}"}) as reply:
            assert len(b"".join(reply.chunks())) == 50_000
    assert secure_site.connections == 1


def test_a_certificate_that_is_not_trusted_is_told(client: HttpClient, secure_site: Site, tmp_path: Path) -> None:
    trust.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSL_CERT_FILE")
        with pytest.raises(CutroomError) as caught, client.get(secure_site.url("/a")):
            pass
    assert caught.value.code is ErrorCode.SOURCE_UNREACHABLE
    assert "certificate" in caught.value.message
    assert secure_site.hits == []


def test_cancelling_wakes_a_request_over_tls(client: HttpClient, secure_site: Site) -> None:
    secure_site.routes["/a"] = Route(bytes(500_000), pause=20)
    cancel = CancelToken()
    timer = threading.Timer(0.5, cancel.cancel)
    timer.start()
    begun = time.monotonic()
    with pytest.raises(Cancelled), client.get(secure_site.url("/a"), cancel=cancel) as reply:
        list(reply.chunks())
    assert time.monotonic() - begun < 2
    timer.join()
