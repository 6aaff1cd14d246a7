"""The terms of the hazard of leaving: each weak spot of a film as a function of time, on one grid.

A term is constant within a step of the grid, with the share of the step that the weak spot covers, so that a shift by a
frame moves it by little. Terms raise the hazard or leave it; none lowers it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cutroom.judgement import measures as m
from cutroom.judgement.weights import weights
from cutroom.model.percepts import Percepts, Shot, Span
from cutroom.model.verdicts import TextFacts

_STEP = 0.25
_MOST_STEPS = 20_000
_ROUNDED = 0.002
Rise = tuple[float, float, float]
"""Start and end of a weak spot in seconds, and the largest excess of its term in it."""


@dataclass(frozen=True, slots=True)
class Excess:
    """A term's part of the hazard at each step, ``excess * x(t)``; None where its sense gave nothing."""

    name: str
    values: tuple[float, ...] | None
    rises: tuple[Rise, ...] = ()

    @property
    def at(self) -> tuple[float, float] | None:
        """The worst place."""
        worst = max(self.rises, key=lambda rise: (rise[2] * (rise[1] - rise[0]), -rise[0]), default=None)
        return None if worst is None else (worst[0], worst[1])


def grid(duration: float) -> list[float]:
    """Equally spaced times from 0 to the end; at least one step, at most 20,000."""
    length = max(duration, 0.001)
    count = min(_MOST_STEPS, max(1, math.ceil(length / _STEP)))
    return [length * i / count for i in range(count + 1)]


def excesses(percepts: Percepts, text: TextFacts, times: Sequence[float]) -> list[Excess]:
    """Every published term that applies: a film without sound has no silences, one without speech no fillers."""
    return [one for one in _excesses(percepts, text, times) if not _beside_the_point(one.name, percepts)]


def _beside_the_point(name: str, percepts: Percepts) -> bool:
    if name in {"silence", "quiet"}:
        return m.soundless(percepts)
    return name in {"topic_drift", "fillers"} and m.speaks(percepts) is False


def _excesses(percepts: Percepts, text: TextFacts, times: Sequence[float]) -> list[Excess]:
    hearing, seeing = percepts.hearing, percepts.seeing
    ads = m.acts_of(text, ("ad",)) if m.words_known(percepts) else None
    return [
        _spans("silence", None if hearing is None else hearing.silences, times),
        _freezes(percepts, times),
        _spans("black", None if seeing is None else seeing.black, times),
        _static_shots(percepts, times),
        _quiet(percepts, times),
        _topic_drift(percepts, text, times),
        _fillers(percepts, text, times),
        _spans("advertising", None if ads is None else [Span(act.start, act.end) for act in ads], times),
    ]


def _freezes(percepts: Percepts, times: Sequence[float]) -> Excess:
    """Still stretches, one shot's apart from the next one's; the pictures of a slideshow may stand for longer."""
    if percepts.seeing is None:
        return Excess("freeze", None)
    shots = percepts.seeing.shots
    cuts = [float(shot.start) for shot in shots[1:]]
    fuller = "static_shot_age" if _is_slideshow(shots) else "span_length"
    return _spans("freeze", percepts.seeing.freezes, times, fuller=fuller, cuts=cuts)


def _is_slideshow(shots: Sequence[Shot]) -> bool:
    """Whether still pictures follow one another for most of the film."""
    w = weights()
    still = [shot.end - shot.start for shot in shots if shot.look.motion <= w.number("slideshow_motion")]
    whole = sum(shot.end - shot.start for shot in shots)
    return len(shots) >= w.number("slideshow_shots") and sum(still) >= w.number("slideshow_share") * float(whole) > 0


def _spans(
    name: str,
    spans: Iterable[Span] | None,
    times: Sequence[float],
    *,
    fuller: str = "span_length",
    cuts: Sequence[float] = (),
) -> Excess:
    """A term that is on in spans, and the fuller the longer they last, by the map ``fuller``."""
    if spans is None:
        return Excess(name, None)
    w, excess = weights(), weights().terms[name].excess
    covered = [0.0] * (len(times) - 1)
    rises = []
    step = times[1]
    for span in _joined(spans, times[-1], cuts):
        height = excess * w.mapped(fuller, span.end - span.start)
        if height <= 0:
            continue
        for i in range(int(span.start / step), min(len(covered), math.ceil(span.end / step))):
            part = (min(span.end, times[i + 1]) - max(span.start, times[i])) / step
            covered[i] += height * m.clamp(part)
        if height >= w.number("risk_minor"):
            rises.append((span.start, span.end, height))
    return Excess(name, tuple(covered), tuple(rises))


