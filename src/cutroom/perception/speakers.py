"""Who speaks when: vectors of voices for windows of speech, grouped; each moment of speech goes to one group.

Windows of 1.6 s never cross a pause. The groups are found among those that are long enough; how many there are is
told by their silhouette, and by how alike the groups' middles are. The path through the moments is the best one where
changing the speaker has a price, lower where the sound is quiet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import Turn
from cutroom.perception.adapters.speaker_encoder import HOP, SIZE, STEPS, Encoder, mel_spectra
from cutroom.perception.clusters import Grouping, centroids, groupings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
Span = tuple[float, float]

RATE = 16_000
STEP = 0.05
"""Seconds of one moment."""
MOST = 8
"""Speakers told apart at most."""
_WINDOW = STEPS * HOP / RATE
_HOP, _LONGEST_HOP = 0.4, 0.8
# Windows to embed before they are taken further apart, and those among which groups are looked for.
_MANY, _GROUPED = 4000, 1500
# Windows shorter than this (s) say too little to found a group; still shorter ones say nothing.
_SOUND, _SHORTEST = 1.0, 0.3
# Windows that make a group.
_LEAST = 4
# Two groups are two people from this silhouette on, unless their middles are more alike than this. What few windows
# say is by chance less alike: the limit rises from the one number of windows to the other.
_SILHOUETTE = 0.36
_LIKENESS, _OF_WINDOWS = (0.72, 0.82), (10, 30)
# A voice that says less is a person nevertheless if its windows, of so much speech (s) together, are like each other
# and less like every group. In made dialogues windows of a group's own voice have 0.77 and more, others 0.49 to 0.70.
_BRIEF, _ALIKE, _STRANGE = 1.8, 0.8, 0.72
# The level (RMS) the encoder was trained at, dBFS.
_LEVEL = -30.0
# What a change of speaker costs, in likeness (cosine) summed over moments; the share of that where a span begins or the
# sound is so much (dB) below the span's usual.
_PRICE, _QUIET, _PAUSE_BELOW = 1.0, 0.3, 15.0


def turns_of(
    encoder: Encoder, fetch: Callable[[float, float], Array], spans: Sequence[Span], phrases: Sequence[Span]
) -> list[Turn]:
    """The turns of everybody who speaks, "A" first.

    ``fetch`` gives the 16 kHz sound between two times; ``spans`` is where anybody speaks, ``phrases`` the same parted
    at the shortest pauses.
    """
    windows = _windows(phrases)
    if not windows:
        return _turns([(start, end, 0) for start, end in spans])
    vectors = _vectors(encoder, fetch, windows)
    lengths = np.array([end - start for start, end in windows])
    sound = lengths >= _SOUND
    middles = _middles(vectors[sound], np.array(windows)[sound])
    if middles is None:
        return _turns([(start, end, 0) for start, end in spans])
    likeness = _moments(windows, vectors @ middles.T, spans)
    return _turns(_path(likeness, spans, _loudness(fetch, spans)))


def _windows(phrases: Sequence[Span]) -> list[Span]:
    whole = sum(end - start for start, end in phrases)
    hop = min(_LONGEST_HOP, max(_HOP, whole / _MANY))
    found: list[Span] = []
    for start, end in phrases:
        count = max(1, 1 + int(np.ceil((end - start - _WINDOW) / hop)))
        if end - start < _SHORTEST:
            continue
        last = max(start, end - _WINDOW)
        found += [(at, min(end, at + _WINDOW)) for at in np.linspace(start, last, count).tolist()]
    return found


def _vectors(encoder: Encoder, fetch: Callable[[float, float], Array], windows: Sequence[Span]) -> Array:
    """One vector a window, a few hundred windows at a time."""
    gain = _gain(fetch, windows)
    found = []
    for at in range(0, len(windows), 256):
        spectra = np.stack([_spectrum(fetch(*window) * gain) for window in windows[at : at + 256]])
        found.append(encoder.embed(spectra))
    return np.concatenate(found) if found else np.zeros((0, SIZE), np.float32)


def _gain(fetch: Callable[[float, float], Array], windows: Sequence[Span]) -> np.float32:
    """What brings quiet speech to the level the encoder knows; loud speech stays."""
    powers = [float(np.mean(np.square(fetch(*window)))) for window in windows[:: 1 + len(windows) // 200]]
    level = 10 * np.log10(np.mean(powers) + 1e-12)
    return np.float32(10 ** (max(0.0, _LEVEL - level) / 20))


def _spectrum(samples: Array) -> Array:
    spectra = mel_spectra(samples)
    missing = max(0, STEPS - len(spectra))
    return np.pad(spectra, ((0, missing), (0, 0)), mode="wrap")[:STEPS]


def _middles(vectors: Array, times: npt.NDArray[np.float64]) -> Array | None:
    """The directions of the groups, or None for one speaker. ``times`` has start and end of every window, s."""
    some = vectors[:: 1 + len(vectors) // _GROUPED]
    if len(some) < 2 * _LEAST:
        return None
    limit = float(np.interp(len(some), _OF_WINDOWS, _LIKENESS))
    found: list[Grouping] = groupings(some, MOST, _LEAST)
    fit = [grouping for grouping in found if grouping.silhouette >= _SILHOUETTE and grouping.likeness <= limit]
    middles = max(fit, key=lambda grouping: grouping.silhouette).middles if fit else _one(vectors)
    middles = _with_brief(vectors, times, middles)
    return middles if len(middles) > 1 else None


def _one(vectors: Array) -> Array:
    """The direction of most of the windows, as if one person spoke."""
    zeros = np.zeros(len(vectors), np.int64)
    middle = centroids(vectors, zeros)
    near = (vectors @ middle[0]) >= _STRANGE
    return centroids(vectors[near], zeros[near]) if near.any() else middle


def _with_brief(vectors: Array, times: npt.NDArray[np.float64], middles: Array) -> Array:
    """``middles``, and those of voices like none of them, who say too little to have made a group of their own."""
    strange = (vectors @ middles.T).max(axis=1) < _STRANGE
    while len(middles) < MOST and strange.any():
        numbers = np.flatnonzero(strange)
        alike = vectors[numbers] @ vectors[numbers].T >= _ALIKE
        members = numbers[alike[alike.sum(axis=1).argmax()]]
        strange[members] = False
        middle = centroids(vectors[members], np.zeros(len(members), np.int64))
        if _spoken(times[members]) >= _BRIEF and float((middle @ middles.T).max()) < _STRANGE:
            middles = np.concatenate([middles, middle])
            strange &= vectors @ middle[0] < _STRANGE
    return middles


def _spoken(times: npt.NDArray[np.float64]) -> float:
    """Seconds that windows, in order, hold together."""
    reached, total = -np.inf, 0.0
    for start, end in times.tolist():
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _moments(windows: Sequence[Span], likeness: Array, spans: Sequence[Span]) -> Array:
    """How alike each moment is to each group: the mean over the windows that hold it, nearer middles counting more."""
    count = 1 + int(max(end for _, end in spans) / STEP)
    sums, weights = np.zeros((count, likeness.shape[1])), np.zeros(count)
    for (start, end), values in zip(windows, likeness, strict=True):
        at = np.arange(int(start / STEP), min(count, int(np.ceil(end / STEP))))
        middle, half = (start + end) / 2, (end - start) / 2
        weight = np.maximum(0.05, 1 - np.abs((at + 0.5) * STEP - middle) / half) * min(1.0, 2 * half / _WINDOW)
        sums[at] += weight[:, None] * values
        weights[at] += weight
    return (sums / np.maximum(weights, 1e-6)[:, None]).astype(np.float32)


def _loudness(fetch: Callable[[float, float], Array], spans: Sequence[Span]) -> list[Array]:
    """Level of every moment of every span, dB."""
    found = []
    size = int(STEP * RATE)
    for start, end in spans:
        samples = fetch(start, end)
        samples = np.pad(samples, (0, -len(samples) % size))
        found.append((10 * np.log10(np.square(samples).reshape(-1, size).mean(axis=1) + 1e-10)).astype(np.float32))
    return found


def _path(likeness: Array, spans: Sequence[Span], levels: Sequence[Array]) -> list[tuple[float, float, int]]:
    """Viterbi's best path, as pieces of spans with the number of a group."""
    moments, came, group = _forward(likeness, spans, levels)
    groups = []
    for before in reversed(came):
        groups.append(group)
        group = int(before[group])
    pieces: list[tuple[float, float, int]] = []
    for (number, at), of in zip(moments, reversed(groups), strict=True):
        start, end = spans[number]
        begin, stop = max(start, at * STEP), min(end, (at + 1) * STEP)
        if pieces and pieces[-1][2] == of and abs(pieces[-1][1] - begin) < 1e-6:
            pieces[-1] = (pieces[-1][0], stop, of)
        else:
            pieces.append((begin, stop, of))
    return pieces


