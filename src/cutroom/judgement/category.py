"""Which of the closed list of categories a film belongs to, or None where two are too near.

With sentence vectors: the likeness of what is said to the published descriptions of each category (``LABELS``), and a
little of its words. Without: the words of each category alone, which takes more of them. Either way the best must
lead the second by a margin (``weights.toml``); "Other" is never guessed.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from cutroom.judgement import likeness
from cutroom.judgement.weights import weights
from cutroom.judgement.words import stem, table
from cutroom.model.percepts import Reading

CATEGORIES = (
    "Educational", "Entertainment", "Gaming", "News", "Music", "Sports", "Lifestyle", "Business", "Technology", "Other",
)  # fmt: skip

_WORDS_SHARE = 0.35


@dataclass(frozen=True, slots=True)
class Label:
    """One description of a category, to be turned into a vector by the task ``read``."""

    category: str
    text: str


@functools.cache
def labels() -> tuple[Label, ...]:
    """The descriptions of all categories. ``label_vectors`` are their vectors in this order."""
    return tuple(Label(name, text) for name in CATEGORIES[:-1] for text in table("categories")[name]["texts"])


def label_texts() -> list[str]:
    """The texts of ``labels``, for the task ``read``."""
    return [label.text for label in labels()]


@dataclass(frozen=True, slots=True)
class Standing:
    """How near a category is; ``scores`` of all, best first."""

    category: str | None
    method: str
    margin: float
    scores: tuple[tuple[str, float], ...]
    reason: str | None = None


def category(
    words: Sequence[str], reading: Reading, label_vectors: Sequence[Sequence[float]] | None, *, english: bool
) -> Standing:
    """The category of a film by its words (small letters) and the vectors of its segments."""
    given = label_vectors if label_vectors and reading.vectors and len(label_vectors) == len(labels()) else None
    if given and len(given[0]) == len(reading.vectors[0]) > 0:
        return _by_vectors(words, reading, given, english=english)
    if not english:
        return Standing(None, "words", 0.0, (), "The category is told by sentence vectors or English words.")
    return _by_words(words)


@functools.cache
def _vocabulary() -> dict[str, tuple[str, ...]]:
    """The categories of each word."""
    found: dict[str, tuple[str, ...]] = {}
    for name in CATEGORIES[:-1]:
        for word in {stem(one) for one in table("categories")[name]["words"].split()}:
            found[word] = (*found.get(word, ()), name)
    return found


def _hits(words: Sequence[str]) -> dict[str, float]:
    """How many words speak for each category; a word of two categories counts half, one said often counts less."""
    times: dict[str, int] = {}
    for word in words:
        base = stem(word)
        if base in _vocabulary():
            times[base] = times.get(base, 0) + 1
    found = dict.fromkeys(CATEGORIES[:-1], 0.0)
    for word, count in times.items():
        for name in _vocabulary()[word]:
            found[name] += math.log2(1 + count) / len(_vocabulary()[word])
    return found


def _by_words(words: Sequence[str]) -> Standing:
    hits = _hits(words)
    total = sum(hits.values()) or 1.0
    ordered = tuple(sorted(((name, round(value / total, 3)) for name, value in hits.items()), key=lambda one: -one[1]))
    margin = ordered[0][1] - ordered[1][1]
    if hits[ordered[0][0]] < weights().number("category_least_words"):
        return Standing(None, "words", margin, ordered, "Too few words point to any category.")
    if margin < weights().number("category_margin_words"):
        return Standing(None, "words", margin, ordered, _too_near(ordered))
    return Standing(ordered[0][0], "words", margin, ordered)


def _by_vectors(
    words: Sequence[str], reading: Reading, label_vectors: Sequence[Sequence[float]], *, english: bool
) -> Standing:
    whole = likeness.mean(reading.vectors)
    hits = _hits(words) if english else dict.fromkeys(CATEGORIES[:-1], 0.0)
    w = weights()
    least = w.number("category_least_words")
    total = max(sum(hits.values()), least)
    scores: dict[str, float] = {}
    for label, vector in zip(labels(), label_vectors, strict=True):
        scores[label.category] = max(scores.get(label.category, -1.0), likeness.dot(whole, vector))
    best_like = max(scores.values())
    scores = {name: score + _WORDS_SHARE * hits[name] / total for name, score in scores.items()}
    ordered = tuple(sorted(((name, round(value, 3)) for name, value in scores.items()), key=lambda one: -one[1]))
    margin = ordered[0][1] - ordered[1][1]
    if best_like < w.number("category_least_like") and max(hits.values()) < least:
        return Standing(None, "vectors and words", margin, ordered, "It is like none of the categories.")
    if margin < w.number("category_margin_vectors"):
        return Standing(None, "vectors and words", margin, ordered, _too_near(ordered))
    return Standing(ordered[0][0], "vectors and words", margin, ordered)


def _too_near(ordered: Sequence[tuple[str, float]]) -> str:
    (first, best), (second, next_best) = ordered[:2]
    return f"{first} ({best:.3f}) and {second} ({next_best:.3f}) are too near each other."
