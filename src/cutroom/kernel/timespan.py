"""Exact media time: ``Fraction`` seconds, parsed from what people and clients write, and printed again.

Grammar of a time: seconds ``90`` or ``90.5``; ``1:30``; ``0:01:30.5``; with a frame number and rate
``00:01:30:12@25`` (frame 12 of that second at 25 frames per second; the rate may be ``30000/1001`` or ``29.97``,
which, as everywhere in the field, means 30000/1001).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from cutroom.kernel.errors import CutroomError, ErrorCode

TimeLike = Fraction | int | float | str | Decimal

# One bound for every time: a year. Larger values are mistakes or attacks on arithmetic.
LONGEST = Fraction(366 * 24 * 3600)
_DECIMAL = re.compile(r"\d{1,15}(?:\.\d{0,15})?|\.\d{1,15}", re.ASCII)
_CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,8}):(\d{1,2}(?:\.\d{0,15})?)", re.ASCII)
_FRAMES = re.compile(r"(\d{1,6}):(\d{1,2}):(\d{1,2}):(\d{1,6})@(\d{1,6}(?:\.\d{1,6}|/\d{1,6})?)", re.ASCII)
_NTSC = {
    Fraction("23.976"): Fraction(24000, 1001), Fraction("23.98"): Fraction(24000, 1001),
    Fraction("29.97"): Fraction(30000, 1001), Fraction("47.95"): Fraction(48000, 1001),
    Fraction("47.952"): Fraction(48000, 1001), Fraction("59.94"): Fraction(60000, 1001),
    Fraction("119.88"): Fraction(120000, 1001),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Timespan:
    """Half-open range [start, end) in exact seconds, 0 <= start < end."""

    start: Fraction
    end: Fraction

    def __post_init__(self) -> None:
        if self.start < 0:
            raise CutroomError(ErrorCode.INVALID_TIME, "The start must not be negative.")
        if self.start == self.end:
            raise CutroomError(ErrorCode.INVALID_RANGE, "The range is empty: start and end are the same.")
        if self.start > self.end:
            raise CutroomError(
                ErrorCode.INVALID_RANGE,
                f"The start ({format_time(self.start)}) lies after the end ({format_time(self.end)}).",
            )

    @property
    def duration(self) -> Fraction:
        return self.end - self.start

    @classmethod
    def parse(cls, start: TimeLike, end: TimeLike) -> Timespan:
        return cls(parse_time(start), parse_time(end))


def parse_time(value: TimeLike) -> Fraction:
    """Exact seconds, 0..one year, or ``CutroomError(INVALID_TIME)``.

    A float is read as the decimal number it prints as (0.1 is 1/10, not 0.1000000000000000055).

    >>> parse_time("0:01:30.5")
    Fraction(181, 2)
    >>> parse_time("00:01:30:12@25")
    Fraction(2262, 25)
    """
    seconds = _read(value)
    if seconds is None:
        shown = ascii(str(value))[1:-1][:60]
        raise CutroomError(
            ErrorCode.INVALID_TIME,
            f'"{shown}" is not a time.',
            next_step="Write seconds (90.5), minutes (1:30), hours (0:01:30.5) or frames (00:01:30:12@25);"
            " minutes and seconds end at 59, frames below the rate.",
        )
    if seconds < 0:
        raise CutroomError(ErrorCode.INVALID_TIME, "A time must not be negative.")
    if seconds > LONGEST:
        raise CutroomError(ErrorCode.INVALID_TIME, "A time must not be longer than a year.")
    return seconds


def _read(value: TimeLike) -> Fraction | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (Fraction, int)):
        return Fraction(value)
    if isinstance(value, float):
        value = Decimal(float.__repr__(value))  # subclasses (numpy's) print themselves differently
    if isinstance(value, Decimal):
        return _read_decimal(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    if text.startswith("-"):
        inner = _read_text(text[1:])
        return None if inner is None else -inner
    return _read_text(text)


def _read_decimal(value: Decimal) -> Fraction | None:
    # 1e-999999999 is short to write and a fraction of a billion digits.
    exponent = value.as_tuple().exponent
    return Fraction(value) if isinstance(exponent, int) and exponent >= -400 and value.adjusted() < 16 else None


def _read_text(text: str) -> Fraction | None:
    if _DECIMAL.fullmatch(text):
        return Fraction(Decimal(text))
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = clock[1], int(clock[2]), Fraction(Decimal(clock[3]))
        if seconds >= 60 or (hours is not None and minutes >= 60):
            return None
        return int(hours or 0) * 3600 + minutes * 60 + seconds
    if frames := _FRAMES.fullmatch(text):
        return _read_frames(frames)
    return None


def _read_frames(match: re.Match[str]) -> Fraction | None:
    hours, minutes, seconds, frame = (int(match[i]) for i in range(1, 5))
    try:
        rate = Fraction(match[5])
    except ZeroDivisionError:
        return None
    rate = _NTSC.get(rate, rate)
    if rate <= 0 or minutes >= 60 or seconds >= 60:
        return None
    # Non-drop-frame counting: with 30000/1001 the label 00:00:01:00 is frame 30, which is 1.001 s.
    nominal = -(-rate.numerator // rate.denominator)
    if frame >= nominal:
        return None
    label_frames = (hours * 3600 + minutes * 60 + seconds) * nominal + frame
    return label_frames / rate


def format_time(seconds: Fraction, places: int = 3) -> str:
    """``H:MM:SS.mmm`` or ``M:SS.mmm``, rounded half up to ``places`` decimals, trailing zeros dropped.

    >>> format_time(Fraction(181, 2))
    '1:30.5'
    """
    unit = 10**places
    ticks = (abs(seconds) * unit * 2 + 1) // 2
    whole, part = divmod(int(ticks), unit)
    minutes, secs = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    tail = f".{part:0{places}d}".rstrip("0").rstrip(".") if places else ""
    sign = "-" if seconds < 0 and ticks else ""
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{sign}{head}:{secs:02d}{tail}"
