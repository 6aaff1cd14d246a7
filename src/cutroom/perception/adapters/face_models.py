"""The two detectors of faces behind OpenCV's own runtime: BlazeFace (fast) and CenterFace (thorough).

Both files come from the model store and are opened by path. Both networks are convolutions from end to end, so they
are given pictures of any size in multiples of 32; what they answer is decoded here. Neither knows of time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
_STRIDE = 32


@dataclass(frozen=True, slots=True)
class Found:
    """A face in one picture, in its pixels: the square from the eyebrows to the chin, eyes and mouth; score 0..1."""

    x: float
    y: float
    """The centre of the square."""
    size: float
    eyes: tuple[float, float]
    mouth: tuple[float, float]
    score: float

    def moved(self, scale: float, left: float, top: float) -> Found:
        """The same face in the picture this one was cut from at (``left``, ``top``) and scaled by ``scale``."""
        eyes, mouth = ((x / scale + left, y / scale + top) for x, y in (self.eyes, self.mouth))
        return Found(self.x / scale + left, self.y / scale + top, self.size / scale, eyes, mouth, self.score)


class _Nets:
    """One network for each size of input: one that is given another size than before runs up to ten times slower."""

    _most = 6

    def __init__(self, read: Callable[[str], Any], path: Path) -> None:
        self._read, self._path = read, str(path)
        self._nets: dict[tuple[int, ...], Any] = {}

    def run(self, blob: npt.NDArray[Any], heads: Sequence[str]) -> list[Floats]:
        """What the named layers answer to ``blob``."""
        net = self._nets.get(blob.shape)
        if net is None:
            if len(self._nets) >= self._most:
                self._nets.clear()
            net = self._nets[blob.shape] = self._read(self._path)
        net.setInput(blob)
        answers: list[Floats] = list(net.forward(heads))
        return answers


class BlazeFace:
    """BlazeFace "back": about 10 ms for 512 x 288 on one core; faces from 16 pixels of its input."""

    # Two anchors in every cell of 16 pixels, six in every cell of 32 (Bazarevsky et al. 2019, "BlazeFace").
    _anchors = (("16", 16, 2), ("32", 32, 6))

    def __init__(self, path: Path) -> None:
        self._nets = _Nets(cv2.dnn.readNetFromTFLite, path)
        self._heads = [f"{kind}_{name}" for name, _, _ in self._anchors for kind in ("classificator", "regressor")]

    def detect(self, picture: Picture, long_side: int, threshold: float = 0.5) -> list[Found]:
        """The faces in a BGR picture, looked at with its longer side scaled to ``long_side``; best first."""
        fitted, scale = _fit(picture, long_side, enlarge=True)
        blob = cv2.dnn.blobFromImage(fitted, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
        heads = dict(zip(self._heads, self._nets.run(blob, self._heads), strict=True))
        found: list[Found] = []
        for name, stride, count in self._anchors:
            found += _blaze_faces(heads[f"classificator_{name}"], heads[f"regressor_{name}"], stride, count, threshold)
        return _inside(merge(found), scale, picture)


def _blaze_faces(scores: Floats, boxes: Floats, stride: int, count: int, threshold: float) -> list[Found]:
    """One head's answers: (1, count, rows, columns) logits and (1, 16 * count, rows, columns) offsets in pixels."""
    likely = 1 / (1 + np.exp(-np.clip(scores[0], -60, 60)))
    offsets = boxes[0].reshape(count, 16, *boxes.shape[2:])
    found = []
    for anchor, row, column in np.argwhere(likely >= threshold):
        dx, dy, width, height, *points = (float(value) for value in offsets[anchor, :, row, column])
        x, y = (column + 0.5) * stride, (row + 0.5) * stride
        # Points: right eye, left eye, nose, mouth, right ear, left ear.
        eyes = (points[0] + points[2]) / 2 + x, (points[1] + points[3]) / 2 + y
        mouth = points[6] + x, points[7] + y
        size = (width + height) / 2
        if size > 0:
            found.append(Found(x + dx, y + dy, size, eyes, mouth, float(likely[anchor, row, column])))
    return found


