"""The parts that image files consist of, found by their lengths alone: nothing is decoded, nothing is copied.

A ``Part`` is a stretch of the file with a name; together the parts are the whole file up to its end mark. What lies
behind the end mark is no part. A file that ends within a part is damaged.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.image import ImageFormat

if TYPE_CHECKING:
    from mmap import mmap

    Data = bytes | mmap

# In the coded data of a JPEG: a marker that is neither a stuffed byte nor a restart nor padding.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_ALONE = {0x01, *range(0xD0, 0xD9)}
_SOS, _EOI = 0xDA, 0xD9
_PNG_START = 8
_WEBP_START = 12
_GIF_START = 13


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes ``start`` to ``end`` of the file; ``body`` is where the part's own data begins.

    ``name`` is the format's: ``FFE1`` for a JPEG marker, ``tEXt``, ``ANMF``, and for GIF ``header``, ``image``,
    ``control``, ``comment``, ``text``, ``application``, ``trailer``.
    """

    name: str
    start: int
    body: int
    end: int


def parts_of(kind: ImageFormat, data: Data) -> Iterator[Part]:
    """The parts of a JPEG, PNG, WebP or GIF file in order. Raises ``CutroomError(MEDIA_DAMAGED)`` on the way.

    ``KeyError`` for the formats that are not made of parts.
    """
    try:
        yield from _READERS[kind](data)
    except (IndexError, struct.error) as error:
        raise damaged(f"the file ends within a part: {error}") from error


def damaged(detail: str) -> CutroomError:
    """The sentence for an image that cannot be read to its end."""
    return CutroomError(
        ErrorCode.MEDIA_DAMAGED, "The image is damaged or incomplete and cannot be read.", detail=detail
    )


def _jpeg_parts(data: Data) -> Iterator[Part]:
    """Marker segments; the coded data belongs to the segment that starts its scan. Ends after the first picture."""
    at = 0
    while True:
        begin = at
        if data[at] != 0xFF:
            raise damaged("a JPEG marker is missing")
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        at += 1
        if marker in _ALONE:
            yield Part(f"FF{marker:02X}", begin, at, at)
            continue
        if marker == _EOI:
            yield Part("FFD9", begin, at, at)
            return
        (length,) = struct.unpack(">H", data[at : at + 2])
        body, at = at + 2, at + length
        if marker == _SOS:
            found = _MARKER.search(data, at)
            if found is None:
                raise damaged("the coded data does not end")
            at = found.start()
        if at > len(data) or length < 2:
            raise damaged("a JPEG segment reaches beyond the file")
        yield Part(f"FF{marker:02X}", begin, body, at)


def _png_parts(data: Data) -> Iterator[Part]:
    yield Part("", 0, 0, _PNG_START)
    at, name = _PNG_START, ""
    while name != "IEND":
        (length,) = struct.unpack(">I", data[at : at + 4])
        name = data[at + 4 : at + 8].decode("latin-1")
        end = at + 12 + length
        if end > len(data):
            raise damaged("a PNG chunk reaches beyond the file")
        yield Part(name, at, at + 8, end)
        at = end


def _webp_parts(data: Data) -> Iterator[Part]:
    (length,) = struct.unpack("<I", data[4:8])
    whole = 8 + length
    if whole > len(data):
        raise damaged("the WebP file is shorter than it says")
    yield Part("RIFF", 0, 8, _WEBP_START)
    at = _WEBP_START
    while at + 8 <= whole:
        (length,) = struct.unpack("<I", data[at + 4 : at + 8])
        end = at + 8 + length + length % 2
        if at + 8 + length > whole:
            raise damaged("a WebP chunk reaches beyond the file")
        yield Part(data[at : at + 4].decode("latin-1"), at, at + 8, min(end, whole))
        at = end


def _gif_parts(data: Data) -> Iterator[Part]:
    """Blocks. A file without trailer that ends between blocks is whole: many are like that."""
    at = _GIF_START + _table(data[10])
    if at > len(data):
        raise damaged("the file ends within its palette")
    yield Part("header", 0, _GIF_START, at)
    while at < len(data):
        begin = at
        if data[at] == 0x3B:
            yield Part("trailer", at, at, at + 1)
            return
        if data[at] == 0x2C:
            name, body = "image", at + 10 + _table(data[at + 9]) + 1
        elif data[at] == 0x21:
            name, body = _EXTENSIONS.get(data[at + 1], "extension"), at + 2
        elif data[at] == 0:  # padding between blocks
            at += 1
            continue
        else:
            raise damaged("an unknown GIF block")
        at = body
        while length := data[at]:
            at += length + 1
        at += 1
        yield Part(name, begin, body, at)


_EXTENSIONS = {0xF9: "control", 0xFE: "comment", 0x01: "text", 0xFF: "application"}


def _table(flags: int) -> int:
    """Bytes of the colour table that the flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


_READERS: dict[ImageFormat, Callable[[Data], Iterator[Part]]] = {
    ImageFormat.JPG: _jpeg_parts,
    ImageFormat.PNG: _png_parts,
    ImageFormat.WEBP: _webp_parts,
    ImageFormat.GIF: _gif_parts,
}
