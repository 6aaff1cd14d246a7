"""Partials: tones that stay at one pitch, as music has them and voices, rooms, machines and crowds have not.

Compare "continuous frequency activation" (Seyerlehner et al., DAFx 2007). A partial is held at one frequency for a
fifth of a second, or sways around one (vibrato) for twice as long. What falls steadily is a room's answer to what was
there before; what keeps its level whatever else happens is a hum.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

RATE = 16_000
HOP = 512
STEP = HOP / RATE
"""Seconds of one frame."""
FFT, BINS = 2048, 640
# A partial stands so far (dB) above what is around it: noise that a room colours stands out by 7 to 10.
_STANDS_OUT, _FLOOR = 11.0, -85.0
# One that stands out by this counts twice: a single flute is music, too.
_CLEARLY = 15.0
# Frames for which a steady partial is held (0.22 s), and one with vibrato (0.45 s), which sways by this share of its
# frequency to each side; above that bin the sways of two partials meet.
_HELD, _HELD_SWAYING, _SWAY, _SWAYING_BINS = 7, 14, 0.03, 224
# A room falls by 60 dB in 2.5 s at most: by more than this (dB) in so many frames (0.32 s).
_FALL, _FALL_FRAMES = 4.5, 10
# The partials of a frame together fall by this (dB).
_ALL_FALL = 2.5
# A hum stands out (dB) in most of the quietest frames, of which there are so many at least. Where nothing covers it
# it keeps its level: so many dB from the lowest tenth to the sixth.
_HUM_STANDS_OUT, _HUM_SHARE, _QUIETEST, _HUM_FRAMES, _HUM_WAVERS = 6.0, 0.6, 0.3, 30, 4.0
# What is there in so much of the pauses of speech, of so many frames at least, is a hum; with fewer tones than these,
# each of so many frames, there is none but hums.
_PAUSES, _MOSTLY_REST, _PAUSES_SHARE = 24, 0.7, 0.7
_TONES, _TONE_FRAMES = 4, 3
# A tone stops that is lower by so much (dB) in this share of all frames.
_STOPS, _STOPS_SHARE = 8.0, 0.1
# Where so much of what is held in the pauses of speech lies on multiples (to so many Hz, up to so many) of the mains'
# frequency, it is its hum. Of music of any key a tenth to a third lies there.
_MAINS, _MAINS_SHARE, _MAINS_NEAR, _MAINS_TOP = (50.0, 60.0), 0.8, 6.0, 1500.0


def spectra(samples: Array) -> Array:
    """Magnitudes ``[n, BINS]`` of 16 kHz sound, 1 for a sine at full scale."""
    window = np.hanning(FFT).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, FFT)[::HOP]
    parts = [np.abs(np.fft.rfft(frames[n : n + 64] * window, axis=1))[:, :BINS] for n in range(0, len(frames), 64)]
    return np.concatenate(parts).astype(np.float32) * np.float32(4 / FFT)


def partials(spectrum: Array, answering: Flags, rest: Flags) -> Array:
    """How much each bin holds a partial, 0..2: ``[n, BINS]``.

    ``answering`` are the frames in which a room may still answer a voice; there, what falls is none. ``rest`` are
    those without voice.
    """
    level = 20 * np.log10(spectrum + np.float32(1e-7))
    above = level - _around(level)
    tops = _tops(level)
    peaks = tops & (above > _STANDS_OUT)
    low = peaks[:, :_SWAYING_BINS]
    found = _held(peaks, _HELD)
    found[:, :_SWAYING_BINS] |= low & _held(_swaying(low), _HELD_SWAYING)
    found &= ~_hums(level, tops & (above > _HUM_STANDS_OUT))
    if rest.mean() <= _MOSTLY_REST:
        _mains(found, rest)
        _still(found, rest, level)
    fall = _fall(level)
    together = (fall * found).sum(axis=1) / np.maximum(found.sum(axis=1), 1)
    found &= ~(answering[:, None] & ((fall > _FALL) | (together > _ALL_FALL)[:, None]))
    return cast("Array", (found * (1 + (above > _CLEARLY))).astype(np.float32))


def _around(level: Array) -> Array:
    """The mean of 21 bins around each."""
    sums = np.cumsum(np.pad(level, ((0, 0), (11, 10)), mode="edge"), axis=1)
    return cast("Array", (sums[:, 21:] - sums[:, :-21]) / 21)


def _tops(level: Array) -> Flags:
    """Bins above both of their neighbours, but for rumble."""
    tops = np.zeros(level.shape, bool)
    middle = level[:, 1:-1]
    tops[:, 1:-1] = (middle >= level[:, :-2]) & (middle > level[:, 2:]) & (middle > _FLOOR)
    tops[:, :8] = False
    return tops


def _held(peaks: Flags, frames: int) -> Flags:
    """Those of the peaks that stay for so many frames."""
    count = len(peaks)
    starts = peaks.copy()
    for later in range(1, frames):
        starts[: max(0, count - later)] &= peaks[later:]
        starts[max(0, count - later) :] = False
    held = starts.copy()
    for later in range(1, frames):
        held[later:] |= starts[: max(0, count - later)]
    return held


def _swaying(peaks: Flags) -> Flags:
    """Peaks and the bins that they would sway to."""
    found = peaks.copy()
    width = np.arange(peaks.shape[1]) * _SWAY
    for reach in range(1, round(float(width[-1])) + 1):
        beside = np.zeros_like(peaks)
        beside[:, reach:] |= peaks[:, :-reach]
        beside[:, :-reach] |= peaks[:, reach:]
        found |= beside & (width >= reach - 0.5)
    return found


def _fall(level: Array) -> Array:
    """By how much (dB) the level of each bin, over five frames, is lower than a third of a second before."""
    padded = np.pad(level, ((2, 2), (0, 0)), mode="edge")
    smooth = sum(padded[at : at + len(level)] for at in range(5)) / np.float32(5)
    before = np.pad(smooth, ((_FALL_FRAMES, 0), (0, 0)), mode="edge")[: len(level)]
    return cast("Array", before - smooth)


def _hums(level: Array, tops: Flags) -> Flags:
    """Bins of tones that stay in the quietest frames and keep their level in them."""
    loud = np.square(10 ** (level / 20)).sum(axis=1)
    quiet = np.argsort(loud, kind="stable")[: int(_QUIETEST * len(level))]
    if len(quiet) < _HUM_FRAMES:
        return np.zeros(level.shape[1], bool)
    there = beside(tops[quiet]).mean(axis=0) > _HUM_SHARE
    low, high = np.quantile(level[quiet], (0.1, 0.6), axis=0)
    return beside(there & (high - low < _HUM_WAVERS))


def _mains(found: Flags, rest: Flags) -> None:
    """Take out the hum of the mains, where a room's answer hides from the other rules that it keeps its level."""
    held = found[rest].sum(axis=0)
    hertz = np.arange(held.size) * RATE / FFT
    for mains in _MAINS:
        times = np.round(hertz / mains)
        on = (np.abs(hertz - times * mains) < _MAINS_NEAR) & (times > 0) & (hertz < _MAINS_TOP)
        if held[on].sum() > _MAINS_SHARE * held.sum():
            found[:, on] = False
            return


def _still(found: Flags, rest: Flags, level: Array) -> None:
    """Take out what is there in most of the pauses, and all of them where too few tones are left to be music.

    What is silent at other times is no hum, which never stops: a chord that comes back, say. Speech only adds to it.
    """
    count = int(rest.sum())
    if count < _PAUSES:
        return
    still = np.flatnonzero(found[rest].sum(axis=0) > _PAUSES_SHARE * count)
    near = np.maximum(level[:, still], np.maximum(level[:, still - 1], level[:, still + 1]))
    stops = np.median(near[rest], axis=0) - np.quantile(near, _STOPS_SHARE, axis=0) > _STOPS
    hums = np.zeros(found.shape[1], bool)
    hums[still[~stops]] = True
    found[:, beside(hums)] = False
    if (found[rest].sum(axis=0) >= _TONE_FRAMES).sum() < _TONES:
        found[rest] = False


def beside(flags: Flags) -> Flags:
    """Flags of the neighbours too (last axis): a tone between two bins is now in the one, now in the other."""
    found = flags.copy()
    found[..., 1:] |= flags[..., :-1]
    found[..., :-1] |= flags[..., 1:]
    return found
