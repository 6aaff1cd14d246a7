"""Hashtags, handles and addresses in text, in any script; the exact set, each once, as first written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_URL = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"'\u3002]{2,500}"
    r"|(?<![\w@.-])[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){0,3}"
    r"\.(?:com|org|net|io|co|dev|tv|app|ai|gg|shop|store|link|info|edu|gov|de|fr|es|it|nl|uk|us|eu)\b(?:/[^\s<>\"']{0,400})?",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@./])[@\uff20]([^\W_](?:[\w.-]{0,38}\w)?|_[\w.-]{0,38}\w)")
_LONGEST_TAG = 140
_JOINERS = frozenset("\u200c\u200d\u00b7\u30fb")
_MOST = 200


def _once(found: Iterable[str]) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    for one in found:
        kept.setdefault(one.casefold(), one)
    return tuple(list(kept.values())[:_MOST])


def urls(texts: Iterable[str]) -> tuple[str, ...]:
    """Addresses of web pages, without the marks of the sentence around them."""
    return _once(_trimmed(match[0]) for text in texts for match in _URL.finditer(text))


def _trimmed(url: str) -> str:
    url = url.rstrip(".,;:!?*'\"\u2026")
    while url.endswith((")", "]")) and url.count("(") + url.count("[") < url.count(")") + url.count("]"):
        url = url[:-1].rstrip(".,;:!?")
    return url


def mentions(texts: Iterable[str]) -> tuple[str, ...]:
    """Handles ("@name"), mail addresses left out."""
    return _once("@" + match[1] for text in texts for match in _HANDLE.finditer(_URL.sub(" ", text)))


def hashtags(texts: Iterable[str]) -> tuple[str, ...]:
    """Hashtags with their mark: letters, digits, accents and underscores of any script, and not digits alone."""
    return _once(tag for text in texts for tag in _tags(_URL.sub(" ", text)))


def _tags(text: str) -> Iterable[str]:
    at = 0
    while (at := _next_mark(text, at)) >= 0:
        end = at + 1
        while end < len(text) and end - at <= _LONGEST_TAG and _belongs(text[end]):
            end += 1
        before = text[at - 1] if at else " "
        body = text[at + 1 : end].rstrip("".join(_JOINERS))
        tagged = not (before.isalnum() or before in "&/_") or _ends_a_tag(text, at)
        if tagged and any(letter.isalpha() for letter in body):
            yield "#" + body
        at = max(end, at + 1)


def _next_mark(text: str, at: int) -> int:
    found = [place for place in (text.find("#", at), text.find("\uff03", at)) if place >= 0]
    return min(found, default=-1)


def _ends_a_tag(text: str, at: int) -> bool:
    """Whether what stands right before ``at`` is a tag itself ("#one#two")."""
    begin = at
    while begin > 0 and at - begin <= _LONGEST_TAG and _belongs(text[begin - 1]):
        begin -= 1
    return begin > 0 and text[begin - 1] in "#\uff03" and (begin == 1 or not text[begin - 2].isalnum())


def _belongs(letter: str) -> bool:
    return letter.isalnum() or letter == "_" or letter in _JOINERS or unicodedata.category(letter) in {"Mn", "Mc"}
