"""Letterboxes, colours, black and frozen stretches, and the choice of key frames: what does not move."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from cutroom.model.percepts import Border, CameraMotion, Look, Shot, Span, Transition
from cutroom.perception.colours import ColourSense
from cutroom.perception.freeze import StillSense
from cutroom.perception.keyframes import MOST, KeyframeSense
from cutroom.perception.letterbox import LetterboxSense
from tests.support.shot_films import Image, photo, window
from tests.support.small_pictures import plain, planes_of

LOOK = Look(0.5, 0.5, 0.5, 0.5, 0.5, 0.0)


def grey(image: Image) -> Image:
    return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def border_of(pictures: list[Image]) -> Border | None:
    sense = LetterboxSense()
    for picture in pictures:
        sense.push(picture)
    return sense.border()


def lit(names: tuple[str, ...], height: int = 270, width: int = 480, dim: float = 1.0) -> list[Image]:
    whole = [window(photo(name), (width, height), (0.5, 0.5), 1.2) for name in names]
    return [grey(cv2.convertScaleAbs(picture, alpha=dim)) for picture in whole]


NAMES = ("coffee.png", "astronaut.png", "chelsea.png", "brick.png")


@pytest.mark.parametrize("bars", [(36, 36, 0, 0), (0, 0, 60, 60), (20, 40, 0, 0)])
def test_bars_are_measured_to_a_line_or_two(bars: tuple[int, int, int, int]) -> None:
    top, bottom, left, right = bars
    pictures = [cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_CONSTANT) for picture in lit(NAMES)]
    found = border_of(pictures)
    assert found is not None
    assert np.allclose((found.top, found.bottom, found.left, found.right), bars, atol=2)


def test_dark_scenes_are_no_bars() -> None:
    dark = lit(NAMES, dim=0.15)
    shaded = [(picture * np.linspace(0, 1, 270)[:, None]).astype(np.uint8) for picture in lit(NAMES)]
    assert border_of(dark) is None
    assert border_of(shaded) is None
    assert border_of(lit(NAMES)) is None


def test_one_picture_without_bars_is_enough_for_there_to_be_none() -> None:
    barred = [cv2.copyMakeBorder(picture, 30, 30, 0, 0, cv2.BORDER_CONSTANT) for picture in lit(NAMES, height=210)]
    assert border_of(barred) is not None
    assert border_of(barred + lit(("brick.png",))) is None


def test_colours_are_those_painted_in_their_shares() -> None:
    image = np.zeros((108, 192, 3), np.uint8)
    image[:, :96], image[:, 96:154], image[:, 154:] = (200, 60, 30), (40, 180, 230), (240, 240, 240)
    sense = ColourSense()
    sense.push(planes_of(image))
    found = sense.colours()
    assert [colour.share for colour in found] == pytest.approx([0.5, 0.3, 0.2], abs=0.03)
    wanted = [(30, 60, 200), (230, 180, 40), (240, 240, 240)]
    got = [tuple(int(colour.hex[k : k + 2], 16) for k in (1, 3, 5)) for colour in found]
    assert np.abs(np.array(got) - np.array(wanted)).max() < 40


def test_colours_are_few_and_the_same_every_time() -> None:
    def found() -> object:
        sense = ColourSense()
        for name in NAMES:
            sense.push(planes_of(photo(name)))
        return sense.colours()

    assert found() == found()
    assert 1 <= len(found()) <= 5  # type: ignore[arg-type]
    assert ColourSense().colours() == ()


def test_black_and_frozen_stretches_are_found() -> None:
    sense = StillSense()
    for index in range(250):
        t = index / 25
        if 2 <= t < 3:
            picture = plain(4)
        elif 5 <= t < 7:
            picture = planes_of(window(photo("coffee.png"), (192, 108), (0.5, 0.5), 1.5))
        else:
            picture = planes_of(window(photo("coffee.png"), (192, 108), (0.2 + 0.05 * t, 0.5), 1.5))
        sense.push(t, picture)
    sense.finish(10.0)
    assert sense.black == [Span(2.0, 3.0)]
    assert sense.freezes == [Span(5.0, 7.0)]


def test_noise_does_not_thaw_a_frozen_picture_and_small_things_do() -> None:
    rng, base = np.random.default_rng(0), planes_of(photo("coffee.png")).luma.astype(int)
    noise, dot = StillSense(), StillSense()
    for index in range(50):
        moved = plain(0)
        noise.push(
            index / 25,
            type(moved)((base + rng.integers(-1, 2, base.shape)).clip(0, 255).astype(np.uint8), moved.chroma),
        )
        with_dot = base.astype(np.uint8)
        with_dot[20:26, index : index + 6] = 255
        dot.push(index / 25, type(moved)(with_dot, moved.chroma))
    noise.finish(2.0)
    dot.finish(2.0)
    assert noise.freezes == [Span(0.0, 2.0)]
    assert dot.freezes == []


def soft() -> Image:
    """Wide soft blobs: a slow pan changes them by less than a codec does."""
    blobs = np.random.default_rng(3).integers(60, 180, (12, 24), np.uint8)
    return cv2.resize(blobs, (2560, 1440), interpolation=cv2.INTER_CUBIC)


def freezes_of(pictures: list[Image]) -> list[Span]:
    sense, moved = StillSense(), plain(0)
    for index, picture in enumerate(pictures):
        small = cv2.resize(picture, (96, 54), interpolation=cv2.INTER_AREA)
        sense.push(index / 25, type(moved)(small, moved.chroma))
    sense.finish(len(pictures) / 25)
    return sense.freezes


@pytest.mark.parametrize(("pan", "zoom"), [(6.0, 0.0), (3.0, 0.0), (0.0, 0.01), (0.0, -0.02)])
def test_a_slow_pan_or_zoom_over_soft_things_is_no_freeze(pan: float, zoom: float) -> None:
    moves = [(1 + zoom * index / 25, pan * index / 25) for index in range(75)]
    pictures = [
        cv2.warpAffine(soft(), np.array([[k, 0, (1 - k) * 640 - x], [0, k, (1 - k) * 360]], np.float32), (1280, 720))
        for k, x in moves
    ]
    assert freezes_of(pictures) == []
    # Where it stood before it moved it was frozen.
    stood = freezes_of([pictures[0]] * 50 + pictures)
    assert [span.start for span in stood] == [0.0]
    assert 2.0 <= stood[0].end < 3.0


@pytest.mark.parametrize("name", ["coffee.png", "brick.png"])
def test_a_frozen_picture_stays_one_however_roughly_it_is_coded(name: str) -> None:
    whole = grey(window(photo(name), (640, 360), (0.5, 0.5), 1.2))
    coded = [cv2.imencode(".jpg", whole, [cv2.IMWRITE_JPEG_QUALITY, quality])[1] for quality in (35, 40, 45)]
    rough: list[Image] = [np.asarray(cv2.imdecode(one, cv2.IMREAD_GRAYSCALE), np.uint8) for one in coded]
    assert not any(np.array_equal(rough[0], one) for one in rough[1:])
    assert freezes_of([rough[index // 8 % 3] for index in range(75)]) == [Span(0.0, 3.0)]


def shot(start: float, end: float) -> Shot:
    first = round(start * 25)
    return Shot(Fraction(start), Fraction(end), first, Transition.CUT, LOOK, CameraMotion.STATIC, 0.0)


def test_a_key_frame_is_sharp_lit_and_well_inside() -> None:
    sense = KeyframeSense()
    sharp = window(photo("coffee.png"), (192, 108), (0.5, 0.5), 1.2)
    for index in range(100):
        t = index / 25
        picture = np.zeros_like(sharp) if t < 1 else sharp if 2 <= t < 2.4 else cv2.GaussianBlur(sharp, (0, 0), 5)
        sense.push(index, t, planes_of(picture))
    chosen = sense.choose([shot(0, 4)], lambda _number: 0)
    assert len(chosen) == 1
    assert 50 <= chosen[0].index < 60
    near = sense.choose([shot(0, 4)], lambda number: 0 if number < 40 else 3000)
    assert 25 <= near[0].index < 40


def test_key_frames_are_bounded_and_black_shots_have_none() -> None:
    sense, shots = KeyframeSense(), [shot(k, k + (2 if k == 900 else 1)) for k in range(300)]
    picture = planes_of(photo("coffee.png"))
    for k in range(300):
        sense.push(25 * k + 12, k + 0.5, plain(0) if k == 7 else picture)
    chosen = sense.choose(shots, lambda _number: 0)
    assert len(chosen) <= MOST
    assert chosen[0].shot == 0
    assert 7 not in {choice.shot for choice in chosen}
    assert KeyframeSense().choose([shot(0, 1)], lambda _number: 0)[0].index == 0
