"""Where nothing is heard, and where sound breaks off.

Silence is what stays 35 dB below the film's loud parts (the level that a twentieth of it exceeds) for 0.3 s, at levels
of 20 ms; the limit is never above -50 dBFS (the custom of ffmpeg's silencedetect) and never below -70 dBFS.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

RATE = 16_000
_BELOW, _HIGHEST, _LOWEST = 35.0, -50.0, -70.0
_LEAST = 0.3
_STEP = 0.01
# A dropout: nothing at all for so long (s), with sound (RMS, full scale 1) right up to both of its ends.
_SHORTEST_DROP, _LONGEST_DROP = 0.01, 2.0
_EDGE, _EDGE_LEVEL = 64, 0.004
# How far (s) a dropout may reach beyond a block of sound.
_OVERLAP = int((_LONGEST_DROP + 0.1) * RATE)


def silences(level: Array, duration: float) -> list[tuple[float, float]]:
    """Start and end (s) of every silence, from levels (dBFS) of each hundredth of a second."""
    if not len(level):
        return []
    smooth = np.maximum(level, np.append(level[1:], level[-1]))
    limit = float(np.clip(np.quantile(level, 0.95) - _BELOW, _LOWEST, _HIGHEST))
    found = []
    for first, last in _runs(smooth < limit):
        start, end = first * _STEP, min(duration, (last + (last < len(level))) * _STEP)
        if end - start >= _LEAST - 1e-9:
            found.append((round(start, 3), round(end, 3)))
    return found


def dropouts(blocks: Iterable[Array]) -> list[tuple[float, float]]:
    """Start and end (s) of every sudden digital silence in the middle of 16 kHz sound."""
    found: list[tuple[float, float]] = []
    held, begins = np.zeros(0, np.float32), 0
    for block in blocks:
        held = np.concatenate([held, block])
        found += [span for span in _drops(held, begins) if not found or span[0] > found[-1][0]]
        keep = min(len(held), _OVERLAP)
        begins += len(held) - keep
        held = held[len(held) - keep :]
    return found


def _drops(samples: Array, begins: int) -> Iterator[tuple[float, float]]:
    for first, last in _runs(np.abs(samples) < 1.5 / 32768):
        if not _SHORTEST_DROP <= (last - first) / RATE <= _LONGEST_DROP:
            continue
        before, after = samples[max(0, first - _EDGE) : first], samples[last : last + _EDGE]
        if min(len(before), len(after)) == _EDGE and min(_rms(before), _rms(after)) >= _EDGE_LEVEL:
            yield round((begins + first) / RATE, 3), round((begins + last) / RATE, 3)


def _rms(samples: Array) -> float:
    return float(np.sqrt(np.square(samples).mean()))


def _runs(flags: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
