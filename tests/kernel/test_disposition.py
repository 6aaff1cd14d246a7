"""The header for saving a file: one safe line for any name, and the right name for whoever reads it."""

from __future__ import annotations

import re
from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cutroom.kernel.disposition import content_disposition

_HEADER = re.compile(
    r"""(?P<kind>inline|attachment);[ ]filename="(?P<plain>[^"\\%]*)"
        (?:;[ ]filename\*=UTF-8''(?P<exact>[\w!#$&+.^`|~%-]+))?""",
    re.ASCII | re.VERBOSE,
)


def read_as(header: str) -> tuple[str, str]:
    """Kind and name as a client reads them that knows RFC 6266: the exact name goes before the plain one."""
    found = _HEADER.fullmatch(header)
    assert found, header
    return found["kind"], unquote(found["exact"], errors="strict") if found["exact"] else found["plain"]


def read_by_an_old_client(header: str) -> str:
    """The plain name, as the standard library's mail parser takes it."""
    message = Message()
    message["Content-Disposition"] = header.partition("; filename*=")[0]
    return message.get_filename() or ""


@pytest.mark.parametrize(
    ("name", "understood"),
    [
        ("clip_2-00-3-00.mp4", "clip_2-00-3-00.mp4"),
        ("Café 日本 שלום.mp4", "Café 日本 שלום.mp4"),
        ('say "hi"; filename="evil.exe".mp4', 'say "hi"; filename="evil.exe".mp4'),
        ("a\r\nSet-Cookie: x=1.mp4", "a Set-Cookie: x=1.mp4"),
        ("100%41.mp4", "100%41.mp4"),
        ("\u202egpj.exe", "gpj.exe"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\Windows\\x.mp4", "C:_Windows_x.mp4"),
        ("..", "download"),
        ("\n", "download"),
        ("\ud800", "download"),
        ("👨\u200d👩\u200d👧.gif", "👨\u200d👩\u200d👧.gif"),
    ],
)
@pytest.mark.parametrize("inline", [True, False])
def test_names_are_understood(name: str, understood: str, inline: bool) -> None:
    assert read_as(content_disposition(name, inline=inline)) == ("inline" if inline else "attachment", understood)


@given(st.text(max_size=300))
@example('"; \\"')
@example("é" * 300 + ".mp4")
@example("x" * 300 + ".mp4")
@example("." + "é" * 300)
def test_any_name_gives_one_safe_line(name: str) -> None:
    header = content_disposition(name, inline=False)
    assert header.isascii()
    assert header.isprintable()
    kind, understood = read_as(header)
    assert kind == "attachment"
    assert understood
    assert len(understood.encode()) <= 255
    assert not set(understood) & set("/\\\r\n\x00\u202e\u2066")
    assert not understood.startswith(".")
    old = read_by_an_old_client(header)
    assert old
    assert old.isascii()
    assert not set(old) & set('/\\"%')


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40))
def test_letters_of_any_script_survive(name: str) -> None:
    assert read_as(content_disposition(f"{name}.mp4", inline=True)) == ("inline", f"{name}.mp4")


def test_the_suffix_survives_a_name_that_is_too_long() -> None:
    assert read_as(content_disposition("é" * 300 + ".mp4", inline=False))[1].endswith("é.mp4")
