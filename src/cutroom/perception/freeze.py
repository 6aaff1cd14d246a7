"""Stretches in which the picture is black, and such in which it stands still."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2

from cutroom.model.percepts import Span

if TYPE_CHECKING:
    from cutroom.perception.sense import Plane, Planes

# Luma of black: of nearly every pixel, and on average.
_BLACK, _NEARLY_ALL, _MEAN = 28, 0.985, 14.0
_SHORTEST_BLACK = 0.1
# A frozen picture differs from that at its beginning by less than this, in levels: on average, and anywhere.
_STILL, _STILL_ANYWHERE = 1.2, 14.0
_SHORTEST_FREEZE = 0.8


@dataclass(slots=True)
class StillSense:
    """Follows both through a film. A black stretch is no freeze."""

    black: list[Span] = field(default_factory=list)
    freezes: list[Span] = field(default_factory=list)
    _black_since: float | None = None
    _still_since: float = 0.0
    _first: Plane | None = None

    def push(self, t: float, planes: Planes) -> None:
        """The next small picture."""
        black = is_black(planes.luma)
        if black and self._black_since is None:
            self._black_since = t
        elif not black:
            self._end_black(t)
        if self._first is None or black or not _same(self._first, planes.luma):
            self._end_still(t)
            self._first, self._still_since = (None if black else planes.luma), t

    def finish(self, duration: float) -> None:
        """The film ends."""
        self._end_black(duration)
        self._end_still(duration)

    def _end_black(self, t: float) -> None:
        if self._black_since is not None and t - self._black_since >= _SHORTEST_BLACK:
            self.black.append(Span(round(self._black_since, 3), round(t, 3)))
        self._black_since = None

    def _end_still(self, t: float) -> None:
        if self._first is not None and t - self._still_since >= _SHORTEST_FREEZE:
            self.freezes.append(Span(round(self._still_since, 3), round(t, 3)))
        self._first = None


def is_black(luma: Plane) -> bool:
    """Whether a small picture is black, noise and codecs allowed for."""
    mean = cv2.mean(luma)[0]
    return mean <= _MEAN and int((luma <= _BLACK).sum()) >= _NEARLY_ALL * luma.size


def _same(one: Plane, other: Plane) -> bool:
    apart = cv2.absdiff(one, other)
    return cv2.mean(apart)[0] < _STILL and float(cv2.blur(apart, (3, 3)).max()) < _STILL_ANYWHERE
