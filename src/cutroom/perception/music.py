"""Where there is music, its key and tempo.

Music holds tones (``partials``). Where somebody speaks, what is heard in the pauses before and after decides; where one
of them has music and the other none, what is held through the speech. Drums hold no tones; they are told by the
regularity of their strokes. Of all courses of music and none, the one with most evidence and fewest changes is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import Music, Span
from cutroom.perception.partials import BINS as _BINS
from cutroom.perception.partials import FFT as _FFT
from cutroom.perception.partials import HOP, RATE, STEP, partials, spectra
from cutroom.perception.tempo import FRAMES, tempo_of

if TYPE_CHECKING:
    from collections.abc import Iterable

Array = npt.NDArray[np.float32]
Spans = Sequence[tuple[float, float]]
Flags = npt.NDArray[np.bool_]
Evidence = npt.NDArray[np.float64]

# Frames looked at together: 20 s.
_BLOCK = 625
# A room answers a voice for so long (s).
_ANSWERS = 3.0
# Partials held at once that speak neither for music nor against it: where nobody speaks (mean over so many frames), and
# where somebody does, whose vowels hold some too; how far evidence goes.
_IN_REST, _REST_FRAMES, _IN_SPEECH = 0.9, 31, 2.0
_FOR, _AGAINST, _WEAK = 1.0, -1.0, 0.5
# What is heard in a pause counts for the speech so near (s); how much what is held in the speech itself does.
_NEAR, _OWN = 8.0, 0.6
# Of music's partials so many at least are heard through speech over it.
_KEPT = 0.25
# Evidence of so many frames is needed for each change: music, and what parts it, lasts for 2 s.
_CHANGE = 30.0
# A voice's last tone rings in the room for so many frames, and it begins so many before it is taken for one.
_RINGS, _BEFORE = 6, 4
# Regular strokes are drums from this correlation on: in pieces of so many seconds with less than half speech, and in
# long ones whatever is said; how much (s) in the middle of a piece is told by it.
_PIECES = ((6.0, 0.45, 0.5), (10.0, 0.28, 1.01))
_DRUM_MIDDLE = 2.0
# Shorter music (s) is none.
_LEAST = 2.0
_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
# How well each degree fits a key (Temperley 1999).
_MAJOR = (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0)
_MINOR = (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0)
_KEY_FIT, _KEY_MARGIN = 0.65, 0.1


@dataclass(frozen=True, slots=True)
class Tones:
    """``held``: partials held in each frame of ``STEP`` seconds; ``chroma``: their strength by pitch class, C first."""

    held: Array
    chroma: Array


def tones(blocks: Iterable[Array], voice: Spans = ()) -> Tones:
    """The held tones of 16 kHz sound that comes in blocks of any length; some megabytes at a time are held.

    ``voice`` is where somebody speaks (s).
    """
    pending = np.zeros(_FFT // 2, np.float32)
    held: list[Array] = []
    chroma: list[Array] = []
    at = 0.0
    size = (_BLOCK - 1) * HOP + _FFT
    for block in blocks:
        pending = np.concatenate([pending, block])
        while len(pending) >= size:
            _add(pending[:size], at, voice, held, chroma)
            pending = pending[_BLOCK * HOP :]
            at += _BLOCK * STEP
    if len(pending) > _FFT // 2:
        _add(np.pad(pending, (0, _FFT // 2)), at, voice, held, chroma)
    if not held:
        return Tones(np.zeros(0, np.float32), np.zeros((0, 12), np.float32))
    return Tones(np.concatenate(held), np.stack(chroma))


def _add(samples: Array, at: float, voice: Spans, held: list[Array], chroma: list[Array]) -> None:
    spectrum = spectra(samples)
    here = [(start - at, end - at) for start, end in voice if end + _ANSWERS > at]
    answering, _ = _speaking(len(spectrum), [(start, end + _ANSWERS) for start, end in here])
    _, ringing = _speaking(len(spectrum), here)
    found = partials(spectrum, answering, ~ringing)
    held.append(found.sum(axis=1).astype(np.float32))
    chroma.append(((spectrum * (found > 0)).sum(axis=0) @ _classes()).astype(np.float32))


def _classes() -> Array:
    """Which pitch class each bin from 180 Hz to 2.5 kHz belongs to, as a matrix."""
    hertz = np.arange(_BINS) * RATE / _FFT
    matrix = np.zeros((_BINS, 12), np.float32)
    wanted = np.flatnonzero((hertz > 180) & (hertz < 2500))
    matrix[wanted, np.round(69 + 12 * np.log2(hertz[wanted] / 440)).astype(int) % 12] = 1
    return matrix


def music_of(heard: Tones, strokes: Array, voice: Spans | None, duration: float, energy: Sequence[float]) -> Music:
    """Music from its tones and strokes (``tempo.onsets``); ``voice`` is where somebody speaks, ``energy`` by second."""
    spans = music_spans(heard.held, strokes, voice, duration)
    if not spans:
        return Music(present=False, ratio=0.0)
    ratio = min(1.0, sum(end - start for start, end in spans) / duration)
    longest = max(spans, key=lambda span: span[1] - span[0])
    found = tempo_of(strokes[int(longest[0] * FRAMES) : int(longest[1] * FRAMES)])
    seconds = [energy[at] for start, end in spans for at in range(int(start), min(len(energy), int(np.ceil(end))))]
    return Music(
        present=True,
        ratio=round(ratio, 4),
        spans=tuple(Span(start, end) for start, end in spans),
        bpm=found.bpm,
        bpm_candidates=found.candidates,
        energy=round(float(np.mean(seconds)), 4) if seconds else None,
        key=key_of(heard.chroma),
    )


def music_spans(held: Array, strokes: Array, voice: Spans | None, duration: float) -> list[tuple[float, float]]:
    """Start and end (s) of every stretch with music."""
    speaking, ringing = _speaking(len(held), voice or ())
    evidence = _tonal(held, speaking, ringing)
    drums = _drummed(strokes, speaking)
    evidence[drums] = _FOR
    sure = (held >= 1) | ringing | drums
    least = min(_LEAST, 0.3 * duration)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], _course(evidence), [False]]).astype(np.int8)))
    spans = []
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        # Evidence is a mean over a second: music begins and ends with a tone, or under speech, or at the film's ends.
        inner = np.flatnonzero(sure[first:last])
        if len(inner):
            start = first + int(inner[0]) if first else 0
            end = first + int(inner[-1]) + 1 if last < len(held) else last
            spans.append((start * STEP, min(duration, end * STEP)))
    return [(round(start, 3), round(end, 3)) for start, end in spans if end - start >= least]


def _speaking(count: int, voice: Spans) -> tuple[Flags, Flags]:
    """Frames with speech, and those with speech or its ringing on."""
    speaking, ringing = np.zeros(count, bool), np.zeros(count, bool)
    for start, end in voice:
        first, last = max(0, int(start / STEP)), max(0, int(np.ceil(end / STEP)))
        speaking[first:last] = True
        ringing[max(0, first - _BEFORE) : last + _RINGS] = True
    return speaking, ringing


def _tonal(held: Array, speaking: Flags, ringing: Flags) -> Evidence:
    """For music (above 0) or against it, frame by frame: by what is held in the rest, and by that near the speech."""
    rest = (~ringing).astype(np.float64)
    count = _around(rest, _REST_FRAMES)
    mean = _around(held * rest, _REST_FRAMES) / np.maximum(count, 1)
    heard = np.clip(mean / _IN_REST - 1, _AGAINST, _FOR)
    spoken = _around(held * speaking, _REST_FRAMES) / np.maximum(_around(speaking.astype(np.float64), _REST_FRAMES), 1)
    beside = _between(np.where(ringing, 0, mean), ringing, np.zeros(len(held)), 0.0)
    own = np.clip(spoken / np.maximum(_IN_SPEECH, _KEPT * beside) - 1, -_WEAK, _WEAK)
    return _between(heard, ringing, own, _OWN)


def _between(heard: Evidence, ringing: Flags, own: Evidence, weight: float) -> Evidence:
    """The evidence of the rest, and for speech that of the pauses before and after it, the nearer the more."""
    at = np.arange(len(heard))
    rest = np.flatnonzero(~ringing)
    if not len(rest):
        return own
    after = np.searchsorted(rest, at)
    before, after = rest[np.maximum(after - 1, 0)], rest[np.minimum(after, len(rest) - 1)]
    reach = _NEAR / STEP
    near = [np.maximum(0.0, 1 - np.abs(at - pause) / reach) for pause in (before, after)]
    told = near[0] * heard[before] + near[1] * heard[after] + weight * own
    return np.where(ringing, told / np.maximum(near[0] + near[1] + weight, 1e-6), heard)


def _course(evidence: Evidence) -> Flags:
    """The likeliest course of music and none: the one with most evidence, less what its changes cost."""
    came = np.zeros((2, len(evidence)), bool)
    none, some = 0.0, 0.0
    for at, given in enumerate(evidence.tolist()):
        came[0, at] = some - _CHANGE > none
        came[1, at] = none - _CHANGE > some
        none, some = max(none, some - _CHANGE), max(some, none - _CHANGE) + given
    flags = np.zeros(len(evidence), bool)
    state = int(some > none)
    for at in range(len(evidence) - 1, -1, -1):
        flags[at] = bool(state)
        if came[state, at]:
            state = 1 - state
    return flags


def _around(values: npt.NDArray[np.floating], width: int) -> npt.NDArray[np.float64]:
    """The sum over so many frames around each; at the ends of the film the windows are as wide as elsewhere."""
    count = len(values)
    width = max(1, min(count, width))
    first = np.clip(np.arange(count) - width // 2, 0, max(0, count - width))
    sums = np.cumsum(np.append(0.0, values))
    return cast("npt.NDArray[np.float64]", sums[np.minimum(first + width, count)] - sums[first])


def _spread(flags: Flags, reach: int) -> Flags:
    """Flags that also hold for ``reach`` frames before and after."""
    sums = np.cumsum(np.pad(flags.astype(np.int64), (reach + 1, reach)))
    return sums[2 * reach + 1 :] - sums[: -2 * reach - 1] > 0


def _drummed(strokes: Array, speaking: Flags) -> Flags:
    """Frames in the midst of regular strokes."""
    flags = np.zeros(len(speaking), bool)
    middle = round(_DRUM_MIDDLE * FRAMES)
    for seconds, clear, spoken in _PIECES:
        size = round(seconds * FRAMES)
        last = max(0, len(strokes) - size)
        for at in sorted({*range(0, last, middle), last}):
            piece = slice(_frame(at), _frame(at + size))
            if not speaking[piece].size or speaking[piece].mean() >= spoken:
                continue
            if tempo_of(strokes[at : at + size]).clarity >= clear:
                aside = (size - middle) // 2
                first, end = 0 if at == 0 else at + aside, len(strokes) if at == last else at + size - aside
                near = _struck(strokes[at : at + size], len(flags), at)[_frame(first) : _frame(end)]
                flags[_frame(first) : _frame(end)] |= near
    return flags


def _struck(strokes: Array, count: int, at: int) -> Flags:
    """Which of ``count`` frames lie among strokes as strong as others of these, which begin at stroke ``at``."""
    force = strokes[:, 3:].sum(axis=1)
    first, end = _frame(at), min(count, _frame(at + len(strokes)) + 1)
    struck = np.zeros(end - first, bool)
    for stroke in np.flatnonzero(force > 0.3 * force.max()).tolist():
        struck[min(end - 1, _frame(at + stroke)) - first] = True
    reach = round(0.8 / STEP)
    flags = np.zeros(count, bool)
    flags[first:end] = ~_spread(~_spread(struck, reach), reach)  # what lies between them, nothing before the first
    return flags


def _frame(stroke: int) -> int:
    return int(stroke / FRAMES / STEP)


def key_of(chroma: Array) -> str | None:
    """The key, e.g. "A minor", by Temperley's profiles; None where none or more than one fits.

    ``chroma`` is ``[n, 12]`` from C on, each row one stretch of time.
    """
    total = np.sqrt(chroma / (chroma.sum(axis=1, keepdims=True) + 1e-9)).sum(axis=0) if len(chroma) else np.zeros(12)
    if float(total.std()) < 1e-6:
        return None
    fits = sorted(
        (float(np.corrcoef(np.roll(profile, root), total)[0, 1]), f"{_NAMES[root]} {mode}")
        for mode, profile in (("major", _MAJOR), ("minor", _MINOR))
        for root in range(12)
    )
    (second, _), (first, name) = fits[-2:]
    return name if first >= _KEY_FIT and first - second >= _KEY_MARGIN else None
