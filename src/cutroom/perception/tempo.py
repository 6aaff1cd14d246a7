"""How fast music is: onsets in three bands, their autocorrelation, and the period whose multiples all return."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable

Array = npt.NDArray[np.float32]

RATE = 16_000
FRAMES = 100
"""Onset values a second."""
_HOP, _FFT = RATE // FRAMES, 1024
# Hz: what drums are told apart by.
_BANDS = ((30, 200), (200, 2000), (2000, 8000))
_SLOWEST, _FASTEST = 55.0, 200.0
# Beats are felt most readily at this tempo, and half as readily this many octaves away (after Parncutt 1994).
_FAVOURITE, _WIDTH = 118.0, 0.95
# Among periods that return so nearly as well as the best one the favourite is taken.
_NEARLY = 0.93
# What is struck between two beats makes the beat twice as fast from this share of their strength on.
_EQUAL = 0.57
# Correlation at the beat (0..1) below which there is none.
_CLEAR = 0.12
# Mean square of the onsets below which nothing begins: hums have 1e-8, noise and quiet music more than 1e-3.
_STEADY = 1e-4
# Seconds of sound from which a tempo can be told, and how much is looked at.
_LEAST, _MOST = 4.0, 180.0


@dataclass(frozen=True, slots=True)
class Tempo:
    """``bpm`` None where no beat is clear; ``candidates`` best first; ``clarity`` 0..1, the correlation at the beat."""

    bpm: float | None
    candidates: tuple[float, ...]
    clarity: float


NOTHING = Tempo(None, (), 0.0)


def onsets(blocks: Iterable[Array]) -> Array:
    """Onsets ``[n, 6]`` of 16 kHz sound in blocks of any length, ``FRAMES`` a second.

    Three bands' rise in relation to what was there before, then their rise as such (root of the magnitude).
    """
    window = np.hanning(_FFT).astype(np.float32)
    hertz = np.fft.rfftfreq(_FFT, 1 / RATE)
    groups = [_edges(hertz, low, high) for low, high in _BANDS]
    held = np.zeros(_FFT // 2, np.float32)
    last: Array | None = None
    found: list[Array] = []
    for block in blocks:
        held = np.concatenate([held, block])
        count = (len(held) - _FFT) // _HOP + 1
        if count < 1:
            continue
        frames = np.lib.stride_tricks.sliding_window_view(held, _FFT)[: count * _HOP : _HOP]
        bands = _narrow_bands(np.abs(np.fft.rfft(frames * window, axis=1)), groups)
        held = held[count * _HOP :]
        with_last = np.concatenate([bands[:1] if last is None else last, bands])
        rise = np.maximum(0, np.diff(np.log1p(10 * with_last), axis=0))
        force = np.maximum(0, np.diff(np.sqrt(with_last), axis=0))
        sizes = np.cumsum([0] + [len(group) - 1 for group in groups])
        parts = [kind[:, a:b].mean(axis=1) for kind in (rise, force) for a, b in pairwise(sizes.tolist())]
        found.append(np.stack(parts, axis=1))
        last = bands[-1:]
    return np.concatenate(found).astype(np.float32) if found else np.zeros((0, 2 * len(_BANDS)), np.float32)


def _edges(hertz: npt.NDArray[np.floating], low: float, high: float) -> list[int]:
    """Where the narrow bands of a wide one begin, and where the last ends (numbers of bins)."""
    wanted = np.geomspace(low, high, 13)
    return sorted({int(at) for at in np.searchsorted(hertz, wanted)})


def _narrow_bands(spectrum: npt.NDArray[np.floating], groups: list[list[int]]) -> Array:
    sums = np.cumsum(np.pad(spectrum, ((0, 0), (1, 0))), axis=1)
    parts = [np.diff(sums[:, group], axis=1) for group in groups]
    return cast("Array", np.concatenate(parts, axis=1).astype(np.float32))


def tempo_of(strength: Array) -> Tempo:
    """The tempo of onset strengths ``[n, bands]``."""
    strength = strength[: int(_MOST * FRAMES)]
    if len(strength) < _LEAST * FRAMES:
        return NOTHING
    correlation = _autocorrelation(strength[:, : len(_BANDS)])
    if correlation is None:
        return NOTHING
    tempi = np.exp2(np.arange(np.log2(_SLOWEST), np.log2(_FASTEST), 1 / 240))
    scores = _comb(correlation, tempi)
    weighted = scores * np.exp(-0.5 * (np.log2(tempi / _FAVOURITE) / _WIDTH) ** 2)
    weighted[scores < _NEARLY * scores.max()] = 0
    best = _octave(strength, _sharpened(correlation, float(tempi[int(weighted.argmax())])))
    clarity = _peak(correlation, 60 * FRAMES / best)
    if clarity < _CLEAR:
        return Tempo(None, (), clarity)
    octaves = sorted(
        (best * factor for factor in (0.5, 2.0, 2 / 3, 1.5) if 30 <= best * factor <= 300),
        key=lambda bpm: -float(np.interp(bpm, tempi, weighted, left=0, right=0)) - (bpm in {best / 2, best * 2}),
    )
    candidates = tuple(round(bpm, 2) for bpm in (best, *octaves[:3]))
    return Tempo(candidates[0], candidates, clarity)


def _autocorrelation(strength: Array) -> Array | None:
    """Of all bands together, each by its share of what changes; 1 at lag 0."""
    size = len(strength)
    smooth = np.stack([_mean_around(band, np.hanning(7)) for band in strength.T], axis=1)
    local = np.stack([_mean_around(band, np.ones(2 * FRAMES + 1)) for band in smooth.T], axis=1)
    centred = smooth - local
    total = float(np.square(centred).sum())
    if total <= _STEADY * size:
        return None
    spectrum = np.fft.rfft(centred, 2 * size, axis=0)
    raw = np.fft.irfft(np.square(np.abs(spectrum)).sum(axis=1))[:size]
    # Late lags have fewer pairs.
    return cast("Array", (raw / raw[0] * (size / np.maximum(size - np.arange(size), size / 4))).astype(np.float32))


def _mean_around(band: Array, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The weighted mean around each value; at the ends of what is there."""
    return np.convolve(band, weights, "same") / np.convolve(np.ones(len(band)), weights, "same")


