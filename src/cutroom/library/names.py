"""What clips are called, and what they may be called."""

from __future__ import annotations

import unicodedata
from fractions import Fraction

from cutroom.kernel.errors import CutroomError, ErrorCode

LONGEST_NAME = 200
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}


def clip_file_name(start: Fraction, end: Fraction, suffix: str) -> str:
    """The name a clip is saved under: its range in whole seconds, rounded down.

    >>> clip_file_name(Fraction(120), Fraction(3725), "mp4")
    'clip_2-00-1-02-05.mp4'
    """
    return f"clip_{_clock(start, '-')}-{_clock(end, '-')}.{suffix}"


def clip_name(source_title: str, start: Fraction, end: Fraction) -> str:
    """What a clip is called until somebody names it: the source's title and the range, at most 200 characters.

    >>> clip_name("Keynote", Fraction(120), Fraction(3725))
    'Keynote 2:00 - 1:02:05'
    """
    span = f"{_clock(start, ':')} - {_clock(end, ':')}"
    title = one_line(source_title, LONGEST_NAME - len(span) - 1)
    return f"{title} {span}".strip()


def checked_name(name: str) -> str:
    """A name somebody gave, without blanks around it, or ``CutroomError(INVALID_REQUEST)``: 1 to 200 characters."""
    text = name.strip()
    if not 1 <= len(text) <= LONGEST_NAME:
        raise CutroomError(ErrorCode.INVALID_REQUEST, f"name must have 1 to {LONGEST_NAME} characters.", field="name")
    # Neither database nor JSON takes all of them, and a name is one line.
    if any(unicodedata.category(character) in _UNPRINTABLE for character in text):
        raise CutroomError(ErrorCode.INVALID_REQUEST, "name must not contain control characters.", field="name")
    return text


def one_line(text: str, longest: int) -> str:
    """Other people's text as one printable line of at most so many characters."""
    printable = (" " if unicodedata.category(character) in _UNPRINTABLE else character for character in text)
    return " ".join("".join(printable).split())[:longest].rstrip()


def upload_name(name: str) -> str:
    r"""What a client called its file, without folders, and without what a reader cannot see; at most 200 characters.

    >>> upload_name("C:\\films\\\u202egpj.summer\n.mp4")
    'gpj.summer .mp4'
    """
    base = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    visible = "".join(character for character in base if unicodedata.category(character) != "Cf")
    text = one_line(visible, len(visible))
    stem, dot, suffix = text.rpartition(".")
    if len(text) <= LONGEST_NAME or not dot or len(suffix) > 16:
        return one_line(text, LONGEST_NAME) or "upload"
    return stem[: LONGEST_NAME - len(suffix) - 1].rstrip() + dot + suffix


def _clock(seconds: Fraction, colon: str) -> str:
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}{colon}{minute:02d}{colon}{second:02d}" if hours else f"{minute}{colon}{second:02d}"
