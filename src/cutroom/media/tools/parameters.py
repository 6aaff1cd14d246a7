"""Parameters that several tools share, and the rules between them."""

from __future__ import annotations

from fractions import Fraction

from cutroom.media.tools.formats import AUDIO_FORMATS
from cutroom.model.tool import Choice, Number, Rule, Values, plain

IMAGE_FORMATS = ("jpg", "png", "webp")


def time(name: str, help_text: str, *, required: bool = True, default: Fraction | None = None) -> Number:
    """A time in seconds from the beginning."""
    return Number(name, Fraction(0), None, default=default, required=required, unit="s", help=help_text)


def pixels(name: str, low: int, high: int, help_text: str, *, required: bool = False) -> Number:
    """A length in pixels."""
    return Number(
        name, Fraction(low), Fraction(high), required=required, whole=True, unit="px", help=help_text
    )  # fmt: skip


START = time("startTime", "where it begins")
END = time("endTime", "where it ends; past the end of the file means its end")


def audio_format(name: str, *, default: str | None = None) -> Choice:
    """Which kind of sound file to make."""
    return Choice(name, AUDIO_FORMATS, default=default, required=default is None, help="the kind of sound file")


def image_format(name: str, *, default: str | None = None) -> Choice:
    """Which kind of image to make."""
    return Choice(name, IMAGE_FORMATS, default=default, required=default is None, help="the kind of image")


def ends_after_start(values: Values) -> str | None:
    """``endTime`` lies after ``startTime``."""
    start, end = values["startTime"], values["endTime"]
    if isinstance(start, Fraction) and isinstance(end, Fraction) and end <= start:
        return f"endTime must be greater than startTime ({plain(start)})."
    return None


def all_or_none(*names: str) -> Rule:
    """Parameters that only mean something together."""

    def rule(values: Values) -> str | None:
        missing = [name for name in names if name not in values]
        if not missing or len(missing) == len(names):
            return None
        return f"{missing[0]} is missing: {', '.join(names[:-1])} and {names[-1]} are given together."

    return rule
