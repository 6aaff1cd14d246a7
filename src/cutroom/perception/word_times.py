"""Times for words that nothing could be aligned with: shared out over the voice within a cue. And times in order."""

from __future__ import annotations

from bisect import bisect_right
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
# Time (s a word) below which words have no room, and how far from its own a cue may go to find some.
_LEAST_ROOM, _REACH = 0.06, 2.0


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


def beside(cues: Sequence[Cue], taken: Sequence[tuple[float, float]], duration: float) -> list[Cue]:
    """Cues that nothing could be aligned with, at times that leave alone what was: ``taken`` has spans of its words.

    Each has the longest part of its own time that is free; where that is too short for its words, the longest free time
    within a reach, which it shares with others that go there. What has no room at all keeps its time.
    """
    free = free_of(taken, max([duration, *(cue.end for cue in cues)], default=duration))
    starts = [start for start, _ in free]
    rooms: dict[tuple[float, float], list[int]] = {}
    found = list(cues)
    for number, cue in enumerate(cues):
        near = free[max(0, bisect_right(starts, cue.start - _REACH) - 1) : bisect_right(starts, cue.end + _REACH)]
        own = max(((max(a, cue.start), min(b, cue.end)) for a, b in near), key=_length, default=(0.0, 0.0))
        if _length(own) >= min(_LEAST_ROOM * len(cue.text.split()), cue.end - cue.start):
            found[number] = _at(cue, *own)
        elif near and _length(gap := max(near, key=_length)) > 0:
            middle = (cue.start + cue.end) / 2
            least = _LEAST_ROOM * 4 * len(cue.text.split())
            if _length(gap) > least:  # of a long one the part that is nearest
                first = min(max(gap[0], middle - least / 2), gap[1] - least)
                gap = (first, first + least)
            rooms.setdefault(gap, []).append(number)
    for (start, end), numbers in rooms.items():
        edges = _along([(start, end)], [len(cues[number].text) for number in numbers])
        for number, first, last in zip(numbers, edges[:-1], edges[1:], strict=True):
            found[number] = _at(cues[number], first, last)
    return found


def free_of(taken: Sequence[tuple[float, float]], duration: float) -> list[tuple[float, float]]:
    """What ``taken`` leaves of the film."""
    found, reached = [], 0.0
    for start, end in sorted(taken):
        if start > reached:
            found.append((reached, start))
        reached = max(reached, end)
    return [*found, (reached, duration)] if duration > reached else found


def _length(span: tuple[float, float]) -> float:
    return span[1] - span[0]


def _at(cue: Cue, start: float, end: float) -> Cue:
    """The cue at another time; what the file says of its words holds for its own."""
    return cue if (start, end) == (cue.start, cue.end) else replace(cue, start=start, end=end, starts=())


def _within(voice: Voice, start: float, end: float) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for a, b in voice[bisect_right(voice, start, key=_end) :]:
        if a >= end:
            break
        first, last = max(start, a, found[-1][1] if found else start), min(end, b)
        if last > first:
            found.append((first, last))
    return found


def _end(span: tuple[float, float]) -> float:
    return span[1]


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
