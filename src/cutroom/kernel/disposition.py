"""The header that says under which name a file is to be saved, for any name there is."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

# What the usual file systems take.
_MAX_BYTES = 255
_FALLBACK_NAME = "download"
# Of the control, surrogate, private, unassigned and separating characters none has a place in a name.
_DROPPED = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
# They turn the rest of the line around: "gpj.exe" would be shown as "exe.jpg".
_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_PLAIN = re.compile(r"[A-Za-z0-9 !#$&'()+,;=@^_`{}~.-]+")
# The characters of RFC 5987 that need no percent sign, apart from letters and digits.
_ATTRIBUTE_CHARACTERS = "!#$&+-.^_`|~"


def content_disposition(file_name: str, *, inline: bool) -> str:
    r"""The value of ``Content-Disposition`` by RFC 6266, in ASCII: attachment or inline, under ``file_name``.

    A name that is not plain ASCII is sent twice, for old clients spelled without what they cannot read.

    >>> content_disposition("clip_2-00-3-00.mp4", inline=False)
    'attachment; filename="clip_2-00-3-00.mp4"'
    >>> content_disposition("Café.mp4", inline=True)
    'inline; filename="Cafe.mp4"; filename*=UTF-8\'\'Caf%C3%A9.mp4'
    """
    name = _bounded(_clean(file_name)) or _FALLBACK_NAME
    kind = "inline" if inline else "attachment"
    if _PLAIN.fullmatch(name):
        return f'{kind}; filename="{name}"'
    return f"{kind}; filename=\"{_plain(name)}\"; filename*=UTF-8''{quote(name, safe=_ATTRIBUTE_CHARACTERS)}"


def _clean(name: str) -> str:
    """On one line, without folders, and without what a reader cannot see."""
    text = "".join(" " if unicodedata.category(c) in _DROPPED else c for c in name if c not in _DIRECTION)
    return " ".join(text.replace("/", "_").replace("\\", "_").split()).lstrip(".").strip()


def _plain(name: str) -> str:
    """ASCII without quotes, and without the percent sign, which some clients decode."""
    stem, dot, suffix = name.rpartition(".")
    letters = [_spell(part).strip("_ ") for part in ((stem, suffix) if dot else (name, ""))]
    stem, suffix = letters[0] or _FALLBACK_NAME, letters[1]
    return f"{stem}.{suffix}" if suffix else stem


def _spell(text: str) -> str:
    spelled = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"_{2,}", "_", "".join(c if _PLAIN.fullmatch(c) else "_" for c in spelled))


def _bounded(name: str) -> str:
    """At most 255 bytes; what is too much is taken from before the suffix."""
    if len(name.encode()) <= _MAX_BYTES:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix.encode()) > 16:
        stem, dot, suffix = name, "", ""
    room = _MAX_BYTES - len(f"{dot}{suffix}".encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip() + dot + suffix
