"""How the camera moves: the movement of the whole picture from one to the next, and what it makes of a shot.

Points of a grid are followed on small pictures (Lucas and Kanade, in pyramids), and the movement most of them share is
fitted as a shift, a turn and a change of size. What is intended is slow: the mean over half a second. What is left of
a shift without it is shake. What is so slow that it is less than a pixel's hundredth from one picture to the next is
followed from second to second besides (``drifts``).
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import cv2
import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import CameraMotion

if TYPE_CHECKING:
    from cutroom.perception.sense import Plane

# Pictures compared are at least this far apart (s): shaking hands move no faster than ten times a second.
STEP = 0.039
# A longer gap (s) says nothing of how the camera moved in it.
_GAP = 0.5
_COLUMNS, _ROWS = 12, 7
# Share of the points that can be followed that must agree for the movement to be the camera's; fewest of those.
_AGREED, _FEWEST = 0.5, 10
# Half the time (s) over which the intended movement is averaged.
_HALF = 0.35
# Speeds as shares of the picture's height a second: a pan or tilt; shake of a hand. Zoom as growth a second.
_PAN, _SHAKE, _ZOOM = 0.06, 0.045, 0.03
# Share of the travelled way that leads to one side for it to be intended.
_DIRECTED = 0.55
# Drifts are followed over this long (s), and over no more than this.
_SECOND, _TOO_LONG = 0.96, 2.0
# A drift is intended from this speed on (shares of the height a second; growth a second), if nearly all of the way
# leads to one side and is this long in all. Half a hundredth of the height a second is the slowest that is to be told.
_SLOW, _SLOW_ZOOM, _STRAIGHT, _LEAST_WAY = 0.0035, 0.008, 0.8, 0.015
# Of a film's moving time, what one kind needs to stand for all.
_MOST = 0.6


Movements = npt.NDArray[np.float64]
"""One row from one picture to the next: start and end (s), shift of the camera to the right and down in heights of the
picture, growth (0 none), and the share (0..1) of the points that agree."""


class CameraSense:
    """Follows the camera through a film; ``cut`` begins anew. Keeps one small record for each pair of pictures."""

    def __init__(self) -> None:
        self._last: tuple[float, Plane] | None = None
        self._grid: npt.NDArray[np.float32] | None = None
        self._rows = array("d")
        self._anchor: tuple[float, Plane] | None = None
        self._drifts = array("d")

    def push(self, t: float, luma: Plane, *, cut: bool) -> None:
        """The next small picture; ``cut``: it does not continue the one before."""
        self._drift(t, luma, cut=cut)
        if self._last is not None and not cut and t - self._last[0] < STEP:
            return
        if self._last is not None and not cut and t - self._last[0] <= _GAP:
            self._rows.extend((self._last[0], t, *self._movement(self._last[1], luma)))
        self._last = (t, luma)

    def _drift(self, t: float, luma: Plane, *, cut: bool) -> None:
        """From about one second to the next."""
        past = np.inf if self._anchor is None or cut else t - self._anchor[0]
        if past < _SECOND:
            return
        if self._anchor is not None and past <= _TOO_LONG:
            self._drifts.extend((self._anchor[0], t, *self._movement(self._anchor[1], luma, finely=True)))
        self._anchor = (t, luma)

    @property
    def drifts(self) -> Movements:
        """The same from one second to the next."""
        return np.array(self._drifts, np.float64).reshape(-1, 6)

    @property
    def movements(self) -> Movements:
        """Everything that was followed, in order of time."""
        return np.array(self._rows, np.float64).reshape(-1, 6)

    def _movement(self, one: Plane, other: Plane, *, finely: bool = False) -> tuple[float, float, float, float]:
        height, width = one.shape
        if self._grid is None or self._grid.shape[0] != _COLUMNS * _ROWS:
            columns, rows = (_COLUMNS, _ROWS) if width >= height else (_ROWS, _COLUMNS)
            x = np.linspace(width * 0.08, width * 0.92, columns)
            y = np.linspace(height * 0.12, height * 0.88, rows)
            self._grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 1, 2).astype(np.float32)
        followed, found, error = cv2.calcOpticalFlowPyrLK(
            one, other, self._grid, cast("Any", None), winSize=(11, 11), maxLevel=2, minEigThreshold=0.002,
            criteria=(cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, *((20, 0.003) if finely else (8, 0.02))),
        )  # fmt: skip
        good = (found.ravel() == 1) & (error.ravel() < 20)
        return _fitted(self._grid[good, 0], followed[good, 0], (width, height))


def _fitted(
    old: npt.NDArray[np.float32], new: npt.NDArray[np.float32], size: tuple[int, int]
) -> tuple[float, float, float, float]:
    """The shift, turn and growth about the middle that most points share (RANSAC from a fixed seed, then refined)."""
    if len(old) < _FEWEST:
        return 0.0, 0.0, 0.0, 0.0
    middle = np.array([size[0] / 2, size[1] / 2], np.float32)
    matrix, agree = cv2.estimateAffinePartial2D(
        old - middle, new - middle, ransacReprojThreshold=0.5, maxIters=200, confidence=0.98, refineIters=4
    )
    if matrix is None:
        return 0.0, 0.0, 0.0, 0.0
    growth = float(np.hypot(matrix[0, 0], matrix[1, 0])) - 1
    return -float(matrix[0, 2]) / size[1], -float(matrix[1, 2]) / size[1], growth, float(agree.mean())


@dataclass(frozen=True, slots=True)
class Camera:
    """How the camera moves in a shot. ``shake`` in picture heights a second; ``seconds`` of it that could be seen."""

    motion: CameraMotion
    shake: float
    seconds: float


NO_DRIFTS: Movements = np.zeros((0, 6))


def camera(movements: Movements, drifts: Movements = NO_DRIFTS) -> Camera:
    """What the movements and drifts of one shot amount to."""
    sure = movements[movements[:, 5] >= _AGREED]
    lengths = sure[:, 1] - sure[:, 0]
    seconds = float(lengths.sum())
    if len(sure) < 3 or seconds < 0.2:
        return Camera(CameraMotion.STATIC, 0.0, 0.0)
    meant = _smooth((sure[:, 0] + sure[:, 1]) / 2, sure[:, 2:5], lengths)
    rest = sure[:, 2:4] / lengths[:, None] - meant[:, :2]
    shake = float(np.sqrt(((rest**2).sum(axis=1) * lengths).sum() / seconds))
    kind = _kind(meant, lengths, shake)
    if kind in {CameraMotion.STATIC, CameraMotion.HANDHELD}:
        # A hand that shakes more than it moves along is a hand.
        kind = _slowly(drifts, shake if kind == CameraMotion.HANDHELD else 0.0) or kind
    return Camera(kind, round(shake, 4), seconds)


def _slowly(drifts: Movements, least: float) -> CameraMotion | None:
    """What drifts of one shot amount to, if they are faster than ``least``; None where they lead nowhere."""
    sure = drifts[drifts[:, 5] >= _AGREED]
    if len(sure) < 2:
        return None
    net, way = np.abs(sure[:, 2:5].sum(axis=0)), np.abs(sure[:, 2:5]).sum(axis=0) + 1e-9
    speed = net / (sure[:, 1] - sure[:, 0]).sum()
    directed = net / way >= _STRAIGHT
    right, down, growth = speed
    # At the picture's border a growth moves things by half of it.
    if growth >= max(_SLOW_ZOOM, 2 * least) and directed[2] and growth / 2 > 0.4 * max(right, down):
        return CameraMotion.ZOOM
    side = 0 if right >= down else 1
    if speed[side] < max(_SLOW, least) or not directed[side] or net[side] < _LEAST_WAY:
        return None
    return CameraMotion.TILT if side else CameraMotion.PAN


def _smooth(
    middles: npt.NDArray[np.float64], steps: npt.NDArray[np.float64], lengths: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Speeds averaged over ``_HALF`` to both sides."""
    sums = np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])
    times = np.concatenate([[0.0], np.cumsum(lengths)])
    low = np.searchsorted(middles, middles - _HALF)
    high = np.searchsorted(middles, middles + _HALF, side="right")
    smooth: npt.NDArray[np.float64] = (sums[high] - sums[low]) / (times[high] - times[low])[:, None]
    return smooth


