"""The shape of pictures, as people name it."""

from __future__ import annotations

from math import gcd

_COMMON = ((16, 9), (9, 16), (4, 3), (3, 4), (1, 1), (21, 9), (9, 21), (4, 5), (5, 4), (3, 2), (2, 3), (2, 1), (1, 2))
_SNAP = 0.01


def aspect_ratio(width: int | None, height: int | None) -> str | None:
    """Reduced, and snapped to a common ratio within 1 %; None where there is no picture.

    >>> aspect_ratio(1920, 1080), aspect_ratio(854, 480), aspect_ratio(1000, 700)
    ('16:9', '16:9', '10:7')
    """
    if not width or not height:
        return None
    for across, down in _COMMON:
        if abs(width * down / (height * across) - 1) <= _SNAP:
            return f"{across}:{down}"
    common = gcd(width, height)
    return f"{width // common}:{height // common}"
