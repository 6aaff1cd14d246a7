"""Values as several dialects write them."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from math import gcd

from cutroom.kernel.money import Money

_COMMON = ((16, 9), (9, 16), (4, 3), (3, 4), (1, 1), (21, 9), (9, 21), (4, 5), (5, 4), (3, 2), (2, 3), (2, 1), (1, 2))
_SNAP = 0.01


def dollars(amount: Money) -> float:
    """As a JSON number; two decimals always survive the way through a float."""
    return amount.cents / 100


def seconds(value: Fraction) -> float:
    """With three decimals."""
    return round(float(value), 3)


def iso_offset(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with ``+00:00``, whole seconds.

    >>> iso_offset(datetime(2026, 3, 31, 12, tzinfo=UTC))
    '2026-03-31T12:00:00+00:00'
    """
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None


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