def _joined(spans: Iterable[Span], end: float, cuts: Sequence[float]) -> list[Span]:
    """Spans within the film, those that overlap as one, and those that touch where there is no cut between them."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, one.end)):
        start, stop = max(0.0, span.start), min(end, span.end)
        if not stop > start:
            continue
        if found and (start < found[-1].end or (start == found[-1].end and not _near(cuts, start))):
            found[-1] = Span(found[-1].start, max(found[-1].end, stop))
        else:
            found.append(Span(start, stop))
    return found


def _near(cuts: Sequence[float], t: float) -> bool:
    """Whether one of the cuts, which are in order, lies there; times of spans are rounded."""
    place = bisect_right(cuts, t - _ROUNDED)
    return place < len(cuts) and cuts[place] <= t + _ROUNDED


def _sampled(name: str, times: Sequence[float], x: Callable[[float], float]) -> Excess:
    """A term that is a function of time, taken in the middle of each step."""
    excess, least = weights().terms[name].excess, weights().number("risk_minor")
    values = tuple(excess * m.clamp(x((a + b) / 2)) for a, b in pairwise(times))
    rises, start = [], None
    for i, value in enumerate((*values, 0.0)):
        if value >= least and start is None:
            start = i
        elif value < least and start is not None:
            rises.append((times[start], times[i], max(values[start:i])))
            start = None
    return Excess(name, values, tuple(rises))


def _static_shots(percepts: Percepts, times: Sequence[float]) -> Excess:
    if percepts.seeing is None:
        return Excess("static_shot", None)
    w = weights()
    shots = [(float(shot.start), w.mapped("stillness", shot.look.motion)) for shot in percepts.seeing.shots]
    # New words on a screen are something new to look at.
    shown = sorted(text.start for text in percepts.seeing.text or ())
    place = 0

    def x(t: float) -> float:
        nonlocal place  # asked in the order of time
        while place + 1 < len(shots) and shots[place + 1][0] <= t:
            place += 1
        if not shots:
            return 0.0
        start, still = shots[place]
        last = bisect_right(shown, t)
        since = max(start, shown[last - 1]) if last else start
        return still * w.mapped("static_shot_age", t - since)

    return _sampled("static_shot", times, x)


def _quiet(percepts: Percepts, times: Sequence[float]) -> Excess:
    if percepts.hearing is None or not percepts.hearing.energy:
        return Excess("quiet", None)
    energy = percepts.hearing.energy
    louder = sorted(energy)[len(energy) // 2 :]
    usual = math.fsum(louder) / len(louder)
    if usual <= 0:
        return Excess("quiet", (0.0,) * (len(times) - 1))  # all of it is silent, and told as silence
    w = weights()
    return _sampled("quiet", times, lambda t: w.mapped("quietness", energy[min(int(t), len(energy) - 1)] / usual))


def _topic_drift(percepts: Percepts, text: TextFacts, times: Sequence[float]) -> Excess:
    if percepts.transcript is None or all(change is None for change in text.drift):
        return Excess("topic_drift", None)
    w, lasts = weights(), weights().number("drift_fade")
    bumps = [
        (segment.start, w.mapped("drift", change))
        for segment, change in zip(percepts.transcript.segments, text.drift, strict=False)
        if change is not None and change > 0
    ]
    return _bumps("topic_drift", times, bumps, before=0.0, after=lasts)


def _fillers(percepts: Percepts, text: TextFacts, times: Sequence[float]) -> Excess:
    if not m.speech_known(percepts):
        return Excess("fillers", None)
    lasts = weights().number("filler_fade")
    bumps = [((act.start + act.end) / 2, 0.5) for act in m.acts_of(text, ("filler",))]
    return _bumps("fillers", times, bumps, before=lasts, after=lasts)


def _bumps(
    name: str, times: Sequence[float], bumps: Iterable[tuple[float, float]], *, before: float, after: float
) -> Excess:
    """A sum of triangles around moments, of these heights, that begin ``before`` and end ``after`` them."""
    step, raised = times[1], [0.0] * (len(times) - 1)
    for t, height in bumps:
        for i in range(max(0, int((t - before) / step)), min(len(raised), math.ceil((t + after) / step))):
            away = (i + 0.5) * step - t
            reach = after if away >= 0 else before
            raised[i] += height * max(0.0, 1 - abs(away) / reach) if reach else 0.0
    return _sampled(name, times, lambda t: raised[min(int(t / step), len(raised) - 1)])
