"""What is behind a link, judged by its first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.sources.sniff import Content, sniff

CASES = [
    (b"", "video/mp4", Content.EMPTY),
    (b"\0\0\0\x18ftypmp42", "", Content.MEDIA),
    (b"\0\0\0\x18ftypmp42", "text/html", Content.MEDIA),
    (b"\0\0\0\x08moov", "application/octet-stream", Content.MEDIA),
    (b"\x1aE\xdf\xa3\x01", "", Content.MEDIA),
    (b"RIFF\0\0\0\0AVI LIST", "", Content.MEDIA),
    (b"RIFF\0\0\0\0WAVEfmt ", "", Content.MEDIA),
    (b"RIFF\0\0\0\0ACON", "", Content.OTHER),
    ((b"G" + bytes(187)) * 5, "", Content.MEDIA),
    ((bytes(4) + b"G" + bytes(187)) * 5, "", Content.MEDIA),
    (b"G" + b"x" * 1000, "text/plain", Content.OTHER),
    (b"ID3\x04", "", Content.MEDIA),
    (b"\xff\xfb\x90\x64", "", Content.MEDIA),
    (b"\xff\xf1\x50\x80", "", Content.MEDIA),
    (b"GIF89a", "", Content.MEDIA),
    (b"#EXTM3U\n#EXT-X-VERSION:3", "video/mp4", Content.HLS),
    (b"\xef\xbb\xbf\n #EXTM3U\n", "", Content.HLS),
    (b"<!DOCTYPE html><html>", "", Content.PAGE),
    (b"\n\n  <HTML lang=en>", "video/mp4", Content.PAGE),
    (b"<?xml version='1.0'?><MPD xmlns='x'>", "application/dash+xml", Content.PAGE),
    (b"page without marks", "text/html", Content.PAGE),
    (b"<svg xmlns='http://www.w3.org/2000/svg'>", "image/svg+xml", Content.OTHER),
    (b"just text", "text/plain", Content.OTHER),
    (b"just text", "video/mp4", Content.OTHER),
    (b"ffconcat version 1.0\nfile x", "video/mp4", Content.OTHER),
    (b'{"json": 1}', "application/json", Content.OTHER),
    (b"PK\x03\x04", "application/zip", Content.OTHER),
    (b"%PDF-1.7", "application/pdf", Content.OTHER),
    (b"\x00\x9c\x81unknown container", "video/x-thing", Content.MEDIA),
    (b"\x00\x9c\x81unknown container", "application/octet-stream", Content.OTHER),
]


@pytest.mark.parametrize(("head", "declared", "content"), CASES, ids=[f"{c[0][:12]!r} {c[1]}" for c in CASES])
def test_cases(head: bytes, declared: str, content: Content) -> None:
    assert sniff(head, declared) is content


@given(st.binary(max_size=600), st.sampled_from(["", "text/html", "video/mp4", "text/plain"]))
def test_any_bytes_get_an_answer(head: bytes, declared: str) -> None:
    assert (sniff(head, declared) is Content.EMPTY) == (head == b"")
