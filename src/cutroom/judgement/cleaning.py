"""Foreign text made safe to show and cheap to read: no control or direction characters, nothing unbounded.

Titles, captions and what is read on screen are written by strangers. Everything that judgement shows or reads has
passed through here; the time is linear in the length, whatever the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST_LINE = 200_000
"""Characters of one line that are read; a book is shorter than any film needs."""

_MOST_MARKS = 8
"""Accents on one letter. Normalising longer runs takes quadratic time, and no script needs them."""

_JOINERS = frozenset("\u200c\u200d")  # part of words in Persian and Hindi, and of emoji
_DROPPED = frozenset({"Cc", "Cf", "Cs"})
_SPACES = re.compile(r"\s+")
_PLAIN = re.compile(r"[ -~]*")
_NOTE = re.compile(r"\[[^\[\]]{0,80}\]|\([A-Z ]{2,40}\)|♪+[^♪]{0,300}♪+|♪+")


def clean(text: str, limit: int = LONGEST_LINE) -> str:
    """``text`` on one line, in composed form, of at most ``limit`` characters, all of them visible."""
    text = text[:limit]
    if not _PLAIN.fullmatch(text):
        text = unicodedata.normalize("NFC", "".join(_visible(text)))
    return _SPACES.sub(" ", text).strip()


def _visible(text: str) -> Iterator[str]:
    marks = 0
    for letter in text:
        if letter in "\t\n\r\x0b\x0c\x85":
            marks = 0
            yield " "
            continue
        if letter not in _JOINERS and unicodedata.category(letter) in _DROPPED:
            continue
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MOST_MARKS:
            yield letter


def spoken(text: str) -> str:
    """``text`` without what captions add to speech ("[Music]", "(LAUGHTER)", notes), same length: blanks instead."""
    return _NOTE.sub(lambda note: " " * len(note[0]), text)


def shorten(text: str, limit: int) -> str:
    """The words of ``text`` that fit into ``limit`` characters."""
    if len(text) <= limit:
        return text
    cut = text[: limit + 1].rfind(" ")
    return text[: cut if cut > limit // 2 else limit].rstrip(" ,;:-")
