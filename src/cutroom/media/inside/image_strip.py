"""An image file without what is said beside the picture: EXIF, places, comments, XMP, thumbnails, hidden appendices.

The coded picture is copied bit for bit, so nothing is lost and nothing is decoded. What a viewer needs to show the same
picture stays: colour profile, gamma, transparency, timing, and of EXIF the orientation alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from cutroom.media.inside.exif import exif_of
from cutroom.media.inside.image_parts import Part, parts_of
from cutroom.model.image import ImageFormat

if TYPE_CHECKING:
    from cutroom.media.inside.image_parts import Data

_PNG_KEPT = {
    "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "mDCV", "cLLI", "sBIT", "bKGD", "pHYs", "hIST", "sPLT", "acTL",
    "fcTL", "fdAT",
}  # fmt: skip
_WEBP_KEPT = {"VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP"}
_HAS_EXIF, _HAS_XMP = 0x08, 0x04
_JFIF = 14  # bytes of the segment's body without a thumbnail, whose size (0) are the last two
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def strip(kind: ImageFormat, data: Data, orientation: int, target: BinaryIO) -> bool:
    """Write ``data`` without its metadata to ``target``; ``orientation`` (1..8) is what its EXIF says.

    False for formats that cannot be cleaned like this (BMP has nothing to clean, TIFF is a database): nothing is
    written then. Raises ``CutroomError(MEDIA_DAMAGED)``.
    """
    writers = {ImageFormat.JPG: _jpeg, ImageFormat.PNG: _png, ImageFormat.WEBP: _webp, ImageFormat.GIF: _gif}
    if kind not in writers:
        return False
    writers[kind](data, orientation, target)
    return True


def _jpeg(data: Data, orientation: int, target: BinaryIO) -> None:
    exif = exif_of(orientation)
    for part in parts_of(ImageFormat.JPG, data):
        if part.name == "FFE0" and data[part.body : part.body + 5] == b"JFIF\x00" and part.end - part.body >= _JFIF:
            target.write(b"\xff\xe0\x00\x10" + data[part.body : part.body + _JFIF - 2] + bytes(2))
        elif _kept_of_jpeg(data, part):
            if part.name != "FFD8" and exif:
                target.write(b"\xff\xe1" + (len(exif) + 8).to_bytes(2, "big") + b"Exif\x00\x00" + exif)
                exif = b""
            target.write(data[part.start : part.end])


def _kept_of_jpeg(data: Data, part: Part) -> bool:
    if part.name == "FFE2":
        return data[part.body : part.body + 12] == b"ICC_PROFILE\x00"
    if part.name == "FFEE":
        return data[part.body : part.body + 5] == b"Adobe"
    return part.name != "FFFE" and not part.name.startswith("FFE")


def _png(data: Data, orientation: int, target: BinaryIO) -> None:
    exif = exif_of(orientation)
    for part in parts_of(ImageFormat.PNG, data):
        critical = not part.name or part.name[0].isupper()
        if part.name in {"IDAT", "PLTE"} and exif:
            target.write(_chunk(b"eXIf", exif))
            exif = b""
        if critical or part.name in _PNG_KEPT:
            target.write(data[part.start : part.end])


def _chunk(name: bytes, body: bytes) -> bytes:
    from zlib import crc32

    return len(body).to_bytes(4, "big") + name + body + crc32(name + body).to_bytes(4, "big")


def _webp(data: Data, orientation: int, target: BinaryIO) -> None:
    exif = exif_of(orientation)
    parts = [part for part in parts_of(ImageFormat.WEBP, data) if part.name in _WEBP_KEPT]
    appended = b"EXIF" + len(exif).to_bytes(4, "little") + exif if exif else b""
    length = 4 + len(appended) + sum(part.end - part.start for part in parts)
    target.write(b"RIFF" + length.to_bytes(4, "little") + b"WEBP")
    for part in parts:
        if part.name == "VP8X":
            flags = data[part.body] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if exif else 0)
            target.write(data[part.start : part.body] + bytes([flags]) + data[part.body + 1 : part.end])
        else:
            target.write(data[part.start : part.end])
    target.write(appended)


def _gif(data: Data, _orientation: int, target: BinaryIO) -> None:
    parts = list(parts_of(ImageFormat.GIF, data))
    for part in parts:
        looping = part.name == "application" and data[part.body + 1 : part.body + 12] in _GIF_LOOPS
        if looping or part.name in {"header", "control", "image"}:
            target.write(data[part.start : part.end])
    target.write(b";")
