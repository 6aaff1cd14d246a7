"""The small pure pieces: addresses, paths, shapes, fields."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from cutroom.actions.service import ServiceConfig
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from cutroom.web.http.dialect import Access, Directory, Endpoint
from cutroom.web.http.exchange import client_address, declared_length, route_path
from cutroom.web.http.fields import exact, public_id, web_link
from cutroom.web.http.links import base_url, host_name
from cutroom.web.http.shapes import aspect_ratio, dollars
from cutroom.web.http.validation import sentence

pytestmark = pytest.mark.slow


def request(host: str | None = None, **more: Any) -> dict[str, Any]:
    headers = [(b"host", host.encode("latin-1"))] if host is not None else []
    return {"type": "http", "scheme": "http", "path": "/", "headers": headers, "client": ("192.0.2.1", 1)} | more


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("testclient", "testclient"),
    ],
)
def test_who_is_counted(host: str, counted: str) -> None:
    assert client_address(request(client=(host, 7))) == counted


def test_no_client_is_counted_as_one() -> None:
    assert client_address(request(client=None)) == ""


@pytest.mark.parametrize(
    ("path", "root", "below"),
    [("/a/b", "/a", "/b"), ("/a", "/a", ""), ("/ab", "/a", "/ab"), ("/a/b", "", "/a/b"), ("/x", "/a", "/x")],
)
def test_the_path_below_the_mount(path: str, root: str, below: str) -> None:
    assert route_path(request(path=path, root_path=root)) == below


@pytest.mark.parametrize(
    ("host", "name"),
    [("A.example:80", "a.example"), ("[::1]:8000", "::1"), ("x y", ""), ("", ""), ("a" * 300, ""), (None, "")],
)
def test_host_names(host: str | None, name: str) -> None:
    assert host_name(request(host)) == name


@pytest.mark.parametrize(
    ("config", "host", "base"),
    [
        ({}, "a.example:8080", "http://a.example:8080"),
        ({}, 'a"b', "http://127.0.0.1:8000"),
        ({"public_url": "https://p.example"}, "a.example", "https://p.example"),
        ({"hosts": {"fastclip": "f.example"}}, "F.example", "http://F.example"),
        ({"hosts": {"fastclip": "f.example"}}, "10.1.2.3:8000", "http://10.1.2.3:8000"),
        ({"own_names": ("localhost",)}, "localhost:1", "http://localhost:1"),
        ({"own_names": ("localhost",)}, "evil.example", "http://127.0.0.1:8000"),
    ],
)
def test_what_links_begin_with(config: dict[str, Any], host: str, base: str) -> None:
    assert base_url(ServiceConfig(**config), request(host)) == base


@given(st.decimals(min_value=0, max_value=100_000, places=3))
def test_times_are_taken_as_they_were_written(written: Any) -> None:
    assert exact(float(written)) == Fraction(written)


@given(st.integers(-(10**11), 10**11))
def test_dollars_keep_every_cent(cents: int) -> None:
    assert Money.from_decimal(str(dollars(Money(cents)))) == Money(cents)


def outcome(check: Callable[[str], str], text: str) -> str:
    """What comes back, or the code of the error."""
    try:
        return check(text)
    except CutroomError as error:
        return error.code


@given(st.text())
def test_an_id_is_one_or_is_not_found(text: str) -> None:
    assert outcome(public_id, text) in {text, ErrorCode.NOT_FOUND}


@given(st.text())
def test_a_link_is_one_or_is_unsupported(text: str) -> None:
    said = outcome(web_link, text)
    assert said is ErrorCode.SOURCE_UNSUPPORTED or said.lower().startswith(("http://", "https://"))


@pytest.mark.parametrize("link", ["http://127.0.0.1:1/\ud800", "http://\ud800/", "https://a.example/\udfff"])
def test_what_is_no_text_is_no_link(link: str) -> None:
    assert outcome(web_link, link) is ErrorCode.SOURCE_UNSUPPORTED


@given(
    st.characters(categories=("Cc", "Zl", "Zp")) | st.sampled_from("\u061c\u200e\u200f\u202a\u202e\u2066\u2069\ufeff")
)
def test_no_link_holds_what_ends_a_line_or_turns_the_text_around(mark: str) -> None:
    assert outcome(web_link, f"https://a.example/film{mark}.mp4") is ErrorCode.SOURCE_UNSUPPORTED


def test_letters_of_any_script_may_stand_in_a_link() -> None:
    for link in ("https://a.example/k\u00e4se.mp4", "https://a.example/\u0641\u06cc\u0644\u0645\u200c\u0647\u0627"):
        assert web_link(link) == link


def test_blanks_in_a_link_are_encoded_as_browsers_do_it() -> None:
    assert web_link(" https://example.com/my film.mp4 ") == "https://example.com/my%20film.mp4"


@pytest.mark.parametrize(
    ("width", "height", "ratio"),
    [(1920, 1080, "16:9"), (1080, 1920, "9:16"), (640, 360, "16:9"), (854, 480, "16:9"), (500, 500, "1:1"),
     (1000, 700, "10:7"), (None, 5, None), (0, 0, None)],
)  # fmt: skip
def test_ratios(width: int | None, height: int | None, ratio: str | None) -> None:
    assert aspect_ratio(width, height) == ratio


@pytest.mark.parametrize(("text", "length"), [("12", 12), ("-1", None), ("1e9", None), ("²", None), ("", None)])
def test_lengths(text: str, length: int | None) -> None:
    assert declared_length(Headers({"content-length": text})) == length


def test_the_directory_finds_methods_and_aliases() -> None:
    directory = Directory((
        Endpoint("GET", "/a/{id}", Access.CALLER, "Get."),
        Endpoint("POST", "/a/b", Access.CALLER, "Post.", aliases=("/c",)),
    ))  # fmt: skip
    assert directory.match("HEAD", "/a/x").endpoint is directory.match("GET", "/a/b").endpoint
    assert directory.match("POST", "/c").endpoint is not None
    assert directory.match("POST", "/a/x").methods == ("GET", "HEAD")
    assert directory.match("GET", "/a/x/y").methods == ()
    assert directory.match("GET", "/a/x\ny").endpoint is not None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"type": "missing", "loc": ("body", "query")}, "query is required: words."),
        ({"type": "missing", "loc": ("body", "other")}, "other is required."),
        ({"type": "float_type", "loc": ("body", "query"), "msg": "x"}, "query must be words."),
        ({"type": "bool_type", "loc": ("body", "deep", "other"), "msg": "Input is bad"}, "deep.other: Input is bad."),
        ({"type": "json_invalid", "loc": ("body", 7)}, "The request body is not valid JSON."),
        ({"type": "missing", "loc": ("body",)}, "A request body is required: a JSON object."),
    ],
)
def test_sentences(error: dict[str, Any], said: str) -> None:
    assert sentence([error], {"query": "words"}) == said
