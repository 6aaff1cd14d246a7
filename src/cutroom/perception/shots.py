"""Where shots begin: hard cuts, dissolves and fades, put together and made exact to the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from cutroom.model.percepts import FaceTrack, Shot, ShotSize, Transition
from cutroom.perception.hard_cuts import Cut, HardCuts
from cutroom.perception.likeness import Mismatch, difference, mismatch, sketch
from cutroom.perception.soft_changes import SoftChange, SoftChanges

if TYPE_CHECKING:
    from cutroom.perception.sense import Planes

Again = Callable[[int, int], Iterable[tuple[int, Fraction, "Planes"]]]
"""Decodes the pictures with these numbers (both included) in full: number, time, small picture."""

# Changes nearer to each other than this (s) are one.
_SHORTEST = 0.1
# A soft change so near (s) to another boundary belongs to it: out of the dark, coarse coding makes steps of a fade.
_SOFT_APART = 0.6
# Where less is new the cut is looked for again: decoding without the loop filter drifts, and the next key frame leaps.
_SURE = 0.45
# Of the change between two analysed pictures at least this share is that of the cut between them; less of what is new,
# as one picture may be a mixture of both shots.
_MOSTLY, _PARTLY = 0.6, 0.4
# Height of a face as a share of the picture's, from which the shot is near, or half near.
_CLOSE, _MEDIUM = 0.3, 0.13


@dataclass(frozen=True, slots=True)
class Boundary:
    """The first picture of a shot: its number in the source, its time, and how the shot begins."""

    index: int
    t: Fraction
    kind: Transition


@dataclass(frozen=True, slots=True)
class Flash:
    """Pictures much brighter than those before and after: the first one, and the first after it."""

    start: Fraction
    end: Fraction


class ShotFinder:
    """Takes the analysed pictures one by one; tells shot boundaries to ``on_boundary``, up to 3 s late."""

    def __init__(self, again: Again, on_boundary: Callable[[Boundary], None]) -> None:
        self._again, self._on_boundary = again, on_boundary
        self._hard = HardCuts(self._cut, self._flash)
        self._soft = SoftChanges(self._change)
        self._found: list[Boundary] = []
        self.flashes: list[Flash] = []

    @property
    def seems_cut(self) -> bool:
        """Whether a shot seems to begin with the last picture given."""
        return self._hard.seems_cut

    def push(self, index: int, t: Fraction, planes: Planes, *, after_gap: bool) -> None:
        """The next picture; ``after_gap``: pictures of the source right before it were left out."""
        look = sketch(planes)
        self._hard.push(index, t, look, after_gap=after_gap)
        self._soft.push(index, t, look)
        self._soft.settle(self._hard.decided)

    def finish(self) -> tuple[Boundary, ...]:
        """Every boundary in order of time, after the last picture."""
        self._hard.finish()
        self._soft.settle(self._hard.decided, last=True)
        return tuple(sorted(self._found, key=lambda boundary: boundary.t))

    def _cut(self, cut: Cut) -> None:
        exact = Boundary(cut.index, cut.t, Transition.CUT) if cut.exact and cut.new.far >= _SURE else self._exactly(cut)
        if exact is None:
            return
        self._soft.barrier(exact.t, cut.t)
        self._add(exact)

    def _flash(self, start: Fraction, end: Fraction) -> None:
        self._soft.flash(start, end)
        self.flashes.append(Flash(start, end))

    def _change(self, change: SoftChange) -> None:
        self._add(Boundary(change.index, change.t, change.kind), _SOFT_APART)

    def _add(self, boundary: Boundary, apart: float = _SHORTEST) -> None:
        if all(abs(boundary.t - other.t) >= apart for other in self._found[-8:]):
            self._found.append(boundary)
            self._on_boundary(boundary)

    def _exactly(self, cut: Cut) -> Boundary | None:
        """The cut to the picture: of all between the two analysed ones, where the largest change is.

        None where it was many small ones: what moves fast or flickers, seen too seldom.
        """
        last, best, largest, pair = None, Boundary(cut.index, cut.t, Transition.CUT), -1.0, None
        for index, t, planes in self._again(cut.before, cut.index):
            look = sketch(planes)
            if last is not None and (change := difference(last, look)) > largest:
                best, largest, pair = Boundary(index, t, Transition.CUT), change, (last, look)
            last = look
        return best if pair is None or _stands_alone(cut, largest, mismatch(*pair)) else None


def _stands_alone(cut: Cut, change: float, new: Mismatch) -> bool:
    """Whether the largest change between two neighbours, and what is new in it, are most of those of the cut."""
    if cut.new.far >= _SURE and new.far < _PARTLY * cut.new.far:
        return False
    return change >= _MOSTLY * cut.change or new.far + new.moved >= _MOSTLY * (cut.new.far + cut.new.moved)


def shot_size(tracks: Sequence[FaceTrack], shot: Shot) -> ShotSize | None:
    """How near the person of a shot is, by the largest face in most of its moments; None where nobody is seen.

    A face of 30 % of the picture's height or more is a close-up (head and shoulders fill the picture), from 13 % a
    medium shot (waist up), below that a wide one.
    """
    largest: dict[int, float] = {}
    for track in tracks:
        for face in track.faces:
            if shot.start <= face.t < shot.end:
                moment = round(face.t * 10)
                largest[moment] = max(largest.get(moment, 0.0), face.box.height)
    if not largest:
        return None
    height = sorted(largest.values())[len(largest) // 2]
    if height >= _CLOSE:
        return ShotSize.CLOSE_UP
    return ShotSize.MEDIUM if height >= _MEDIUM else ShotSize.WIDE
