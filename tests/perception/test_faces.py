from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from cutroom.model.percepts import FaceTrack
from cutroom.perception.faces import FaceSense, Schedule
from cutroom.perception.tracks import Trail
from tests.support.models import MODELS, needs_models
from tests.support.seen import HEIGHT, WIDTH, Picture, moved, noisy, place, portraits, show

FPS = 10
Path_ = Callable[[float], tuple[float, float]]


def film(who: str, scene: int, size: float, path: Path_, seconds: float, roll: float = 0) -> Iterator[Picture]:
    rng = np.random.default_rng(scene)
    for number in range(round(seconds * FPS)):
        t = number / FPS
        picture = moved(scene, 0)
        yield noisy(place(picture, portraits()[who], path(t), size, roll * np.sin(t)), rng, 4)


def centre(track: FaceTrack, t: float) -> tuple[float, float]:
    times = [face.t for face in track.faces]
    xs = [(face.box.x + face.box.width / 2) * WIDTH for face in track.faces]
    ys = [(face.box.y + face.box.height / 2) * HEIGHT for face in track.faces]
    return float(np.interp(t, times, xs)), float(np.interp(t, times, ys))


@needs_models
@pytest.mark.slow
@pytest.mark.parametrize(("who", "size", "roll"), [("astronaut", 40, 0), ("hopper", 60, 20)])
def test_a_moving_face_is_followed_closely_and_alone(who: str, size: float, roll: float) -> None:
    def path(t: float) -> tuple[float, float]:
        return 500 + 150 * np.sin(1.2 * t), 330 + 20 * np.sin(2 * t)

    sense = FaceSense(MODELS, WIDTH, HEIGHT)
    duration = show(sense, film(who, 12, size, path, 2.5, roll), FPS)
    assert sense.tracks is not None
    (track,) = sense.tracks
    assert track.start == 0.0
    assert track.end == pytest.approx(duration, abs=0.01)
    errors = np.array([np.subtract(centre(track, t), path(t)) for t in np.arange(0, duration - 0.1, 0.1)])
    assert errors.std(axis=0).max() <= 1.5
    assert np.abs(errors).max() < 0.2 * size
    assert sense.facecam is None


@needs_models
@pytest.mark.slow
def test_a_cut_told_late_splits_the_track_and_what_has_no_face_has_none() -> None:
    def still(_t: float) -> tuple[float, float]:
        return 640, 300

    sense = FaceSense(MODELS, WIDTH, HEIGHT)
    scenes = [*film("astronaut", 2, 120, still, 1.5), *film("hopper", 11, 120, still, 1.5)]
    scenes += [noisy(moved(scene, step / 5), np.random.default_rng(step), 4) for scene in (1, 8) for step in range(6)]
    show(sense, scenes, FPS, cuts=(15, 30, 36))
    assert sense.tracks is not None
    assert [(track.start, track.end) for track in sense.tracks] == [(0.0, 1.5), (1.5, pytest.approx(3.0, abs=0.1))]


@needs_models
@pytest.mark.slow
def test_the_mouth_that_moves_is_seen_to_move() -> None:
    rng = np.random.default_rng(5)

    def talking(number: int) -> Picture:
        picture = place(moved(3, 0), portraits()["hopper"], (640 + 2 * np.sin(number / 3), 320), 130)
        if 12 <= number < 24 and number % 2:
            picture[345:368, 625:660] = 30
        return noisy(picture, rng, 3)

    sense = FaceSense(MODELS, WIDTH, HEIGHT)
    show(sense, (talking(number) for number in range(36)), FPS)
    (track,) = sense.tracks or ()
    during = [face.mouth for face in track.faces if face.mouth is not None and 1.3 <= face.t <= 2.3]
    else_ = [face.mouth for face in track.faces if face.mouth is not None and not 1.0 <= face.t <= 2.6]
    assert min(during) > 2 * max(else_)
    assert np.median(during) > 5 * np.median(else_)


def test_without_models_there_are_no_tracks_and_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "centerface.onnx").write_bytes(b"cut off")
    (tmp_path / "blazeface-back.tflite").write_bytes(b"")
    for folder in (tmp_path, tmp_path / "none"):
        sense = FaceSense(folder, WIDTH, HEIGHT)
        show(sense, (np.zeros((90, 160, 3), np.uint8) for _ in range(3)), FPS, cuts=(1,))
        assert sense.tracks is None
        assert sense.facecam is None
        assert sense.missing[0].sense == "faces"


def test_still_pictures_are_looked_at_as_seldom_as_bounded() -> None:
    schedule, small = Schedule(), np.full((54, 96), 90, np.uint8)
    looks = scans = 0
    for number in range(300):
        t = number / 30
        if schedule.due(t, small, mouths=False):
            looks += 1
            schedule.follow(t, 0.2)
            scans += schedule.scan(t, empty=True) is not None
    assert looks == 50
    assert scans <= 4


def test_a_face_foreseen_by_its_speed() -> None:
    trail = Trail(0, 0, 40, 0.0, 0.0)
    for step in range(1, 12):
        trail.found(step / 10, 10.0 * step, 5.0 * step, 40, 0.9)
    assert trail.predicted(1.2) == pytest.approx((120, 60), abs=1)
    assert trail.predicted(100) == pytest.approx((110 + 40, 55 + 20), abs=1)
