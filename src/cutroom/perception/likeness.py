"""How alike two small pictures are: whether what one shows is in the other, wherever things have moved to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from cutroom.perception.sense import Plane, Planes

# Blocks that are looked for, and how far (pixels of a picture about 48 wide): 15 % of the width is a fast pan, 4 %
# is what things move by from one picture to the next.
_BLOCK_WIDTH, _BLOCK_HEIGHT, _FAR, _NEAR = 6, 5, 7, 2
# A block is found where it differs by less than this share of the pictures' contrast.
_SAME = 0.3
# Levels added to the contrast: what differs by less cannot be seen in a picture without any.
_FLOOR = 5.0
# Correlation from which two pictures are taken for the same in another light, and how much less light at most.
_SAME_PLACES, _LEAST_GAIN = 0.75, 0.1
_TINY = (24, 14)

# Luma of black bars at most, and the share of a side from which they are none but a dark picture.
_BLACK, _MOST_BAR = 12, 0.3

Bars = tuple[int, int]
Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sketch:
    """A small picture made ready for comparing, half as large again."""

    image: Plane
    """Height x width x 3: luma, Cb, Cr."""
    mean: float
    spread: float
    """Mean and standard deviation of luma, without black bars."""
    bars: Bars | None = (0, 0)
    """Rows of the sketch at top and bottom each, and columns at either side, that are black bars; None: too dark."""


def sketch(planes: Planes) -> Sketch:
    """The sketch of a small picture."""
    size = planes.chroma.shape[:0:-1]
    image = cv2.blur(cv2.merge([cv2.resize(planes.luma, size, interpolation=cv2.INTER_AREA), *planes.chroma]), (2, 2))
    bars = _bars(planes.luma)
    mean, deviation = cv2.meanStdDev(within(planes.luma, bars or (0, 0)))
    halves = (-(-bars[0] // 2), -(-bars[1] // 2)) if bars else None
    return Sketch(image, float(mean[0, 0]), float(deviation[0, 0]), halves)


def _bars(luma: Plane) -> Bars | None:
    """Rows at top and bottom each, and columns at either side, that are black; None where hardly more is left."""
    found = [0, 0]
    for axis, lines in enumerate((luma, luma.T)):
        if cv2.minMaxLoc(lines[0])[1] <= _BLACK and cv2.minMaxLoc(lines[-1])[1] <= _BLACK:
            bright = np.flatnonzero(lines.max(axis=1) > _BLACK)
            found[axis] = min(int(bright[0]), len(lines) - 1 - int(bright[-1])) if len(bright) else len(lines)
            if found[axis] > _MOST_BAR * len(lines):
                return None
    return found[0], found[1]


def within(plane: Plane, bars: Bars) -> Plane:
    """The part of a plane that is not bars."""
    rows, columns = bars
    return plane[rows : plane.shape[0] - rows, columns : plane.shape[1] - columns] if rows or columns else plane


def difference(one: Sketch, other: Sketch) -> float:
    """Mean difference of luma and chroma at the same places, in levels of 0..255."""
    luma, blue, red, _ = cv2.mean(cv2.absdiff(one.image, other.image))
    return float(luma + (blue + red) / 2)


def contrast(one: Sketch, other: Sketch) -> float:
    """What differences of these two are measured by, in levels."""
    return max(one.spread, other.spread) + _FLOOR


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Shares (0..1) of the blocks of a picture that another does not hold."""

    far: float
    """Not anywhere near: other things are shown."""
    near: float
    """Not where ordinary movement could have brought them."""
    moved: float
    """Not at the very same place."""