class CenterFace:
    """CenterFace: about 80 ms for 640 x 384 on one core; faces from 10 pixels of its input."""

    # Its outputs: heat map, logs of heights and widths, offsets of centres; one cell for 4 pixels
    # (Xu et al. 2019, "CenterFace: Joint Face Detection and Alignment Using Face as Point").
    _heads = ("537", "538", "539")
    _cell = 4

    def __init__(self, path: Path) -> None:
        self._nets = _Nets(cv2.dnn.readNetFromONNX, path)

    def detect(self, picture: Picture, long_side: int, threshold: float = 0.5) -> list[Found]:
        """The faces in a BGR picture, looked at with its longer side scaled to ``long_side``; best first."""
        fitted, scale = _fit(picture, long_side, enlarge=False)
        heat, sizes, offsets = self._nets.run(cv2.dnn.blobFromImage(fitted, 1.0, swapRB=True), self._heads)
        found = []
        for row, column in np.argwhere(heat[0, 0] >= threshold):
            height, width = (float(np.exp(min(value, 8.0))) * self._cell for value in sizes[0, :, row, column])
            y, x = (
                (at + float(offset) + 0.5) * self._cell
                for at, offset in zip((row, column), offsets[0, :, row, column], strict=True)
            )
            # Its boxes reach from the forehead to the chin. BlazeFace's squares are as large, and a little lower.
            y, size = y + 0.06 * height, float(np.sqrt(width * height))
            eyes, mouth = (x, y - 0.225 * size), (x, y + 0.225 * size)
            found.append(Found(x, y, size, eyes, mouth, float(heat[0, 0, row, column])))
        return _inside(merge(found), scale, picture)


def _inside(found: list[Found], scale: float, picture: Picture) -> list[Found]:
    """The faces in pixels of the picture; those in what it was padded with are none."""
    height, width = picture.shape[:2]
    faces = (face.moved(scale, 0, 0) for face in found)
    return [face for face in faces if 0 <= face.x <= width and 0 <= face.y <= height]


def _fit(picture: Picture, long_side: int, *, enlarge: bool) -> tuple[Picture, float]:
    """The picture scaled and padded with black to multiples of the stride, and the scale."""
    height, width = picture.shape[:2]
    scale = long_side / max(height, width)
    if not enlarge:
        scale = min(scale, 1.0)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = picture if size == (width, height) else cv2.resize(picture, size, interpolation=how)
    below, beside = (-length % _STRIDE for length in scaled.shape[:2])
    if below or beside:
        scaled = cv2.copyMakeBorder(scaled, 0, below, 0, beside, cv2.BORDER_CONSTANT)
    return np.asarray(scaled, np.uint8), scale


def merge(found: list[Found], overlap: float = 0.3) -> list[Found]:
    """One face for those that overlap by more than ``overlap`` (intersection over union), the mean by score.

    A mean of overlapping answers moves less from picture to picture than the best of them (BlazeFace paper, 2019).
    """
    left = sorted(found, key=lambda face: -face.score)
    merged = []
    while left:
        best = left[0]
        same = [face for face in left if iou(best, face) > overlap]
        left = [face for face in left[1:] if iou(best, face) <= overlap]
        merged.append(_mean(same))
    return merged


def _mean(faces: list[Found]) -> Found:
    rows = np.array([(face.x, face.y, face.size, *face.eyes, *face.mouth) for face in faces])
    scores = np.array([face.score for face in faces])
    x, y, size, eye_x, eye_y, mouth_x, mouth_y = (rows * scores[:, None]).sum(0) / scores.sum()
    return Found(
        float(x),
        float(y),
        float(size),
        (float(eye_x), float(eye_y)),
        (float(mouth_x), float(mouth_y)),
        float(scores.max()),
    )


def iou(one: Found, other: Found) -> float:
    """Intersection over union of two squares."""
    reach = (one.size + other.size) / 2
    wide = min(reach - abs(one.x - other.x), one.size, other.size)
    high = min(reach - abs(one.y - other.y), one.size, other.size)
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / (one.size**2 + other.size**2 - wide * high)