def _kind(meant: npt.NDArray[np.float64], lengths: npt.NDArray[np.float64], shake: float) -> CameraMotion:
    way = np.abs(meant * lengths[:, None]).sum(axis=0)
    net = np.abs((meant * lengths[:, None]).sum(axis=0))
    right, down, growth = way / lengths.sum()
    straight = net / (way + 1e-9)
    # At the picture's border a growth moves things by half of it.
    if growth > _ZOOM and straight[2] > _DIRECTED and growth / 2 > 0.4 * max(right, down):
        return CameraMotion.ZOOM
    if max(right, down) > max(_PAN, shake) and (straight[0] if right >= down else straight[1]) > _DIRECTED:
        return CameraMotion.PAN if right >= down else CameraMotion.TILT
    return CameraMotion.HANDHELD if max(shake, 0.7 * right, 0.7 * down) > _SHAKE else CameraMotion.STATIC


def film_camera(shots: list[Camera]) -> CameraMotion:
    """What the camera mostly does in a film; MIXED where nothing prevails."""
    seconds: defaultdict[CameraMotion, float] = defaultdict(float)
    for shot in shots:
        seconds[shot.motion] += shot.seconds
    total = sum(seconds.values())
    if not total:
        return CameraMotion.STATIC
    kind, most = max(seconds.items(), key=lambda item: item[1])
    return kind if most >= _MOST * total else CameraMotion.MIXED
