"""Times for words that nothing could be aligned with: shared out over the voice within a cue. And times in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cutroom.model.percepts import Timing, Word
from cutroom.perception.captions import Cue

Voice = Sequence[tuple[float, float]]

_SHORTEST = 0.01
"""s; of a word whose neighbours leave it no room."""
# A cue whose voice is shorter than this (s a letter) is not where that voice is: it is filled as a whole.
_QUICKEST = 0.025
_LONGEST_WORD = 1.2


def interpolated(cue: Cue, voice: Voice | None) -> list[Word]:
    """The words of a cue in shares of the time in which somebody speaks; the file's own times where it states them."""
    tokens = cue.text.split()
    if len(cue.starts) == len(tokens) and tokens and None not in cue.starts:
        return _stated(cue, tokens, [start for start in cue.starts if start is not None])
    spans = _within(voice or (), cue.start, cue.end)
    weights = [len(token) + 1 for token in tokens]
    if sum(end - start for start, end in spans) < _QUICKEST * sum(weights):
        spans = [(cue.start, cue.end)]
    edges = _along(spans, weights)
    return [
        Word(start, end, token, Timing.INTERPOLATED)
        for token, start, end in zip(tokens, edges[:-1], edges[1:], strict=True)
    ]


def _stated(cue: Cue, tokens: Sequence[str], starts: Sequence[float]) -> list[Word]:
    ends = [*starts[1:], max(cue.end, starts[-1] + _SHORTEST)]
    return [
        Word(start, min(end, start + _LONGEST_WORD), token, Timing.NATIVE)
        for token, start, end in zip(tokens, starts, ends, strict=True)
    ]


def between(tokens: Sequence[str], start: float, end: float) -> list[Word]:
    """Words that are somewhere in [start, end)."""
    edges = _along([(start, max(end, start))], [len(token) + 1 for token in tokens])
    return [Word(a, b, token, Timing.INTERPOLATED) for token, a, b in zip(tokens, edges[:-1], edges[1:], strict=True)]


def _within(voice: Voice, start: float, end: float) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for a, b in voice:
        first, last = max(start, a, found[-1][1] if found else start), min(end, b)
        if last > first:
            found.append((first, last))
    return found


def _along(spans: Sequence[tuple[float, float]], weights: Sequence[int]) -> list[float]:
    """The edges of shares of the time that ``spans`` hold together, one share a weight."""
    total, whole = sum(end - start for start, end in spans), sum(weights) or 1
    edges, done, number, gone = [spans[0][0]], 0, 0, 0.0
    for weight in weights:
        done += weight
        target = total * done / whole
        while number < len(spans) - 1 and gone + spans[number][1] - spans[number][0] < target - 1e-9:
            gone += spans[number][1] - spans[number][0]
            number += 1
        edges.append(min(spans[number][1], spans[number][0] + target - gone))
    return edges


def in_order(words: Iterable[Word], duration: float) -> list[Word]:
    """The words with times in milliseconds, each after the one before, all within the film.

    Words that would begin after its end are not said in it and are left out.
    """
    kept: list[Word] = []
    last = 0.0
    for word in words:
        start = max(last, word.start, 0.0)
        end = min(max(word.end, start + _SHORTEST), duration)
        start, end = round(start, 3), round(end, 3)
        if end - start < _SHORTEST / 2:
            continue
        kept.append(replace(word, start=start, end=end))
        last = end
    return kept
