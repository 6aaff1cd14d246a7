"""Where somebody speaks: spans of voice from the probabilities of a voice activity model (Silero)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cutroom.perception.adapters.silero import WINDOW, probabilities

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RATE = 16_000
STEP = WINDOW / RATE
"""Seconds of one probability."""
BREATH = 0.06
"""The shortest pause (s) that parts phrases."""
# Hysteresis: speech begins above the one and ends below the other.
_ON, _OFF = 0.5, 0.4
# The model lets go of speech later than it takes hold of it, by about this many windows.
_LATE = 1
PAUSE = 0.2
"""Pauses shorter than this (s) do not part spans."""
# Shorter bursts (s) are no speech.
_LEAST_SPEECH = 0.1
# Ten seconds at a time.
_BLOCK = 312 * WINDOW


def voice_spans(pcm: npt.NDArray[np.int16] | npt.NDArray[np.float32]) -> list[tuple[float, float]]:
    """Start and end (s) of every stretch of speech in 16 kHz sound: int16, or float32 with full scale at 1."""
    return spans_of(probabilities(_blocks(pcm)), len(pcm) / RATE)


def spans_of(voice: npt.NDArray[np.float32], duration: float, *, pause: float = PAUSE) -> list[tuple[float, float]]:
    """The spans (s) within ``duration`` for one probability every ``STEP`` seconds; ``pause`` (s) parts them."""
    spans: list[tuple[float, float]] = []
    for first, last in _stretches(voice):
        start, end = first * STEP, min(duration, max(first + 1, last - _LATE) * STEP)
        if spans and start - spans[-1][1] < pause:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [(round(start, 3), round(end, 3)) for start, end in spans if end - start >= _LEAST_SPEECH]


def _stretches(voice: npt.NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """First and past-the-last window of everything above the lower threshold that once is above the upper one."""
    for first, last in _runs(voice >= _OFF):
        loud = np.flatnonzero(voice[first:last] >= _ON)
        if len(loud):
            yield first + int(loud[0]), last


def _runs(flags: npt.NDArray[np.bool_]) -> Iterable[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _blocks(pcm: npt.NDArray[np.int16] | npt.NDArray[np.float32]) -> Iterator[npt.NDArray[np.float32]]:
    scale = np.float32(1 / 32768 if pcm.dtype == np.int16 else 1)
    for at in range(0, len(pcm), _BLOCK):
        yield pcm[at : at + _BLOCK].astype(np.float32) * scale
