"""Whether a rectangle of a film goes its own way: what is around it becomes new while what is in it goes on.

Small pictures are compared some looks apart by their gradients: 1 where both show the same things at the same places,
about 0 where they show others, whatever the light. Around a little picture laid over a film all becomes new at once
when the film moves or cuts; in a room before a standing camera only what somebody walks through does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Sides = tuple[float, ...]

_WIDE, _CELL = 240, 15
"""Pixels: a thumbnail's width, a cell's side."""
_MOST = 160
"""Thumbnails kept of a place (5 MB): when there are more, every second one goes."""
_BETWEEN = 3
"""Looks between the two pictures of a pair: 1.5 s, in which a game or a page moves on."""
_LEAST_MOMENTS = 3
"""So many of the newest pairs are looked at, a sixth of all if that is more. Slides change once in some seconds."""
_NEW = 0.7
"""Share of the cells around that must be new then. Measured on made films: games 1.0, slides .79 to 1.0, pages that
are scrolled beside a list that stays .77 to .85; rooms and streets through which many people go at most .56, somebody
beside a large screen .66."""
_SAME = 0.45
"""Likeness of the room behind the person then. Measured: little pictures .53 to .98; a head before a landscape that
goes by, or in room after room, at most .35."""
_LIVES = 2.0
"""Levels by which a living face changes in a pair, at the median; a photograph changes by 0.8 to 1.0 in grain."""
_CLEAR, _DRAWN, _OTHER = 4.0, 0.03, 0.7
"""Levels a pixel of a clear edge; power of a cell with something in it; cosine below which a cell shows another."""


@dataclass(slots=True)
class Thumbs:
    """Small pictures from all over a film, of any length: ``scale`` is their size over that of what was added."""

    kept: list[Bytes] = field(default_factory=list)
    scale: float = 1.0
    _step: int = 1
    _seen: int = 0

    def add(self, grey: Floats) -> None:
        """The next picture of a film; all are of one size."""
        if self._seen % self._step == 0:
            self.scale = min(1.0, _WIDE / grey.shape[1])
            size = max(1, round(grey.shape[1] * self.scale)), max(1, round(grey.shape[0] * self.scale))
            self.kept.append(cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8))
            if len(self.kept) > _MOST:
                self.kept, self._step = self.kept[::2], 2 * self._step
        self._seen += 1


def goes_apart(thumbs: Thumbs, box: Sides, whole: Sides, face: Sides) -> bool:
    """Whether what lies in ``box`` goes on while what lies round it, within ``whole``, becomes new, and the face moves.

    Boxes are left, top, right, bottom; the face is centre and size; all in pixels of what was added.
    """
    kept, scale = thumbs.kept, thumbs.scale
    if len(kept) <= _BETWEEN:
        return False
    regions = _regions(kept[0].shape, _scaled(box, scale), _scaled(whole, scale), _scaled(face, scale))
    if not (regions.around.any() and regions.room.any() and regions.head.any()):
        return False
    drawings = [_Drawing.of(one) for one in kept]
    pairs = list(zip(range(len(kept)), range(_BETWEEN, len(kept)), strict=False))
    moved = [float(cv2.absdiff(kept[one], kept[other])[regions.head].mean()) for one, other in pairs]
    if np.median(moved) < _LIVES:
        return False  # a photograph
    newness = [drawings[one].new(drawings[other], regions.around) for one, other in pairs]
    newest = sorted(range(len(pairs)), key=lambda number: (-newness[number], number))
    newest = newest[: max(_LEAST_MOMENTS, len(pairs) // 6)]
    same = [drawings[one].likeness(drawings[other], regions.room) for one, other in (pairs[k] for k in newest)]
    return float(np.mean([newness[k] for k in newest])) >= _NEW and float(np.mean(same)) >= _SAME


def _scaled(values: Sides, scale: float) -> Sides:
    return tuple(value * scale for value in values)


@dataclass(frozen=True, slots=True)
class _Regions:
    """Of a thumbnail: what lies around the box, the head, and the room behind it (not above the shoulders' width)."""

    around: Bools
    head: Bools
    room: Bools


def _regions(shape: tuple[int, ...], box: Sides, whole: Sides, face: Sides) -> _Regions:
    left, top, right, bottom = box
    x, y, size = face
    # The box's own outline is smeared by some pixels, and so is where bars end.
    around = _filled(shape, tuple(side + (2 if k < 2 else -2) * (side > 0) for k, side in enumerate(whole)))
    around &= ~_filled(shape, (left - 4, top - 4, right + 4, bottom + 4))
    room = _filled(shape, (left + 2, top + 2, right - 2, bottom - 2))
    room &= ~_filled(shape, (x - size, y - size, x + size, float(shape[0])))
    half = 0.6 * size
    return _Regions(around, _filled(shape, (x - half, y - half, x + half, y + half)), room)


def _filled(shape: tuple[int, ...], box: Sides) -> Bools:
    left, top, right, bottom = (max(0, round(side)) for side in box)
    region = np.zeros(shape[:2], np.bool_)
    region[top:bottom, left:right] = True
    return region


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Where a thumbnail has edges, and which way: strong ones count little more than clear ones."""

    x: Floats
    y: Floats

    @classmethod
    def of(cls, grey: Bytes) -> _Drawing:
        soft = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.8)
        x, y = (cv2.Sobel(soft, cv2.CV_32F, *axis, scale=0.125) for axis in ((1, 0), (0, 1)))
        weight = 1 / (np.hypot(x, y) + _CLEAR)
        return cls(np.asarray(x * weight, np.float32), np.asarray(y * weight, np.float32))

    def likeness(self, other: _Drawing, region: Bools) -> float:
        """The cosine between both drawings in a region: 1 the same, about 0 another."""
        both = float((self.x * other.x + self.y * other.y)[region].sum())
        powers = [float((one.x**2 + one.y**2)[region].sum()) for one in (self, other)]
        return both / max(float(np.sqrt(powers[0] * powers[1])), 1e-6)

    def new(self, other: _Drawing, region: Bools) -> float:
        """The share of the cells of a region with something drawn in them that are drawn anew in the other."""
        rows, columns = max(1, region.shape[0] // _CELL), max(1, region.shape[1] // _CELL)

        def cells(values: npt.NDArray[np.generic]) -> Floats:
            inside = np.where(region, values, 0).astype(np.float32)
            return np.asarray(cv2.resize(inside, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)

        area = cells(np.ones(region.shape, np.float32))
        both, mine, its = (
            cells(one.x * two.x + one.y * two.y) for one, two in ((self, other), (self, self), (other, other))
        )
        drawn = (area > 0.4) & (np.maximum(mine, its) > _DRAWN * area)
        other_now = both < _OTHER * np.sqrt(np.maximum(mine * its, 1e-9))
        return float((other_now & drawn).sum()) / max(1, int(drawn.sum()))
