"""Faces in a film, followed: the sense of faces among those that share the decode.

A fast detector looks over the whole picture now and then, and at every followed face, cut out, five times a second.
What it takes for a new face becomes a track only where the thorough detector agrees: on the cut-out picture this
costs a tenth of looking over the whole, and it rejects what the fast one mistakes. Cost is bounded by the schedule: a
look every fifth of a second, every tenth where there is a mouth to watch; three faces cut out at most every fifth of
a second; a scan every 0.5 to 0.8 s where something changes, and where a face that moved fast was lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import Box, FaceTrack, Missing
from cutroom.perception.adapters.face_models import BlazeFace, CenterFace, Found, Picture, iou
from cutroom.perception.facecam import FacecamFinder
from cutroom.perception.tracks import Trail, face_tracks

LONG_SIDE = 640
"""Pixels of the longer side of the pictures looked at."""
_CROP, _FACE_IN_CROP = 128, 44
_LOOK, _CLOSE_LOOK = 0.2, 0.1
_SCAN, _SCAN_WITH_FACES, _THOROUGH, _EVEN_IF_STILL = 0.5, 0.8, 3.2, 4.0
_THOROUGH_IF_EMPTY = 2.0
_QUICK_SIDE = 384
_FAST, _AGREES = 0.5, 0.3
"""Scores. On 230 mistakes of the fast detector the thorough one gave at most .13, on whole heads at least .7."""
_SMALLEST = 9.0
"""Pixels of a face in the pictures looked at."""
_MOST_TRAILS, _MOST_CROPS = 12, 3
_MOUTH_FROM = 20.0
_SLACK = 1e-3

Plane = npt.NDArray[np.uint8]


class FaceSense:
    """``tracks`` and ``facecam`` stand after ``finish``; ``tracks`` is None where the models are not installed."""

    def __init__(self, models: Path, width: int, height: int) -> None:
        """``models``: the folder of the model store; ``width`` and ``height`` of the upright picture, in pixels."""
        self.tracks: tuple[FaceTrack, ...] | None = None
        self.facecam: Box | None = None
        self.missing: tuple[Missing, ...] = ()
        eyes = Eyes.opened(Path(models))
        self._installed = eyes is not None
        if eyes is None:
            self.missing = (Missing("faces", "The face models are not installed (cutroom models pull --embedded)."),)
            return
        self._eyes = eyes
        scale = min(1.0, LONG_SIDE / max(width, height, 1))
        self._width, self._size = max(1, round(width * scale)), (float(width), float(height))
        self._cuts: list[float] = []
        self._hint = -np.inf
        self._trails: list[Trail] = []
        self._ended: list[tuple[Trail, float]] = []
        self._schedule = Schedule()
        self._cam = FacecamFinder()

    def wants(self, t: float, index: int, small: Plane, cut: bool) -> int | None:  # noqa: ARG002, FBT001  the protocol
        """The width of the picture wanted, or None."""
        if not self._installed:
            return None
        if cut:
            self._perhaps_cut(t)
        mouths = any(trail.size >= _MOUTH_FROM for trail in self._trails)
        if not self._schedule.due(t, small, mouths=mouths):
            return None
        return self._width

    def look(self, t: float, index: int, picture: Picture) -> None:  # noqa: ARG002  the protocol
        """Find and follow the faces of a picture."""
        self._size = float(picture.shape[1]), float(picture.shape[0])
        few = len(self._trails) <= 2
        if self._schedule.follow(t, _CLOSE_LOOK if few else _LOOK):
            self._follow(t, picture)
            self._scan(t, picture)
            self._cam.look(t, picture, [(trail.x, trail.y, trail.size) for trail in self._trails if not trail.misses])
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        for trail in sorted(self._trails, key=lambda trail: -trail.size)[:6]:
            if trail.size >= _MOUTH_FROM and not trail.misses:
                trail.glimpsed(t, mouth_motion(trail, t, grey))

    def cut(self, t: float) -> None:
        """A shot begins at ``t``, seconds; what was followed across it is split in the end."""
        if self._installed:
            self._cuts.append(t)
            self._schedule.hurry()

    def finish(self, duration: float) -> None:
        """Make the tracks; ``duration`` of the film in seconds."""
        if not self._installed:
            return
        for trail in self._trails:
            self._end(trail, trail.seen)
        self.tracks = face_tracks(self._ended, sorted(set(self._cuts)), duration, self._size)
        self.facecam = self._cam.box()
        self._ended, self._trails = [], []

    def _perhaps_cut(self, t: float) -> None:
        """Look at once, and follow on only what is found where it was: if it was a cut, it is split in the end."""
        self._hint = t
        for trail in self._trails:
            trail.speed, trail.patch = (0.0, 0.0), None
        self._schedule.hurry()

    def _end(self, trail: Trail, until: float) -> None:
        if len(trail.times) >= 3:
            trail.patch = None
            self._ended.append((trail, until))

    def _follow(self, t: float, picture: Picture) -> None:
        """Look for up to three of the followed faces where they should be, those longest unseen first."""
        for trail in sorted(self._trails, key=lambda trail: trail.seen)[:_MOST_CROPS]:
            x, y = trail.predicted(t)
            face = self._eyes.find(picture, x, y, trail.size)
            if face is not None and trail.seen < self._hint and not self._agreed(picture, face):
                face = None  # after what may have been a cut, what is found at its place need not be a face
            if face is None:
                trail.misses += 1
            else:
                trail.found(t, face.x, face.y, face.size, face.score)
            if face is not None and t - trail.verified >= 1.0:
                self._verify(trail, t, picture)
        self._schedule.lost(any(trail.misses in {1, 2} for trail in self._trails))
        self._drop(t)

    def _verify(self, trail: Trail, t: float, picture: Picture) -> None:
        """Ask the thorough detector whether it is still a face that is followed."""
        if self._agreed(picture, _square(trail)):
            trail.verified, trail.doubts = t, 0
        else:
            trail.doubts += 1

    def _agreed(self, picture: Picture, face: Found) -> bool:
        return self._eyes.agree(picture, face.x, face.y, face.size) >= _AGREES

    def _drop(self, t: float) -> None:
        """End what is lost, what is no face any more, and the younger of two trails on one face."""
        kept: list[Trail] = []
        for trail in sorted(self._trails, key=lambda trail: trail.times[0]):
            double = any(iou(_square(trail), _square(other)) > 0.5 for other in kept)
            gone = trail.x < 0 or trail.y < 0 or trail.x > self._size[0] or trail.y > self._size[1]
            if trail.doubts >= 5:
                self._end(trail, trail.verified)
            elif (
                double
                or gone
                or trail.misses >= 6
                or t - trail.seen > 1.5
                or (trail.misses and trail.seen < self._hint)
            ):
                self._end(trail, trail.seen)
            else:
                kept.append(trail)
        self._trails = kept

    def _scan(self, t: float, picture: Picture) -> None:
        side = self._schedule.scan(t, empty=not self._trails)
        if side is None:
            return
        for face in self._eyes.scan(picture, side):
            if face.size < _SMALLEST or any(_same(face, trail, t) for trail in self._trails):
                continue
            jumped = self._jumped(face, t)
            if jumped is not None:
                jumped.found(t, face.x, face.y, face.size, face.score)
                continue
            if len(self._trails) >= _MOST_TRAILS:
                break
            if self._schedule.rejected_lately(t, face):
                continue
            if self._agreed(picture, face):
                trail = Trail(face.x, face.y, face.size, t, t)
                trail.found(t, face.x, face.y, face.size, face.score)
                self._trails.append(trail)
            else:
                self._schedule.reject(t, face)

    def _jumped(self, face: Found, t: float) -> Trail | None:
        """The trail that was lost a moment ago and goes on here: a face that moved faster than could be foreseen."""
        lost = [
            trail
            for trail in self._trails
            if trail.misses
            and trail.seen >= self._hint
            and t - trail.seen <= 0.45
            and 0.7 < face.size / trail.size < 1.4
            and np.hypot(face.x - trail.x, face.y - trail.y) <= 3.5 * trail.size
        ]
        return min(lost, key=lambda trail: np.hypot(face.x - trail.x, face.y - trail.y), default=None)


class Schedule:
    """When to look, and how thoroughly: by the film's clock and by what changed, never by the wall's."""

    def __init__(self) -> None:
        self._looked = self._followed = self._scanned = self._thorough = -np.inf
        self._now: npt.NDArray[np.int16] | None = None
        self._then: npt.NDArray[np.int16] | None = None
        self._hurry = True
        self._lost = False
        self._rejected: list[tuple[float, Found, float]] = []

    def hurry(self) -> None:
        """A new shot: look now, and thoroughly."""
        self._hurry = True
        self._rejected = []

    def due(self, t: float, small: Plane, *, mouths: bool) -> bool:
        """Whether the picture at ``t`` is to be looked at; ``mouths``: whether there is a mouth to watch."""
        if not self._hurry and t - self._looked < (_CLOSE_LOOK if mouths else _LOOK) - _SLACK:
            return False
        self._looked, self._now = t, small.astype(np.int16)
        return True

    def lost(self, lost: bool) -> None:  # noqa: FBT001  a state
        """Whether a face was lost just now: it may have moved fast."""
        self._lost = lost

    def follow(self, t: float, wait: float) -> bool:
        """Whether faces are to be looked for, not only at mouths."""
        if not self._hurry and t - self._followed < wait - _SLACK:
            return False
        self._followed = t
        return True

    def scan(self, t: float, *, empty: bool) -> int | None:
        """The longer side at which to look over the whole picture, or None."""
        changed = self._then is None or self._now is None or self._then.shape != self._now.shape
        changed = changed or _changed(self._then, self._now)
        wait = (_SCAN if empty else _SCAN_WITH_FACES) if changed else _EVEN_IF_STILL
        if not self._hurry and not (self._lost and changed) and t - self._scanned < wait - _SLACK:
            return None
        self._scanned, self._then = t, self._now
        if self._hurry or t - self._thorough >= (_THOROUGH_IF_EMPTY if empty else _THOROUGH):
            self._thorough, self._hurry = t, False
            return LONG_SIDE
        return _QUICK_SIDE

    def reject(self, t: float, face: Found) -> None:
        """It was no face: ask again after one second, then two, then four, ..."""
        before = [wait for _, other, wait in self._rejected if iou(face, other) > 0.3]
        self._rejected = [entry for entry in self._rejected if iou(face, entry[1]) <= 0.3][-50:]
        self._rejected.append((t, face, min(2 * max(before, default=0.5), 16.0)))

    def rejected_lately(self, t: float, face: Found) -> bool:
        """Whether the thorough detector need not be asked."""
        return any(t - at < wait and iou(face, other) > 0.3 for at, other, wait in self._rejected)


def _changed(then: npt.NDArray[np.int16] | None, now: npt.NDArray[np.int16] | None) -> bool:
    """Whether some part of the picture, a twelfth of its width, differs: a face may have come in there."""
    if then is None or now is None:
        return True
    difference = np.abs(then - now).astype(np.float32)
    rows, columns = (max(1, length // 12) for length in (difference.shape[0] * 16 // 9, difference.shape[1]))
    blocks = cv2.blur(difference, (columns, rows))
    return bool(blocks.max() > 6)


class Eyes:
    """The two detectors, on whole pictures and on what is cut out of them."""

    def __init__(self, fast: Path, thorough: Path) -> None:
        self._fast, self._thorough = BlazeFace(fast), CenterFace(thorough)

    @classmethod
    def opened(cls, models: Path) -> Eyes | None:
        """The detectors of a model store's folder; None where they are not there or are no models."""
        fast, thorough = models / "blazeface-back.tflite", models / "centerface.onnx"
        if not (fast.is_file() and thorough.is_file()):
            return None
        try:
            eyes = cls(fast, thorough)
            eyes.scan(np.zeros((32, 32, 3), np.uint8), LONG_SIDE)
        except cv2.error:
            return None
        return eyes

    def scan(self, picture: Picture, side: int) -> list[Found]:
        """The faces in the whole picture, perhaps; best first."""
        found = self._fast.detect(picture, min(side, max(picture.shape[:2])), _FAST)
        if side == LONG_SIDE and not found:
            found = self._thorough.detect(picture, side, 0.4)
        return found[:24]

    def find(self, picture: Picture, x: float, y: float, size: float) -> Found | None:
        """The face of about ``size`` nearest to a place; the thorough detector is asked where the fast one fails."""
        crop, scale, left, top = _cut_out(picture, x, y, size)
        found = self._fast.detect(crop, _CROP, 0.4)
        face = _nearest(found) or _nearest(self._thorough.detect(crop, _CROP, 0.35))
        return None if face is None else face.moved(scale, left, top)

    def agree(self, picture: Picture, x: float, y: float, size: float) -> float:
        """How sure the thorough detector is of a face at a place, 0..1."""
        crop, _, _, _ = _cut_out(picture, x, y, size)
        face = _nearest(self._thorough.detect(crop, _CROP, 0.1), reach=0.5)
        return 0.0 if face is None else face.score


