"""How hard a text is to read, how rich its words are, and what it says twice. English only where syllables count."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cutroom.judgement.sentences import Sentence
from cutroom.judgement.words import stop_words

_VOWELS = re.compile(r"[aeiouy]+")
_WINDOW = 50
_LEAST_WORDS = 20


def syllables(word: str) -> int:
    """The syllables of an English word, by its groups of vowels; at least one."""
    word = word.replace("'", "")
    count = len(_VOWELS.findall(word))
    if word.endswith("e") and not word.endswith(("le", "ee", "ye")) and count > 1:
        count -= 1
    if (
        word.endswith(("es", "ed"))
        and not word.endswith(("ted", "ded", "ses", "zes", "ces", "ges", "xes", "ches", "shes", "ies", "ees"))
        and count > 1
    ):
        count -= 1
    return max(count, 1)


def grade_level(sentences: Sequence[Sentence]) -> float | None:
    """The grade of Flesch and Kincaid (1975), at least 0; None under twenty words."""
    words = [word for sentence in sentences for word in sentence.words if not word.isdigit()]
    if len(words) < _LEAST_WORDS or not sentences:
        return None
    per_sentence = len(words) / len(sentences)
    per_word = sum(map(syllables, words)) / len(words)
    return round(max(0.0, 0.39 * per_sentence + 11.8 * per_word - 15.59), 2)


def vocabulary_richness(words: Sequence[str]) -> float | None:
    """The share of different words in a moving window of fifty (Covington and McFall 2010); None under twenty words."""
    if len(words) < _LEAST_WORDS:
        return None
    window = min(_WINDOW, len(words))
    counts: dict[str, int] = {}
    for word in words[:window]:
        counts[word] = counts.get(word, 0) + 1
    total, windows = len(counts), 1
    for new, old in zip(words[window:], words, strict=False):
        counts[new] = counts.get(new, 0) + 1
        counts[old] -= 1
        if not counts[old]:
            del counts[old]
        total += len(counts)
        windows += 1
    return round(total / windows / window, 4)


def content_word_ratio(words: Sequence[str], language: str | None) -> float | None:
    """The share of words that are no function words of the language; None where those are not known."""
    stops = stop_words(language)
    if stops is None or not words:
        return None
    return round(sum(1 for word in words if word not in stops) / len(words), 4)


def repeated(sentences: Sequence[Sentence]) -> tuple[str, ...]:
    """Sentences of at least four words that are said again, word by word; each once, as first said."""
    first: dict[tuple[str, ...], str] = {}
    again: dict[tuple[str, ...], str] = {}
    for sentence in sentences:
        key = tuple(sentence.words)
        if len(key) >= 4:
            if key in first:
                again.setdefault(key, first[key])
            first.setdefault(key, sentence.text)
    return tuple(again.values())[:50]
