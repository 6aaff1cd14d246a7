from __future__ import annotations

import pytest

from cutroom.media.inside.kinds import kind_of

QT, ISO, M4A = (b"\x00\x00\x00\x14ftyp" + brand for brand in (b"qt  ", b"isom", b"M4A "))
EBML = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82"


@pytest.mark.parametrize(
    ("demuxer", "head", "sound_only", "kind"),
    [
        ("mov", QT, False, "mov"), ("mov", ISO, False, "mp4"), ("mov", b"\x00\x00\x00\x08wide", False, "mov"),
        ("mov", M4A, True, "m4a"), ("mov", ISO, True, "m4a"), ("mov", QT, True, "m4a"),
        ("matroska", EBML + b"\x84webm", False, "webm"), ("matroska", EBML + b"\x88matroska", False, "mkv"),
        ("matroska", b"", False, "mkv"), ("mpegts", b"G", False, "ts"), ("asf", b"0", False, "wmv"),
        ("mp3", b"ID3", True, "mp3"), ("flac", b"fLaC", True, "flac"),
    ],
)  # fmt: skip
def test_kinds(demuxer: str, head: bytes, sound_only: bool, kind: str) -> None:
    assert kind_of(demuxer, head, sound_only=sound_only) == kind
