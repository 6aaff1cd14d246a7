"""The picture that stands for a shot: like the rest of it, sharp, not black, well inside."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.perception.freeze import is_black

if TYPE_CHECKING:
    from cutroom.model.percepts import Shot
    from cutroom.perception.sense import Plane, Planes

FOLDER = "keyframes"
WIDEST, _QUALITY = 1280, 85
MOST = 200
# Candidates are this far apart (s) at least, and this share of the shot away from its ends.
_STEP, _INSIDE = 0.12, 0.15
_WIDTH, _HEIGHT = 12, 7
_SIZE = _WIDTH * _HEIGHT * 3
# Levels of unlikeness that weigh as much as being half as sharp; pictures to decode before that weigh the same.
_UNLIKE, _RUN_IN = 12.0, 400.0
# More candidates of one shot are not compared.
_CANDIDATES = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """The picture numbered ``index`` stands for shot number ``shot``."""

    index: int
    shot: int


class KeyframeSense:
    """Remembers a thumbnail of every candidate (300 bytes each) until the shots are known."""

    def __init__(self) -> None:
        self._times, self._sharp = array("d"), array("f")
        self._numbers, self._black = array("q"), array("b")
        self._looks = bytearray()

    def push(self, index: int, t: float, planes: Planes) -> None:
        """The next small picture."""
        if self._times and t - self._times[-1] < _STEP:
            return
        size = planes.chroma.shape[:0:-1]
        merged = cv2.merge([cv2.resize(planes.luma, size, interpolation=cv2.INTER_AREA), *planes.chroma])
        self._looks += cv2.resize(merged, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA).tobytes()
        self._times.append(t)
        self._numbers.append(index)
        self._sharp.append(float(np.abs(cv2.Laplacian(planes.luma, cv2.CV_16S)).mean()))
        self._black.append(is_black(planes.luma))

    def choose(self, shots: Sequence[Shot], run_in: Callable[[int], int]) -> tuple[Choice, ...]:
        """A picture for every shot, for at most ``MOST``: the longest and the first.

        ``run_in`` says how many pictures must be decoded to reach one. A shot that is black throughout has none, unless
        it is the first.
        """
        by_length = sorted(range(len(shots)), key=lambda k: (k != 0, shots[k].start - shots[k].end, k))
        times, looks = np.array(self._times), np.frombuffer(bytes(self._looks), np.uint8).reshape(-1, _SIZE)
        chosen = []
        for number in sorted(by_length[:MOST]):
            best = self._best(shots[number], times, looks, run_in, first=number == 0)
            if best is not None:
                chosen.append(Choice(best, number))
        return tuple(chosen)

    def _best(
        self, shot: Shot, times: npt.NDArray[np.float64], looks: Plane, run_in: Callable[[int], int], *, first: bool
    ) -> int | None:
        low, high = np.searchsorted(times, (float(shot.start) - 1e-6, float(shot.end) - 1e-6))
        if low == high:
            return shot.first_frame
        margin = float(shot.end - shot.start) * _INSIDE
        within = [k for k in range(low, high) if shot.start + margin <= times[k] <= shot.end - margin]
        lit = [k for k in within or range(low, high) if not self._black[k]]
        lit = lit or [k for k in range(low, high) if not self._black[k]]
        if not lit:
            return int(self._numbers[(low + high) // 2]) if first else None
        lit = lit[:: max(1, len(lit) // _CANDIDATES)]
        usual = np.median(looks[lit], axis=0)
        unlike = np.abs(looks[lit] - usual).mean(axis=1)
        sharp = np.array([self._sharp[k] for k in lit]) + 0.5
        far = np.array([run_in(int(self._numbers[k])) for k in lit])
        cost = unlike / _UNLIKE - np.log2(sharp / sharp.max()) + far / _RUN_IN
        return int(self._numbers[lit[int(np.argmin(cost))]])


def write(folder: Path, name: str, picture: Plane) -> None:
    """Write a picture as JPEG, at once or not at all. Raises ``CutroomError(PROCESSING_FAILED)``, ``OSError``."""
    made, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not made:
        raise CutroomError(ErrorCode.PROCESSING_FAILED, "A key frame could not be written.")
    path = folder / name
    part = path.with_suffix(".part")
    part.write_bytes(data.tobytes())
    part.replace(path)