def _comb(correlation: Array, tempi: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How well the beat and its multiples return, less what returns between them."""
    lags = 60 * FRAMES / tempi
    scores = np.zeros(len(tempi))
    for multiple, weight in ((1, 1.0), (2, 0.6), (3, 0.25), (4, 0.4)):
        scores += weight * np.interp(lags * multiple, np.arange(len(correlation)), correlation, right=0)
    return scores


def _sharpened(correlation: Array, bpm: float) -> float:
    """The tempo nearby at which sixteen beats in a row return best."""
    near = bpm * np.linspace(0.975, 1.025, 401)
    lags = 60 * FRAMES / near
    most = max(1, min(16, int((len(correlation) * 0.75) / lags.max())))
    sums = sum(np.interp(lags * multiple, np.arange(len(correlation)), correlation) for multiple in range(1, most + 1))
    return float(near[int(np.argmax(sums))])


def _octave(strength: Array, bpm: float) -> float:
    """The level of the metre that is the beat: where what is struck between two beats is as much, it is one too."""
    force = strength[:, len(_BANDS) :]
    struck = np.stack([np.convolve(band, np.ones(5) / 5, "same") for band in force.T], axis=1)
    while bpm * 2 <= _FASTEST and _between(struck, bpm) > _EQUAL:
        bpm *= 2
    while bpm / 2 >= _SLOWEST and _between(struck, bpm / 2) < _EQUAL:
        bpm /= 2
    return bpm


def _between(struck: npt.NDArray[np.floating], bpm: float) -> float:
    """What is struck half-way between beats over what is on them, 0..1; the middle one of pieces of the music."""
    lag = 60 * FRAMES / bpm
    piece = max(1000, int(4 * lag))
    found = []
    for at in range(0, max(1, len(struck) - piece + 1), piece):
        part = struck[at : at + piece]
        beats = np.arange(int(len(part) / lag) - 1)
        if len(beats):
            found.append(_off_over_on(_folded(part, beats, lag)))
    return float(np.clip(np.median(found), 0, 1)) if found else 0.0


def _folded(part: npt.NDArray[np.floating], beats: npt.NDArray[np.int64], lag: float) -> npt.NDArray[np.floating]:
    """The mean beat, by band; each in shares of its own strongest moment, so that a drum counts as much as a cymbal."""
    times = np.arange(int(lag))[:, None] + beats * lag
    folded = np.stack([np.interp(times, np.arange(len(part)), band).mean(axis=1) for band in part.T], axis=1)
    folded = np.maximum(folded - np.quantile(folded, 0.2, axis=0), 0)
    most = folded.max(axis=0)
    kept = most > 0.1 * most.max(initial=0)
    return cast("npt.NDArray[np.floating]", folded[:, kept] / np.maximum(most[kept], 1e-9))


def _off_over_on(folded: npt.NDArray[np.floating]) -> float:
    total = folded.sum(axis=1)
    if not total.size or total.max() <= 0:
        return 0.0
    first, half = int(total.argmax()), round(len(total) / 2)
    reach = max(2, round(0.05 * len(total)))
    other = np.take(total, range(first + half - reach, first + half + reach + 1), mode="wrap")
    return float(other.max() / total[first])


def _peak(correlation: Array, lag: float) -> float:
    at = round(lag)
    return float(np.clip(correlation[max(0, at - 2) : at + 3].max(initial=0), 0, 1))