def _cut_out(picture: Picture, x: float, y: float, size: float) -> tuple[Picture, float, float, float]:
    """A square around a place in which the face has the size the detectors know best; its scale and corner."""
    scale = _FACE_IN_CROP / max(size, 1.0)
    left, top = x - _CROP / 2 / scale, y - _CROP / 2 / scale
    if scale < 1:  # no pixel may be skipped
        picture, left, top, shrunk = _shrunk(picture, left, top, scale)
    else:
        shrunk = 1.0
    matrix = np.array([[scale / shrunk, 0, -left * scale], [0, scale / shrunk, -top * scale]])
    crop = cv2.warpAffine(picture, matrix, (_CROP, _CROP), flags=cv2.INTER_LINEAR)
    return np.asarray(crop, np.uint8), scale, left, top


def _shrunk(picture: Picture, left: float, top: float, scale: float) -> tuple[Picture, float, float, float]:
    """The picture halved until what follows shrinks it by less than two."""
    shrunk = 1.0
    while scale / shrunk <= 0.5:
        picture = np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
        shrunk /= 2
    return picture, left, top, shrunk


def _nearest(found: Sequence[Found], reach: float = 0.9) -> Found | None:
    """The face nearest to the middle of a crop, if near enough and about as large as expected."""
    middle = _CROP / 2
    fitting = [
        face
        for face in found
        if np.hypot(face.x - middle, face.y - middle) <= reach * _FACE_IN_CROP and 0.5 <= face.size / _FACE_IN_CROP <= 2
    ]
    return min(fitting, key=lambda face: np.hypot(face.x - middle, face.y - middle) - 10 * face.score, default=None)


