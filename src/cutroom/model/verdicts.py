"""What judgement says of a film: a value, or None with a reason, and always with its evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Component:
    """One measured cause of a score. ``f`` 0..1 is the published map of ``raw``; both None where it is unknown."""

    name: str
    weight: float
    raw: float | None
    f: float | None
    unit: str = ""
    at: tuple[float, float] | None = None
    """Where in the film, in seconds."""
    quote: str | None = None
    """Words of the transcript or of the screen, verbatim."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A number or word with the evidence for it. ``value`` is None exactly where ``unknown_reason`` says why."""

    value: float | int | str | bool | None
    method: str
    version: str
    coverage: float = 1.0
    components: tuple[Component, ...] = ()
    calibrated: bool = False
    unknown_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fields of an analysis, nested as the contract nests them, and the evidence by JSON pointer."""

    fields: dict[str, Any]
    evidence: dict[str, Explained] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """Something said or shown that does something: asks, promises, calls to follow. ``quote`` is verbatim.

    ``kind`` is one of intro, outro, cta_follow, cta_like, cta_comment, cta_share, cta_link, cta_buy, ad, question,
    problem, context, solution, proof, payoff, step, definition, number, example, promise, contrast, second_person,
    story, bold_claim, joke, open_loop, answer, filler. Times in seconds, from the words of the quote.
    """

    kind: str
    start: float
    end: float
    quote: str
    segment: int | None = None
    """Number of the transcript's segment in which it begins; None where it was read on screen."""


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What the words of a film say, measured. Empty or None where it was not measured, or not in that language."""

    acts: tuple[Act, ...] = ()
    """In order of start."""
    sentiment: float | None = None
    """-1..1."""
    segment_sentiments: tuple[float, ...] = ()
    """-1..1, one a segment."""
    topics: tuple[str, ...] = ()
    """Strongest first."""
    drift: tuple[float | None, ...] = ()
    """How much the topic changes before each segment, 0..1; None where no sentence vectors tell it."""
    content_word_ratio: float | None = None
    """Share of words that are no function words, 0..1."""
    grade_level: float | None = None
    """Years of school it takes to read it (Flesch and Kincaid)."""
    vocabulary_richness: float | None = None
    """Share of different words in a window of fifty, averaged, 0..1."""
    filler_count: int = 0
    repeated_quotes: tuple[str, ...] = ()
    """Sentences said more than once, verbatim."""
