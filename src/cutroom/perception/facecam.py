"""The small picture of a person in a larger one of something else: where its borders are.

Beside a small face that keeps its place, what lasts in the mean of many pictures are the edges of its little picture;
what is around it changes, and changes apart from it (``apartness``). A head that talks before a room shows no such
borders, and where a door frame or a wall does, the room beyond it stays as well. Only straight lines through the whole
height or width of the little picture count, or the edge of the film's picture; black bars round that are none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import cv2
import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import Box
from cutroom.perception.apartness import Thumbs, goes_apart
from cutroom.perception.letterbox import LetterboxSense

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Face = tuple[float, float, float]
"""Centre x and y, and size, in pixels of the picture looked at."""
Sides = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""

_EVERY = 0.5
_LARGEST = 0.17
"""Of the picture's width: a face larger than this is in no corner."""
_LEAST_LOOKS = 8
_MOST_PLACES = 3
_COVERED = 0.72
"""Share of each side on which the border must show."""
_MOST_LINES = 10
"""Lines that may be one side."""
_MOST_TRIED = 6
"""Rectangles of which it is asked whether they go their own way, the clearest first."""
_TO_THE_EDGE = 0.12
"""Of the picture's side: a little picture lies in a corner or at an edge, or no farther from it than this."""


@dataclass(slots=True)
class _Place:
    """Where a small face stays, and what the pictures had in common while it did."""

    x: float
    y: float
    size: float
    looks: int = 0
    mean: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    squares: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    thumbs: Thumbs = field(default_factory=Thumbs)

    def near(self, face: Face, width: int) -> bool:
        away = np.hypot(face[0] - self.x, face[1] - self.y)
        return bool(away < 0.07 * width and 0.6 < face[2] / self.size < 1.7)

    def add(self, face: Face, grey: Floats) -> None:
        if not self.looks:
            self.mean, self.squares = np.zeros_like(grey), np.zeros_like(grey)
        self.looks += 1
        self.mean += (grey - self.mean) / self.looks
        self.squares += (grey**2 - self.squares) / self.looks
        self.thumbs.add(grey)
        share = 1 / min(self.looks, 50)
        self.x += share * (face[0] - self.x)
        self.y += share * (face[1] - self.y)
        self.size += share * (face[2] - self.size)


class FacecamFinder:
    """Is shown pictures and their faces, and says in the end whether there is a facecam."""

    def __init__(self) -> None:
        self._places: list[_Place] = []
        self._looks = 0
        self._last = -np.inf
        self._bars = LetterboxSense()

    def look(self, t: float, picture: Picture, faces: Sequence[Face]) -> None:
        """A picture at ``t`` seconds in BGR, with the faces in it; one in half a second counts."""
        if t - self._last < _EVERY - 1e-3:
            return
        self._last = t
        self._looks += 1
        width = picture.shape[1]
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        self._bars.push(grey)
        small = [face for face in faces if 0.015 * width < face[2] < _LARGEST * width]
        if not small:
            return
        luma = grey.astype(np.float32)
        for face in small[:_MOST_PLACES]:
            place = next((place for place in self._places if place.near(face, width)), None)
            if place is None:
                place = _Place(*face)
                if len(self._places) >= _MOST_PLACES:
                    self._places.remove(min(self._places, key=lambda old: old.looks))
                self._places.append(place)
            if place.mean.shape in {(0,), luma.shape}:
                place.add(face, luma)

    def box(self) -> Box | None:
        """The facecam in shares of the picture, or None."""
        fitting = [place for place in self._places if place.looks >= max(_LEAST_LOOKS, 0.5 * self._looks)]
        for place in sorted(fitting, key=lambda place: -place.looks):
            found = self._around(place, fitting)
            if found is not None:
                height, width = place.mean.shape
                left, top, right, bottom = found
                return Box(
                    round(left / width, 4), round(top / height, 4), round((right - left) / width, 4),
                    round((bottom - top) / height, 4),
                )  # fmt: skip
        return None

    def _around(self, place: _Place, others: Sequence[_Place]) -> Sides | None:
        """The borders of the little picture that holds this face alone."""
        height, width = place.mean.shape
        bars = self._bars.border()
        left, top, right, bottom = (bars.left, bars.top, bars.right, bars.bottom) if bars else (0, 0, 0, 0)
        # One more line at each bar: where it ends is smeared by scaling and coding.
        left, top, right, bottom = (side + 1 if side else 0 for side in (left, top, right, bottom))
        inside = np.s_[top : height - bottom, left : width - right]
        for sides in borders(place.mean[inside], place.squares[inside], (place.x - left, place.y - top, place.size)):
            found = sides[0] + left, sides[1] + top, sides[2] + left, sides[3] + top
            alone = not any(
                other is not place and found[0] < other.x < found[2] and found[1] < other.y < found[3]
                for other in others
            )
            whole = left, top, width - right, height - bottom
            if alone and goes_apart(place.thumbs, found, whole, (place.x, place.y, place.size)):
                return found
        return None