def _same(face: Found, trail: Trail, t: float) -> bool:
    x, y = trail.predicted(t)
    return iou(face, _square(trail)) > 0.1 or np.hypot(face.x - x, face.y - y) < 0.6 * trail.size


def _square(trail: Trail) -> Found:
    return Found(trail.x, trail.y, trail.size, (0, 0), (0, 0), 1.0)


_PATCH = 48
_MOUTH_AT = np.s_[30:46, 12:36]
_UPPER_AT = np.s_[4:26, 6:42]


def mouth_motion(trail: Trail, t: float, grey: Plane) -> float | None:
    """How much the mouth of a followed face moved since the picture before, 0..1; None for the first.

    The face is cut out, laid over the one before by its upper half (phase correlation), and the mean difference
    around the mouth, beyond that of the upper half, is taken in units of the face's contrast.
    """
    x, y = trail.predicted(t)
    scale = _PATCH / (1.15 * trail.size)
    matrix = np.array([[scale, 0, _PATCH / 2 - x * scale], [0, scale, _PATCH / 2 - y * scale]])
    patch = cv2.warpAffine(grey, matrix, (_PATCH, _PATCH), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    now = cv2.GaussianBlur(patch.astype(np.float32), (0, 0), 0.8)
    before, trail.patch = trail.patch, np.asarray(now, np.float32)
    if before is None:
        return None
    upper = _UPPER_AT
    shift, response = cv2.phaseCorrelate(before[upper], now[upper], cv2.createHanningWindow((36, 22), cv2.CV_32F))
    if response > 0.2 and max(map(abs, shift)) < 5:
        back = np.array([[1, 0, -shift[0]], [0, 1, -shift[1]]])
        now = cv2.warpAffine(now, back, (_PATCH, _PATCH), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    difference = np.abs(now - before)
    moved = float(difference[_MOUTH_AT].mean()) - float(difference[upper].mean())
    return max(0.0, moved) / (float(now.std()) + 8)
