"""What the first bytes behind a link are: media, a playlist, a page. The bytes decide; the declared type only helps."""

from __future__ import annotations

import re
from enum import Enum

_BLANK = b" \t\r\n\x00\x0b\x0c"
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body|meta|script|title|!--)", re.IGNORECASE)
_STARTS = (
    b"\x1aE\xdf\xa3",  # Matroska, WebM
    b"OggS", b"fLaC", b"FLV", b"ID3", b".RMF", b"MThd", b"#!AMR", b"caff", b"FORM",
    b"0&\xb2u\x8ef\xcf\x11",  # ASF
    b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3",  # MPEG program and elementary streams
    b"\x00\x00\x00\x01",  # H.264 and H.265 without container
    b"DKIF", b"YUV4MPEG2", b"\x0bw", b"\x7f\xfe\x80\x01",
    b"GIF8", b"\x89PNG\r\n", b"\xff\xd8\xff", b"BM", b"II*\x00", b"MM\x00*",
)  # fmt: skip
_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"pnot", b"sidx"}


class Content(Enum):
    """What to do with a link."""

    EMPTY = "empty"
    MEDIA = "media"
    HLS = "hls"
    PAGE = "page"
    """HTML, or a manifest that yt-dlp reads."""
    OTHER = "other"


def sniff(head: bytes, content_type: str = "") -> Content:
    """Judge by the first bytes (64 KiB or the whole file), then by the declared type."""
    if not head:
        return Content.EMPTY
    if is_media(head):
        return Content.MEDIA
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK)
    if text.startswith(b"#EXTM3U"):
        return Content.HLS
    if _HTML.match(text) or b"<MPD" in text[:4096]:
        return Content.PAGE
    if content_type in {"text/html", "application/xhtml+xml", "application/dash+xml"}:
        return Content.PAGE
    if content_type.startswith(("video/", "audio/")) and not _is_text(head):
        return Content.MEDIA  # a kind of media without a mark of its own; the engine has the last word
    return Content.OTHER


def is_media(head: bytes) -> bool:
    """Whether the first bytes carry the mark of a kind of media file."""
    if head.startswith(_STARTS) or head[4:8] in _BOXES:
        return True
    if head[:4] in {b"RIFF", b"RF64", b"RIFX"} and head[8:12] in {b"AVI ", b"WAVE", b"WEBP"}:
        return True
    if any(head[at : at + 1] == b"G" and _sync(head, at) for at in (0, 4)):
        return True
    return (len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06 != 0) or _is_adts(head)


def _sync(head: bytes, at: int) -> bool:
    """MPEG transport stream: packets of 188 bytes (or 192) that each begin with the same mark."""
    step = 192 if at else 188
    marks = head[at : at + step * 8 : step]
    return len(marks) >= 3 and set(marks) == {0x47}


def _is_adts(head: bytes) -> bool:
    return len(head) > 2 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0


def _is_text(head: bytes) -> bool:
    try:
        head[:2048].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > 2000
    return b"\x00" not in head[:2048]
