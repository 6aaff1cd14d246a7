"""Which language a text is in, by its letters' sequences (py3langid); and silence where it is too short to tell."""

from __future__ import annotations

import functools
from typing import Any

LEAST_LETTERS = 20
"""Below, interjections of one language are words of another: "ok", "lol", "no"."""
LEAST_CONFIDENCE = 0.5
_NONE = {"und", "zxx"}
"""The labels of what is no language."""
_LONGEST = 20_000
"""Characters that are looked at; more change nothing."""


def language_of(text: str) -> str | None:
    """The language as BCP-47 ("en", "pt", "zh"), or None under 20 letters and where no language is likelier than not.

    Numbers, punctuation, pictographs and control characters are not letters, and do not count.
    """
    sample = text[:_LONGEST]
    words = "".join(character if character.isalpha() or _joins(character) else " " for character in sample)
    words = " ".join(words.split())
    if sum(character.isalpha() for character in words) < LEAST_LETTERS:
        return None
    language, confidence = _identifier().classify(words)
    return str(language) if confidence >= LEAST_CONFIDENCE and language not in _NONE else None


def _joins(character: str) -> bool:
    """Marks that belong to letters (Devanagari's vowels, Arabic's points) and apostrophes within words."""
    import unicodedata

    return character in "'\u2019" or unicodedata.category(character).startswith("M")


@functools.cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
