"""Which kind of file it is, by its usual extension: demuxers lump MP4 and MOV together, and MKV and WebM."""

from __future__ import annotations

_EXTENSIONS = {"mpegts": "ts", "mpeg": "mpg", "mpegvideo": "mpg", "asf": "wmv", "webm": "webm", "matroska": "mkv"}

# EBML: the element that says which kind of Matroska it is stands within the header at the very start.
_DOC_TYPE = b"\x42\x82"


def kind_of(demuxer: str, head: bytes, *, sound_only: bool) -> str:
    """The usual extension (``mp4``, ``mov``, ``m4a``, ``webm``, ...) from the demuxer's name and the first bytes."""
    if demuxer == "mov":
        return _iso_kind(head, sound_only=sound_only)
    if demuxer in {"matroska", "webm"}:
        at = head.find(_DOC_TYPE, 0, 128)
        return "webm" if at >= 0 and head[at + 3 : at + 7] == b"webm" else "mkv"
    return _EXTENSIONS.get(demuxer, demuxer)


def _iso_kind(head: bytes, *, sound_only: bool) -> str:
    brand = head[8:12] if head[4:8] == b"ftyp" else b"qt  "  # files older than the brand box
    if sound_only:
        return "m4a"
    return "mov" if brand == b"qt  " else "mp4"
