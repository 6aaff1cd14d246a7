from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import cv2
import numpy as np
import pytest

from cutroom.model.percepts import Box, CameraMotion, FaceAt, FaceTrack, Look, Shot, ShotSize, Transition
from cutroom.perception.shots import Boundary, ShotFinder, shot_size
from tests.support.shot_films import (
    Image,
    Plan,
    drawn,
    film,
    glow,
    page,
    photo,
    photograph,
    talking,
    texture,
    window,
)
from tests.support.small_pictures import planes_of

RATE = 25
SIZE = (192, 108)


def found(pictures: Iterable[Image], rate: int = RATE) -> tuple[list[Boundary], ShotFinder]:
    told: list[Boundary] = []
    finder = ShotFinder(lambda _first, _last: (), told.append)
    for index, picture in enumerate(pictures):
        finder.push(index, Fraction(index, rate), planes_of(picture), after_gap=False)
    boundaries = list(finder.finish())
    assert sorted(told, key=lambda boundary: boundary.t) == boundaries
    return boundaries, finder


def look_at(name: str, centre: tuple[float, float] = (0.5, 0.5), zoom: float = 1.3) -> Image:
    return window(photo(name), SIZE, centre, zoom)


def mixed(one: Image, other: Image, share: float) -> Image:
    return cv2.addWeighted(one, 1 - share, other, share, 0)


ONE, OTHER = look_at("astronaut.png"), look_at("coffee.png")


@pytest.mark.parametrize("rate", [12, 25, 60])
def test_a_cut_is_found_at_its_picture(rate: int) -> None:
    boundaries, _ = found([ONE] * rate + [OTHER] * rate, rate)
    assert boundaries == [Boundary(rate, Fraction(1), Transition.CUT)]


def test_many_cuts_between_moving_shots_are_all_found() -> None:
    rng = np.random.default_rng(5)
    scenes = [kind(rng, SIZE, "slow") for kind in (photograph, texture, talking, photograph, drawn, page, texture)]
    pictures = [scene(k / RATE) for scene in scenes for k in range(20)]
    boundaries, _ = found(pictures)
    assert [(b.index, b.kind) for b in boundaries] == [(20 * k, Transition.CUT) for k in range(1, 7)]


def test_a_jump_within_a_scene_is_a_cut() -> None:
    pictures = [look_at("rocket.jpg", (0.2 + 0.002 * k, 0.3), 2) for k in range(30)]
    pictures += [look_at("rocket.jpg", (0.6 + 0.002 * k, 0.5), 2) for k in range(30)]
    boundaries, _ = found(pictures)
    assert [b.index for b in boundaries] == [30]


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_flash_is_no_cut(length: int) -> None:
    bright = mixed(ONE, np.full_like(ONE, 250), 0.75)
    boundaries, finder = found([ONE] * 30 + [bright] * length + [ONE] * 30)
    assert boundaries == []
    assert [(flash.start, flash.end) for flash in finder.flashes] == [(Fraction(30, RATE), Fraction(30 + length, RATE))]


@pytest.mark.parametrize("step", [0.03, 0.06, 0.1])
def test_a_whip_pan_is_no_cut(step: float) -> None:
    def at(k: int) -> Image:
        moved = float(np.clip(k - 25, 0, 8)) * step
        picture = look_at("motorcycle_left.png", (0.05 + moved, 0.5), 1.6)
        return cv2.blur(picture, (9, 1)) if 25 < k <= 33 else picture

    assert found([at(k) for k in range(60)])[0] == []


def test_a_shaking_camera_is_no_cut() -> None:
    rng = np.random.default_rng(1)
    places = 0.5 + rng.normal(0, 0.04, (60, 2)).clip(-0.1, 0.1)
    assert found([look_at("chelsea.png", (x, y), 1.5) for x, y in places])[0] == []


def test_noise_alone_is_no_cut() -> None:
    rng = np.random.default_rng(2)
    assert found([rng.integers(0, 255, (108, 192, 3), np.uint8) for _ in range(60)])[0] == []


@pytest.mark.parametrize("seconds", [0.32, 0.6, 1.0, 1.48])
def test_a_dissolve_is_found_in_its_middle(seconds: float) -> None:
    length = round(seconds * RATE)
    middle = [mixed(ONE, OTHER, (k + 1) / (length + 1)) for k in range(length)]
    boundaries, _ = found([ONE] * 40 + middle + [OTHER] * 40)
    assert [b.kind for b in boundaries] == [Transition.DISSOLVE]
    assert abs(boundaries[0].index - (40 + length / 2)) <= 3


