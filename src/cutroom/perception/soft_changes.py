"""Dissolves and fades, from tiny pictures of the last seconds.

While one shot dissolves into another the picture goes from the one to the other in a straight line: as a vector of
pixels it is a mixture of both ends all the way. A camera that moves leads along a curve, whose chord is much shorter
than its path. A fade goes through a picture without any contrast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import cv2
import numpy as np

from cutroom.model.percepts import Transition
from cutroom.perception.likeness import Bars, Sketch, Vector, contrast, mismatch, shape, tiny

# s between the tiny pictures looked at, how many seconds of them are kept, and how long a decision waits.
_STEP, _KEPT, _WAIT = 0.039, 9.0, 1.7
# Lengths (s) of the stretches tried, and the parts each is walked in.
_LENGTHS = (0.3, 0.42, 0.6, 0.85, 1.2, 1.7)
_PARTS = 5
# Stretches end at every so many samples.
_EACH = 2
# What a stretch must be to be a dissolve: chord to path; difference of the ends in levels, and to the contrast;
# likeness of the ends; the most of the way that one part makes; the least step of a part along the way.
_STRAIGHT, _LEVELS, _DIFFERENT, _ALIKE, _LARGEST, _STEADY = 0.6, 4.0, 0.4, 0.7, 0.45, -0.04
_SCORE = 0.85
# What is taken off where some of the picture is still there, and where it changes as fast on both sides.
_OLD, _RESTLESS, _RESTFUL, _BESIDE = 0.8, 0.6, 0.3, 0.3
_ENOUGH, _TRIED = 0.92, 5
# How straight it is when nothing moves beside it, and how much beside it (of what moves inside) bends it.
_STILL_STRAIGHT, _BENDING = 0.82, 0.4
# A stretch this near (s) to a plain picture is half a fade.
_NEAR_PLAIN = 0.35
# Contrast (levels) below which a picture is plain, and that of the pictures around a fade; luma of what is faded to.
_PLAIN, _CONTENT, _BLACK, _WHITE = 0.9, 4.0, 24.0, 225.0
# In the middle of a fade contrast, and distance from black or white, are at most this share of those around it.
_DIMMED, _NEARLY = 0.2, 0.25
# A picture with less than this share of the largest contrast of late is looked at in any case; how that is forgotten
# from one picture to the next.
_RATHER_PLAIN, _FORGET = 0.25, 0.98
# How the largest contrast is forgotten from one sample to the next, and what undoes that over ``_WAIT``.
_FADING, _AT_MOST = 0.995, 1.3


@dataclass(frozen=True, slots=True)
class SoftChange:
    """``index`` and ``t``: the first picture that is more of the new shot, or the first after a plain one."""

    index: int
    t: Fraction
    kind: Transition


@dataclass(slots=True)
class _Sample:
    index: int
    t: Fraction
    at: float
    look: Sketch
    vector: Vector
    """The tiny picture, flat."""
    shape: Vector
    contrast: float
    light: float


def _sample(index: int, t: Fraction, at: float, look: Sketch, bars: Bars) -> _Sample:
    vector = tiny(look, bars)
    height, width = vector.shape[:2]
    # Without what may still be bars, and what the blur has taken from them.
    middle = vector[height // 6 : height - height // 6, width // 6 : width - width // 6]
    means, deviations = cv2.meanStdDev(middle)
    spread = float(np.sqrt(float((deviations * deviations).sum())))
    return _Sample(index, t, at, look, vector.ravel(), shape(vector), spread, float(means[0, 0]))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of the film that may be a dissolve."""

    begin: int
    end: int
    """Numbers of samples since the first one."""
    start: float
    stop: float
    straight: float
    score: float


