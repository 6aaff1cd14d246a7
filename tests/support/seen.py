"""Pictures with known truth: faces of photographs in wheels on backgrounds, drawn texts, and a loop that shows them."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import skimage.data
from PIL import Image, ImageDraw, ImageFont

Picture = npt.NDArray[np.uint8]
WIDTH, HEIGHT = 1280, 720
FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"


class Sense(Protocol):
    """A sense of the pictures, as the loop knows it."""

    def wants(self, t: float, index: int, small: Any, cut: bool) -> int | None: ...
    def look(self, t: float, index: int, picture: Any) -> None: ...
    def cut(self, t: float) -> None: ...
    def finish(self, duration: float) -> None: ...


def show(sense: Sense, pictures: Iterable[Picture], fps: float, cuts: tuple[int, ...] = ()) -> float:
    """Show pictures to a sense as the loop does, ``cuts`` half a second late; the duration in seconds."""
    number = 0
    for number, picture in enumerate(pictures):
        t = number / fps
        small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (96, 54), interpolation=cv2.INTER_AREA)
        for cut in cuts:
            if number == cut + round(fps / 2):
                sense.cut(cut / fps)
        width = sense.wants(t, number, small, number in cuts)
        if width is not None:
            high, wide = picture.shape[:2]
            size = (width, round(high * width / wide)) if 0 < width < wide else (wide, high)
            sense.look(t, number, cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    duration = (number + 1) / fps
    sense.finish(duration)
    return duration


@dataclass(frozen=True)
class Portrait:
    """A photograph of a person: where its face is (the square from the eyebrows to the chin), in its pixels."""

    picture: Picture
    x: float
    y: float
    size: float


@functools.cache
def portraits() -> dict[str, Portrait]:
    """Eileen Collins (NASA, from scikit-image) and Grace Hopper (US Navy, from matplotlib); both public domain."""
    astronaut = np.ascontiguousarray(_photo("astronaut")[:, :, ::-1])
    hopper = np.asarray(cv2.imread(str(Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg")), np.uint8)
    return {"astronaut": Portrait(astronaut, 225, 126, 104), "hopper": Portrait(hopper, 266, 236, 197)}


def _photo(name: str) -> Picture:
    load: Any = getattr(skimage.data, name)
    return np.asarray(load(), np.uint8)


@functools.cache
def small_faces() -> npt.NDArray[np.uint8]:
    """A hundred faces of a hundred people, 25 x 25 grey pixels each (the part of LFW in scikit-image)."""
    folder = Path(skimage.data.__file__ or "").parent
    return np.asarray(np.load(folder / "lfw_subset.npy")[:100] * 255, np.uint8)


@functools.cache
def background(number: int, width: int = WIDTH + 120, height: int = HEIGHT + 80) -> Picture:
    """Something without a face, a little larger than a picture: photographs of things, and 1/f noise with shapes."""
    names = ("coffee", "rocket", "brick", "grass", "gravel", "hubble_deep_field", "retina", "moon", "coins", "cat")
    if number < len(names):
        photo = np.atleast_3d(_photo(names[number]))[:, :, ::-1]
        photo = np.ascontiguousarray(np.broadcast_to(photo, (*photo.shape[:2], 3)))
        scale = max(width / photo.shape[1], height / photo.shape[0])
        large = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        return np.ascontiguousarray(large[:height, :width])
    rng = np.random.default_rng(number)
    distance = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    distance[0, 0] = 1
    spectrum = np.fft.rfft2(rng.standard_normal((height, width))) / distance**1.2
    noise = np.fft.irfft2(spectrum, s=(height, width))
    plane = np.clip((noise - noise.mean()) / noise.std() * 30 + rng.integers(60, 180), 0, 255).astype(np.uint8)
    picture: Picture = cv2.cvtColor(plane, cv2.COLOR_GRAY2BGR)
    for _ in range(12):
        x, y, wide, high = (int(value) for value in rng.integers((0, 0, 20, 20), (width, height, 300, 200)))
        colour = tuple(int(value) for value in rng.integers(0, 255, 3))
        cv2.rectangle(picture, (x, y), (x + wide, y + high), colour, -1)
    return picture


def place(picture: Picture, portrait: Portrait, centre: tuple[float, float], size: float, roll: float = 0) -> Picture:
    """The picture with the head and shoulders of a portrait, its face of ``size`` at ``centre``, turned by ``roll``."""
    scale = size / portrait.size
    source = portrait.picture
    if scale <= 0.7:
        source = np.asarray(cv2.GaussianBlur(source, (0, 0), 0.45 / scale), np.uint8)
    matrix = cv2.getRotationMatrix2D((portrait.x, portrait.y), roll, scale)
    matrix[0, 2] += centre[0] - portrait.x
    matrix[1, 2] += centre[1] - portrait.y
    mask = np.zeros(source.shape[:2], np.float32)
    x, y, side = round(portrait.x), round(portrait.y), portrait.size
    cv2.ellipse(mask, (x, round(y - 0.12 * side)), (round(0.75 * side), round(side)), 0, 0, 360, (1.0,), -1)
    cv2.rectangle(mask, (round(x - side), round(y + 0.75 * side)), (round(x + side), len(mask) - 3), 1, -1)
    return _laid(picture, source, mask, np.asarray(matrix, np.float64), centre, 5 * size)


def place_small(picture: Picture, number: int, centre: tuple[float, float], size: float) -> Picture:
    """The picture with one of the hundred small faces, without hair or neck."""
    face = cv2.cvtColor(small_faces()[number], cv2.COLOR_GRAY2BGR)
    mask = np.zeros(face.shape[:2], np.float32)
    cv2.ellipse(mask, (12, 12), (12, 13), 0, 0, 360, 1, -1)
    scale = size / 20
    matrix = np.array([[scale, 0, centre[0] - 12 * scale], [0, scale, centre[1] - 13 * scale]])
    return _laid(picture, face, mask, matrix, centre, 2 * size)


def _laid(
    picture: Picture, source: Picture, mask: npt.NDArray[np.float32], matrix: npt.NDArray[np.float64],
    centre: tuple[float, float], reach: float,
) -> Picture:  # fmt: skip
    """Lay ``source`` over a picture, working only where it can be."""
    high, wide = picture.shape[:2]
    left, right = (int(np.clip(centre[0] + side * reach, 0, wide)) for side in (-1, 1))
    top, bottom = (int(np.clip(centre[1] + side * reach, 0, high)) for side in (-1, 1))
    local = matrix.copy()
    local[:, 2] -= left, top
    size = (right - left, bottom - top)
    warped = cv2.warpAffine(source, local, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(cv2.warpAffine(mask, local, size, flags=cv2.INTER_LINEAR), (0, 0), 1)[..., None]
    result = picture.copy()
    under = result[top:bottom, left:right].astype(np.float32)
    result[top:bottom, left:right] = (under * (1 - soft) + warped * soft).astype(np.uint8)
    return result


def moved(number: int, t: float) -> Picture:
    """A background under a camera that sways."""
    x, y = round(60 + 50 * np.sin(0.9 * t + number)), round(40 + 30 * np.sin(0.7 * t))
    return np.ascontiguousarray(background(number)[y : y + HEIGHT, x : x + WIDTH])


def noisy(picture: Picture, rng: np.random.Generator, strength: float) -> Picture:
    """The picture with grain, its standard deviation in luma steps."""
    grain = rng.standard_normal(picture.shape[:2], np.float32) * np.float32(strength)
    return np.asarray(cv2.add(picture, cv2.merge([grain, grain, grain]), dtype=cv2.CV_8U), np.uint8)


@dataclass(frozen=True)
class Writing:
    """How a text is drawn: ``letters`` is the height of its capitals in pixels."""

    text: str
    at: tuple[int, int]
    letters: int
    font: str = "DejaVuSans-Bold.ttf"
    colour: tuple[int, int, int] = (255, 255, 255)
    outline: int = 0
    box: tuple[int, int, int, int] | None = None


@functools.cache
def _font(name: str, letters: int) -> ImageFont.FreeTypeFont:
    probe = ImageFont.truetype(str(FONTS / name), 200)
    _, top, _, bottom = probe.getbbox("H")
    return ImageFont.truetype(str(FONTS / name), round(letters * 200 / (bottom - top)))


def fits(writing: Writing) -> bool:
    """Whether all of it is seen, at the left border if it must."""
    return _font(writing.font, writing.letters).getlength(writing.text) <= WIDTH - 18


def write(picture: Picture, writing: Writing) -> Picture:
    """The picture with a text, kept within its width."""
    font = _font(writing.font, writing.letters)
    drawn = Image.fromarray(picture[:, :, ::-1])
    pen = ImageDraw.Draw(drawn, "RGBA")
    x, y = writing.at
    x = max(8, min(x, picture.shape[1] - 10 - round(pen.textlength(writing.text, font))))
    if writing.box is not None:
        left, top, right, bottom = pen.textbbox((x, y), writing.text, font=font)
        pen.rectangle((left - 12, top - 8, right + 12, bottom + 8), fill=writing.box)
    pen.text(
        (x, y), writing.text, font=font, fill=writing.colour, stroke_width=writing.outline, stroke_fill=(0, 0, 0)
    )  # fmt: skip
    return np.ascontiguousarray(np.asarray(drawn)[:, :, ::-1])
