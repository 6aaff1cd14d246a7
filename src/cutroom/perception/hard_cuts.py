"""Hard cuts and flashes, from pictures as they come by.

A cut is a change from one picture to the next that stands alone: what the new picture shows is not in the one before,
wherever it may have moved to, while on both sides of it each picture is found in its neighbour. A whip pan or a shaking
camera changes every picture of a stretch, so the change does not stand alone; after a flash the old picture is back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from cutroom.perception.likeness import Mismatch, Sketch, Vector, contrast, difference, histogram, mismatch

# Pictures on each side that a change is compared with, and at least how long (s) these are shown: at 60 pictures a
# second animation moves only in every fifth or eighth of them.
_AROUND, _AROUND_TIME = 8, 0.34
# Levels, and share of the contrast, below which nothing can have changed entirely.
_LEAST, _LEAST_SHARE = 2.5, 0.08
# From how much of the picture is new (beyond what is new in the calmest neighbouring pairs) follows how many times
# the usual change this one must be: (share, times). First for what is nowhere near, then for what is not at its place.
_ALL_NEW, _PART_NEW = (0.45, 0.6), ((0.22, 2.8), (0.35, 2.2), (0.5, 1.9))
_CALM = 0.45
# As much is new in the pair beside it (share), and the picture between them is not both at once (share of the change):
# the camera is whipped round, at few pictures a second.
_ON_ITS_WAY = (0.6, 0.5)
# Where so much is new, and so little in the neighbouring pairs, no more is asked: things that boil and flicker change
# as much from one picture to the next, but each is still found in the last.
_WHOLLY_NEW = (0.75, 0.12)
# Standard deviation of luma below which a picture is plain, or nearly.
_PLAIN = 4.0
# The old picture is back within this many pictures, or s: a flash.
_FLASH_PICTURES, _FLASH = 3, 0.14
_BACK, _RETURNED, _RESTORED = 0.4, 0.2, 0.5
# Levels by which a flash is brighter.
_BRIGHTER, _SUDDEN = 12.0, 0.25
# Times the change before it, from which growing light may be a flash and not a fade.
_ABRUPT = 1.5
# s between pictures from which neighbours tell nothing: a slide show. Then nearly all must be new.
_SLOW, _SLOW_NEW = 0.4, 0.75
# A jump within a scene that stands still on both sides: times the usual change, share of the contrast, and how much
# of the picture is not where it was.
_JUMP = (3.0, 0.1, 0.2)
# Beside stillness or what only flickers: how much is not where it was, in other colours for good.
_OTHER = (0.45, 3.0)
# From so many times the usual change a change is clear; less will do where it is also much larger than those next to
# it (times, times), or beside a stretch in which nothing moves.
_CLEAR, _SHARP, _AT_REST = 2.0, (1.7, 2.5), 1.12
# Otherwise the colours have to change for good: beside stillness where some is new, where all is, where some is.
_RECOLOURED, _SOME_NEW = (1.8, 3.0, 4.0), 0.2
# Times the usual change, from which so large a change is looked at closely.
_WORTHY = 0.75
# Two cuts nearer than this many pictures are one.
_APART = 3


@dataclass(frozen=True, slots=True)
class Cut:
    """Between the pictures ``before`` and ``index`` (numbers in the source); ``t`` is when the new one is shown."""

    before: int
    index: int
    t: Fraction
    exact: bool
    """Whether no picture was left out between the two."""
    change: float
    """Difference of the two, in levels."""
    new: Mismatch
    """How much of the new one is not in the one before."""


@dataclass(slots=True)
class _Seen:
    index: int
    t: Fraction
    at: float
    """The same in seconds: fractions are slow."""
    look: Sketch
    change: float
    """Difference to the picture before, in levels."""
    share: float
    """The same as a share of the contrast."""
    after_gap: bool
    new: Mismatch | None = None
    """How much of it is not in the picture before; measured when it is asked for."""
    colours: Vector | None = None
    """Its histogram; taken when it is asked for."""


class HardCuts:
    """Takes pictures one by one; decides on each when ``_AROUND`` more have come by."""

    def __init__(self, on_cut: Callable[[Cut], None], on_flash: Callable[[Fraction, Fraction], None]) -> None:
        """``on_cut`` is told every cut, ``on_flash`` the first moment of every flash and the first after it."""
        self._on_cut, self._on_flash = on_cut, on_flash
        self._seen: list[_Seen] = []
        self._at = 1
        self._flash_until: Fraction | None = None
        self._last_cut = -1
        self.decided = 0.0
        """Time (s) up to which everything is decided."""
        self.seems_cut = False
        """Whether the last picture looks like the first of a shot."""

    def push(self, index: int, t: Fraction, look: Sketch, *, after_gap: bool) -> None:
        """The next picture."""
        change = share = 0.0
        if self._seen:
            change = difference(self._seen[-1].look, look)
            share = change / contrast(self._seen[-1].look, look)
        recent = sorted(seen.share for seen in self._seen[-_AROUND:])
        usual = recent[len(recent) // 2] if recent else 0.0
        self.seems_cut = change > _LEAST and share > 0.2 and share > 2.5 * usual
        self._seen.append(_Seen(index, t, float(t), look, change, share, after_gap))
        while self._at + _AROUND < len(self._seen) and self._seen[-1].at - self._seen[self._at].at >= _AROUND_TIME:
            self._decide()

    def finish(self) -> None:
        """No more pictures: decide on the rest."""
        while self._at < len(self._seen):
            self._decide()

    def _decide(self) -> None:
        at, seen = self._at, self._seen[self._at]
        if self._flash_until is not None and seen.t <= self._flash_until:
            pass
        elif self._may_be(at):
            brighter = seen.look.mean - self._seen[at - 1].look.mean
            sudden = (
                abs(brighter) > _BRIGHTER and seen.share > _SUDDEN and seen.change > _ABRUPT * self._seen[at - 1].change
            )
            cut = self._is_cut(at) and not self._outdone(at)
            back = self._flash_end(at) if cut or sudden else None
            if back is not None:
                self._flash_until = back
                if brighter > _BRIGHTER:
                    self._on_flash(seen.t, back)
            elif cut and (self._last_cut < 0 or at - self._last_cut >= _APART):
                self._last_cut = at
                before = self._seen[at - 1].index
                self._on_cut(Cut(before, seen.index, seen.t, not seen.after_gap, seen.change, self._pair(at)))
        self.decided = seen.at
        self._at += 1
        surplus = self._at - 2 * _AROUND
        if surplus > _AROUND and seen.at - self._seen[surplus].at > 2 * _AROUND_TIME:
            del self._seen[:surplus]
            self._at -= surplus
            self._last_cut -= surplus

    def _outdone(self, at: int) -> bool:
        """Whether one of the next pictures is the first of a shot much rather: a whip pan may just have begun."""
        new = self._pair(at)
        rivals = (k for k in range(at + 1, min(at + _APART, len(self._seen))) if self._is_cut(k))
        return any(self._pair(k).far + self._pair(k).near > new.far + new.near for k in rivals)

    def _times(self, at: int) -> float:
        """How many times as large this change is as the third largest around it.

        The third: one flash, which is two changes, does not hide a cut. In levels and as shares of the contrast, of
        which the smaller counts: out of plain black the first change is large beside so little contrast.
        """
        seen = self._seen[at]
        low, high = self._reach(at)
        around = self._seen[max(1, low) : at] + self._seen[at + 1 : high + 1]
        if len(around) < 3 or at + 1 >= len(self._seen):
            return 1.0  # there is nothing, or nothing after it, to compare it with
        shares = sorted((other.share for other in around), reverse=True)
        changes = sorted((other.change for other in around), reverse=True)
        return min(seen.share / (shares[2] + 0.01), seen.change / (changes[2] + 0.3))

    def _reach(self, at: int) -> tuple[int, int]:
        """Numbers of the first and the last picture that the change at ``at`` is compared with."""
        here, low, high = self._seen[at].at, max(0, at - _AROUND), min(len(self._seen) - 1, at + _AROUND)
        while low > 0 and here - self._seen[low - 1].at <= _AROUND_TIME:
            low -= 1
        while high + 1 < len(self._seen) and self._seen[high + 1].at - here <= _AROUND_TIME:
            high += 1
        return low, high

    def _may_be(self, at: int) -> bool:
        seen = self._seen[at]
        if seen.change < _LEAST or seen.share < _LEAST_SHARE:
            return False
        slow = seen.at - self._seen[at - 1].at >= _SLOW
        return slow or (self._times(at) > _ALL_NEW[1] and self._stands_out(at))

    def _is_cut(self, at: int) -> bool:
        times = self._times(at)
        if self._seen[at].at - self._seen[at - 1].at >= _SLOW:
            return self._pair(at).far >= _SLOW_NEW
        if not self._worth_a_look(at, times):
            return False
        new = self._pair(at)
        if new.near < _PART_NEW[0][0] and new.moved < _JUMP[2]:
            return False
        before, after = self._calm(at, -1), self._calm(at, 1)
        far = max(before.far, after.far)
        if new.far - far >= _WHOLLY_NEW[0] and far <= _WHOLLY_NEW[1] and (times >= _CLEAR or self._unlike(at)):
            return True
        if new.far - far >= _ALL_NEW[0] and far <= _CALM * new.far:
            return self._shows_other_things(at, times)
        if new.far - far >= _SOME_NEW and self._recoloured(at) >= _RECOLOURED[0 if self._stills(at) else 2]:
            return True
        if max(before.moved, after.moved) == 0 and self._leaps(at, times):
            return True
        near = max(before.near, after.near)
        needed = float(np.interp(new.near - near, [x for x, _ in _PART_NEW], [y for _, y in _PART_NEW]))
        return new.near - near >= _PART_NEW[0][0] and near <= _CALM * new.near and times >= needed

    def _shows_other_things(self, at: int, times: float) -> bool:
        """Whether a picture, much of which is nowhere in the one before, is a cut's and not of a fast movement."""
        if self._goes_on(at):
            return False
        clear = times >= _CLEAR or (times >= _SHARP[0] and self._seen[at].share >= _SHARP[1] * self._beside(at))
        return clear or (times >= _AT_REST and self._stills(at)) or self._recoloured(at) >= _RECOLOURED[1]

    def _leaps(self, at: int, times: float) -> bool:
        """Whether, between pictures in which hardly anything moves, much has changed its place or its colour."""
        new = self._pair(at)
        if times >= _SHARP[0] and new.moved >= _OTHER[0] and self._recoloured(at) >= _OTHER[1]:
            return True
        return times >= _JUMP[0] and self._seen[at].share >= _JUMP[1] and new.moved >= _JUMP[2]

    def _worth_a_look(self, at: int, times: float) -> bool:
        """Whether this can be a cut at all: looking closely costs a hundred times as much."""
        if times < _PART_NEW[0][1] and self._seen[at].share < _ALL_NEW[0] * 0.3:
            return False  # as much as must be new would have made a larger change
        if times >= _SHARP[0] or self._stills(at) or self._recoloured(at) >= _RECOLOURED[1]:
            return True
        return times >= _WORTHY and self._seen[at].share >= _WHOLLY_NEW[0]

    def _pair(self, at: int) -> Mismatch:
        seen = self._seen[at]
        if seen.new is None:
            seen.new = mismatch(self._seen[at - 1].look, seen.look)
        return seen.new

    def _goes_on(self, at: int) -> bool:
        """Whether a picture next to this change is on its way to a third one, and no mixture of both shots."""
        new, change = self._pair(at).far, self._seen[at].change
        if new >= _WHOLLY_NEW[0]:
            return False
        for k in (at - 1, at + 1):
            if not 0 < k < len(self._seen) or self._pair(k).far < _ON_ITS_WAY[0] * new:
                continue
            first = min(at, k)
            one, middle, other = (self._seen[number].look for number in (first - 1, first, first + 1))
            mixed = Sketch(cv2.addWeighted(one.image, 0.5, other.image, 0.5, 0), 0.0, 0.0)
            if difference(mixed, middle) > _ON_ITS_WAY[1] * change:
                return True
        return False

    def _unlike(self, at: int) -> bool:
        """Whether it is new in any light: flickering things may change much more in light than in shape.

        Out of a plain picture anything is new, the first of a fade as well.
        """
        one, other = self._seen[at - 1].look, self._seen[at].look
        return min(one.spread, other.spread) >= _PLAIN and mismatch(one, other, relit=True).far >= _ALL_NEW[0]

    def _calm(self, at: int, side: int) -> Mismatch:
        """The calmer of the two pairs on one side: one picture may be a mixture of both shots, or torn."""
        pairs = []
        for k in (at + side, at + 2 * side):
            if 0 < k < len(self._seen):
                pairs.append(self._pair(k))
                if pairs[-1].near < 0.05:
                    break
        return min(pairs, key=lambda pair: pair.far + pair.near, default=Mismatch(0, 0, 0))

    def _beside(self, at: int) -> float:
        """The larger change of the two pairs next to this one."""
        return max((self._seen[k].share for k in (at - 1, at + 1) if 0 < k < len(self._seen)), default=0.0)

    def _stands_out(self, at: int) -> bool:
        """Whether the pairs next to this one change hardly more."""
        seen = self._seen[at]
        beside = max((self._seen[k].change for k in (at - 1, at + 1) if 0 < k < len(self._seen)), default=0.0)
        return seen.share >= 0.8 * self._beside(at) or seen.change >= 0.8 * beside

    def _stills(self, at: int) -> bool:
        """Whether on one side nothing moves at all, measured by the change."""
        low, high = self._reach(at)
        sides = self._seen[max(1, low) : at], self._seen[at + 1 : high + 1]
        return any(max((seen.share for seen in side), default=1.0) < 0.2 * self._seen[at].share for side in sides)

    def _recoloured(self, at: int) -> float:
        """How far apart the colours before and after lie, over how far apart they lie on either side alone."""
        low, high = self._reach(at)
        # No more than it takes: of 60 pictures a second every third will do.
        sides = [side[:: -(-len(side) // _AROUND)] for side in (self._seen[low:at], self._seen[at : max(at + 1, high)])]
        for seen in (*sides[0], *sides[1]):
            if seen.colours is None:
                seen.colours = histogram(seen.look)
        counts = [np.array([seen.colours for seen in side], np.float32) for side in sides]
        middles = [side.mean(axis=0) for side in counts]
        within = max(
            float(np.abs(side - middle).sum(axis=1).mean()) for side, middle in zip(counts, middles, strict=True)
        )
        return float(np.abs(middles[0] - middles[1]).sum()) / (within + 0.05)

    def _flash_end(self, at: int) -> Fraction | None:
        """When the picture from before ``at`` is back, if it soon is."""
        new, old = self._pair(at), self._seen[at - 1].look
        lighter = abs(self._seen[at].look.mean - old.mean)
        for k in range(at + 1, len(self._seen)):
            if k > at + _FLASH_PICTURES and self._seen[k].at - self._seen[at].at > _FLASH:
                return None
            if abs(self._seen[k].look.mean - old.mean) > max(_BRIGHTER, lighter / 3):
                continue
            if lighter > _BRIGHTER and difference(old, self._seen[k].look) <= _RETURNED * self._seen[at].change:
                return self._seen[k].t
            found = mismatch(old, self._seen[k].look)
            most = 0.5 if new.near > 0.9 or lighter > _BRIGHTER else _BACK * new.near
            far = max(_BACK * new.far, 0.35 * (lighter > _BRIGHTER))
            if lighter > _BRIGHTER and found.near > most and (earlier := at - 1 - (k - at + 1)) >= 0:
                # As unlike as pictures so far apart are in this shot anyway.
                usual = mismatch(self._seen[earlier].look, old)
                most, far = max(most, usual.near + 0.15), max(far, usual.far + 0.15)
            if lighter <= _BRIGHTER and difference(old, self._seen[k].look) > _RESTORED * self._seen[at].change:
                continue
            if found.far <= far and found.near <= most:
                return self._seen[k].t
        return None
