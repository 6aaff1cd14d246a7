from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.model.percepts import Look
from cutroom.perception import looks
from cutroom.perception.looks import Looks, fine_look, mapped, measure
from tests.support.shot_films import Image, photo, window
from tests.support.small_pictures import plain, planes_of

PICTURE = window(photo("astronaut.png"), (480, 480), (0.5, 0.5), 1.0)
MAPS = (
    looks.CONTRAST,
    looks.SATURATION,
    looks.SHARPNESS,
    looks.COMPLEXITY,
    looks.MOTION,
    looks.NOISE,
    looks.BLOCKINESS,
)


def look_of(image: Image) -> Look:
    gathered = Looks()
    gathered.add(0, measure(planes_of(image), None), fine_look(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)))
    return gathered.between(0, 10)


def blurred(image: Image, step: int) -> Image:
    return cv2.GaussianBlur(image, (0, 0), 0.6 * step) if step else image


def noisy(image: Image, step: int) -> Image:
    noise = np.random.default_rng(3).normal(0, 4 * step, image.shape[:2])[..., None]
    return (image + noise).clip(0, 255).astype(np.uint8)


def darkened(image: Image, step: int) -> Image:
    return cv2.convertScaleAbs(image, alpha=0.8**step)


def compressed(image: Image, step: int) -> Image:
    quality = (95, 60, 35, 20, 10)[step]
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    spoilt = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert spoilt is not None
    return spoilt


def burnt(image: Image, step: int) -> Image:
    return cv2.convertScaleAbs(image, alpha=1.6, beta=30 * step)


def flattened(image: Image, step: int) -> Image:
    return cv2.addWeighted(image, 1 - 0.2 * step, np.full_like(image, 128), 0.2 * step, 0)


def bleached(image: Image, step: int) -> Image:
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return cv2.addWeighted(image, 1 - 0.2 * step, grey, 0.2 * step, 0)


@pytest.mark.parametrize(
    ("spoilt", "what", "sign"),
    [
        (blurred, "sharpness", -1),
        (noisy, "noise", 1),
        (darkened, "brightness", -1),
        (compressed, "blockiness", 1),
        (burnt, "light_clipped", 1),
        (flattened, "contrast", -1),
        (bleached, "saturation", -1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["astronaut.png", "coffee.png", "chelsea.png"])
def test_a_worse_defect_always_shows(spoilt: Callable[[Image, int], Image], what: str, sign: int, name: str) -> None:
    image = window(photo(name), (400, 300), (0.5, 0.5), 1.0)
    ladder = [getattr(look_of(spoilt(image, step)), what) for step in range(5)]
    assert all((b - a) * sign > 0 for a, b in pairwise(ladder)), ladder


@pytest.mark.parametrize("points", MAPS)
@given(data=st.data())
def test_maps_rise_strictly_from_0_to_1(points: tuple[tuple[float, float], ...], data: Any) -> None:
    raw = data.draw(st.floats(0, points[-1][0] * 0.98))
    assert 0 <= mapped(raw, points) <= mapped(raw + points[-1][0] * 0.02, points) <= 1
    assert points[0] == (0.0, 0.0)
    assert points[-1][1] == 1.0
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(points))


@given(st.integers(0, 255), st.integers(0, 255))
def test_every_look_is_between_0_and_1(luma: int, other: int) -> None:
    gathered = Looks()
    gathered.add(0, measure(plain(luma), plain(other)), fine_look(np.full((64, 64), luma, np.uint8)))
    found = gathered.between(0, 1)
    assert all(0 <= getattr(found, name) <= 1 for name in Look.__slots__)
    assert found.brightness == pytest.approx(luma / 255, abs=0.01)


def test_movement_is_measured_against_the_picture_before() -> None:
    slow, fast = Looks(), Looks()
    at = [planes_of(window(photo("rocket.jpg"), (192, 108), (x, 0.5), 2)) for x in (0.3, 0.32, 0.5)]
    slow.add(0, measure(at[1], at[0]), None)
    fast.add(0, measure(at[2], at[0]), None)
    assert 0 < slow.between(0, 1).motion < fast.between(0, 1).motion


def test_black_bars_are_no_dark_pixels() -> None:
    barred = cv2.copyMakeBorder(PICTURE[:400], 60, 60, 0, 0, cv2.BORDER_CONSTANT)
    assert look_of(barred).dark_clipped == pytest.approx(look_of(PICTURE[:400]).dark_clipped, abs=0.02)
    assert look_of(barred).brightness == pytest.approx(look_of(PICTURE[:400]).brightness, abs=0.03)


def test_a_second_without_a_picture_looks_like_the_one_before() -> None:
    gathered = Looks()
    gathered.add(3, measure(plain(50), None), None)
    gathered.add(40, measure(plain(200), None), None)
    assert gathered.between(20, 30).brightness == pytest.approx(50 / 255, abs=0.01)
    assert gathered.between(0, 50).brightness == pytest.approx(125 / 255, abs=0.01)
