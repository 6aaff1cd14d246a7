"""How loud a film is from moment to moment: levels, the energy curve, noise floor, speech against the rest.

Loudness by EBU R 128 and clipping are measured on the undiminished sound while it is decoded (``inside.meter``); all
here is of its 16 kHz mono form. Levels are RMS in dBFS, where a full-scale square wave has 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Spans = Sequence[tuple[float, float]]

RATE = 16_000
STEP = 0.01
"""Seconds of one value of ``levels``."""
SILENT = -100.0
"""What stands for the level of nothing at all: below the last bit."""
_SIZE = int(STEP * RATE)
# The energy curve's zero, dBFS.
_STILL = -60.0
# Voices ring on and breathe in: so much beside speech (s) is neither it nor the rest.
_BESIDE = 0.15
_LEAST_REST = 0.3
_FFT = 512
# Where the spectrum of speech has fallen so far (dB) below its strongest band it has ended.
_FALLEN = 50.0


def levels(blocks: Iterable[Array]) -> Array:
    """The level of every hundredth of a second, dBFS, never below ``SILENT``; a last shorter piece counts as one."""
    held = np.zeros(0, np.float32)
    found = []
    for block in blocks:
        held = np.concatenate([held, block])
        whole = len(held) - len(held) % _SIZE
        found.append(np.square(held[:whole]).reshape(-1, _SIZE).mean(axis=1))
        held = held[whole:]
    if len(held):
        found.append(np.array([np.square(held).mean()], np.float32))
    return _decibels(np.concatenate(found)) if found else np.zeros(0, np.float32)


def energy_curve(level: Array) -> tuple[float, ...]:
    """One value a second: 0 at -60 dBFS and below, 1 at 0 dBFS, linear in dB between."""
    seconds = [level[at : at + 100] for at in range(0, len(level), 100)]
    return tuple(round(float(np.clip(1 - _mean(second) / _STILL, 0, 1)), 4) for second in seconds)


def noise_floor(level: Array) -> float | None:
    """Level of the quietest tenth in steps of 50 ms, dBFS; None in digital silence."""
    coarse = _coarse(level)
    quiet = float(np.quantile(coarse, 0.1)) if len(coarse) else SILENT
    return round(quiet, 2) if quiet > SILENT + 1 else None


def speech_to_rest(level: Array, voice: Spans) -> float | None:
    """Mean level of speech above that of what is heard between it, dB; None without speech or without anything else.

    At most the distance to ``SILENT``.
    """
    speaking, beside = _within(len(level), voice, 0.0), _within(len(level), voice, _BESIDE)
    if not speaking.any() or (~beside).sum() * STEP < _LEAST_REST:
        return None
    return round(_mean(level[speaking]) - _mean(level[~beside]), 2)


def bandwidth(fetch: Callable[[float, float], Array], voice: Spans, duration: float) -> float | None:
    """Where the spectrum of speech ends, Hz: at most 8000, the end of what is looked at. None without speech.

    Of the mean power in speech what is there without speech is taken away; two minutes of each are enough.
    """
    if sum(end - start for start, end in voice) < _LEAST_REST:
        return None
    rests = [(a, b) for a, b in _between(voice, duration) if b - a > 2 * _BESIDE]
    speech = _spectrum(fetch, voice)
    rest = _spectrum(fetch, [(a + _BESIDE, b - _BESIDE) for a, b in rests])
    left = np.maximum(speech - 2 * rest, 0)
    bands = np.convolve(left, np.ones(3) / 3, "same")
    strong = np.flatnonzero(bands > bands.max() * 10 ** (-_FALLEN / 10))
    if not len(strong) or bands.max() <= 0:
        return None
    return round(min(8000.0, (int(strong[-1]) + 0.5) * RATE / _FFT), 0)


def start_similarity(first: Array, last: Array) -> float | None:
    """How the last half second resembles the first, 0..1: in level (0 from 24 dB apart) times in pitch classes.

    None where one of them is shorter than a quarter of a second.
    """
    if min(len(first), len(last)) < RATE // 4:
        return None
    ours, theirs = (float(_decibels(np.array([np.square(part).mean()]))[0]) for part in (first, last))
    if max(ours, theirs) <= SILENT + 10:
        return 1.0
    nearness = max(0.0, 1 - abs(ours - theirs) / 24)
    a, b = _pitch_classes(first), _pitch_classes(last)
    return round(nearness * float(np.clip(a @ b, 0, 1)), 4)


def _pitch_classes(samples: Array) -> npt.NDArray[np.float64]:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    wanted = np.flatnonzero((hertz > 80) & (hertz < 4000))
    classes = np.round(12 * np.log2(hertz[wanted] / 440)).astype(int) % 12
    chroma = np.bincount(classes, spectrum[wanted], 12)
    return cast("npt.NDArray[np.float64]", chroma / (np.linalg.norm(chroma) + 1e-12))


def _spectrum(fetch: Callable[[float, float], Array], spans: Spans) -> npt.NDArray[np.float64]:
    """Mean power by frequency over up to two minutes of ``spans``; zero without any."""
    window, total, count, left = np.hanning(_FFT), np.zeros(_FFT // 2 + 1), 0, 120.0
    for start, end in spans:
        samples = fetch(start, min(end, start + left))
        left -= len(samples) / RATE
        frames = samples[: len(samples) - len(samples) % _FFT].reshape(-1, _FFT)
        total += np.square(np.abs(np.fft.rfft(frames * window, axis=1))).sum(axis=0)
        count += len(frames)
        if left <= 0:
            break
    return total / max(1, count)


def _between(voice: Spans, duration: float) -> list[tuple[float, float]]:
    ends = [0.0, *(end for _, end in voice)]
    starts = [*(start for start, _ in voice), duration]
    return [(end, start) for end, start in zip(ends, starts, strict=True) if start > end]


def _within(count: int, spans: Spans, beside: float) -> npt.NDArray[np.bool_]:
    flags = np.zeros(count, bool)
    for start, end in spans:
        flags[max(0, int((start - beside) / STEP)) : int(np.ceil((end + beside) / STEP))] = True
    return flags


def _coarse(level: Array) -> Array:
    whole = level[: len(level) - len(level) % 5] if len(level) >= 5 else level
    powers = 10 ** (whole / 10)
    return _decibels(powers.reshape(-1, 5).mean(axis=1) if len(level) >= 5 else powers)


def _mean(level: Array) -> float:
    """The mean power of levels, as a level."""
    return float(_decibels(np.array([np.mean(10 ** (level.astype(np.float64) / 10))]))[0])


def _decibels(powers: npt.NDArray[np.floating]) -> Array:
    return cast("Array", (10 * np.log10(np.maximum(powers, 10 ** (SILENT / 10)))).astype(np.float32))
