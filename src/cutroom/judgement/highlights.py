"""Highlights: the stretches a cutter would take, scored against the film as a whole."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cutroom.judgement import measures as m
from cutroom.judgement.scoring import Signal, compose, exact
from cutroom.judgement.surety import partly_sure
from cutroom.judgement.weights import weights
from cutroom.model.percepts import Percepts
from cutroom.model.verdicts import Act, Component, Explained, TextFacts

_MOST = 10
_MOST_STARTS = 4000
_REACTIONS = frozenset({"laughter", "applause", "cheering", "shout"})
_STRENGTH = {
    "payoff": 0.9,
    "answer": 0.8,
    "proof": 0.7,
    "solution": 0.7,
    "example": 0.4,
    "definition": 0.4,
    "step": 0.3,
}
_EXCERPT = 280
_AGAINST_MEAN = frozenset({"energy", "motion"})
NO_STRETCH = (
    "No stretch between sentences or shots is a small enough part of the film, and known well enough, to stand out."
)
NOTHING_ABOVE = (
    "No stretch has strong words or reactions, or is clearly above the film as a whole in sound, movement or speech."
)
_WORDS = {
    "words": "Strong words: {quote}",
    "energy": "The sound is louder than usual",
    "reactions": "People laugh, applaud or shout",
    "motion": "More movement than usual",
    "speech": "Dense speech",
}


@dataclass(frozen=True, slots=True)
class Highlight:
    """A stretch in seconds with what speaks for it."""

    start: float
    end: float
    score: Explained
    reason: str
    excerpt: str

    def content(self) -> dict[str, Any]:
        return {
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "score": round(exact(self.score) or 0.0, 4),
            "reason": self.reason,
            "excerpt": self.excerpt,
        }


def highlights(percepts: Percepts, text: TextFacts) -> tuple[list[Highlight], str | None]:
    """At most ten that do not overlap, best first; where there are none, why."""
    film = _Film(percepts, text)
    scored = [(film.score(start, end), start, end) for start, end in film.candidates()]
    ranked = sorted(
        ((exact(score) or 0.0, score, start, end) for score, start, end in scored if score.value is not None),
        key=lambda one: (-one[0], one[2], one[3]),
    )
    if not ranked:
        return [], NO_STRETCH
    kept: list[Highlight] = []
    for _, score, start, end in ranked:
        if len(kept) == _MOST:
            break
        if any(end > other.start and start < other.end for other in kept):
            continue
        if (reason := film.reason(score, start, end)) is not None:
            kept.append(Highlight(start, end, score, reason, film.excerpt(start, end)))
    return kept, None if kept else NOTHING_ABOVE


class _Film:
    """Sums over time, so that every candidate is looked at in a few steps."""

    def __init__(self, percepts: Percepts, text: TextFacts) -> None:
        self.percepts = percepts
        self.duration = m.duration_of(percepts)
        patterns = weights().patterns
        # A mere "you" makes an opening direct; it makes no passage strong.
        strength = {kind: one.strength for kind, one in patterns.items() if kind != "second_person"} | _STRENGTH
        self.acts = m.acts_of(text, strength) if m.words_known(percepts) else None
        self.act_starts = [act.start for act in self.acts or ()]
        self.act_sums = _sums(strength[act.kind] for act in self.acts or ())
        hearing, seeing = percepts.hearing, percepts.seeing
        self.energy = _sums(hearing.energy) if hearing and hearing.energy else None
        self.motion = _sums(look.motion for look in seeing.looks) if seeing and seeing.looks else None
        heard = None if hearing is None else [e for e in hearing.events if e.label in _REACTIONS]
        self.events = None if heard is None else sorted((e.start, e.end) for e in heard)
        self.voice = None if hearing is None or hearing.voice is None else sorted(m.pairs(hearing.voice))
        voiced = m.overlap(0.0, self.duration, self.voice or ())
        self.voice_share = voiced / self.duration if self.duration else 0.0

    def candidates(self) -> Iterable[tuple[float, float]]:
        """From the beginning of a sentence (or shot) to the end of one, of a length near the published one.

        None is longer than the published share of the film: what is most of a film stands out from nothing.
        """
        most = weights().number("highlight_share") * self.duration
        aim = min(weights().number("highlight_seconds"), most)
        starts, ends = self._bounds()
        every = max(1, math.ceil(len(starts) / _MOST_STARTS))
        for start in starts[::every]:
            for length in (aim / 2, aim, aim * 3 / 2):
                place = bisect_left(ends, start + length)
                if place < len(ends) and aim / 3 <= ends[place] - start <= min(aim * 2, most):
                    yield start, ends[place]

    def score(self, start: float, end: float) -> Explained:
        at = (start, end)
        acts = self._strengths(start, end) * 10 / (end - start) if self.acts is not None else None
        return compose(
            "highlight",
            [
                Signal("words", acts, at),
                Signal("energy", _against_mean(self.energy, start, end), at),
                Signal("reactions", None if self.events is None else _covered(self.events, start, end), at),
                Signal("motion", _against_mean(self.motion, start, end), at),
                Signal("speech", None if self.voice is None else _covered(self.voice, start, end), at),
            ],
        )

    def reason(self, score: Explained, start: float, end: float) -> str | None:
        """What of it is clearly above the film as a whole and counts most; None where nothing is."""
        above = [part for part in score.components if self._stands_out(part)]
        if not above:
            return None
        best = max(above, key=lambda part: (part.weight * (part.f or 0.0), part.name))
        inside = [act for act in self.acts or () if start <= act.start < end]
        whole = [act for act in inside if len(act.quote.split()) > 2] or inside
        quote = max(whole, key=lambda act: (_strength(act), -act.start)).quote if whole else ""
        return _WORDS[best.name].format(quote=f'"{m.sentence_of(quote, 120)}"')

    def _stands_out(self, part: Component) -> bool:
        if not part.f or part.raw is None:
            return False
        least = weights().number("highlight_above")
        if part.name == "speech":
            return part.raw >= least * self.voice_share
        return part.name not in _AGAINST_MEAN or part.raw >= least

    def excerpt(self, start: float, end: float) -> str:
        """What is said in it, verbatim, from its first sentence on; nothing of a draft."""
        if self.percepts.transcript is None or partly_sure(self.percepts.transcript):
            return ""
        lines = [s.text for s in self.percepts.transcript.segments if s.end > start + 0.05 and s.start < end - 0.05]
        return m.sentence_of(" ".join(lines), _EXCERPT)

    def _bounds(self) -> tuple[list[float], list[float]]:
        transcript, seeing = self.percepts.transcript, self.percepts.seeing
        if transcript is not None and transcript.segments:
            starts = [segment.start for segment in transcript.segments if segment.start < self.duration]
            ends = [min(segment.end, self.duration) for segment in transcript.segments]
            return sorted(set(starts)), sorted({end for end in ends if end > 0})
        if seeing is not None:
            shots = seeing.shots
            return sorted(float(shot.start) for shot in shots), sorted(float(shot.end) for shot in shots)
        return [], []

    def _strengths(self, start: float, end: float) -> float:
        first, last = bisect_left(self.act_starts, start), bisect_left(self.act_starts, end)
        return self.act_sums[last] - self.act_sums[first]


def _covered(spans: list[tuple[float, float]], start: float, end: float) -> float:
    """Share of [start, end] in spans that are in order; of those that began long before only the last counts."""
    first = max(0, bisect_right(spans, (start, math.inf)) - 1)
    last = bisect_left(spans, (end, -math.inf))
    return m.overlap(start, end, spans[first:last]) / (end - start)


def _strength(act: Act) -> float:
    pattern = weights().patterns.get(act.kind)
    return pattern.strength if pattern else _STRENGTH.get(act.kind, 0.0)


def _sums(values: Iterable[float]) -> list[float]:
    """Sums up to each place, from 0."""
    found = [0.0]
    for value in values:
        found.append(found[-1] + value)
    return found


def _against_mean(sums: Sequence[float] | None, start: float, end: float) -> float | None:
    """Mean of one value a second over [start, end], divided by that over all."""
    if sums is None or sums[-1] <= 0:
        return None
    count = len(sums) - 1
    first, last = min(count - 1, int(start)), min(count, max(int(start) + 1, math.ceil(end)))
    return (sums[last] - sums[first]) / (last - first) / (sums[-1] / count)
