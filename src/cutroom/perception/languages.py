"""Names of languages as files and sites write them: BCP-47, three letters of two standards, or in words."""

from __future__ import annotations

import re

_LONG = {
    "eng": "en", "english": "en", "ger": "de", "deu": "de", "german": "de", "fre": "fr", "fra": "fr", "french": "fr",
    "spa": "es", "spanish": "es", "ita": "it", "italian": "it", "por": "pt", "portuguese": "pt", "dut": "nl",
    "nld": "nl", "dutch": "nl", "rus": "ru", "russian": "ru", "jpn": "ja", "japanese": "ja", "chi": "zh", "zho": "zh",
    "chinese": "zh", "kor": "ko", "korean": "ko", "ara": "ar", "arabic": "ar", "hin": "hi", "hindi": "hi",
    "pol": "pl", "polish": "pl", "tur": "tr", "turkish": "tr", "swe": "sv", "swedish": "sv", "dan": "da",
    "danish": "da", "nor": "no", "nob": "no", "norwegian": "no", "fin": "fi", "finnish": "fi", "cze": "cs",
    "ces": "cs", "czech": "cs", "gre": "el", "ell": "el", "greek": "el", "heb": "he", "hebrew": "he", "hun": "hu",
    "hungarian": "hu", "rum": "ro", "ron": "ro", "romanian": "ro", "ukr": "uk", "ukrainian": "uk", "vie": "vi",
    "vietnamese": "vi", "tha": "th", "thai": "th", "ind": "id", "indonesian": "id",
}  # fmt: skip
_NONE = {"", "und", "unknown", "mul", "zxx", "mis"}


# The form of BCP 47: two or three letters, then subtags. Which of them a language has been given nobody here knows.
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,6}")


def is_tag(text: str) -> bool:
    """Whether ``text`` has the form of a language tag, a low line forgiven.

    >>> is_tag("pt-BR"), is_tag("zh_Hant"), is_tag("english"), is_tag("e")
    (True, True, False, False)
    """
    return _TAG.fullmatch(text) is not None


def primary(name: str | None) -> str | None:
    """The language without its region, in two letters where it has two; None for what names none.

    >>> primary("en-US"), primary("eng"), primary("und")
    ('en', 'en', None)
    """
    first = (name or "").replace("_", "-").partition("-")[0].strip().lower()
    return None if first in _NONE else _LONG.get(first, first)
