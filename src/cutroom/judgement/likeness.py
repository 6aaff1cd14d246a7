"""How alike sentences are: by the vectors of a model where there are any, else by the rare words they share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import mul

from cutroom.judgement.sentences import Sentence
from cutroom.judgement.words import rarity, stem, stop_words
from cutroom.model.percepts import Reading

Vector = tuple[float, ...]


def dot(a: Sequence[float], b: Sequence[float]) -> float:
    """The inner product; for vectors of length one, the cosine of the angle between them."""
    return float(sum(map(mul, a, b)))


def unit(vector: Sequence[float]) -> Vector:
    """``vector`` at length one; one of zeros stays."""
    length = math.sqrt(dot(vector, vector))
    return tuple(value / length for value in vector) if length > 0 else tuple(vector)


def mean(vectors: Sequence[Sequence[float]], weights: Sequence[float] | None = None) -> Vector:
    """The weighted mean of vectors of the same size, at length one."""
    weights = weights or [1.0] * len(vectors)
    total = [0.0] * len(vectors[0])
    for vector, weight in zip(vectors, weights, strict=True):
        total = [sum_ + weight * value for sum_, value in zip(total, vector, strict=True)]
    return unit(total)


def usable(reading: Reading, segments: int) -> bool:
    """Whether there is one vector of one size for every segment."""
    sizes = {len(vector) for vector in reading.vectors}
    return len(reading.vectors) == segments > 0 and len(sizes) == 1 and 0 not in sizes


def of_sentences(sentences: Sequence[Sentence], reading: Reading) -> list[Vector]:
    """The vector of each sentence: of the segments it lies in, by how much of it each holds."""
    found = []
    for sentence in sentences:
        shares = sentence.shares()
        if len(shares) == 1:
            found.append(reading.vectors[sentence.segment])
        else:
            found.append(mean([reading.vectors[number] for number in shares], [float(n) for n in shares.values()]))
    return found


def bag(
    words: Sequence[str], language: str | None, spread: Mapping[str, int] | None = None, texts: int = 1
) -> dict[str, float]:
    """The content words of a text, weighted by how rare they are in the language and in the film, at length one."""
    stops = stop_words(language) or frozenset()
    weights: dict[str, float] = {}
    for word in words:
        if word in stops or len(word) < 3:
            continue
        base = stem(word) if language == "en" else word
        rare = rarity(word) - 2.0 if language == "en" else 2.0
        here = math.log((1 + texts) / (1 + spread.get(base, 0))) if spread else 0.0
        weights[base] = weights.get(base, 0.0) + max(rare, 0.2) * (1.0 + here)
    length = math.sqrt(sum(value * value for value in weights.values()))
    return {word: value / length for word, value in weights.items()} if length else {}


def overlap(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """The cosine of two bags of words, 0..1."""
    if len(b) < len(a):
        a, b = b, a
    return sum(value * b[word] for word, value in a.items() if word in b)


def drift(reading: Reading, segments: int, window: int = 3) -> tuple[float | None, ...]:
    """How much the topic changes before each segment, 0..1: one minus the likeness of the few before to the few after.

    TextTiling (Hearst 1997) over sentence vectors. None before the first, and everywhere without vectors.
    """
    if not usable(reading, segments):
        return (None,) * segments
    found: list[float | None] = [None]
    for at in range(1, segments):
        before = mean(reading.vectors[max(0, at - window) : at])
        after = mean(reading.vectors[at : at + window])
        found.append(round(min(1.0, max(0.0, 1.0 - dot(before, after))), 4))
    return tuple(found)
