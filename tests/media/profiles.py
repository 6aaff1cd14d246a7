"""Colour profiles made by hand, whose meaning is known: tests need not trust a profile from elsewhere."""

from __future__ import annotations

import itertools
import struct


def swapped_rgb() -> bytes:
    """RGB in which red is meant where blue stands, and blue where red does: nobody overlooks that it was applied."""
    red, green, blue = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
    curve = b"curv\x00\x00\x00\x00" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\x00\x00"
    return _profile(b"RGB ", b"XYZ ", {
        b"rXYZ": _xyz(blue), b"gXYZ": _xyz(green), b"bXYZ": _xyz(red),
        b"rTRC": curve, b"gTRC": curve, b"bTRC": curve,
    })  # fmt: skip


def dark_cmyk() -> bytes:
    """CMYK in which every ink alone is black already, and no ink is white."""
    identity = bytes(range(256))
    grid = b"".join(
        bytes((0 if any(inks) else 255, 128, 128)) for inks in itertools.product((0, 1), repeat=4)
    )  # L* of 0 or 100, no colour
    matrix = struct.pack(">9i", *(65536 if at % 4 == 0 else 0 for at in range(9)))
    table = b"mft1\x00\x00\x00\x00" + bytes((4, 3, 2, 0)) + matrix + identity * 4 + grid + identity * 3
    return _profile(b"CMYK", b"Lab ", {b"A2B0": table}, kind=b"prtr")


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \x00\x00\x00\x00" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _profile(space: bytes, connection: bytes, tags: dict[bytes, bytes], kind: bytes = b"mntr") -> bytes:
    text = b"made for a test"
    said = b"desc\x00\x00\x00\x00" + struct.pack(">I", len(text) + 1) + text + bytes(1 + 8 + 3 + 67)
    whole = {
        b"desc": said,
        b"cprt": b"text\x00\x00\x00\x00" + text + b"\x00",
        b"wtpt": _xyz((0.9642, 1.0, 0.8249)),
        **tags,
    }
    at = 128 + 4 + 12 * len(whole)
    table, body = struct.pack(">I", len(whole)), b""
    for name, data in whole.items():
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"none", 0x02400000, kind, space, connection)
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += struct.pack(">3i", round(0.9642 * 65536), 65536, round(0.8249 * 65536))
    return head.ljust(128, b"\x00") + table + body
