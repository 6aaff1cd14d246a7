from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from cutroom.perception.apartness import Thumbs
from cutroom.perception.facecam import FacecamFinder
from tests.support.facecam_films import FALSE, TRUE
from tests.support.seen import background

Picture = npt.NDArray[np.uint8]
SIZE = (640, 360)


def backdrop(t: float, *, still: bool) -> Picture:
    number = 10
    x, y = (40, 30) if still else (round(60 + 55 * np.sin(1.1 * t)), round(40 + 38 * np.sin(0.8 * t)))
    part = background(number)[y : y + 720, x : x + 1280]
    return np.asarray(cv2.resize(part, SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def head(picture: Picture, t: float, centre: tuple[int, int], size: int) -> tuple[float, float, float]:
    """A head that sways, as bright as it gets: only its place matters here."""
    x, y = centre[0] + 4 * np.sin(1.7 * t), centre[1] + 2 * np.sin(2.3 * t)
    cv2.ellipse(picture, (round(x), round(y)), (size // 2, round(size * 0.65)), 0, 0, 360, (150, 180, 220), -1)
    return float(x), float(y), float(size)


def found(box: tuple[int, int, int, int] | None, *, still: bool = False, moving: bool = True) -> list[float] | None:
    """What is found of a little picture at left, top, width, height; None: a head before a room."""
    finder = FacecamFinder()
    room = cv2.GaussianBlur(cv2.resize(background(3)[:360, :640], SIZE), (0, 0), 3)
    for step in range(12):
        t = step / 2
        picture = backdrop(t if moving else 0.0, still=still).copy()
        if box is None:
            face = head(picture, t, (320, 150), 50)
        else:
            left, top, width, height = box
            picture[top : top + height, left : left + width] = room[:height, :width]
            inside = picture[top : top + height, left : left + width]
            x, y, size = head(inside, t, (width // 2, height // 2), min(width, height) // 3)
            face = (x + left, y + top, size)
        finder.look(t, picture, [face])
    seen = finder.box()
    return None if seen is None else [seen.x * 640, seen.y * 360, seen.width * 640, seen.height * 360]


@pytest.mark.slow
@pytest.mark.parametrize("box", [(480, 250, 150, 100), (0, 240, 180, 120), (520, 0, 120, 120), (450, 120, 140, 140)])
def test_the_little_picture_is_found_to_the_pixel(box: tuple[int, int, int, int]) -> None:
    assert found(box) == pytest.approx(box, abs=1.5)


@pytest.mark.slow
def test_a_head_before_a_room_is_no_facecam() -> None:
    assert found(None, still=True) is None
    assert found(None, moving=True) is None


def test_where_nothing_around_changes_it_may_be_a_window_or_a_door() -> None:
    assert found((480, 250, 150, 100), moving=False) is None


def test_a_face_that_is_there_now_and_then_is_no_facecam() -> None:
    finder = FacecamFinder()
    for step in range(40):
        finder.look(step / 2, backdrop(step / 2, still=False), [(500, 250, 40)] if step % 5 == 0 else [])
    assert finder.box() is None


def looked_at(make: str, seed: int, seconds: float = 8.0) -> FacecamFinder:
    finder = FacecamFinder()
    for t, picture, faces in ({**TRUE, **FALSE})[make](np.random.default_rng(seed)).looks(seconds):
        finder.look(t, picture, faces)
    return finder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "seed"),
    [("barred", 1), ("shelves", 6), ("blurred sides", 2), ("lecture", 4), ("car", 2)],
)
def test_straight_edges_round_a_head_are_no_facecam(kind: str, seed: int) -> None:
    assert looked_at(kind, seed).box() is None


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["photo on slides", "wall picture"])
def test_a_photograph_of_a_person_is_no_facecam(kind: str) -> None:
    assert looked_at(kind, 0).box() is None


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(TRUE))
def test_over_games_pages_and_bars_it_is_found(kind: str) -> None:
    made = TRUE[kind](np.random.default_rng(2))
    seen = looked_at(kind, 2, 12.0).box()
    assert seen is not None
    assert made.box is not None
    assert [seen.x * 640, seen.y * 360, seen.width * 640, seen.height * 360] == pytest.approx(made.box, abs=8.5)


def test_what_is_remembered_of_a_long_film_is_bounded() -> None:
    thumbs = Thumbs()
    for level in range(1000):
        thumbs.add(np.full((90, 160), level % 256, np.float32))
    assert len(thumbs.kept) <= 160
    assert {int(one[0, 0]) % 8 for one in thumbs.kept} == {0}
