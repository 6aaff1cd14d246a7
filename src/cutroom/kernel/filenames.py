"""File names from other people's titles: bounded by bytes, printable, safe on every file system and in a URL path."""

from __future__ import annotations

import re
import unicodedata

# 120 bytes leave room for suffixes under the usual limit of 255 bytes.
MAX_BYTES = 120
_UNSAFE = re.compile(r'[<>:"/\\|?*#%&{}$!\'`@+=\x00-\x1f\x7f]+')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(\..*)?")


def safe_stem(title: str, fallback: str = "clip", max_bytes: int = MAX_BYTES) -> str:
    """A file name without extension from any text; ``fallback`` when nothing printable is left.

    Path separators, quotes, control and bidirectional characters become spaces; never starts with a dot or dash.
    """
    text = unicodedata.normalize("NFC", title)
    text = "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} else c for c in text)
    text = " ".join(_UNSAFE.sub(" ", text).split()).strip(" .-_")
    text = text.encode("utf-8", "ignore")[:max_bytes].decode("utf-8", "ignore").strip(" .-_")
    return fallback if not text or _RESERVED.fullmatch(text) else text
