"""Values as several dialects write them."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

from cutroom.kernel.money import Money
from cutroom.kernel.shape import aspect_ratio

__all__ = ["aspect_ratio", "dollars", "iso_offset", "seconds"]


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
