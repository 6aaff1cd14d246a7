"""The colours that stand for a film: few clusters of its pixels, found the same way every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import Colour
from cutroom.perception.looks import inside_bars

if TYPE_CHECKING:
    from cutroom.perception.sense import Planes

_MOST, _BEGIN = 5, 8
_ROUNDS = 20
# Clusters nearer than this (levels, in luma and chroma) are one colour; smaller shares are no colour of the film.
_ALIKE, _SMALLEST = 24.0, 0.03
_BITS = 4
_Table = npt.NDArray[np.float64]


class ColourSense:
    """Counts colours in boxes of 16 levels; the memory does not grow with the film."""

    def __init__(self) -> None:
        self._counts = np.zeros(1 << 3 * _BITS, np.int64)
        self._sums = np.zeros((1 << 3 * _BITS, 3))

    def push(self, planes: Planes) -> None:
        """A small picture; one a second is enough."""
        luma = cv2.resize(inside_bars(planes.luma), planes.chroma.shape[:0:-1], interpolation=cv2.INTER_AREA)
        pixels = np.stack([luma.ravel(), planes.chroma[0].ravel(), planes.chroma[1].ravel()], axis=1)
        parts = pixels.astype(np.int64) >> (8 - _BITS)
        box = (parts[:, 0] << 2 * _BITS) | (parts[:, 1] << _BITS) | parts[:, 2]
        self._counts += np.bincount(box, minlength=len(self._counts))
        for channel in range(3):
            self._sums[:, channel] += np.bincount(box, pixels[:, channel], len(self._counts))

    def colours(self) -> tuple[Colour, ...]:
        """At most five, the largest share first (k-means over the boxes, begun at the fullest ones far apart)."""
        full = np.flatnonzero(self._counts)
        if not len(full):
            return ()
        weights = self._counts[full].astype(np.float64)
        points = self._sums[full] / weights[:, None]
        centres = _merged(points, weights, _clustered(points, weights, _beginnings(points, weights)))
        nearest = _nearest(points, centres)
        shares = np.bincount(nearest, weights, len(centres)) / weights.sum()
        order = [k for k in np.argsort(-shares, kind="stable") if shares[k] >= _SMALLEST][:_MOST]
        return tuple(Colour(_hex(centres[k]), round(float(shares[k]), 4)) for k in order)


def _beginnings(points: _Table, weights: _Table) -> _Table:
    """The fullest box, then ever the one that is full and far from those chosen."""
    chosen = [int(np.argmax(weights))]
    while len(chosen) < min(_BEGIN, len(points)):
        far = ((points[:, None] - points[chosen]) ** 2).sum(axis=2).min(axis=1)
        best = int(np.argmax(far * weights))
        if far[best] == 0:
            break
        chosen.append(best)
    return points[chosen].copy()


def _nearest(points: _Table, centres: _Table) -> npt.NDArray[np.intp]:
    nearest: npt.NDArray[np.intp] = ((points[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    return nearest


def _clustered(points: _Table, weights: _Table, centres: _Table) -> _Table:
    for _ in range(_ROUNDS):
        nearest = _nearest(points, centres)
        totals = np.bincount(nearest, weights, len(centres))
        sums = np.stack([np.bincount(nearest, weights * points[:, c], len(centres)) for c in range(3)], axis=1)
        moved = np.where(totals[:, None] > 0, sums / np.maximum(totals, 1)[:, None], centres)
        if np.allclose(moved, centres):
            break
        centres = moved
    return centres


def _merged(points: _Table, weights: _Table, centres: _Table) -> _Table:
    """Clusters too alike to be told apart become one, until there are few enough."""
    while len(centres) > 1:
        apart = np.sqrt(((centres[:, None] - centres) ** 2).sum(axis=2)) + 1e9 * np.eye(len(centres))
        one, other = sorted(np.unravel_index(int(apart.argmin()), apart.shape))
        if apart[one, other] > _ALIKE and len(centres) <= _MOST:
            break
        totals = np.bincount(_nearest(points, centres), weights, len(centres))
        share = totals[other] / max(totals[one] + totals[other], 1)
        centres[one] += (centres[other] - centres[one]) * share
        centres = np.delete(centres, other, axis=0)
    return centres


def _hex(colour: _Table) -> str:
    """From full-range luma and limited chroma (BT.709) to "#RRGGBB"."""
    luma, blue, red = colour[0], (colour[1] - 128) * 255 / 224, (colour[2] - 128) * 255 / 224
    rgb = (luma + 1.5748 * red, luma - 0.1873 * blue - 0.4681 * red, luma + 1.8556 * blue)
    return "#" + "".join(f"{round(min(255.0, max(0.0, value))):02X}" for value in rgb)
