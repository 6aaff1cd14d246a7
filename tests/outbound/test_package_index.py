"""The package index is chosen as the launcher chooses it, and what it answers is read with care."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.outbound.http import HttpClient
from cutroom.outbound.package_index import IndexConfig, chosen_index, fetch_file, find_link, link_of
from tests.support.launcher import load_launcher
from tests.support.network import PUBLIC_HOST
from tests.support.range_server import Route, Site

run = load_launcher()


@pytest.mark.parametrize(
    ("env", "pip_conf"),
    [
        ({}, None),
        ({"PIP_INDEX_URL": "https://mirror.test/simple/"}, None),
        ({"UV_INDEX_URL": "https://uv.test/simple", "PIP_INDEX_URL": "https://mirror.test/simple"}, None),
        ({"UV_DEFAULT_INDEX": "ours=https://me:secret@uv.test/simple"}, None),
        ({"UV_DEFAULT_INDEX": "https://me:a=b@uv.test/simple"}, None),
        ({}, "[global]\nindex-url = https://conf.test/simple\ncert = /certs.pem\n"),
        ({"PIP_CERT": "/mine.pem"}, "[global]\nindex-url = https://a.test/\n[install]\nindex-url = https://b.test/\n"),
        ({"PIP_CONFIG_FILE": "/dev/null"}, "[global]\nindex-url = https://conf.test/simple\n"),
        ({"REQUESTS_CA_BUNDLE": "/r.pem", "SSL_CERT_FILE": "/s.pem"}, "not a configuration"),
    ],
)
def test_the_index_is_the_launchers(env: dict[str, str], pip_conf: str | None, tmp_path: Path) -> None:
    if pip_conf is not None:
        (tmp_path / ".config/pip").mkdir(parents=True)
        (tmp_path / ".config/pip/pip.conf").write_text(pip_conf)
    env = {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "none"), **env}
    assert chosen_index(env) == IndexConfig(run.index_url(env), run.certificates(env))


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ('<a href="https://files.test/x/a-1.whl#sha256=ab">a-1.whl</a>', "https://files.test/x/a-1.whl"),
        ("<A class='x' HREF='../../f/a-1.whl'>a-1.whl</A>", "https://index.test/f/a-1.whl"),
        ('<base href="https://cdn.test/a/"><a href="a-1.whl">a</a>', "https://cdn.test/a/a-1.whl"),
        ('<a\n data-x="1"\n href="/f/a%2D1.whl?k=1&amp;b=2">u</a>', "https://index.test/f/a%2D1.whl?k=1&b=2"),
        ('<a href="https://[broken/a-1.whl">x</a><a href="/f/a-1.whl">x</a>', "https://index.test/f/a-1.whl"),
        ('<a href="/f/b-1.whl">a-1.whl</a>', None),
        ("", None),
    ],
)
def test_links_of_an_index_page(page: str, address: str | None) -> None:
    others = '<a href="a-1.whl.metadata">m</a><abbr href="a-1.whl">'
    assert find_link(others + page, "https://index.test/simple/a/", "a-1.whl") == address


@pytest.mark.slow
@pytest.mark.enable_socket
def test_a_name_and_password_go_to_the_index_and_nowhere_else(client: HttpClient, site: Site, tmp_path: Path) -> None:
    with Site(host=PUBLIC_HOST) as files:
        files.routes["/a-1.whl"] = Route(b"wheel")
        site.routes["/simple/a/"] = Route(f'<a href="{files.url("/a-1.whl")}">a</a>'.encode())
        site.routes["/simple/b/"] = Route(b'<a href="/b-1.whl">b</a>')
        site.routes["/b-1.whl"] = Route(b"wheel")
        index = IndexConfig(site.url("/simple", host=f"me:p%40ss@{PUBLIC_HOST}"))
        for package in "ab":
            link = link_of(client, index, package, f"{package}-1.whl")
            fetch_file(client, link, tmp_path / package, size=5)
            assert (tmp_path / package).read_bytes() == b"wheel"
        told = "Basic " + base64.b64encode(b"me:p@ss").decode()
        assert [hit.headers.get("authorization") for hit in site.hits] == [told] * 3
        assert [hit.headers.get("authorization") for hit in files.hits] == [None]


@pytest.mark.slow
@pytest.mark.enable_socket
def test_what_is_too_long_is_not_fetched_to_its_end(client: HttpClient, site: Site, tmp_path: Path) -> None:
    site.routes["/long"] = Route(b"x" * (8 << 20))
    fetch_file(client, site.url("/long"), tmp_path / "made", size=1000)
    assert (tmp_path / "made").stat().st_size == 1001
    site.routes["/simple/c/"] = Route(b"<html>")
    with pytest.raises(CutroomError, match="does not list c-1") as caught:
        link_of(client, IndexConfig(site.url("/simple")), "c", "c-1.whl")
    assert caught.value.code is ErrorCode.SOURCE_NOT_FOUND