def borders(mean: Floats, squares: Floats, face: Face) -> list[Sides]:
    """What may be the borders of the little picture around ``face``, in pixels, the clearest first.

    ``mean`` of the pictures' luma, and of its ``squares``. A border shows in the mean, or in how much the pictures
    change on its two sides.
    """
    change = np.sqrt(np.maximum(squares - mean**2, 0))
    upright, level = _edges(mean, change, 1), _edges(mean, change, 0).T
    height, width = mean.shape
    x, y, size = face
    reach, least = 4.5 * size, 0.35 * size
    across, down = _Lines(upright, y, width), _Lines(level, x, height)
    found: list[tuple[float, tuple[int, int, int, int]]] = []
    for left, right in product(across.near(x - reach, x - least), across.near(x + least, x + reach)):
        for top, bottom in product(down.near(y - reach, y - least), down.near(y + least, y + reach)):
            box = left, top, right, bottom
            score = _clear(across, down, box) if _plausible(box, face, (width, height)) else None
            if score is not None:
                found.append((score, box))
    found.sort(key=lambda one: (-one[0], one[1]))
    return [
        (across.exact(left), down.exact(top), across.exact(right), down.exact(bottom))
        for _, (left, top, right, bottom) in found[:_MOST_TRIED]
    ]


def _clear(across: _Lines, down: _Lines, box: tuple[int, int, int, int]) -> float | None:
    """How clear the borders are; None where they are not, or where all that is drawn runs one way: that is a strip."""
    left, top, right, bottom = box
    upright = across.cover(left, top, bottom), across.cover(right, top, bottom)
    level = down.cover(top, left, right), down.cover(bottom, left, right)
    drawn = [side for side in (*upright, *level) if side is not None]
    if upright == (None, None) or level == (None, None) or min(drawn) < _COVERED:
        return None
    score = sum(0.75 if side is None else side for side in (*upright, *level)) + 0.1 * len(drawn)
    return score - 0.25 * (across.go_on((left, right), (top, bottom)) + down.go_on((top, bottom), (left, right)))


def _edges(mean: Floats, change: Floats, axis: int) -> Floats:
    """How much clearer than its surroundings each pixel is an edge to the next along ``axis``; 1 is clear."""
    strength = np.zeros_like(mean)
    for values, least in ((mean, 3.0), (change, 2.5)):
        step = np.abs(np.diff(values, axis=axis))
        window = (17, 1) if axis else (1, 17)
        usual = cv2.blur(step, window)
        clear = step / np.maximum(2.0 * usual, least)
        strength[: step.shape[0], : step.shape[1]] = np.maximum(strength[: step.shape[0], : step.shape[1]], clear)
    return strength


class _Lines:
    """Straight lines in one direction. A line at ``p`` lies between the pixels ``p - 1`` and ``p``."""

    def __init__(self, strength: Floats, along: float, length: int) -> None:
        """``strength`` with the lines as columns; lines that pass beside ``along`` are looked for."""
        self._length = length
        # A border that lies between pixels is spread over two; it counts where either is clear.
        wide = np.maximum(strength, np.roll(strength, 1, 1))
        wide = np.maximum(wide, np.roll(strength, -1, 1))
        self._sums = np.vstack([np.zeros(strength.shape[1]), np.cumsum(wide >= 1.0, axis=0)])
        rows = strength[max(0, int(along) - 12) : int(along) + 12]
        self._near = np.minimum(rows, 2).mean(0) if len(rows) else np.zeros(strength.shape[1])
        self._strength = np.minimum(strength, 4).mean(0)

    def near(self, low: float, high: float) -> list[int]:
        """The clearest lines between two places, and the border of the whole picture where it is within reach."""
        first, last = max(1, int(low)), min(self._length - 1, int(high))
        places = np.arange(first, last)
        values = self._near[places - 1] if len(places) else np.zeros(0)
        order = places[np.argsort(-values, kind="stable")]
        found: list[int] = []
        for place in order:
            if all(abs(int(place) - other) > 1 for other in found):  # a frame drawn round it has two edges
                found.append(int(place))
            if len(found) == _MOST_LINES:
                break
        return found + ([0] if low <= 2 else []) + ([self._length] if high >= self._length - 2 else [])

    def cover(self, place: int, low: int, high: int) -> float | None:
        """The share of a line between two others on which it shows; None for the border of the whole picture."""
        if place in {0, self._length}:
            return None
        return float(self._sums[high, place - 1] - self._sums[low, place - 1]) / max(1, high - low)

    def go_on(self, places: tuple[int, int], ends: tuple[int, int]) -> int:
        """How many ends of two lines are none, for the line goes on there: then the corner is elsewhere."""
        beyond = [(end, step) for end, step in zip(ends, (-12, 12), strict=True) if 0 <= end + step < len(self._sums)]
        return sum(
            (self.cover(place, *sorted((end + step, end + step // 4))) or 0.0) >= 0.85
            for place in places
            for end, step in beyond
        )

    def exact(self, place: int) -> float:
        """The place of a line to a part of a pixel."""
        if place <= 1 or place >= self._length - 1:
            return float(place)
        weights = self._strength[place - 2 : place + 1]
        return float(place + (weights[2] - weights[0]) / max(float(weights.sum()), 1e-6))


def _plausible(box: tuple[int, int, int, int], face: Face, picture: tuple[int, int]) -> bool:
    """Whether it is of a size, and at a place, for a little picture of a person."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    away = min(min(left, picture[0] - right) / picture[0], min(top, picture[1] - bottom) / picture[1])
    small = wide * high <= 0.24 * picture[0] * picture[1] and wide >= 1.3 * face[2] and high >= 1.3 * face[2]
    return small and 0.4 <= wide / high <= 3 and face[2] >= 0.12 * high and away <= _TO_THE_EDGE
