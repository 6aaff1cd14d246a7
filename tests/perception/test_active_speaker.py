from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutroom.model.percepts import Box, FaceAt, FaceTrack
from cutroom.perception.active_speaker import assign, envelope
from tests.support.talk import TURNS, Mouth, chewing, moving, voice


def track(number: int, mouth: Mouth, start: float = 0.0, end: float = 16.0) -> FaceTrack:
    faces = tuple(
        FaceAt(round(i / 10, 1), Box(0.2 + 0.4 * number, 0.3, 0.1, 0.2), 0.9, min(1.0, mouth(i / 10)))
        for i in range(round(start * 10), round(end * 10))
    )
    return FaceTrack(number, start, end, faces)


@pytest.mark.parametrize("seed", range(6))
def test_two_in_view_each_get_their_own_voice(seed: int) -> None:
    level = voice(seed)
    tracks = [track(0, moving(level, "B", seed)), track(1, moving(level, "A", seed + 50))]
    assert [one.speaker for one in assign(tracks, TURNS, level)] == ["B", "A"]


@pytest.mark.parametrize("seed", range(6))
def test_mouths_that_are_seen_badly_are_told_by_when_they_move(seed: int) -> None:
    level, shaken = voice(seed), np.random.default_rng(seed).exponential(1.0, 200) ** 1.5

    def badly(mouth: Mouth) -> Mouth:
        return lambda t: mouth(t) * float(shaken[round(10 * t)])

    tracks = [track(0, badly(moving(level, "B", seed))), track(1, badly(moving(level, "A", seed + 50)))]
    assert [one.speaker for one in assign(tracks, TURNS, level)] == ["B", "A"]


@pytest.mark.parametrize("seed", range(6))
def test_a_chewing_listener_does_not_speak(seed: int) -> None:
    level = voice(seed)
    tracks = [track(0, chewing(seed)), track(1, moving(level, "A", seed))]
    assert [one.speaker for one in assign(tracks, TURNS, level)] == [None, "A"]


@pytest.mark.parametrize("seed", range(6))
def test_a_voice_from_outside_the_picture_goes_with_no_face(seed: int) -> None:
    level = voice(seed)
    tracks = [track(0, chewing(seed)), track(1, moving(level, None, seed))]
    assert [one.speaker for one in assign(tracks, TURNS, level)] == [None, None]


def test_across_shots_each_track_is_judged_for_itself() -> None:
    level = voice(3)
    mouths = moving(level, "A", 1), moving(level, "B", 2)
    tracks = [track(0, mouths[0], 0, 4.2), track(1, mouths[1], 4.2, 8.2), track(2, mouths[0], 8.2, 11.8)]
    assert [one.speaker for one in assign(tracks, TURNS, level)] == ["A", "B", "A"]


def test_without_turns_or_sound_nobody_is_known() -> None:
    level = voice(1)
    tracks = [track(0, moving(level, "A", 1))]
    assert assign(tracks, None, level)[0].speaker is None
    assert assign(tracks, TURNS, ())[0].speaker is None
    assert assign((), TURNS, level) == ()
    assert assign(tracks, TURNS, np.zeros(1600))[0].speaker is None


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.floats(0.05, 5.0))
def test_louder_or_softer_changes_nothing(seed: int, gain: float) -> None:
    level = voice(seed)
    tracks = [track(0, moving(level, "A", seed)), track(1, chewing(seed))]
    assert assign(tracks, TURNS, level) == assign(tracks, TURNS, level * gain)


def test_the_envelope_is_the_level_of_each_hundredth(tmp_path: Path) -> None:
    sound = np.concatenate([np.zeros(1600), np.full(1600, 16384), np.zeros(50)]).astype("<i2")
    (tmp_path / "sound.s16").write_bytes(sound.tobytes() + b"\x01")
    level = envelope(tmp_path / "sound.s16")
    assert len(level) == 20
    assert level[:10] == pytest.approx(np.zeros(10))
    assert level[10:] == pytest.approx(np.full(10, 0.5))
