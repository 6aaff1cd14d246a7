"""Files in bodies: forms however they are cut into pieces, and what is no form."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.web.http.uploads import Reader, announced, reader_of

BOUNDARY = "----b0undary"
CONTENT = b"\r\n--" + BOUNDARY[:-1].encode() + b"\r\n\x00film\r\n-\r\n"


def request(kind: str | None, length: int | None = None) -> Request:
    headers = [(b"content-type", kind.encode("latin-1"))] if kind is not None else []
    headers += [(b"content-length", str(length).encode())] if length is not None else []
    return Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers})


def reader(sink: Any, boundary: str = BOUNDARY) -> Reader:
    return reader_of(request(f"multipart/form-data; boundary={boundary}"), sink)


def part(name: str, content: bytes, file_name: str | None = None) -> bytes:
    more = f'; filename="{file_name}"' if file_name is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\nContent-Type: video/mp4\r\n\r\n'
    return head.encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
FORM = part("note", b"first") + part("file", CONTENT, "caf\u00e9 %22a%22.mp4") + part("note", b"last") + END


@given(st.lists(st.integers(0, len(FORM)), max_size=40))
def test_the_file_of_a_form_comes_out_however_it_is_cut(cuts: list[int]) -> None:
    out = bytearray()
    taking, at = reader(out.extend), 0
    for cut in [*sorted(cuts), len(FORM)]:
        taking.feed(FORM[at:cut])
        at = cut
    assert taking.finish() == 'caf\u00e9 "a".mp4'
    assert bytes(out) == CONTENT


NO_FORMS = {
    "empty": b"",
    "something else": b"no form",
    "no parts": END,
    "cut off": FORM[:-20],
    "no file": part("other", b"x") + END,
    "two files": part("file", b"a", "a") + part("file", b"b", "b") + END,
    "a broken header": FORM.replace(b"Content-Type", b"Content\x00Type"),
    "a header without end": b"--" + BOUNDARY.encode() + b"\r\na: " + b"x" * 100_000,
}


@pytest.mark.parametrize("body", NO_FORMS.values(), ids=NO_FORMS)
def test_what_is_no_whole_form_with_one_file_is_refused(body: bytes) -> None:
    def take() -> None:
        taking = reader(lambda data: None)
        taking.feed(body)
        taking.finish()

    with pytest.raises(CutroomError) as told:
        take()
    assert told.value.code is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=" + "x" * 5000])
def test_a_form_needs_a_boundary(kind: str) -> None:
    with pytest.raises(CutroomError) as told:
        reader_of(request(kind), lambda data: None)
    assert told.value.code is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("kind", [None, "", "video/mp4", "application/x-www-form-urlencoded", ";;;", "\xff"])
def test_any_other_body_is_the_file_itself(kind: str | None) -> None:
    out = bytearray()
    taking = reader_of(request(kind), out.extend)
    taking.feed(b"film")
    assert (taking.finish(), bytes(out)) == ("", b"film")


def test_what_headers_say_of_the_size() -> None:
    assert announced(request("video/mp4", 100_000)) == 100_000
    assert announced(request("multipart/form-data; boundary=x", 100_000)) == 100_000 - 64 * 1024
    assert announced(request("multipart/form-data; boundary=x", 10)) == 0
    assert announced(request("video/mp4")) == 0
