"""Retention: a model of how viewers leave, its weak spots, and the pace of a film.

The hazard of leaving is ``h(t) = exponent / (settling + t) * (1 + sum of excess * x(t))`` with the published terms of
``weights.toml``; the curve is ``exp(-integral of h)``. It is a heuristic until it is fitted to the user's own films.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cutroom.judgement import measures as m
from cutroom.judgement.hazard import Excess, excesses, grid
from cutroom.judgement.scoring import LEAST_COVERAGE, Signal, compose
from cutroom.judgement.weights import weights
from cutroom.model.percepts import Percepts
from cutroom.model.verdicts import Explained, TextFacts

_MOST_RISKS = 50
_CURVE_POINTS = 60
_STEPS = (0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600)


@dataclass(frozen=True, slots=True)
class Risk:
    """A moment at which viewers leave. ``excess`` of the hazard at its worst, of all terms together."""

    t: float
    seconds: float
    term: str
    excess: float

    @property
    def severity(self) -> str:
        w = weights()
        cost = self.excess * min(self.seconds, w.number("risk_seconds"))
        if cost >= w.number("risk_major"):
            return "major"
        return "moderate" if cost >= w.number("risk_moderate") else "minor"

    @property
    def reason(self) -> str:
        return weights().terms[self.term].reason.format(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Retention:
    """The model applied to a film. ``curve`` has (seconds, share of viewers) at every step of the grid."""

    score: Explained
    curve: tuple[tuple[float, float], ...]
    risks: tuple[Risk, ...]
    hazard_free: float | None
    """Share of the time without weak spots; a weak spot counts by its excess, up to 1."""

    def shown(self, power: float = 1.0) -> list[dict[str, float]]:
        """The curve as the wire has it; ``power`` is what a fit to the user's own films found."""
        end = math.floor(self.curve[-1][0] * 1000) / 1000
        step = next((s for s in _STEPS if end / s <= _CURVE_POINTS), end / _CURVE_POINTS)
        times = [round(i * step, 3) for i in range(math.floor(end / step) + 1)] if end > 0 else [0.0]
        if end - times[-1] > step / 100:
            times.append(end)
        points = []
        place = 0
        for t in times:
            while place + 2 < len(self.curve) and self.curve[place + 1][0] < t:
                place += 1
            points.append({"t": t, "retention": round(_between(self.curve, place, t) ** power, 4)})
        return points

    def mean(self, power: float = 1.0) -> float:
        """Mean share of viewers over the film, 0..1."""
        return _mean([value**power for _, value in self.curve])


def retention(percepts: Percepts, text: TextFacts) -> Retention:
    """The model for this film."""
    times = grid(m.duration_of(percepts))
    neutral = _neutral_hazard(times)
    found = excesses(percepts, text, times)
    known = [term for term in found if term.values is not None]
    whole = [math.fsum(values) for values in zip(*(term.values for term in known if term.values), strict=True)]
    curve = _curve(neutral, whole or [0.0] * len(neutral))
    reference = _mean(_curve(neutral, [0.0] * len(neutral)))
    signals = [Signal(term.name, _left(term, neutral, reference), at=term.at) for term in found]
    together = min(1.0, _mean(curve) / reference) if _mostly_known(found) else None
    signals += [Signal("together", together), Signal("changes", m.cuts_per_minute(percepts))]
    score = compose("retention_design", signals)
    full = weights().number("hazard_full")
    free = m.mean([1 - min(1.0, excess / full) for excess in whole]) if known and score.value is not None else None
    return Retention(score, tuple(zip(times, curve, strict=True)), _risks(known, times, whole), free)


def _mostly_known(found: Sequence[Excess]) -> bool:
    rule = weights().composites["retention_design"]
    weight = {term.name: rule.component(term.name).weight for term in found}
    known = math.fsum(weight[term.name] for term in found if term.values is not None)
    return known >= LEAST_COVERAGE * math.fsum(weight.values()) > 0


def _left(term: Excess, neutral: Sequence[float], reference: float) -> float | None:
    """What this weak spot alone leaves of the neutral curve's mean, 0..1."""
    if term.values is None:
        return None
    return min(1.0, _mean(_curve(neutral, term.values)) / reference) if any(term.values) else 1.0


def _neutral_hazard(times: Sequence[float]) -> list[float]:
    """The neutral hazard, integrated exactly over each step."""
    exponent, settling = weights().number("retention_exponent"), weights().number("retention_settling")
    return [exponent * math.log((settling + b) / (settling + a)) for a, b in pairwise(times)]


def _curve(neutral: Sequence[float], excess: Sequence[float]) -> list[float]:
    """Share of viewers at each time. The excess is constant in a step."""
    left, lost = [1.0], 0.0
    for hazard, more in zip(neutral, excess, strict=True):
        lost += hazard * (1 + more)
        left.append(math.exp(-lost))
    return left


def _mean(values: Sequence[float]) -> float:
    """By trapezoids of equal width."""
    if len(values) < 2:
        return values[0]
    return (math.fsum(values) - (values[0] + values[-1]) / 2) / (len(values) - 1)


def _between(curve: Sequence[tuple[float, float]], place: int, t: float) -> float:
    if len(curve) == 1:
        return curve[0][1]
    (t0, v0), (t1, v1) = curve[place], curve[place + 1]
    part = m.clamp((t - t0) / (t1 - t0)) if t1 > t0 else 0.0
    return v0 + (v1 - v0) * part


def _risks(known: Sequence[Excess], times: Sequence[float], whole: Sequence[float]) -> tuple[Risk, ...]:
    """Where a term rises above the published cut; of moments close to each other the one with the largest term."""
    apart = weights().number("risk_apart")
    found: list[tuple[float, Risk]] = []
    tail = times[-1] - weights().number("risk_tail")  # nobody is lost to the last moment of a film
    for term in known:
        rises = [rise for rise in term.rises if rise[0] < tail or rise[0] <= 0]
        found += [(peak, Risk(t, end - t, term.name, _worst(times, whole, t, end))) for t, end, peak in rises]
    found.sort(key=lambda one: (-one[0], one[1].t, one[1].term))
    kept: list[Risk] = []
    taken: list[float] = []  # in order: hours of flicker have thousands
    for _, risk in found:
        place = bisect_left(taken, risk.t - apart)
        if place == len(taken) or taken[place] > risk.t + apart:
            kept.append(risk)
            insort(taken, risk.t)
    worst = sorted(kept, key=lambda risk: (-risk.excess, risk.t))[:_MOST_RISKS]
    return tuple(sorted(worst, key=lambda risk: risk.t))


def _worst(times: Sequence[float], whole: Sequence[float], start: float, end: float) -> float:
    step = times[1] - times[0]
    first, last = int(start / step), max(int(start / step) + 1, math.ceil(end / step))
    return max(whole[first:last], default=0.0)
