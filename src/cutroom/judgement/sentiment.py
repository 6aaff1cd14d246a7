"""How a text feels: VADER (Hutto and Gilbert 2014) over each line, neutral wherever it is unsure. English only."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from cutroom.judgement.cleaning import shorten

NEUTRAL = 0.25
"""Lines weaker than this count as neutral: VADER reads irony, slang and single loaded words wrongly."""
BAND = 0.15
"""A film whose mean is nearer to nought than this is called neutral."""
_LONGEST = 1000


@functools.cache
def _analyser() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # loads a lexicon

    return SentimentIntensityAnalyzer()


def of_lines(texts: Sequence[str]) -> tuple[float, ...]:
    """The sentiment of each line, -1..1; 0 within the neutral band."""
    found = []
    for text in texts:
        score = float(_analyser().polarity_scores(shorten(text, _LONGEST))["compound"]) if text else 0.0
        found.append(round(score, 4) if abs(score) >= NEUTRAL else 0.0)
    return tuple(found)


def of_film(lines: Sequence[float], lengths: Sequence[int]) -> float | None:
    """The mean of the lines by their lengths, -1..1; None without any."""
    total = sum(lengths)
    return round(sum(map(float.__mul__, lines, map(float, lengths))) / total, 4) if total else None


def band(sentiment: float) -> str:
    """``positive``, ``neutral`` or ``negative``."""
    return "neutral" if abs(sentiment) < BAND else "positive" if sentiment > 0 else "negative"