def _forward(
    likeness: Array, spans: Sequence[Span], levels: Sequence[Array]
) -> tuple[list[tuple[int, int]], list[Labels], int]:
    """Each moment (number of span, of moment); the group that the best way to each group came from; the last one's."""
    score, every = np.zeros(likeness.shape[1]), np.arange(likeness.shape[1])
    moments: list[tuple[int, int]] = []
    came: list[Labels] = []
    for number, ((start, end), level) in enumerate(zip(spans, levels, strict=True)):
        first = int(start / STEP)
        last = min(len(likeness), max(first + 1, int(np.ceil(end / STEP))))
        quiet = level < np.median(level) - _PAUSE_BELOW
        for at in range(first, last):
            easy = at == first or (at - first < len(quiet) and quiet[at - first])
            price = _PRICE * (_QUIET if easy else 1)
            best = int(score.argmax())
            changing = score[best] - price
            came.append(np.where(changing > score, best, every))
            score = np.maximum(score, changing) + likeness[at]
            moments.append((number, at))
    return moments, came, int(score.argmax())


def _turns(pieces: Sequence[tuple[float, float, int]]) -> list[Turn]:
    """Named in order of first speech; stretches of one speaker with nobody between them stay apart as heard."""
    names: dict[int, str] = {}
    turns: list[Turn] = []
    for start, end, group in pieces:
        if end - start <= 0:
            continue
        name = names.setdefault(group, chr(ord("A") + len(names)))
        turns.append(Turn(round(start, 3), round(end, 3), name))
    return turns
