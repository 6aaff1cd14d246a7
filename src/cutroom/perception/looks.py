"""How pictures look: brightness, contrast, sharpness and defects, as numbers from 0 to 1 by published maps.

Every map is piecewise linear in a measured quantity, so that more of a defect always shows. Light, colour and movement
come from every analysed picture; what only a full-size picture shows (sharpness, noise, blocks) is measured in one
picture a second, before the codec's loop filter: blocks are counted as they were coded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import Look

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cutroom.perception.sense import Plane, Planes

# Fine details are measured in the middle of the picture, at most this many pixels wide and high, as stored.
_MIDDLE = 640
# Luma up to which a pixel counts as black, and from which as white.
_BLACK, _WHITE = 5, 250
# Rows and columns outside this luma belong to the picture and not to black bars.
_BAR = 24
_BLOCK = 8
_Fine = npt.NDArray[np.float32]

# (raw, mapped) points of each map; raw beyond the last point stays there.
CONTRAST = ((0.0, 0.0), (25.0, 0.4), (50.0, 0.7), (80.0, 0.9), (127.5, 1.0))
"""Standard deviation of luma in levels."""
SATURATION = ((0.0, 0.0), (10.0, 0.25), (30.0, 0.6), (60.0, 0.9), (127.5, 1.0))
"""Mean distance of chroma from grey in levels."""
SHARPNESS = ((0.0, 0.0), (0.02, 0.1), (0.1, 0.35), (0.3, 0.65), (0.6, 0.85), (1.5, 1.0))
"""Mean strength of detail one pixel wide over that of detail four pixels wide, at edges."""
COMPLEXITY = ((0.0, 0.0), (2.0, 0.15), (8.0, 0.5), (20.0, 0.8), (60.0, 1.0))
"""Mean gradient of luma of a picture 96 pixels wide, levels a pixel."""
MOTION = ((0.0, 0.0), (0.5, 0.05), (5.0, 0.3), (15.0, 0.6), (40.0, 0.9), (128.0, 1.0))
"""Mean difference of luma between pictures about a tenth of a second apart, in levels."""
NOISE = ((0.0, 0.0), (1.0, 0.05), (4.0, 0.25), (12.0, 0.6), (30.0, 0.9), (100.0, 1.0))
"""Standard deviation of noise in levels (Immerkaer 1996, in the flattest tenth of the blocks)."""
BLOCKINESS = ((0.0, 0.0), (0.1, 0.1), (0.5, 0.4), (1.0, 0.6), (3.0, 0.9), (10.0, 1.0))
"""By how much steps across the borders of 8x8 blocks exceed those beside them (after Wang, Sheikh and Bovik 2002)."""


def mapped(raw: float, points: Sequence[tuple[float, float]]) -> float:
    """``raw`` by a piecewise linear map, rounded to four digits.

    >>> mapped(37.5, CONTRAST)
    0.55
    """
    return round(float(np.interp(raw, [x for x, _ in points], [y for _, y in points])), 4)


@dataclass(frozen=True, slots=True)
class FineLook:
    """What one full-size picture shows."""

    sharpness: float
    noise: float
    blockiness: float


@dataclass(slots=True)
class _Sums:
    """Totals over the pictures of a tenth of a second."""

    count: int = 0
    totals: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(6))
    moved: float = 0.0
    moves: int = 0
    fine: list[FineLook] = field(default_factory=list)


@dataclass(slots=True)
class Measured:
    """Raw measures of one picture: mean luma, its deviation, mean chroma, gradient, shares of black and white."""

    values: npt.NDArray[np.float64]
    motion: float | None
    """Difference to the picture a tenth of a second before; None where there is none in this shot."""


def measure(planes: Planes, earlier: Planes | None) -> Measured:
    """Measures of a small picture; ``earlier`` is one of the same shot, about a tenth of a second before."""
    luma = inside_bars(planes.luma)
    mean, deviation = cv2.meanStdDev(luma)
    across, down = cv2.Sobel(luma, cv2.CV_16S, 1, 0), cv2.Sobel(luma, cv2.CV_16S, 0, 1)
    gradient = (cv2.mean(cv2.convertScaleAbs(across))[0] + cv2.mean(cv2.convertScaleAbs(down))[0]) / 8
    blue, red = planes.chroma.astype(np.float32) - 128
    values = np.array([
        mean[0, 0], deviation[0, 0], float(cv2.magnitude(blue, red).mean()), gradient,
        np.count_nonzero(luma <= _BLACK) / luma.size, np.count_nonzero(luma >= _WHITE) / luma.size,
    ])  # fmt: skip
    motion = None if earlier is None else float(cv2.norm(planes.luma, earlier.luma, cv2.NORM_L1) / planes.luma.size)
    return Measured(values, motion)


def inside_bars(luma: Plane) -> Plane:
    """The picture without the rows and columns at its borders that are black all along."""
    rows = np.flatnonzero(luma.max(axis=1) > _BAR)
    columns = np.flatnonzero(luma.max(axis=0) > _BAR)
    if len(rows) < luma.shape[0] // 4 or len(columns) < luma.shape[1] // 4:
        return luma
    return luma[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def fine_look(luma: Plane) -> FineLook:
    """What the full-size luma of a picture shows. Costs some milliseconds."""
    height, width = luma.shape
    # Whole blocks from a block's border on, so that the borders are where the codec has them.
    top = max(0, (height - _MIDDLE) // 2) // _BLOCK * _BLOCK
    left = max(0, (width - _MIDDLE) // 2) // _BLOCK * _BLOCK
    middle = luma[top : top + _MIDDLE, left : left + _MIDDLE].astype(np.float32)
    if min(middle.shape) < 4 * _BLOCK:
        return FineLook(0.0, 0.0, 0.0)
    noise = _noise(middle)
    return FineLook(_sharpness(middle, noise), noise, _blockiness(middle))


def _noise(luma: _Fine) -> float:
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(luma, cv2.CV_32F, kernel))[1:-1, 1:-1]
    blocks = _by_blocks(response, 16)
    light = _by_blocks(luma[1:-1, 1:-1], 16)
    lit = blocks[(light > _BLACK) & (light < _WHITE)]  # clipped to black or white there is no noise to see
    chosen = np.sort(lit if lit.size else blocks.ravel())
    return float(np.sqrt(np.pi / 2) / 6 * chosen[: max(1, len(chosen) // 10)].mean())


def _by_blocks(plane: _Fine, side: int) -> _Fine:
    height, width = plane.shape[0] // side * side, plane.shape[1] // side * side
    means: _Fine = plane[:height, :width].reshape(height // side, side, width // side, side).mean(axis=(1, 3))
    return means


def _sharpness(luma: _Fine, noise: float) -> float:
    """Detail one pixel wide over detail four pixels wide, where there are edges; what is noise is taken off."""
    fine = np.abs(cv2.Laplacian(luma, cv2.CV_32F))
    smooth = cv2.GaussianBlur(luma, (0, 0), 1.5)
    coarse = cv2.magnitude(cv2.Sobel(smooth, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(smooth, cv2.CV_32F, 0, 1) / 8)
    edges = coarse >= max(float(np.percentile(coarse[::4, ::4], 90)), 0.5)
    if not edges.any():
        return 0.0
    strength = max(float(fine[edges].mean()) - 3.6 * noise, 0.0)
    return strength / (4 * float(coarse[edges].mean()) + 1.0)


def _blockiness(luma: _Fine) -> float:
    """Steps across block borders against steps elsewhere, the larger of both directions."""
    shares = []
    for plane in (luma, luma.T):
        steps = np.abs(np.diff(plane, axis=1)).mean(axis=0)
        border = steps[_BLOCK - 1 :: _BLOCK].mean()
        inner = np.delete(steps, np.s_[_BLOCK - 1 :: _BLOCK]).mean()
        shares.append((border - inner) / (inner + 1.0))
    return max(0.0, float(max(shares)))


class Looks:
    """Gathers measures by tenths of a second, of which seconds and shots are made up."""

    def __init__(self) -> None:
        self._tenths: dict[int, _Sums] = {}

    def add(self, tenth: int, measured: Measured, fine: FineLook | None) -> None:
        """Measures of a picture shown in this tenth of a second (number from 0)."""
        sums = self._tenths.setdefault(tenth, _Sums())
        sums.count += 1
        sums.totals += measured.values
        if measured.motion is not None:
            sums.moved += measured.motion
            sums.moves += 1
        if fine is not None:
            sums.fine.append(fine)

    def between(self, first: int, last: int) -> Look:
        """The look of the parts numbered ``first`` to before ``last``; where no picture begins, of the one before."""
        parts = [self._tenths[k] for k in range(first, last) if k in self._tenths]
        if not parts:
            earlier = [k for k in self._tenths if k < last]
            parts = [self._tenths[max(earlier, default=min(self._tenths))]]
        return look_of(parts, self._nearest_fine(first, last))

    def _nearest_fine(self, first: int, last: int) -> list[FineLook]:
        inside = [fine for k in range(first, last) if k in self._tenths for fine in self._tenths[k].fine]
        if inside:
            return inside
        with_fine = [k for k, sums in self._tenths.items() if sums.fine]
        middle = (first + last) / 2
        return self._tenths[min(with_fine, key=lambda k: abs(k - middle))].fine if with_fine else []


def look_of(parts: Iterable[_Sums], fine: Sequence[FineLook]) -> Look:
    """The mean of several sums by the published maps."""
    parts = list(parts)
    count = sum(part.count for part in parts)
    mean, deviation, chroma, gradient, black, white = sum((part.totals for part in parts), np.zeros(6)) / max(1, count)
    moves = sum(part.moves for part in parts)

    def finely(name: str) -> float:
        return float(np.median([getattr(one, name) for one in fine])) if fine else 0.0

    return Look(
        brightness=round(float(mean) / 255, 4),
        contrast=mapped(deviation, CONTRAST),
        saturation=mapped(chroma, SATURATION),
        sharpness=mapped(finely("sharpness"), SHARPNESS),
        complexity=mapped(gradient, COMPLEXITY),
        motion=mapped(sum(part.moved for part in parts) / moves if moves else 0.0, MOTION),
        noise=mapped(finely("noise"), NOISE),
        blockiness=mapped(finely("blockiness"), BLOCKINESS),
        dark_clipped=round(float(black), 4),
        light_clipped=round(float(white), 4),
    )
