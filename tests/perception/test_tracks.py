from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutroom.perception.tracks import Trail, face_tracks, smooth

SIZE = (640.0, 360.0)
TIMES = st.lists(st.integers(0, 400), min_size=1, max_size=60, unique=True).map(sorted)


def trail_of(times: Sequence[float], x: float = 200.0) -> Trail:
    trail = Trail(x, 100, 40, times[0], times[0])
    for t in times:
        trail.found(t, x, 100, 40, 0.9)
    return trail


@settings(max_examples=40, deadline=None)
@given(TIMES, st.lists(st.integers(0, 400), max_size=6))
def test_no_track_crosses_a_cut_and_nothing_is_made_up(ticks: list[int], cut_ticks: list[int]) -> None:
    times, cuts = [tick / 10 for tick in ticks], [tick / 10 + 0.05 for tick in cut_ticks]
    tracks = face_tracks([(trail_of(times), times[-1])], cuts, 41.0, SIZE)
    for track in tracks:
        assert not any(track.start + 0.001 < cut < track.end - 0.001 for cut in cuts)
        assert {face.t for face in track.faces} <= {round(t, 3) for t in times}
        assert len(track.faces) >= 3
        assert track.start <= track.faces[0].t <= track.faces[-1].t <= track.end
        assert track.faces[0].t - track.start <= 0.25


def test_a_face_found_once_or_twice_is_no_track() -> None:
    assert face_tracks([(trail_of([1.0, 1.1]), 1.1)], [], 5.0, SIZE) == ()


def test_a_track_begins_with_its_shot() -> None:
    (track,) = face_tracks([(trail_of([2.1, 2.3, 2.5, 2.7]), 9.0)], [2.0, 2.8], 5.0, SIZE)
    assert (track.start, track.end) == (2.0, 2.8)


def test_what_was_found_after_the_last_agreement_does_not_count() -> None:
    (track,) = face_tracks([(trail_of([i / 10 for i in range(30)]), 1.0)], [], 5.0, SIZE)
    assert track.end == 1.0


def test_smoothing_follows_a_parabola_exactly_and_halves_noise() -> None:
    t = np.arange(60) / 10
    path = 100 + 30 * t - 4 * t**2
    rng = np.random.default_rng(1)
    table = np.column_stack([t, path, path, np.full(60, 40.0), np.full(60, 0.9), np.full(60, np.nan)])
    assert smooth(table)[:, 1] == pytest.approx(path)
    table[:, 1] += rng.normal(0, 1, 60)
    assert np.std(smooth(table)[3:-3, 1] - path[3:-3]) < 0.8


def test_places_between_are_filled_in_and_boxes_stay_in_the_picture() -> None:
    trail = Trail(630, 5, 40, 0.0, 0.0)
    for i in range(10):
        if i % 2:
            trail.glimpsed(i / 10, 0.5)
        else:
            trail.found(i / 10, 630, 5, 40, 0.9)
    (track,) = face_tracks([(trail, 1.0)], [], 1.0, SIZE)
    assert len(track.faces) == 9
    for face in track.faces:
        assert face.box.x >= 0
        assert face.box.y >= 0
        assert face.box.x + face.box.width <= 1.0001
    assert track.faces[1].mouth == 0.5
    assert track.faces[0].mouth is None


def test_long_films_are_thinned_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutroom.perception.tracks.MOST_FACES", 100)
    trails = [(trail_of([i / 10 for i in range(300)], x=100.0 * n), 30.0) for n in range(3)]
    tracks = face_tracks(trails, [], 30.0, SIZE)
    assert sum(len(track.faces) for track in tracks) <= 110
    assert {track.end for track in tracks} == {30.0}
