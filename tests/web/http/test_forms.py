"""Forms with a file and fields, however they are cut into pieces, and what they may not be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.web.http.forms import Form, is_form
from tests.web.dialects.clipi import BOUNDARY, Part, form

TYPE = f"multipart/form-data; boundary={BOUNDARY}"
CONTENT = b"\r\n--" + BOUNDARY[:-1].encode() + b"\r\n\x00film\r\n-\r\n"
WHOLE: bytes = form(
    Part("first", "caf\u00e9".encode()), Part("file", CONTENT, "a.mp4"), Part("other", b"left out", "b.mp4"),
    Part("last", b"1\r\n2"), Part("empty", b""),
)["content"]  # fmt: skip


def taken(body: bytes, cuts: list[int] | None = None) -> tuple[str, bytes, list[tuple[str, str]]]:
    out, fields, at = bytearray(), [], 0
    taking = Form(TYPE, out.extend, lambda name, text: fields.append((name, text)))
    for cut in [*sorted(cuts or []), len(body)]:
        taking.feed(body[at:cut])
        at = cut
    return taking.finish(), bytes(out), fields


@given(st.lists(st.integers(0, len(WHOLE)), max_size=40))
def test_file_and_fields_come_out_however_it_is_cut(cuts: list[int]) -> None:
    fields = [("first", "caf\u00e9"), ("last", "1\r\n2"), ("empty", "")]
    assert taken(WHOLE, cuts) == ("a.mp4", CONTENT, fields)


def test_a_field_is_told_before_the_file_has_come() -> None:
    told: list[str] = []
    taking = Form(TYPE, lambda data: None, lambda name, text: told.append(name))
    taking.feed(form(Part("first", b"1"), Part("file", b"", "a"), end=False)["content"])
    assert told == ["first"]


def test_what_a_field_is_refused_with_comes_out() -> None:
    def refuse(name: str, text: str) -> None:
        raise CutroomError(ErrorCode.INVALID_REQUEST, f"{name} is wrong: {text}.")

    taking = Form(TYPE, lambda data: None, refuse)
    with pytest.raises(CutroomError, match=r"first is wrong: 1\."):
        taking.feed(form(Part("first", b"1"), end=False)["content"] + form(Part("file", b"x", "a"))["content"])


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (form(*[Part(f"f{n}", b"") for n in range(51)])["content"], "50 parts"),
        (form(Part("long", b"x" * 10_001))["content"], "10000 bytes"),
        (form(Part("name", b"\xff"))["content"], "UTF-8"),
        (form(Part("\udcff", b"x"))["content"], "UTF-8"),
        (form(Part("file", b"x", "a"), Part("file", b"x", "b"))["content"], "one file"),
        (form(Part("file", b"x"), Part("file", b"x", "b"))["content"], "one file"),
        (WHOLE[:-10], "not complete"),
        (b"", "not complete"),
        (b"\r\n", "not complete"),
        (WHOLE.replace(b"Content-Disposition", b"Content\x00Disposition"), "cannot be read"),
    ],
)
def test_what_is_no_form_is_refused(body: bytes, word: str) -> None:
    with pytest.raises(CutroomError, match=word) as caught:
        taken(body)
    assert caught.value.code is ErrorCode.INVALID_REQUEST


def test_a_field_may_have_ten_kilobytes_and_a_form_fifty_parts() -> None:
    parts = [Part("long", b"x" * 10_000), *[Part(f"f{n}", b"") for n in range(48)], Part("file", b"x", "a")]
    assert len(taken(form(*parts)["content"])[2]) == 49


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (TYPE, True), ("Multipart/Form-Data; boundary=x", True), ("multipart/mixed; boundary=x", False),
        ("application/x-www-form-urlencoded", False), ("", False), (None, False), ("multipart/form-data", True),
    ],
)  # fmt: skip
def test_what_counts_as_a_form(content_type: str | None, expected: bool) -> None:
    assert is_form(content_type) is expected


@pytest.mark.parametrize("content_type", ["multipart/form-data", f"multipart/form-data; boundary={'x' * 500}"])
def test_a_form_needs_a_boundary(content_type: str) -> None:
    with pytest.raises(CutroomError, match="boundary"):
        Form(content_type, lambda data: None)
