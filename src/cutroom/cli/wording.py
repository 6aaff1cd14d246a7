"""Text for a terminal: other people's titles made harmless, sizes and times made readable."""

from __future__ import annotations

import unicodedata

# Control, format (bidirectional overrides among them), surrogate, private and unassigned characters, line separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Joiners that several scripts and emoji need; they cannot reorder or hide text.
_JOINERS = frozenset("\u200c\u200d")


def printable(text: str, longest: int = 300) -> str:
    r"""One line that shows what is in ``text`` and moves no cursor; at most ``longest`` characters.

    >>> printable("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    shown = "".join(
        c if unicodedata.category(c) not in _HIDDEN or c in _JOINERS else c.encode("unicode-escape").decode()
        for c in text
    )
    return shown if len(shown) <= longest else shown[: longest - 3] + "..."


def readable_size(size: int) -> str:
    """Bytes with a unit people know, three digits or so.

    >>> readable_size(28_300_000)
    '28.3 MB'
    """
    amount = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{size} bytes" if unit == "bytes" else f"{amount:.3g} {unit}"
        amount /= 1000
    return f"{amount:.3g} TB"


def plural(count: int, noun: str) -> str:
    """``1 frame``, ``2 frames``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
