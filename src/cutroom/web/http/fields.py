"""Checks of single values that every dialect makes alike."""

from __future__ import annotations

import re
from fractions import Fraction
from urllib.parse import urlsplit

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.links import fit_for_link
from cutroom.model.library import UPLOAD_SCHEME

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGITS = re.compile(r"-?[0-9]+", re.ASCII)
_LONGEST_LINK = 8192


def printable(text: str) -> str:
    """``ValueError`` for text with NUL, which no database keeps."""
    if "\x00" in text:
        msg = "must not contain NUL"
        raise ValueError(msg)
    return text


def digits(value: object) -> object:
    """``ValueError`` for text that is a number to Python and to nobody else: ``1_0``, ``+1``, ``" 1"``."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        msg = "must be a whole number"
        raise ValueError(msg)
    return value


def public_id(text: str) -> str:
    """An id that could be one of ours; ``NOT_FOUND`` for anything else, as for ids nobody has."""
    if not _ID.fullmatch(text):
        raise CutroomError(ErrorCode.NOT_FOUND, "Not found.")
    return text


def web_link(text: str) -> str:
    """An http or https link, its blanks encoded; ``SOURCE_UNSUPPORTED`` for anything else."""
    link = text.strip().replace(" ", "%20")  # as browsers do it
    try:
        link.encode()
        parts = urlsplit(link)
        right = (
            parts.scheme.lower() in {"http", "https"}
            and bool(parts.hostname)
            and "%" not in parts.netloc.rpartition("@")[2]
            and (parts.port or 1) > 0
        )
    except ValueError:
        right = False
    if not right or not fit_for_link(link) or len(link) > _LONGEST_LINK:
        raise CutroomError(ErrorCode.SOURCE_UNSUPPORTED, "Unsupported URL: only http and https links can be used.")
    return link


def source(text: str) -> str:
    """A link, or an upload (``upload:...``), which is looked up later. ``SOURCE_UNSUPPORTED`` for anything else."""
    name = text.strip()
    if name.startswith(UPLOAD_SCHEME) and _ID.fullmatch(name.removeprefix(UPLOAD_SCHEME)):
        return name
    return web_link(text)


def exact(seconds: float) -> Fraction:
    """The decimal number that was written, not its binary neighbour.

    >>> exact(0.1)
    Fraction(1, 10)
    """
    return Fraction(repr(float(seconds)))
