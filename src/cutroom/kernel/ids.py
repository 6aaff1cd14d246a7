"""Random identifiers. They are capabilities where a surface serves them anonymously, so they are never sequential."""

from __future__ import annotations

import secrets

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def new_id(length: int = 16) -> str:
    """``length`` random characters of [0-9a-z]; 16 of them carry 82 bits.

    >>> len(new_id())
    16
    """
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_capability() -> str:
    """An id that opens what it names to whoever knows it: 26 characters, 134 random bits."""
    return new_id(26)
