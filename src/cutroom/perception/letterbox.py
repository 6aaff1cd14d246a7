"""Black bars round the picture: what stays black all through the film although there is light within."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import Border

if TYPE_CHECKING:
    from cutroom.perception.sense import Plane

# Luma up to which a line may be a bar's (codecs ring), and from which the line beside it is the picture's.
_BAR, _LIT = 14, 36
# Pictures in which the picture's edge was lit, for a bar to be believed; smallest bar as a share of the side.
_SEEN, _SMALLEST = 3, 0.012
# No bar takes more than this of a side.
_LARGEST = 0.4


class LetterboxSense:
    """Looks at full-size luma now and then and remembers the brightest that every row and column ever was.

    A dark scene has dark borders too, but no edge at which black ends; one bright picture clears all doubt, since a
    bar that was ever lit is none.
    """

    def __init__(self) -> None:
        self._rows: npt.NDArray[np.float32] | None = None
        self._columns: npt.NDArray[np.float32] | None = None
        self._lit = 0
        self.size = (0, 0)
        """Height and width of the pictures seen."""

    def push(self, luma: Plane) -> None:
        """A full-size picture, upright. One of another size than those before is passed over."""
        if self._rows is None or self._columns is None:
            self.size = luma.shape[:2]
            self._rows = np.zeros(luma.shape[0], np.float32)
            self._columns = np.zeros(luma.shape[1], np.float32)
        if luma.shape[:2] != self.size:
            return
        step = max(1, luma.shape[1] // 240), max(1, luma.shape[0] // 240)
        # The brightest hundredth, not the brightest pixel: one spark of ringing makes no line lit.
        rows = _bright(luma[:, :: step[0]])
        columns = _bright(luma[:: step[1]].T)
        np.maximum(self._rows, rows, out=self._rows)
        np.maximum(self._columns, columns, out=self._columns)
        self._lit += bool(np.median(rows) > _LIT)

    def border(self) -> Border | None:
        """The bars, in pixels; None where there are none, or the film was too dark to tell."""
        if self._rows is None or self._columns is None or self._lit < _SEEN:
            return None
        top, bottom = _ends(self._rows)
        left, right = _ends(self._columns)
        if not any((top, bottom, left, right)):
            return None
        return Border(top, bottom, left, right)


def _bright(lines: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    at = max(0, lines.shape[1] - 1 - max(1, lines.shape[1] // 50))
    bright: npt.NDArray[np.float32] = np.partition(lines, at, axis=1)[:, at].astype(np.float32)
    return bright


def _ends(lines: npt.NDArray[np.float32]) -> tuple[int, int]:
    """How many lines at the beginning and at the end are a bar's."""
    return _bar(lines), _bar(lines[::-1])


def _bar(lines: npt.NDArray[np.float32]) -> int:
    lit = np.flatnonzero(lines > _BAR)
    if not len(lit):
        return 0
    width = int(lit[0])
    # Where a bar ends there is picture at once; where a picture fades into the dark there is not.
    beyond = lines[width : width + max(4, len(lines) // 60)]
    if width < max(2, _SMALLEST * len(lines)) or width > _LARGEST * len(lines) or beyond.max() < _LIT:
        return 0
    return width
