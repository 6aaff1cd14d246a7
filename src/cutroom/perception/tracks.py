"""Following faces: what was found of one face in picture after picture becomes a track, smoothed, cut at cuts.

Knows nothing of detectors. Places are in pixels of the pictures looked at; times in seconds on the film's clock.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import Box, FaceAt, FaceTrack

Doubles = npt.NDArray[np.float64]

_FIELDS = 6
"""A row of a track: time, centre x and y, size, score (nan: not found, only looked at), mouth (nan: not measured)."""
MOST_FACES = 60_000
MOST_TRACKS = 2_000
_EDGE = 0.25
"""Seconds: a track that begins this soon after a cut began at the cut, for it was the first look."""


@dataclass(slots=True)
class Trail:
    """A face being followed. ``rows`` grow by one with every picture looked at."""

    x: float
    y: float
    size: float
    seen: float
    """When it was last found."""
    verified: float
    """When the thorough detector last agreed."""
    speed: tuple[float, float] = (0.0, 0.0)
    misses: int = 0
    doubts: int = 0
    rows: array[float] = field(default_factory=lambda: array("f"))
    times: array[float] = field(default_factory=lambda: array("d"))
    patch: npt.NDArray[np.float32] | None = None
    """What its face looked like in the picture before, for the mouth."""

    def predicted(self, t: float) -> tuple[float, float]:
        """Where its centre should be at ``t``."""
        ahead = min(max(t - self.seen, 0.0), 0.4)
        return self.x + self.speed[0] * ahead, self.y + self.speed[1] * ahead

    def found(self, t: float, x: float, y: float, size: float, score: float) -> None:
        """Take note of where it is."""
        past = t - self.seen
        if past > 0:
            new = (x - self.x) / past, (y - self.y) / past
            share = 1.0 if self.misses else 0.5
            self.speed = (
                (1 - share) * self.speed[0] + share * new[0],
                (1 - share) * self.speed[1] + share * new[1],
            )
        self.x, self.y, self.size, self.seen, self.misses = x, y, 0.4 * self.size + 0.6 * size, t, 0
        self._add(t, x, y, size, score)

    def glimpsed(self, t: float, mouth: float | None) -> None:
        """Take note of the mouth in a picture in which the face itself may not have been looked for."""
        if not self.times or self.times[-1] != t:
            self._add(t, np.nan, np.nan, np.nan, np.nan)
        self.rows[-1] = np.nan if mouth is None else mouth

    def _add(self, t: float, *values: float) -> None:
        self.times.append(t)
        self.rows.extend((*values, np.nan))

    def table(self, until: float) -> Doubles:
        """Its rows up to ``until``."""
        times = np.asarray(self.times)
        rows = np.asarray(self.rows, np.float64).reshape(-1, _FIELDS - 1)
        return np.column_stack([times, rows])[times <= until]


def pieces(table: Doubles, cuts: Sequence[float]) -> list[Doubles]:
    """The parts of a trail between cuts, each from the first to the last picture its face was found in."""
    edges = np.searchsorted(table[:, 0], cuts, side="left")
    parts = []
    for part in np.split(table, edges):
        found = np.flatnonzero(np.isfinite(part[:, 1]))
        if len(found):
            parts.append(part[found[0] : found[-1] + 1])
    return parts


def confirmed(part: Doubles) -> bool:
    """Whether a part is a track: what was found once or twice may be a mistake."""
    return int(np.isfinite(part[:, 1]).sum()) >= 3


def smooth(part: Doubles) -> Doubles:
    """The part with a place in every row: measured ones smoothed, others laid between them.

    Savitzky and Golay (1964): each value is that of the parabola through five neighbours. It halves the variance of
    what the detector finds and lags behind nothing.
    """
    found = np.isfinite(part[:, 1])
    times, values = part[found, 0], part[found, 1:4]
    if len(values) >= 5:
        kernel = np.array([-3.0, 12.0, 17.0, 12.0, -3.0]) / 35
        middle = sum(weight * values[i : len(values) - 4 + i] for i, weight in enumerate(kernel))
        values = np.vstack([values[:2], middle, values[-2:]])
    placed = part.copy()
    for column in range(3):
        placed[:, 1 + column] = np.interp(part[:, 0], times, values[:, column])
    placed[:, 4] = np.interp(part[:, 0], times, part[found, 4])
    return placed


def face_tracks(
    trails: Sequence[tuple[Trail, float]], cuts: Sequence[float], duration: float, size: tuple[float, float]
) -> tuple[FaceTrack, ...]:
    """The tracks of a film: of each trail with the time until which it holds. ``size`` of the pictures looked at."""
    ends = [0.0, *sorted(cuts), duration]
    parts = [part for trail, until in trails for part in pieces(trail.table(until), sorted(cuts)) if confirmed(part)]
    parts = sorted(parts, key=lambda part: part[0, 0] - part[-1, 0])[:MOST_TRACKS]
    parts.sort(key=lambda part: (part[0, 0], part[0, 1]))
    stride = 1 + sum(map(len, parts)) // MOST_FACES
    return tuple(_track(number, smooth(part), stride, ends, size) for number, part in enumerate(parts))


def thin(part: Doubles, stride: int) -> Doubles:
    """Every ``stride``-th row; the mouth's movement is that of the rows between."""
    if stride == 1:
        return part
    kept = part[::stride].copy()
    for number, row in enumerate(kept):
        moved = part[max(0, (number - 1) * stride + 1) : number * stride + 1, 5]
        row[5] = moved[np.isfinite(moved)].mean() if np.isfinite(moved).any() else np.nan
    return kept


def _track(number: int, part: Doubles, stride: int, ends: Sequence[float], size: tuple[float, float]) -> FaceTrack:
    start, end = float(part[0, 0]), float(part[-1, 0])
    start = max((edge for edge in ends if 0 <= start - edge <= _EDGE), default=start)
    end = min((edge for edge in ends if 0 <= edge - end <= _EDGE), default=end)
    faces = tuple(_face(row, size) for row in thin(part, stride))
    return FaceTrack(number, round(start, 3), round(max(end, start), 3), faces)


def _face(row: Doubles, size: tuple[float, float]) -> FaceAt:
    width, height = size
    left, right = (float(np.clip(row[1] + half * row[3], 0, width)) for half in (-0.5, 0.5))
    top, bottom = (float(np.clip(row[2] + half * row[3], 0, height)) for half in (-0.5, 0.5))
    box = Box(
        round(left / width, 5), round(top / height, 5), round((right - left) / width, 5),
        round((bottom - top) / height, 5),
    )  # fmt: skip
    mouth = None if np.isnan(row[5]) else round(float(np.clip(row[5], 0, 1)), 4)
    return FaceAt(round(float(row[0]), 3), box, round(float(row[4]), 3), mouth)
