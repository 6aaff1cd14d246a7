"""What the acoustic model hears: 13 cepstra of every 10 ms, their change, and the change of that.

The same numbers as pocketsphinx computes (``fe_sigproc.c``, ``fe_noise.c``, feature type ``1s_c_d_dd``), because the
model was trained on them: pre-emphasis 0.97, Hamming windows of 25.6 ms, 25 mel bands from 130 to 6800 Hz, noise
subtracted by tracking the lower envelope of each band, cosine transform, lifter 22, mean of the stretch removed.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

RATE = 16000
STEP = 160
"""Samples from one frame to the next."""
_WINDOW, _FFT = 410, 512
_BANDS, _CEPSTRA, _LIFTER = 25, 13, 22
_LOW, _HIGH = 130.0, 6800.0
_LOG_FLOOR = 1e-4
# fe_noise.c: smoothing of power, slow rise and quick fall of the envelope, masking after a peak, bounds of the gain.
_SMOOTH, _RISE, _FALL, _MASK, _MASKED, _MAX_GAIN = 0.7, 0.995, 0.5, 0.85, 0.2, 20.0
_NEIGHBOURS = 4
_TINY = 1e-30


def features(stretches: Sequence[npt.NDArray[np.int16]]) -> list[npt.NDArray[np.float32]]:
    """Of each stretch of sound by [frame, stream, dimension]; empty for less than 26 ms.

    The mean is that of the stretch. Stretches of about the same length are best given together: the noise of all is
    followed at once.
    """
    powers = [_mel_power(pcm) for pcm in stretches]
    longest = max(map(len, powers), default=0)
    if not longest:
        return [np.zeros((0, 3, _CEPSTRA), np.float32) for _ in stretches]
    together = np.stack([np.pad(power, ((0, longest - len(power)), (0, 0))) for power in powers], axis=1)
    clean = _without_noise(together)
    return [_with_changes(clean[: len(power), number]) for number, power in enumerate(powers)]


def _with_changes(power: Array) -> npt.NDArray[np.float32]:
    if not len(power):
        return np.zeros((0, 3, _CEPSTRA), np.float32)
    lifter = 1 + _LIFTER / 2 * np.sin(np.arange(_CEPSTRA) * np.pi / _LIFTER)
    cepstra = (np.log(power + _LOG_FLOOR) @ _cosines().T) * lifter
    cepstra -= cepstra.mean(0)
    padded = np.pad(cepstra, ((3, 3), (0, 0)), mode="edge")
    count = len(cepstra)

    def at(shift: int) -> Array:
        return padded[3 + shift : 3 + shift + count]

    change = at(2) - at(-2)
    second = (at(3) - at(-1)) - (at(1) - at(-3))
    return np.stack([cepstra, change, second], axis=1).astype(np.float32)


def _mel_power(pcm: npt.NDArray[np.int16]) -> Array:
    sound = pcm.astype(np.float64)
    sound[1:] -= 0.97 * pcm[:-1]
    if len(sound) < _WINDOW:
        return np.zeros((0, _BANDS))
    frames = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::STEP]
    window = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(_WINDOW) / (_WINDOW - 1))
    power = np.abs(np.fft.rfft(frames * window, _FFT, axis=1)) ** 2
    return np.asarray(power @ _bank().T)


@functools.cache
def _bank() -> Array:
    """Triangles of equal area, their corners on whole bins."""
    bin_width = RATE / _FFT
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (_LOW, _HIGH))
    corners = 700 * (10 ** (np.linspace(low, high, _BANDS + 2) / 2595) - 1)
    corners = np.floor(corners / bin_width + 0.5) * bin_width
    left, middle, right = (corners[k : k + _BANDS, None] for k in range(3))
    hz = np.arange(_FFT // 2 + 1) * bin_width
    rising, falling = (hz - left) / (middle - left), (right - hz) / (right - middle)
    return np.asarray(np.maximum(0, np.minimum(rising, falling)) * 2 / (right - left))


@functools.cache
def _cosines() -> Array:
    order = np.arange(_CEPSTRA)[:, None]
    scale = np.where(order == 0, np.sqrt(1 / _BANDS), np.sqrt(2 / _BANDS))
    return np.asarray(np.cos(np.pi / _BANDS * order * (np.arange(_BANDS) + 0.5)) * scale)


def _without_noise(power: Array) -> Array:
    """Each band weakened as far as it is steady; by [frame, stretch, band]."""
    gains = np.empty_like(power)
    smooth = power[0].copy()
    noise = power[0] / _MAX_GAIN
    floor = noise.copy()
    peak = np.zeros_like(noise)
    for now, gain in zip(power, gains, strict=True):
        smooth += (1 - _SMOOTH) * (now - smooth)
        _envelope(smooth, noise)
        heard = np.maximum(smooth - noise, 1.0)
        _envelope(heard, floor)
        peak *= _MASK
        signal = np.where(heard < _MASK * peak, peak * _MASKED, heard)
        np.maximum(heard, peak, out=peak)
        np.divide(np.maximum(signal, floor, out=signal), np.maximum(smooth, _TINY), out=gain)
    np.clip(gains, 1 / _MAX_GAIN, _MAX_GAIN, out=gains)
    band = np.arange(_BANDS)
    low, high = np.maximum(band - _NEIGHBOURS, 0), np.minimum(band + _NEIGHBOURS, _BANDS - 1) + 1
    sums = np.concatenate([np.zeros((*gains.shape[:2], 1)), np.cumsum(gains, axis=2)], axis=2)
    return np.asarray(power * (sums[..., high] - sums[..., low]) / (high - low))


def _envelope(power: Array, below: Array) -> None:
    """Let ``below`` follow ``power`` from below: it rises slowly and falls at once."""
    rise = power - below
    below += np.where(rise >= 0, 1 - _RISE, 1 - _FALL) * rise
