"""MP4 files with lies in their boxes: sizes, counts, offsets, edit lists, references to other files, media of noise."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

from tests.support import films

Content = Callable[[], bytes]


def box(kind: bytes, body: bytes, size: int | None = None) -> bytes:
    """One box; ``size`` lies about its length."""
    return struct.pack(">I4s", (len(body) + 8 if size is None else size) & 0xFFFFFFFF, kind) + body


def _good(name: str = "faststart") -> bytearray:
    return bytearray(films.film(name).path.read_bytes())


def _cut_off(name: str, share: float) -> Content:
    return lambda: bytes(_good(name)[: int(len(_good(name)) * share)])


def _patched(kind: bytes, offset: int, value: bytes, name: str = "faststart") -> Content:
    """A good file in which the first box of ``kind`` has ``value`` written ``offset`` bytes behind its name."""

    def content() -> bytes:
        data = _good(name)
        at = data.index(kind) + 4 + offset
        data[at : at + len(value)] = value
        return bytes(data)

    return content


def _media(fill: Callable[[int], bytes]) -> Content:
    """A good index over media of something else."""

    def content() -> bytes:
        data = _good()
        at = data.index(b"mdat") + 4
        data[at:] = fill(len(data) - at)
        return bytes(data)

    return content


def _swept(kind: bytes, first: int, step: int, value: int) -> Content:
    """Every entry of a table box replaced: ``first`` bytes behind the name, ``step`` bytes apart, 32 bits each."""

    def content() -> bytes:
        data = _good()
        at = data.index(kind)
        (size,) = struct.unpack_from(">I", data, at - 4)
        for position in range(at + 4 + first, at - 4 + size - 3, step):
            struct.pack_into(">I", data, position, value & 0xFFFFFFFF)
        return bytes(data)

    return content


def _elsewhere() -> bytes:
    """Media said to lie in another file: the data reference names the neighbour."""
    data = _good()
    at = data.index(b"url ")
    reference = box(b"url ", b"\x00\x00\x00\x00neighbour.mp4\x00")
    grown = len(reference) - 12
    data[at - 4 : at + 8] = reference
    for kind in (b"dref", b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        start = data.index(kind) - 4
        struct.pack_into(">I", data, start, struct.unpack_from(">I", data, start)[0] + grown)
    return bytes(data)


def _deep() -> bytes:
    body = b""
    for _ in range(5000):
        body = box(b"moov", body)
    return _FTYP + body


def _many_boxes() -> bytes:
    return _FTYP + box(b"free", b"") * 400_000


def _edit_list(duration: int, time: int) -> Content:
    """The edit list of the picture replaced by one that lies."""

    def content() -> bytes:
        data = _good()
        at = data.index(b"elst") + 12
        struct.pack_into(">Ii", data, at, duration & 0xFFFFFFFF, time)
        return bytes(data)

    return content


_FTYP = box(b"ftyp", b"isom\x00\x00\x02\x00isommp41")
_TOO_MUCH = frozenset({"not_media", "media_damaged", "media_too_costly", "limit_exceeded"})
_ANY = _TOO_MUCH | {"invalid_range", "range_outside_source", "verification_failed", "processing_failed", "no_video"}

# Codes are None where nothing but "no media" or "damaged" would be honest.
CASES: list[tuple[str, Content, frozenset[str] | None]] = [
    ("ftyp.mp4", lambda: _FTYP, None),
    ("no_tracks.mp4", lambda: _FTYP + box(b"moov", box(b"mvhd", bytes(100))), None),
    ("end_1.mp4", _cut_off("h264_closed", 0.01), None),
    ("end_50.mp4", _cut_off("h264_closed", 0.5), None),
    ("end_99.mp4", _cut_off("h264_closed", 0.99), None),
    ("front_1.mp4", _cut_off("faststart", 0.01), None),
    ("front_4.mp4", _cut_off("faststart", 0.04), _ANY),
    ("media_noise.mp4", _media(lambda n: random.Random(6).randbytes(n)), _ANY),
    ("media_zeros.mp4", _media(bytes), _ANY),
    ("media_ones.mp4", _media(lambda n: b"\xff" * n), _ANY),
    ("box_huge.mp4", lambda: _FTYP + box(b"moov", bytes(64), 0x7FFFFFFF), None),
    ("box_64.mp4", lambda: _FTYP + box(b"moov", struct.pack(">Q", 1 << 62) + bytes(64), 1), None),
    ("box_small.mp4", lambda: _FTYP + box(b"moov", bytes(64), 3), None),
    ("deep.mp4", _deep, None),
    ("many_boxes.mp4", _many_boxes, None),
    ("sizes_huge.mp4", _swept(b"stsz", 12, 4, 0x7FFFFFF0), _ANY),
    ("sizes_zero.mp4", _swept(b"stsz", 12, 4, 0), _ANY),
    ("sizes_count.mp4", _patched(b"stsz", 8, b"\x7f\xff\xff\xff"), _ANY),
    ("offsets_beyond.mp4", _swept(b"stco", 8, 4, 0xFFFFFFF0), _ANY),
    ("offsets_zero.mp4", _swept(b"stco", 8, 4, 0), _ANY),
    ("steps_zero.mp4", _swept(b"stts", 12, 8, 0), _ANY),
    ("steps_huge.mp4", _swept(b"stts", 12, 8, 0x7FFFFFFF), _ANY),
    ("chunks_count.mp4", _patched(b"stsc", 4, b"\x7f\xff\xff\xff"), _ANY),
    ("picture_size.mp4", _patched(b"avc1", 24, struct.pack(">HH", 65535, 65535)), _ANY),
    ("no_parameters.mp4", _patched(b"avcC", 0, bytes(40)), _ANY),
    ("elsewhere.mp4", _elsewhere, _ANY),
    ("edit_beyond.mp4", _edit_list(1000, 0x7FFFFFF0), _ANY),
    ("edit_empty.mp4", _edit_list(0xFFFFFFFF, -1), _ANY),
    ("edit_negative.mp4", _edit_list(1000, -1_000_000), _ANY),
    ("timescale_zero.mp4", _patched(b"mdhd", 12, bytes(4)), _ANY),
]
