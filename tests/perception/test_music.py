"""Where there is music, how fast it is and in which key: on made music of many kinds, under speech and beside it."""

from __future__ import annotations

import numpy as np
import pytest

from cutroom.model.percepts import Music
from cutroom.perception import loudness
from cutroom.perception.music import key_of, music_of, tones
from cutroom.perception.tempo import Array, onsets, tempo_of
from cutroom.perception.voice import voice_spans
from tests.support.heard import RATE, VOICES, dialogue, hum, music, needs_voices, noise, old, room, swaying, under


def heard(samples: Array) -> Music:
    voice = voice_spans(samples)
    energy = loudness.energy_curve(loudness.levels([samples]))
    return music_of(tones([samples], voice), onsets([samples]), voice, len(samples) / RATE, energy)


@pytest.mark.slow
@pytest.mark.parametrize(("timbre", "drums"), [("sine", "none"), ("saw", "rock"), ("pluck", "none"), ("none", "rock")])
def test_music_is_heard_from_its_first_to_its_last_second(timbre: str, drums: str) -> None:
    found = heard(music(8, 110, timbre, drums))
    assert found.present
    assert found.ratio > 0.95
    assert found.energy


@pytest.mark.slow
@pytest.mark.parametrize("colour", ["white", "pink", "brown", "applause"])
def test_noise_is_no_music(colour: str) -> None:
    assert heard(noise(8, colour)) == Music(present=False, ratio=0.0)


@pytest.mark.slow
def test_a_hum_and_silence_are_no_music() -> None:
    time = np.arange(12 * RATE) / RATE
    hum = sum(np.sin(2 * np.pi * 50 * n * time) / n for n in (1, 2, 3, 5, 7))
    assert not heard((0.05 * np.asarray(hum)).astype(np.float32)).present
    assert not heard(np.zeros(RATE, np.float32)).present


@pytest.mark.slow
@needs_voices
def test_speech_is_no_music_and_music_under_it_is() -> None:
    speech, _ = dialogue(("slt", "kal"), 3, seed=1)
    assert not heard(speech).present
    for decibels in (20, 5):
        found = heard(under(speech, music(len(speech) / RATE, 96, "pluck"), decibels))
        assert found.ratio > 0.8


@pytest.mark.slow
@needs_voices
@pytest.mark.parametrize("answer", [1.0, 2.0])
def test_a_voice_in_a_room_is_no_music(answer: float) -> None:
    speech, _ = dialogue(("rms", "slt"), 3, seed=4)
    assert not heard(room(speech, answer)).present
    assert not heard(old(room(speech, answer))).present


@pytest.mark.slow
@needs_voices
@pytest.mark.parametrize("hertz", [50, 60])
def test_a_voice_over_the_hum_of_the_mains_is_no_music(hertz: int) -> None:
    speech, _ = dialogue(("slt", "awb"), 3, seed=6)
    assert not heard(under(speech, hum(len(speech) / RATE, hertz), 20)).present
    assert not heard(under(room(speech, 0.8), hum(len(speech) / RATE, hertz), 25)).present


@pytest.mark.slow
def test_applause_in_a_hall_is_no_music() -> None:
    assert not heard(room(noise(8, "applause"), 1.0)).present


@pytest.mark.slow
@needs_voices
def test_tones_that_sway_are_music_alone_and_under_speech() -> None:
    assert heard(swaying(8)).ratio > 0.9
    speech, _ = dialogue(("rms", "slt"), 3, seed=1)
    assert heard(under(speech, swaying(len(speech) / RATE), 10)).ratio > 0.8


@pytest.mark.slow
@needs_voices
@pytest.mark.parametrize(("timbre", "bpm", "root"), [("organ", 112, 3), ("square", 146, 9)])
def test_a_chord_that_comes_back_in_the_pauses_is_no_hum(timbre: str, bpm: int, root: int) -> None:
    speech, _ = dialogue(VOICES[:2], 4, seed=3)
    assert heard(under(speech, music(8, bpm, timbre, "none", root=root), 10)).ratio > 0.8


@pytest.mark.slow
@needs_voices
def test_drums_under_speech_are_music() -> None:
    speech, _ = dialogue(("slt", "kal"), 4, seed=1)
    assert heard(under(speech, music(len(speech) / RATE, 112, "none", "rock"), 10)).ratio > 0.8


@pytest.mark.slow
def test_the_span_of_music_is_where_it_is() -> None:
    samples = np.concatenate([noise(5, "pink") / 4, music(8, 120, "organ"), np.zeros(4 * RATE, np.float32)])
    (span,) = heard(samples).spans
    assert span.start == pytest.approx(5, abs=0.5)
    assert span.end == pytest.approx(13, abs=0.5)


@pytest.mark.parametrize(("bpm", "drums"), [(62, "four"), (84, "rock"), (128, "click"), (178, "rock")])
def test_the_tempo_is_that_of_the_beats(bpm: int, drums: str) -> None:
    found = tempo_of(onsets([music(12, bpm, "none", drums)]))
    assert found.bpm == pytest.approx(bpm, rel=0.01)
    assert found.candidates[0] == found.bpm
    assert any(abs(other / (2 * bpm) - 1) < 0.01 or abs(2 * other / bpm - 1) < 0.01 for other in found.candidates)


@pytest.mark.parametrize("samples", [noise(10), noise(10, "pink"), music(2, 120), np.zeros(RATE * 9, np.float32)])
def test_without_beats_or_time_there_is_no_tempo(samples: Array) -> None:
    assert tempo_of(onsets([samples])).bpm is None


def test_onsets_in_blocks_are_those_at_once() -> None:
    samples = music(3, 120, "saw")
    assert np.allclose(onsets([samples]), onsets(np.array_split(samples, 5)), atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("root", "mode", "name"), [(0, "major", "C major"), (2, "minor", "D minor")])
def test_a_clear_key_is_named(root: int, mode: str, name: str) -> None:
    assert heard(music(12, 120, "organ", "none", root=root, mode=mode)).key in {name, None}
    assert key_of(np.ones((4, 12), np.float32)) is None
    assert key_of(np.zeros((0, 12), np.float32)) is None