@pytest.mark.parametrize("through", [0, 255])
def test_a_fade_is_one_boundary_where_the_new_shot_appears(through: int) -> None:
    length, plain = 12, np.full_like(ONE, through)
    out = [mixed(ONE, plain, (k + 1) / length) for k in range(length)]
    back = [mixed(plain, OTHER, (k + 1) / length) for k in range(length)]
    boundaries, _ = found([ONE] * 40 + out + back + [OTHER] * 40)
    assert [b.kind for b in boundaries] == [Transition.FADE]
    assert 40 + length - 1 <= boundaries[0].index <= 40 + length + 3


def test_fading_in_at_the_beginning_and_out_at_the_end_begins_no_shot() -> None:
    plain = np.zeros_like(ONE)
    rise = [mixed(plain, ONE, k / 15) for k in range(15)]
    assert found([plain] * 10 + rise + [ONE] * 40 + rise[::-1] + [plain] * 10)[0] == []


def test_a_slow_zoom_and_growing_light_are_no_dissolve() -> None:
    zoom = [look_at("chelsea.png", (0.5, 0.5), 1.2 + 0.01 * k) for k in range(75)]
    light = [cv2.convertScaleAbs(ONE, alpha=0.5 + 0.5 * k / 60) for k in range(60)]
    assert found(zoom)[0] == found(light)[0] == []


def test_a_cut_between_pictures_that_were_left_out_is_looked_for_again() -> None:
    asked = []

    def again(first: int, last: int) -> list[tuple[int, Fraction, object]]:
        asked.append((first, last))
        shown = [ONE, ONE, OTHER, OTHER]
        return [(k, Fraction(k, RATE), planes_of(shown[k - first])) for k in range(first, last + 1)]

    finder = ShotFinder(again, lambda _boundary: None)  # type: ignore[arg-type]
    for index in range(0, 120, 3):
        picture = ONE if index <= 60 else OTHER
        finder.push(index, Fraction(index, RATE), planes_of(picture), after_gap=True)
    assert finder.finish() == (Boundary(62, Fraction(62, RATE), Transition.CUT),)
    assert asked == [(60, 63)]


def barred(picture: Image, share: float = 0.13) -> Image:
    rows = round(SIZE[1] * share)
    inner = cv2.resize(picture, (SIZE[0], SIZE[1] - 2 * rows), interpolation=cv2.INTER_AREA)
    return cv2.copyMakeBorder(inner, rows, rows, 0, 0, cv2.BORDER_CONSTANT, value=0)


def test_between_black_bars_dark_is_like_light_but_not_the_same() -> None:
    boiling = [cv2.convertScaleAbs(glow(np.random.default_rng(3), SIZE)(k / RATE), alpha=0.5) for k in range(40)]
    boundaries, _ = found([barred(np.full_like(ONE, 128))] * 40 + [barred(picture) for picture in boiling])
    assert [(b.index, b.kind) for b in boundaries] == [(40, Transition.CUT)]


@pytest.mark.parametrize("through", [0, 255])
def test_a_fade_between_black_bars_is_found(through: int) -> None:
    length, plain = 12, np.full_like(ONE, through)
    out = [mixed(ONE, plain, (k + 1) / length) for k in range(length)]
    back = [mixed(plain, OTHER, (k + 1) / length) for k in range(length)]
    boundaries, _ = found([barred(picture) for picture in [ONE] * 40 + out + back + [OTHER] * 40])
    assert [b.kind for b in boundaries] == [Transition.FADE]


def test_a_short_fade_need_not_become_quite_black() -> None:
    shares = (0.4, 0.8, 0.86, 0.4)
    plain = np.zeros_like(ONE)
    middle = [mixed(one, plain, share) for one, share in zip((ONE, ONE, OTHER, OTHER), shares, strict=True)]
    boundaries, _ = found([ONE] * 20 + middle + [OTHER] * 20, 12)
    assert [b.kind for b in boundaries] == [Transition.FADE]


def test_a_dark_shot_between_two_light_ones_is_no_fade() -> None:
    stars = cv2.convertScaleAbs(look_at("hubble_deep_field.jpg"), alpha=0.5)
    boundaries, _ = found([ONE] * 30 + [stars] * 40 + [OTHER] * 30)
    assert [(b.index, b.kind) for b in boundaries] == [(30, Transition.CUT), (70, Transition.CUT)]


