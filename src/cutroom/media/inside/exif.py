"""The one thing in EXIF that changes how a picture is shown: which way up it stands."""

from __future__ import annotations

import struct

_TAG = 0x0112
_SHORT = 3


def orientation_of(exif: bytes) -> int:
    """The orientation (1..8) that a block of EXIF states, with or without its marker; 1 where it states none."""
    exif = exif.removeprefix(b"Exif\x00\x00")
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, at)
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind, _number, value = struct.unpack_from(f"{order}HHIH", exif, entry)
            if tag == _TAG and kind == _SHORT:
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:  # it ends too early, or points outside itself
        pass
    return 1


def exif_of(orientation: int) -> bytes:
    """The shortest EXIF block that says how to turn a picture, without marker; empty where it stands upright."""
    if not 1 < orientation <= 8:
        return b""
    entry = struct.pack("<HHIHH", _TAG, _SHORT, 1, orientation, 0)
    return b"II*\x00" + struct.pack("<IH", 8, 1) + entry + bytes(4)
