"""Where and when text may have appeared: what decides that a picture is worth reading, which is a hundred times dearer.

A probe is a grey picture 640 pixels wide, four times a second. Drawn text gives cells of 8 x 8 pixels many strong
edges that stay as they are from probe to probe, whatever moves behind; such cells that nothing explains yet ask for
a reading. A text that was read is followed by its edges alone, which also says when it came and went.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Rectangle = tuple[int, int, int, int]
"""left, top, right, bottom in pixels of the probe."""

CELL = 8
_STRONG = 20.0
_DENSE = 0.2
_STEADY = 0.75
_LIKE = 0.5
_RUN = 4
_LONG_RUN = 10


@dataclass(frozen=True, slots=True)
class Edges:
    """The gradient of a probe, and of each cell how much of it is strong."""

    x: Floats
    y: Floats
    dense: Floats

    @classmethod
    def of(cls, grey: Grey) -> Edges:
        """The gradients of a grey picture, in luma steps over a pixel."""
        soft = cv2.GaussianBlur(grey, (3, 3), 0)
        x, y = (cv2.Sobel(soft, cv2.CV_32F, *axis, scale=0.25) for axis in ((1, 0), (0, 1)))
        strong = (np.abs(x) + np.abs(y) > _STRONG).astype(np.float32)
        return cls(np.asarray(x, np.float32), np.asarray(y, np.float32), _cells(strong))

    def likeness(self, other: Edges) -> Floats:
        """Of each cell, the cosine between both gradients: 1 the same drawing, about 0 another."""
        both = _cells(self.x * other.x + self.y * other.y)
        mine, its = _cells(self.x**2 + self.y**2), _cells(other.x**2 + other.y**2)
        return np.asarray(both / np.sqrt(np.maximum(mine * its, 1e-6)), np.float32)


def _cells(values: Floats) -> Floats:
    """The means of cells; none of a picture that is smaller than one."""
    rows, columns = values.shape[0] // CELL, values.shape[1] // CELL
    if not rows or not columns:
        return np.zeros((rows, columns), np.float32)
    whole = values[: rows * CELL, : columns * CELL]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


class Gate:
    """Keeps what was explained by readings, cell by cell."""

    def __init__(self) -> None:
        self._last: Edges | None = None
        self._known: Bools | None = None
        self._barren: Floats | None = None
        self._patience: Floats | None = None

    def probe(self, t: float, edges: Edges) -> Bools:
        """The cells in which a text may stand that has not been read, for the probe at ``t`` seconds."""
        last, self._last = self._last, edges
        if last is None or self._known is None or self._barren is None or last.dense.shape != edges.dense.shape:
            self.forget(edges)
            return np.zeros(edges.dense.shape, np.bool_)
        same = edges.likeness(last) >= _STEADY
        dense = (edges.dense >= _DENSE) & (last.dense >= _DENSE)
        self._known &= same
        new = dense & same & ~self._known
        fresh = _runs(new & (self._barren <= t), _RUN)
        return np.asarray(fresh | _runs(new, _LONG_RUN), np.bool_)

    def forget(self, edges: Edges | None = None) -> None:
        """A new shot: nothing is explained any more."""
        shape = None if edges is None else edges.dense.shape
        if shape is None and self._known is not None:
            shape = self._known.shape
        if shape is not None:
            self._known = np.zeros(shape, np.bool_)
            self._barren, self._patience = np.zeros(shape, np.float32), np.full(shape, 2.0, np.float32)

    def explained(self, t: float, region: Rectangle, texts: list[Rectangle]) -> None:
        """``region`` was read at ``t``, and ``texts`` were found in it: the rest holds none, for some seconds."""
        if self._known is None or self._barren is None or self._patience is None:
            return
        left, top, right, bottom = (edge // CELL for edge in region)
        inside = np.s_[top : bottom + 1, left : right + 1]
        bare = np.zeros_like(self._known)
        bare[inside] = True
        for text in texts:
            left, top, right, bottom = (edge // CELL for edge in text)
            bare[top : bottom + 1, left : right + 1] = False
        self._known[inside] = True
        self._barren[bare] = t + self._patience[bare]
        self._patience[bare] = np.minimum(2 * self._patience[bare], 8.0)


def _runs(cells: Bools, length: int) -> Bools:
    """The cells that are one of ``length`` side by side, gaps of one cell allowed."""
    if not cells.size:
        return cells
    grey = cells.astype(np.uint8)
    closed = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    return np.asarray(opened > 0, np.bool_)


class Print:
    """The edges of one text, to tell whether it stands in other probes."""

    def __init__(self, grey: Grey, box: Rectangle) -> None:
        self._box = left, top, right, bottom = _within(box, grey.shape)
        self._x, self._y = _gradient(grey[top:bottom, left:right])
        strength = np.hypot(self._x, self._y)
        weight = strength >= max(0.35 * float(strength.max(initial=0)), 4.0)
        self._x, self._y = self._x * weight, self._y * weight
        self._power = float((self._x**2 + self._y**2).sum())

    def shown(self, grey: Grey) -> float:
        """How much of the text is drawn in a probe: 1 as it was, 0 nothing of it, about 0.5 half faded."""
        left, top, right, bottom = self._box
        if self._power <= 0 or grey.shape[0] < bottom or grey.shape[1] < right:
            return 0.0
        x, y = _gradient(grey[top:bottom, left:right])
        return float((self._x * x + self._y * y).sum()) / self._power


def _gradient(grey: Grey) -> tuple[Floats, Floats]:
    x, y = (np.asarray(cv2.Sobel(grey, cv2.CV_32F, *axis, scale=0.25), np.float32) for axis in ((1, 0), (0, 1)))
    return x, y


def _within(box: Rectangle, shape: tuple[int, ...]) -> Rectangle:
    left, top = (min(max(0, value), limit - 2) for value, limit in zip(box[:2], (shape[1], shape[0]), strict=True))
    right, bottom = (min(value, limit) for value, limit in zip(box[2:], (shape[1], shape[0]), strict=True))
    return left, top, max(right, left + 2), max(bottom, top + 2)
