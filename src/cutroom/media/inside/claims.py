"""The size that an image file claims, read from its first bytes: decoders refuse a bomb without saying how large."""

from __future__ import annotations

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.ffmpeg.command import MAX_PIXELS

_JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


def refuse_huge(width: int, height: int) -> None:
    """Raise ``CutroomError(MEDIA_TOO_COSTLY)`` for a picture of more samples than are ever decoded."""
    if width * height > MAX_PIXELS:
        raise CutroomError(
            ErrorCode.MEDIA_TOO_COSTLY,
            f"The picture is too large ({width}x{height}); 8192x8192 is the most.",
            next_step="Make it smaller first.",
        )


def claimed_size(head: bytes) -> tuple[int, int]:
    """Width and height of a PNG or JPEG from its first kilobytes; zeros for everything else."""
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    at = 2 if head.startswith(b"\xff\xd8") else len(head)
    while at + 9 <= len(head) and head[at] == 0xFF:
        if head[at + 1] in _JPEG_FRAMES:
            return int.from_bytes(head[at + 7 : at + 9], "big"), int.from_bytes(head[at + 5 : at + 7], "big")
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return 0, 0