@pytest.mark.parametrize("rate", [24, 50, 60])
def test_animation_that_moves_a_few_times_a_second_is_no_cut(rate: int) -> None:
    scene = drawn(np.random.default_rng(206), SIZE)
    assert found([scene(k / rate) for k in range(3 * rate)], rate)[0] == []


def test_what_boils_and_flickers_is_no_cut_but_what_follows_is() -> None:
    rng = np.random.default_rng(211)
    fires = [glow(rng, SIZE) for _ in range(4)]
    boundaries, _ = found([scene(k / RATE) for scene in fires for k in range(30)])
    assert [(b.index, b.kind) for b in boundaries] == [(30 * k, Transition.CUT) for k in range(1, 4)]


def test_a_cut_right_after_a_whip_pan_has_begun_is_at_its_picture() -> None:
    blurred = [cv2.blur(look_at("brick.png", (0.2 + 0.07 * k, 0.5), 2), (24, 1)) for k in range(2)]
    boundaries, _ = found([look_at("brick.png", (0.2, 0.5), 2)] * 30 + blurred + [OTHER] * 30)
    assert [b.index for b in boundaries] == [32]


def test_a_leap_that_full_decoding_does_not_show_is_no_cut() -> None:
    """Without its loop filter a decoder drifts away from the film until the next key frame."""
    drifted = look_at("grass.png", (0.5, 0.5), 1.3)
    restored = drifted.copy()
    restored[:54, :80] = look_at("brick.png", (0.3, 0.3), 2)[:54, :80]
    pictures = [drifted] * 30 + [restored] * 30
    assert [b.index for b in found(pictures)[0]] == [30]
    finder = ShotFinder(
        lambda first, last: [(k, Fraction(k, RATE), planes_of(restored)) for k in range(first, last + 1)],
        lambda _boundary: None,
    )
    for index, picture in enumerate(pictures):
        finder.push(index, Fraction(index, RATE), planes_of(picture), after_gap=False)
    assert finder.finish() == ()


def test_many_small_changes_between_two_analysed_pictures_are_no_cut() -> None:
    def at(index: int) -> Image:
        return look_at("motorcycle_left.png", (0.1 + 0.1 * float(np.clip(index - 30, 0, 6)), 0.5), 1.6)

    finder = ShotFinder(
        lambda first, last: [(k, Fraction(k, 60), planes_of(at(k))) for k in range(first, last + 1)],
        lambda _boundary: None,
    )
    for index in range(0, 90, 6):
        finder.push(index, Fraction(index, 60), planes_of(at(index)), after_gap=True)
    assert finder.finish() == ()


def test_what_is_known_of_a_made_film_can_be_seen_in_it() -> None:
    truth, pictures = film(Plan(7, 12, SIZE, shortest=0.6, soft=0.5))
    assert len(list(pictures)) == truth.frames
    assert truth.changes
    assert all(0 < change.first <= change.last < truth.frames - 2 for change in truth.changes)
    for seed in range(8):
        scene = drawn(np.random.default_rng(seed), SIZE)
        steps = [cv2.absdiff(scene(k / 12), scene((k + 1) / 12)).mean() for k in range(60)]
        assert max(steps) < 3 * sorted(steps)[30] + 3  # nothing leaps


@pytest.mark.parametrize(
    ("heights", "size"),
    [((0.4, 0.35, 0.1), ShotSize.CLOSE_UP), ((0.2,), ShotSize.MEDIUM), ((0.05, 0.06), ShotSize.WIDE), ((), None)],
)
def test_how_near_a_shot_is_follows_from_its_faces(heights: tuple[float, ...], size: ShotSize | None) -> None:
    look = Look(0.5, 0.5, 0.5, 0.5, 0.5, 0.0)
    shot = Shot(Fraction(0), Fraction(2), 0, Transition.START, look, CameraMotion.STATIC, 0.0)
    faces = tuple(FaceAt(0.3 * k, Box(0.4, 0.2, 0.2, height), 0.9) for k, height in enumerate(heights))
    elsewhere = FaceTrack(2, 3, 4, (FaceAt(3.5, Box(0, 0, 0.9, 0.9), 0.9),))
    assert shot_size([FaceTrack(1, 0, 1, faces), elsewhere], shot) == size
