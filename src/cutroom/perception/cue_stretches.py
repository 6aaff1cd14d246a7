"""Which cues are aligned together, in which stretch of sound: short ones, because cues are roughly right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cutroom.perception.captions import Cue
from cutroom.perception.word_times import Voice

# A pause this long (s) parts stretches, if it is no farther than this from the end of a cue and the start of the next.
_PAUSE, _NEAR = 0.25, 0.8
# Sound around the cues (s): they may begin late and end early.
_AROUND, _SILENCE = 1.5, 0.5
_LONGEST = 25.0
_OVERLAP = 0.6


@dataclass(frozen=True, slots=True)
class Run:
    """Cues [first, last) are said in [start, end) s."""

    start: float
    end: float
    first: int
    last: int


def plan(cues: Sequence[Cue], voice: Voice | None, duration: float) -> list[Run]:
    """Runs that cover all cues in order. Neighbours share no sound unless nobody pauses for long."""
    pauses = _pauses(voice, duration)
    runs: list[Run] = []
    first, start = 0, 0.0
    for number, cue in enumerate(cues):
        if number + 1 == len(cues):
            runs.append(_run(cues, first, number + 1, start, duration))
            break
        parted = _parted(cue, cues[number + 1], pauses)
        if parted is None and cues[number + 1].end - cues[first].start > _LONGEST:
            parted = (cue.end + _OVERLAP, cues[number + 1].start - _OVERLAP)
        if parted is not None:
            runs.append(_run(cues, first, number + 1, start, min(parted[0], duration)))
            first, start = number + 1, max(0.0, parted[1])
    return runs


def _run(cues: Sequence[Cue], first: int, last: int, start: float, end: float) -> Run:
    start, end = max(start, cues[first].start - _AROUND), min(end, cues[last - 1].end + _AROUND)
    return Run(start, max(start, end), first, last)


def _pauses(voice: Voice | None, duration: float) -> list[tuple[float, float]]:
    """Where nobody speaks, in order."""
    if voice is None:
        return []
    edges = [0.0, *(edge for span in voice for edge in span), duration]
    found = zip(edges[::2], edges[1::2], strict=True)
    return [(start, end) for start, end in found if end - start >= _PAUSE]


def _parted(cue: Cue, following: Cue, pauses: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """Where one stretch ends and the next begins, between two cues: in the longest pause that is near."""
    low, high = cue.end - _NEAR, following.start + _NEAR
    best, value = None, 0.0
    middle = (cue.end + following.start) / 2
    at = _first_ending_after(pauses, low)
    while at < len(pauses) and pauses[at][0] < high:
        start, end = max(pauses[at][0], low), min(pauses[at][1], high)
        away = max(0.0, start - middle, middle - end)
        if end - start >= _PAUSE / 2 and pauses[at][1] - pauses[at][0] - away > value:
            best, value = pauses[at], pauses[at][1] - pauses[at][0] - away
        at += 1
    if best is None:
        if following.start - cue.end > 2 * _AROUND:
            return cue.end + _AROUND, following.start - _AROUND
        return None
    half = (best[0] + best[1]) / 2
    return min(half, best[0] + _SILENCE), max(half, best[1] - _SILENCE)


def _first_ending_after(pauses: Sequence[tuple[float, float]], time: float) -> int:
    low, high = 0, len(pauses)
    while low < high:
        middle = (low + high) // 2
        if pauses[middle][1] <= time:
            low = middle + 1
        else:
            high = middle
    return low
