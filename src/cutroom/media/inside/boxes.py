"""Setting the end of an MP4 file's edit list: pictures stored beyond it are kept for decoding and never shown.

Method: ISO/IEC 14496-12, boxes mvhd, tkhd, elst. Only durations are rewritten, in place.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from cutroom.media.inside.surprise import Surprise

_CONTAINERS = {b"moov", b"trak", b"edts"}
# Where the duration stands behind the box header, by version: offset and format.
_FIELDS = {
    b"mvhd": {0: (16, ">I"), 1: (24, ">Q")},
    b"tkhd": {0: (20, ">I"), 1: (28, ">Q")},
}


def set_video_end(path: Path, end: Fraction) -> None:
    """Make the first track end ``end`` seconds after the clip's zero, to the tick of the movie's time scale.

    Raises ``Surprise`` when the file does not have the one edit list this expects.
    """
    with path.open("r+b") as file:
        offset, size = _find_moov(file)
        file.seek(offset)
        moov = bytearray(file.read(size))
        boxes = list(_walk(moov, 0, len(moov)))
        header = next((at for kind, at in boxes if kind == b"mvhd"), None)
        edits = _first_track_edits(boxes)
        if header is None or len(edits) != 1:
            raise Surprise("the copy has no edit list to end it with")
        ticks = round(end * _time_scale(moov, header))
        _end_edit(moov, edits[0], ticks)
        tracks = [at for kind, at in boxes if kind == b"tkhd"]
        _store(moov, b"tkhd", tracks[0], ticks)
        _store(moov, b"mvhd", header, max(_load(moov, b"tkhd", at) for at in tracks))
        file.seek(offset)
        file.write(moov)


def _first_track_edits(boxes: list[tuple[bytes, int]]) -> list[int]:
    """Where the edit lists of the first track are."""
    tracks = [at for kind, at in boxes if kind == b"trak"]
    limit = tracks[1] if len(tracks) > 1 else boxes[-1][1] + 1
    return [at for kind, at in boxes if kind == b"elst" and at < limit]


def _time_scale(moov: bytearray, header: int) -> int:
    return int(struct.unpack_from(">I", moov, header + (20 if moov[header] else 12))[0])


def _end_edit(moov: bytearray, at: int, ticks: int) -> None:
    """Shorten the last entry so that all entries together last ``ticks``."""
    version, count = moov[at], int.from_bytes(moov[at + 4 : at + 8], "big")
    size, form = (20, ">Q") if version else (12, ">I")
    if not count:
        raise Surprise("the copy has no edit list to end it with")
    before = sum(struct.unpack_from(form, moov, at + 8 + i * size)[0] for i in range(count - 1))
    struct.pack_into(form, moov, at + 8 + (count - 1) * size, ticks - before)


def _load(moov: bytearray, kind: bytes, at: int) -> int:
    offset, form = _FIELDS[kind][moov[at]]
    return int(struct.unpack_from(form, moov, at + offset)[0])


def _store(moov: bytearray, kind: bytes, at: int, value: int) -> None:
    offset, form = _FIELDS[kind][moov[at]]
    struct.pack_into(form, moov, at + offset, value)


def _walk(data: bytearray, begin: int, end: int) -> Iterator[tuple[bytes, int]]:
    """(kind, offset of the payload) of every box, containers entered."""
    at = begin
    while at + 8 <= end:
        size, kind = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8])
        if size < 8:
            return
        yield kind, at + 8
        if kind in _CONTAINERS:
            yield from _walk(data, at + 8, at + size)
        at += size


def _find_moov(file: BinaryIO) -> tuple[int, int]:
    """Offset and size of the movie box. Raises ``Surprise`` when there is none."""
    at = 0
    while True:
        file.seek(at)
        header = file.read(16)
        if len(header) < 8:
            raise Surprise("the copy has no movie header")
        size = int.from_bytes(header[:4], "big")
        if size == 1:
            size = int.from_bytes(header[8:16], "big")
        if header[4:8] == b"moov":
            return at, size
        at += max(size, 8)