def mismatch(one: Sketch, other: Sketch, *, relit: bool = False) -> Mismatch:
    """How much of ``other`` is not in ``one``, made as light and as contrasty first where it is the same picture.

    With ``relit`` in any case. Costs up to 2 ms, less the more alike they are.
    """
    if one.bars != (0, 0) and other.bars != (0, 0):
        one, other = _unbarred(one, other)
    image = _relit(one, other, always=relit)
    limit = (_SAME * contrast(one, other)) ** 2 * _BLOCK_WIDTH * _BLOCK_HEIGHT
    rows, columns = other.image.shape[0] // _BLOCK_HEIGHT, other.image.shape[1] // _BLOCK_WIDTH
    if not rows * columns:
        return Mismatch(0.0, 0.0, 0.0)
    stay = _errors(image, other.image, rows, columns)
    if float(stay.max()) <= limit:
        return Mismatch(0.0, 0.0, 0.0)
    blocks = np.argwhere(stay > limit)
    far = near = 0
    for row, column in blocks:
        y, x = int(row) * _BLOCK_HEIGHT, int(column) * _BLOCK_WIDTH
        top, left = max(0, y - _FAR), max(0, x - _FAR)
        block = other.image[y : y + _BLOCK_HEIGHT, x : x + _BLOCK_WIDTH]
        around = image[top : y + _BLOCK_HEIGHT + _FAR, left : x + _BLOCK_WIDTH + _FAR]
        found = cv2.matchTemplate(around, block, cv2.TM_SQDIFF)
        y, x = y - top, x - left
        here = found[max(0, y - _NEAR) : y + _NEAR + 1, max(0, x - _NEAR) : x + _NEAR + 1]
        near += float(here.min()) > limit
        far += float(found.min()) > limit
    count = rows * columns
    return Mismatch(far / count, near / count, len(blocks) / count)


def _unbarred(one: Sketch, other: Sketch) -> tuple[Sketch, Sketch]:
    """Both without the bars that both have: they are alike in any two pictures of a film."""
    first, second = one.bars or other.bars or (0, 0), other.bars or one.bars or (0, 0)
    bars = min(first[0], second[0]), min(first[1], second[1])
    made = [Sketch(np.ascontiguousarray(within(of.image, bars)), of.mean, of.spread) for of in (one, other)]
    return made[0], made[1]


def _errors(one: Plane, other: Plane, rows: int, columns: int) -> npt.NDArray[np.float32]:
    """Summed squared differences of every block at its own place."""
    part = np.s_[: rows * _BLOCK_HEIGHT, : columns * _BLOCK_WIDTH]
    apart = cv2.absdiff(one[part], other[part]).astype(np.float32)
    means = cv2.resize(apart * apart, (columns, rows), interpolation=cv2.INTER_AREA)
    errors: npt.NDArray[np.float32] = means.sum(axis=2) * (_BLOCK_WIDTH * _BLOCK_HEIGHT)
    return errors


def _relit(one: Sketch, other: Sketch, *, always: bool) -> Plane:
    """``one`` in the light of ``other``, where light and dark lie at the same places in both, or ``always``."""
    gain = max(_LEAST_GAIN, min(1 / _LEAST_GAIN, (other.spread + 0.5) / (one.spread + 0.5)))
    shift = other.mean - gain * one.mean
    if abs(other.mean - one.mean) < 2 and 0.95 < gain < 1.05:
        return one.image
    if not always and correlation(one.image.astype(np.float32), other.image.astype(np.float32)) < _SAME_PLACES:
        return one.image
    offsets = np.array([shift, 128 * (1 - gain), 128 * (1 - gain)], np.float32)
    relit: Plane = np.clip(one.image * np.float32(gain) + offsets, 0, 255).astype(np.uint8)
    return relit


def tiny(of: Sketch, bars: Bars = (0, 0)) -> Vector:
    """A picture of 24x14 in three planes, in which only large things are seen and small movements vanish.

    Without ``bars``: what lies between them is as large.
    """
    size = _TINY if of.image.shape[1] >= of.image.shape[0] else _TINY[::-1]
    shrunk: Any = cv2.resize(within(of.image, bars), size, interpolation=cv2.INTER_AREA)
    vector: Vector = cv2.blur(shrunk, (3, 3)).astype(np.float32)
    return vector


def shape(of: Vector) -> Vector:
    """The luma of a picture without its mean, of length one: the product of two is their correlation."""
    luma = of[..., 0].ravel() - of[..., 0].mean()
    return cast("Vector", luma / np.sqrt(float(luma @ luma) + 1e-6))


def correlation(one: Vector, other: Vector) -> float:
    """Of the luma of two pictures, -1..1: whether light and dark lie at the same places."""
    return float(shape(one) @ shape(other))


def histogram(of: Sketch) -> Vector:
    """Shares of 16 levels of each plane: what colours there are, wherever they are."""
    size = of.image.shape[0] * of.image.shape[1]
    counts = [cv2.calcHist([of.image], [channel], None, [16], [0, 256]).ravel() for channel in range(3)]
    shares: Vector = np.concatenate(counts) / size
    return shares
