"""Stretches in which the picture is black, and such in which it stands still."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cutroom.model.percepts import Span

if TYPE_CHECKING:
    from cutroom.perception.sense import Plane, Planes

# Luma of black: of nearly every pixel, and on average.
_BLACK, _NEARLY_ALL, _MEAN = 28, 0.985, 14.0
_SHORTEST_BLACK = 0.1
# A frozen picture differs from that at its beginning by less than this, in levels: on average, and anywhere.
_STILL, _STILL_ANYWHERE = 1.2, 14.0
_SHORTEST_FREEZE = 0.8
# One that differs by more than this on average may drift, as in a slow pan over soft things: it does where the move of
# a camera explains this share of the difference. Of what codecs leave in frozen pictures it explains a fifth at most,
# of pans and zooms half and more (made films, five codecs).
_MAY_DRIFT, _EXPLAINED = 0.15, 0.33


@dataclass(slots=True)
class StillSense:
    """Follows both through a film. A black stretch is no freeze."""

    black: list[Span] = field(default_factory=list)
    freezes: list[Span] = field(default_factory=list)
    _black_since: float | None = None
    _still_since: float = 0.0
    _first: Plane | None = None
    _moves: Plane | None = None

    def push(self, t: float, planes: Planes) -> None:
        """The next small picture."""
        black = is_black(planes.luma)
        if black and self._black_since is None:
            self._black_since = t
        elif not black:
            self._end_black(t)
        if self._first is None or black or not self._still(self._first, planes.luma):
            self._end_still(t)
            self._first, self._still_since, self._moves = (None if black else planes.luma), t, None

    def finish(self, duration: float) -> None:
        """The film ends."""
        self._end_black(duration)
        self._end_still(duration)

    def _still(self, first: Plane, now: Plane) -> bool:
        """Whether it is the picture with which the stretch began."""
        apart = cv2.absdiff(first, now)
        mean = cv2.mean(apart)[0]
        if mean >= _STILL or float(cv2.blur(apart, (3, 3)).max()) >= _STILL_ANYWHERE:
            return False
        if mean < _MAY_DRIFT:
            return True
        self._moves = _moves(first) if self._moves is None else self._moves
        return _explained(self._moves, now.astype(np.float32) - first) < _EXPLAINED

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


def _moves(luma: Plane) -> Plane:
    """What a small move to the side, one up or down, and a small zoom would change in a picture, a row each."""
    picture = luma.astype(np.float32)
    across, down = (cv2.Sobel(picture, cv2.CV_32F, x, y, ksize=3, scale=1 / 8) for x, y in ((1, 0), (0, 1)))
    y, x = np.indices(luma.shape, np.float32)
    outward = across * (x - luma.shape[1] / 2) + down * (y - luma.shape[0] / 2)
    return np.stack([across, down, outward]).reshape(3, -1)


def _explained(moves: Plane, change: Plane) -> float:
    """The share of a change's energy that the best mix of the moves gives, 0..1."""
    flat = change.reshape(-1)
    along = moves @ flat
    mix = np.linalg.solve(moves @ moves.T + np.eye(len(moves)), along)
    return float(along @ mix) / max(1.0, float(flat @ flat))
