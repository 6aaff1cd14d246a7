"""Levels and what is told from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutroom.perception import loudness
from cutroom.perception.loudness import Array, levels
from cutroom.perception.silence import dropouts, silences
from tests.support.heard import RATE, music, noise


def sine(seconds: float, hertz: float = 400, peak: float = 0.5) -> Array:
    return (peak * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def test_the_level_of_a_sine_is_its_rms() -> None:
    level = levels([sine(1, peak=1.0)])
    assert len(level) == 100
    assert level == pytest.approx(-3.01, abs=0.1)


@given(st.lists(st.integers(0, 700), max_size=12))
@settings(max_examples=25)
def test_levels_do_not_depend_on_the_blocks(sizes: list[int]) -> None:
    samples = noise(0.5)[: sum(sizes)]
    blocks = np.split(samples, np.cumsum(sizes)[:-1]) if sizes else []
    assert np.allclose(levels(blocks), levels([samples] if len(samples) else []), atol=1e-3)


def test_energy_rises_with_loudness_and_stays_in_bounds() -> None:
    curve = loudness.energy_curve(levels([np.concatenate([sine(1, peak=p) for p in (0, 0.001, 0.1, 1)])]))
    assert list(curve) == sorted(curve)
    assert curve[0] == 0
    assert curve[-1] < 1


def test_the_noise_floor_is_that_of_the_quietest_tenth() -> None:
    quiet = noise(1) * np.float32(0.001 / 0.08)
    floor = loudness.noise_floor(levels([np.concatenate([sine(4), quiet])]))
    assert floor == pytest.approx(-60, abs=1.5)
    assert loudness.noise_floor(levels([np.zeros(RATE, np.float32)])) is None


@pytest.mark.parametrize("below", [10, 20, 40])
def test_speech_stands_as_far_above_the_rest_as_it_does(below: float) -> None:
    loud, rest = noise(1), noise(1, seed=1) * np.float32(10 ** (-below / 20))
    level = levels([np.concatenate([rest, loud, rest])])
    assert loudness.speech_to_rest(level, [(1.0, 2.0)]) == pytest.approx(below, abs=0.5)
    assert loudness.speech_to_rest(level, []) is None
    assert loudness.speech_to_rest(level, [(0.0, 3.0)]) is None


@pytest.mark.parametrize("end", [2000, 3400, 6000])
def test_the_bandwidth_is_where_the_spectrum_ends(end: int) -> None:
    spectrum = np.fft.rfft(noise(3))
    spectrum[np.fft.rfftfreq(3 * RATE, 1 / RATE) > end] = 0
    samples = np.fft.irfft(spectrum).astype(np.float32)
    samples[:RATE] = 0
    samples += noise(3, seed=2) * np.float32(0.0005)

    def fetch(start: float, stop: float) -> Array:
        return samples[int(start * RATE) : int(stop * RATE)]

    assert loudness.bandwidth(fetch, [(1.0, 3.0)], 3.0) == pytest.approx(end, abs=150)
    assert loudness.bandwidth(fetch, [], 3.0) is None


def test_what_begins_as_it_ends_is_most_similar() -> None:
    first, other = music(0.5, 120, "organ"), music(0.5, 120, "organ", root=6) * np.float32(0.25)
    assert loudness.start_similarity(first, first) == pytest.approx(1)
    unlike = loudness.start_similarity(first, other)
    assert unlike is not None
    assert unlike < 0.7
    assert loudness.start_similarity(first[:100], first) is None
    assert loudness.start_similarity(np.zeros(8000, np.float32), np.zeros(8000, np.float32)) == 1


@pytest.mark.parametrize("peak", [0.5, 0.05])
def test_silences_are_found_with_their_edges_however_loud_the_rest(peak: float) -> None:
    still = noise(1) * np.float32(0.00002 / 0.08)
    samples = np.concatenate([sine(2, peak=peak), still, sine(1, peak=peak), still[: RATE // 5], sine(1, peak=peak)])
    (found,) = silences(levels([samples]), len(samples) / RATE)
    assert found == pytest.approx((2, 3), abs=0.03)


def test_nothing_is_one_silence_and_noise_is_none() -> None:
    assert silences(levels([np.zeros(RATE, np.float32)]), 1.0) == [(0, 1)]
    assert silences(levels([noise(1)]), 1.0) == []
    assert silences(np.zeros(0, np.float32), 0.0) == []


def test_sound_that_breaks_off_is_a_dropout_and_a_pause_is_not() -> None:
    samples = music(4, 120, "saw")
    samples[RATE : RATE + 1600] = 0
    samples[3 * RATE : 3 * RATE + 800] *= np.linspace(1, 0, 800, dtype=np.float32) ** 4
    samples[3 * RATE + 700 : 3 * RATE + 2400] = 0
    for blocks in ([samples], np.array_split(samples, 9)):
        found = dropouts(blocks)
        assert len(found) == 1
        assert found[0] == pytest.approx((1.0, 1.1), abs=0.002)
