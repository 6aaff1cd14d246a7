from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cutroom.model.percepts import CameraMotion
from cutroom.perception.motion import Camera, CameraSense, camera, film_camera
from tests.support.shot_films import photo, window
from tests.support.small_pictures import planes_of

RATE = 25
Way = Callable[[float], tuple[float, float, float]]


def followed(way: Way, name: str = "rocket.jpg", seconds: float = 2.0) -> CameraSense:
    """``way`` gives x and y in heights of the picture, and the zoom, at a time."""
    image, sense = photo(name), CameraSense()
    for index in range(round(seconds * RATE)):
        x, y, zoom = way(index / RATE)
        # One height of the picture in shares of what the window can move by.
        height = min(image.shape[1] / 320, image.shape[0] / 180) / (1.6 * zoom) * 180
        room = image.shape[1] - height * 320 / 180, image.shape[0] - height
        centre = 0.5 + x * height / room[0], 0.5 + y * height / room[1]
        sense.push(index / RATE, planes_of(window(image, (320, 180), centre, 1.6 * zoom)).luma, cut=index == 0)
    return sense


@pytest.mark.parametrize(
    ("way", "motion"),
    [
        (lambda _t: (0.0, 0.0, 1.0), CameraMotion.STATIC),
        (lambda t: (0.12 * (t - 1), 0.0, 1.0), CameraMotion.PAN),
        (lambda t: (-0.12 * (t - 1), 0.01 * t, 1.0), CameraMotion.PAN),
        (lambda t: (0.0, 0.1 * (t - 1), 1.0), CameraMotion.TILT),
        (lambda t: (0.0, 0.0, 1.1**t), CameraMotion.ZOOM),
        (lambda t: (0.0, 0.0, 1.1**-t), CameraMotion.ZOOM),
        (lambda t: (0.015 * np.sin(17 * t), 0.02 * np.sin(23 * t + 1), 1.0), CameraMotion.HANDHELD),
    ],
    ids=["still", "right", "left", "down", "in", "out", "hand"],
)
def test_known_movements_are_told(way: Way, motion: CameraMotion) -> None:
    assert camera(followed(way).movements).motion == motion


@pytest.mark.parametrize("name", ["rocket.jpg", "coffee.png", "chelsea.png"])
def test_the_speed_of_a_pan_is_measured(name: str) -> None:
    rows = followed(lambda t: (0.1 * (t - 1), 0.0, 1.0), name).movements
    assert rows[:, 2].sum() / (rows[-1, 1] - rows[0, 0]) == pytest.approx(0.1, rel=0.1)
    assert abs(rows[:, 3].sum()) < 0.01


@pytest.mark.parametrize(
    ("speed", "motion"),
    [(-0.005, CameraMotion.PAN), (0.02, CameraMotion.PAN), (0.005, CameraMotion.TILT), (-0.05, CameraMotion.TILT)],
)
def test_slow_pans_and_tilts_are_told(speed: float, motion: CameraMotion) -> None:
    def way(t: float) -> tuple[float, float, float]:
        return (speed * (t - 2), 0.0, 1.0) if motion == CameraMotion.PAN else (0.0, speed * (t - 2), 1.0)

    sense = followed(way, "coffee.png", 4.0)
    assert camera(sense.movements, sense.drifts).motion == motion


@pytest.mark.parametrize("name", ["rocket.jpg", "chelsea.png"])
def test_a_camera_that_sways_in_the_wind_stands(name: str) -> None:
    sense = followed(lambda t: (0.004 * np.sin(1.3 * t), 0.003 * np.sin(1.1 * t + 1), 1.0), name, 6.0)
    assert camera(sense.movements, sense.drifts).motion == CameraMotion.STATIC


def test_growth_of_a_zoom_is_measured() -> None:
    rows = followed(lambda t: (0.0, 0.0, 1.15**t)).movements
    assert np.log1p(rows[:, 4]).sum() / (rows[-1, 1] - rows[0, 0]) == pytest.approx(np.log(1.15), rel=0.15)


def test_more_shake_is_more() -> None:
    def shaken(size: float) -> float:
        return camera(
            followed(lambda t: (size * np.sin(40 * t), size * np.sin(31 * t), 1.0), seconds=1.5).movements
        ).shake

    ladder = [shaken(size) for size in (0.0, 0.003, 0.008, 0.02)]
    assert ladder == sorted(set(ladder))


def test_a_plain_picture_tells_nothing_of_the_camera() -> None:
    sense = CameraSense()
    for index in range(20):
        sense.push(index / RATE, np.full((54, 96), 90, np.uint8), cut=False)
    assert camera(sense.movements) == Camera(CameraMotion.STATIC, 0.0, 0.0)


def test_a_film_is_what_most_of_it_is_or_mixed() -> None:
    pan, still = Camera(CameraMotion.PAN, 0, 4.0), Camera(CameraMotion.STATIC, 0, 5.0)
    assert film_camera([pan, still]) == CameraMotion.MIXED
    assert film_camera([pan, still, still]) == CameraMotion.STATIC
    assert film_camera([]) == CameraMotion.STATIC
