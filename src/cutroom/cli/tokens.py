"""What was typed between SOURCE and the options, read: a start and an end, several ranges, and a dash for the output.

The parser of options takes everything that begins with a dash for an option. Here a lone dash means standard output,
and a dash before a digit is a negative time, which deserves a better answer than "unknown option"; both are shielded
before parsing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.timespan import Timespan

# No argument of a process can contain this character, so nothing a user types is mistaken for it.
_SHIELD = "\0"
_NOT_AN_OPTION = re.compile(r"-([\d.].*)?", re.ASCII | re.DOTALL)
STDOUT = "-"


def shield(tokens: Iterable[str]) -> list[str]:
    """Make lone dashes and negative times look like ordinary words to the parser."""
    return [_SHIELD + token if _NOT_AN_OPTION.fullmatch(token) else token for token in tokens]


def unshield(token: str) -> str:
    """The token as it was typed."""
    return token.removeprefix(_SHIELD)


def read_times(tokens: Sequence[str]) -> tuple[list[Timespan], bool]:
    """The pieces asked for, at least one, and whether a trailing dash asked for standard output.

    >>> read_times(["0:10-0:25", "-"])
    ([Timespan(start=Fraction(10, 1), end=Fraction(25, 1))], True)
    """
    words = [unshield(token) for token in tokens]
    to_stdout = bool(words) and words[-1] == STDOUT
    if to_stdout:
        words.pop()
    ranges = [_split(word) for word in words]
    if len(words) == 2 and ranges == [None, None]:
        return [Timespan.parse(words[0], words[1])], to_stdout
    pairs = [pair for pair in ranges if pair is not None]
    if not pairs or len(pairs) != len(words):
        raise CutroomError(
            ErrorCode.INVALID_REQUEST,
            "A cut needs a START and an END, or ranges such as 0:10-0:25.",
            next_step="Example: cutroom cut film.mp4 1:30 1:45.5",
        )
    return [Timespan.parse(start, end) for start, end in pairs], to_stdout


def _split(word: str) -> tuple[str, str] | None:
    """``A-B`` as two texts, or None. A dash in front belongs to a negative number, not to the range."""
    start, dash, end = word[1:].partition("-")
    return (word[0] + start, end) if dash else None