@dataclass
class SoftChanges:
    """Takes every picture; ``settle`` tells up to when hard cuts are known, and where they are."""

    on_change: Callable[[SoftChange], None]
    _samples: list[_Sample] = field(default_factory=list)
    _dropped: int = 0
    _next: int = 0
    _valley: int = 0
    _barriers: list[float] = field(default_factory=list)
    _flash_ends: list[float] = field(default_factory=list)
    _stretches: list[_Stretch] = field(default_factory=list)
    _plain: list[tuple[float, float]] = field(default_factory=list)
    _bars: Bars = (0, 0)
    _lit: bool = False
    """Whether anything but black has been seen."""
    _peak: float = 0.0
    """The largest contrast of a sample of late."""
    _usual: float = 0.0
    """Standard deviation of luma, the largest of late."""

    def push(self, index: int, t: Fraction, look: Sketch) -> None:
        """The next picture."""
        at = float(t)
        self._usual = max(look.spread, self._usual * _FORGET)
        # A fade may be plain for one picture alone.
        if self._samples and at - self._samples[-1].at < _STEP and look.spread > _RATHER_PLAIN * self._usual:
            return
        self._unbar(look)
        self._samples.append(_sample(index, t, at, look, self._bars))
        self._peak = max(self._samples[-1].contrast, self._peak * _FADING)

    def _unbar(self, look: Sketch) -> None:
        """Bars are what is black in all of the film so far; what is plain black says nothing."""
        if look.bars is None or (look.spread < _CONTENT and look.bars == (0, 0)):
            return
        known = self._bars if self._lit else look.bars
        bars = min(known[0], look.bars[0]), min(known[1], look.bars[1])
        self._lit = True
        if bars != self._bars:
            self._bars = bars
            self._samples = [_sample(of.index, of.t, of.at, of.look, bars) for of in self._samples]

    def barrier(self, *times: Fraction) -> None:
        """Nothing soft lies across these: hard cuts, and both ends of flashes."""
        self._barriers.extend(map(float, times))

    def flash(self, start: Fraction, end: Fraction) -> None:
        """Pictures from ``start`` to before ``end`` flash: neither they nor those right after them are a fade."""
        self.barrier(start, end)
        self._flash_ends.append(float(end))

    def settle(self, until: float, *, last: bool = False) -> None:
        """Hard cuts are known up to ``until``: decide on what lies far enough before it."""
        while self._next - self._dropped < len(self._samples) and (last or self._sample(self._next).at <= until):
            if self._next % _EACH == 0:
                self._try_stretches(self._next)
            self._next += 1
        while self._valley < self._next and (last or self._sample(self._valley).at < until - _WAIT):
            self._look_for_fade(self._valley)
            self._valley += 1
        self._choose(float("inf") if last else until - _WAIT - 0.3)
        self._forget(until)

    def _sample(self, number: int) -> _Sample:
        return self._samples[number - self._dropped]

    def _forget(self, until: float) -> None:
        keep = min(self._next, self._valley)
        while self._samples and self._dropped < keep and self._samples[0].at < until - _KEPT:
            del self._samples[0]
            self._dropped += 1
        self._barriers = [time for time in self._barriers if time > until - 2 * _KEPT]
        self._flash_ends = [time for time in self._flash_ends if time > until - 2 * _KEPT]
        self._plain = [span for span in self._plain if span[1] > until - 2 * _KEPT]

    def _crossed(self, start: float, stop: float) -> bool:
        return any(start < time <= stop + 1e-6 for time in self._barriers)

    def _try_stretches(self, end: int) -> None:
        """Every stretch that ends at this sample."""
        stop = self._sample(end).at
        begin = end
        for length in _LENGTHS:
            while begin > self._dropped and stop - self._sample(begin).at < length - 1e-6:
                begin -= 1
            start = self._sample(begin).at
            if stop - start < length - 1e-6 or stop - start > 1.5 * length or self._crossed(start, stop):
                return
            if end - begin >= 4:
                straight, score = self._score(begin, end)
                if score > _SCORE:
                    self._stretches.append(_Stretch(begin, end, start, stop, straight, score))

    def _score(self, begin: int, end: int) -> tuple[float, float]:
        """How straight this stretch is, and how much like a dissolve; zeros where it cannot be one."""
        one, other = self._sample(begin), self._sample(end)
        chord = other.vector - one.vector
        length = float(chord @ chord) ** 0.5
        levels = length / chord.size**0.5
        relative = levels / contrast(one.look, other.look)
        alike = float(one.shape @ other.shape)
        if levels < _LEVELS or relative < _DIFFERENT or alike > _ALIKE:
            return 0.0, 0.0
        steps = self._steps(begin, end)
        straight = length / (float(np.sqrt((steps * steps).sum(axis=1)).sum()) + 1e-6)
        onward = steps @ chord / (length * length)
        if straight < _STRAIGHT or onward.min() < _STEADY or onward.max() > _LARGEST:
            return 0.0, 0.0
        score: float = straight + 0.5 * (0.6 - alike) + 0.3 * (min(relative, 1.5) - 0.6)
        return straight, score

    def _steps(self, begin: int, end: int) -> Vector:
        """A stretch walked in a few steps."""
        parts = min(_PARTS, end - begin)
        stops = [begin + round(k * (end - begin) / parts) for k in range(parts + 1)]
        return np.diff(np.stack([self._sample(k).vector for k in stops]), axis=0)

    def _choose(self, before: float) -> None:
        """Report the best stretch of every group that is complete."""
        while self._stretches:
            first = self._stretches[0]
            stop, count = first.stop, 0
            while count < len(self._stretches) and self._stretches[count].start < stop - 0.1:
                stop = max(stop, self._stretches[count].stop)
                count += 1
            if stop >= before:
                return
            group, self._stretches = self._stretches[:count], self._stretches[count:]
            group.sort(key=lambda stretch: -stretch.score)
            best = next((stretch for stretch in group[:: max(1, count // _TRIED)] if self._is_dissolve(stretch)), None)
            if best is not None:
                self._report(best)

    def _is_dissolve(self, stretch: _Stretch) -> bool:
        if stretch.begin < self._dropped:
            return False
        if any(low <= stretch.stop + _NEAR_PLAIN and high >= stretch.start - _NEAR_PLAIN for low, high in self._plain):
            return False
        old = 1 - mismatch(self._sample(stretch.begin).look, self._sample(stretch.end).look).far
        inside = self._speed(stretch.begin, stretch.end)
        before = self._speed(self._away(stretch.begin, -1), stretch.begin)
        after = self._speed(stretch.end, self._away(stretch.end, 1))
        # Nothing that moves bends the way when all stands still on both sides: what does is a whip pan.
        bent = (0.7 * min(before, after) + 0.3 * max(before, after)) / (inside + 1e-6) / _BENDING
        if stretch.straight < _STILL_STRAIGHT - (_STILL_STRAIGHT - _STRAIGHT) * min(1.0, bent):
            return False
        beside = min(before, after)
        restless = max(0.0, beside / (inside + 1e-6) - _RESTFUL)
        return stretch.score - _OLD * old - _RESTLESS * restless >= _ENOUGH

    def _away(self, number: int, side: int) -> int:
        """The sample ``_BESIDE`` from this one, on this side of hard cuts."""
        here, at = self._sample(number).at, number
        while self._dropped <= at + side < self._dropped + len(self._samples):
            there = self._sample(at + side).at
            if abs(there - here) > _BESIDE or self._crossed(min(here, there), max(here, there)):
                break
            at += side
        return at

    def _speed(self, begin: int, end: int) -> float:
        """Change a second, walked in steps of a few pictures."""
        if end <= begin:
            return 0.0
        seconds = self._sample(end).at - self._sample(begin).at
        return float(np.linalg.norm(self._steps(begin, end), axis=1).sum()) / max(seconds, 1e-3)

    def _report(self, stretch: _Stretch) -> None:
        one, other = self._sample(stretch.begin), self._sample(stretch.end)
        chord = other.vector - one.vector
        square = float(chord @ chord)
        for number in range(stretch.begin + 1, stretch.end + 1):
            sample = self._sample(number)
            if float((sample.vector - one.vector) @ chord) >= square / 2:
                self.on_change(SoftChange(sample.index, sample.t, Transition.DISSOLVE))
                return

    def _fullest(self, number: int, side: int) -> _Sample:
        """The picture with the most contrast of the same shot, a little while before or after a sample."""
        best = self._sample(number)
        low = max((time for time in self._barriers if time <= best.at), default=0.0)
        high = min((time for time in self._barriers if time > best.at), default=float("inf"))
        low, high = max(low, best.at - _WAIT), min(high, best.at + _WAIT)
        k = number + side
        while self._dropped <= k < self._dropped + len(self._samples) and low <= (other := self._sample(k)).at < high:
            best = max(best, other, key=lambda sample: sample.contrast)
            k += side
        return best

    def _look_for_fade(self, number: int) -> None:
        """Whether the picture is plain here; where it ceases to be so gradually, a shot has faded in."""
        sample = self._sample(number)
        if not self._is_plain(number):
            if number > self._dropped and self._plain and self._plain[-1][1] == self._sample(number - 1).at:
                self._end_of_plain(number)
            return
        if self._plain and number > self._dropped and self._plain[-1][1] == self._sample(number - 1).at:
            self._plain[-1] = (self._plain[-1][0], sample.at)
        else:
            self._plain.append((sample.at, sample.at))

    def _is_plain(self, number: int) -> bool:
        sample = self._sample(number)
        if sample.contrast < _PLAIN:
            return True
        if sample.contrast >= _DIMMED * self._peak * _AT_MOST:
            return False  # soon told of nearly all
        around = [self._fullest(number, side) for side in (-1, 1)]
        if sample.contrast >= _DIMMED * min(other.contrast for other in around):
            return False
        if not _BLACK < sample.light < _WHITE:
            return True
        lights = [other.light for other in around]
        return sample.light <= _NEARLY * min(lights) or 255 - sample.light <= _NEARLY * (255 - max(lights))

    def _end_of_plain(self, number: int) -> None:
        sample, (start, _) = self._sample(number), self._plain[-1]
        # Plain pictures may lie on both sides of a cut that is told already, or be of a flash, or dark ones after it.
        flashed = any(start - 1e-6 <= time <= sample.at for time in self._flash_ends)
        if flashed or self._crossed(start, sample.at) or self._fullest(number, 1).contrast < _CONTENT:
            return
        if start > 0 and self._had_content(start):
            self.on_change(SoftChange(sample.index, sample.t, Transition.FADE))

    def _had_content(self, start: float) -> bool:
        """Whether anything was shown before the plain stretch, as far as it is remembered."""
        return any(sample.contrast >= _CONTENT for sample in self._samples if sample.at < start) or self._dropped > 0
