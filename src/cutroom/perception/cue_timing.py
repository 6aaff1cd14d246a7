"""When the words of captions are said: aligned with the sound where text and speech agree, estimated where they do not.

A file of subtitles may belong to another cut of the film, be in another language, or be wrong here and there. What the
alignment says of the fit decides; a constant delay is looked for and undone, and whatever was found is told.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import Missing, Timing, Word
from cutroom.perception.alignment import LONGEST, RATE, Aligner, Placed, Stretch
from cutroom.perception.captions import Cue
from cutroom.perception.cue_stretches import Run, plan
from cutroom.perception.word_times import Voice, beside, between, free_of, interpolated

SENSE = "word_times"
# Mean fit (natural logarithm) below which a text is not what is said. Measured on made speech: texts that are said have
# -0.4 in quiet and -1.7 under music at 10 dB (the worst twentieth -0.8 and -2.6), others -4.5 and -4.0 (the best
# twentieth -2.5 and -2.8). Music lowers all: what is usual in a film counts too, down to a bound.
_FITS, _FITS_AT_LEAST, _BELOW_USUAL = -2.7, -3.6, 1.2
_SHORT_CUE, _SHORT_CUE_LESS = 3, 0.8
# Shares of all words: more failures than this ask for a delay; more than that after it, and nothing is believed.
_SUSPICIOUS, _HOPELESS = 0.35, 0.6
_PROBES, _PROBE_WORDS, _REACH = 8, (8, 24), 30.0
_PROBE_FITS, _SAME_DELAY, _DELAYED, _AGREE = -2.3, 0.4, 0.3, 0.5
_EARLY = 0.7
_ELSEWHERE = 8.0
"""Seconds from its time at which a single cue is looked for."""

Ticks = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Timed:
    """The words of every cue, in order of the cues, and what is to be said of them."""

    words: list[list[Word]]
    missing: tuple[Missing, ...] = ()


@dataclass(slots=True)
class Film:
    """What cues are held against: 16 kHz PCM of the whole film (may be a mapped file), where somebody speaks."""

    pcm: npt.NDArray[np.int16]
    voice: Voice | None
    tick: Ticks = field(default=lambda _fraction: None)

    @property
    def duration(self) -> float:
        return len(self.pcm) / RATE

    def cut(self, start: float, end: float) -> npt.NDArray[np.int16]:
        return np.array(self.pcm[round(max(0.0, start) * RATE) : round(max(0.0, end) * RATE)])


def estimate(cues: Sequence[Cue], film: Film, reason: str) -> Timed:
    """All cues by voice activity, and why."""
    words = [interpolated(cue, film.voice) for cue in cues]
    return Timed(words, (Missing(SENSE, reason, degraded=True),))


def align_cues(aligner: Aligner, cues: Sequence[Cue], film: Film) -> Timed:
    """The words of English cues. Cues that fit nothing are interpolated, and counted in ``missing``."""
    tried = _Attempt(aligner, film, list(cues))
    tried.run()
    told: list[Missing] = []
    if tried.failing > _SUSPICIOUS and (delay := _delay(aligner, cues, film)) is not None:
        again = _Attempt(aligner, film, [_moved(cue, delay) for cue in cues])
        again.run()
        if again.failing < tried.failing:
            tried = again
            way = "behind" if delay < 0 else "ahead of"
            told.append(_note(f"The subtitles are {abs(delay):.1f} s {way} the speech; this was corrected."))
    if tried.failing > _HOPELESS:
        return estimate(cues, film, "The subtitles do not agree with the speech; the times of words are estimates.")
    tried.repair()
    told += tried.notes()
    return Timed(tried.words(), tuple(told))


def _note(reason: str) -> Missing:
    return Missing(SENSE, reason, degraded=True)


def _moved(cue: Cue, delay: float) -> Cue:
    starts = tuple(None if start is None else start + delay for start in cue.starts)
    return replace(cue, start=cue.start + delay, end=cue.end + delay, starts=starts)


class _Attempt:
    """One alignment of all cues at the times they have."""

    def __init__(self, aligner: Aligner, film: Film, cues: list[Cue]) -> None:
        self._aligner, self._film, self._cues = aligner, film, cues
        self._tokens = [tuple(cue.text.split()) for cue in cues]
        self._places: list[list[Placed | None] | None] = [None] * len(cues)

    def run(self) -> None:
        runs, every = plan(self._cues, self._film.voice, self._film.duration), range(len(self._cues))
        for number, (run, places) in enumerate(zip(runs, self._align(runs, every), strict=True)):
            self._keep(every[run.first : run.last], places)
            self._film.tick((number + 1) / len(runs))

    def _align(self, runs: Sequence[Run], order: Sequence[int]) -> Iterator[list[Placed | None] | None]:
        """Runs count their cues in ``order``."""
        for at in range(0, len(runs), 8):
            some = [
                Stretch(
                    self._film.cut(run.start, run.end), max(0.0, run.start), self._said(order[run.first : run.last])
                )
                for run in runs[at : at + 8]
            ]
            yield from self._aligner.align(some)

    def _said(self, numbers: Sequence[int]) -> tuple[str, ...]:
        return tuple(token for number in numbers for token in self._tokens[number])

    def _keep(self, numbers: Sequence[int], places: list[Placed | None] | None, *, better: bool = False) -> None:
        at = 0
        for number in numbers:
            some = None if places is None else places[at : at + len(self._tokens[number])]
            at += len(self._tokens[number])
            if not better or _fit(some) > _fit(self._places[number]):
                self._places[number] = some

    def repair(self) -> None:
        """Try cues that do not fit once more together with their neighbours: their times may be off."""
        wanted = sorted(self._lost())
        runs = []
        for number in wanted:
            first, last = max(0, number - 1), min(len(self._cues), number + 2)
            start, end = self._cues[first].start - 2.0, self._cues[last - 1].end + 2.0
            if end - start < LONGEST / 2:
                runs.append(Run(max(0.0, start), min(end, self._film.duration), first, last))
        every = range(len(self._cues))
        for run, places in zip(runs, self._align(runs, every), strict=True):
            self._keep(every[run.first : run.last], places, better=True)
        self._without_the_lost()
        self._in_what_is_free()

    def _in_what_is_free(self) -> None:
        """Look for what still fits nowhere in the longest stretch near it that no other cue has taken."""
        lost = self._lost()
        taken = [
            (known[0].start, known[-1].end)
            for number, places in enumerate(self._places)
            if number not in lost and (known := [place for place in places or () if place is not None])
        ]
        free = free_of(taken, self._film.duration)
        runs = []
        for number in sorted(lost):
            cue = self._cues[number]
            near = [gap for gap in free if gap[0] < cue.end + _ELSEWHERE and gap[1] > cue.start - _ELSEWHERE]
            if near:
                start, end = max(near, key=lambda gap: gap[1] - gap[0])
                runs.append(Run(start, min(end, start + LONGEST / 2), number, number + 1))
        every = range(len(self._cues))
        for run, places in zip(runs, self._align(runs, every), strict=True):
            self._keep(every[run.first : run.last], places, better=True)

    def _without_the_lost(self) -> None:
        """Align the neighbours of cues that are not said once more without those: they may have taken their sound."""
        lost = self._lost()
        kept = [number for number in range(len(self._cues)) if number not in lost]
        near = {number + step for number in lost for step in (-1, 1)}
        runs = [
            run
            for run in plan([self._cues[number] for number in kept], self._film.voice, self._film.duration)
            if not near.isdisjoint(kept[run.first : run.last])
        ]
        for run, places in zip(runs, self._align(runs, kept), strict=True):
            self._keep(kept[run.first : run.last], places, better=True)

    @property
    def failing(self) -> float:
        """The share of words in cues that do not fit."""
        sounding = [number for number in range(len(self._cues)) if self._tokens[number]]
        total = sum(len(self._tokens[number]) for number in sounding)
        lost = self._lost()
        failed = sum(len(self._tokens[number]) for number in sounding if number in lost)
        return failed / total if total else 0.0

    def _lost(self) -> set[int]:
        """The cues that do not fit."""
        least = self._least()
        short = [_SHORT_CUE_LESS if len(tokens) < _SHORT_CUE else 0.0 for tokens in self._tokens]
        return {number for number, less in enumerate(short) if _fit(self._places[number]) < least - less}

    def _least(self) -> float:
        """What is enough in this film."""
        found = [fit for fit in map(_fit, self._places) if fit > -np.inf]
        usual = statistics.median(found) if found else 0.0
        return max(_FITS_AT_LEAST, min(_FITS, usual - _BELOW_USUAL))

    def notes(self) -> Iterator[Missing]:
        failed = len(self._lost())
        if failed:
            cues = "1 cue does" if failed == 1 else f"{failed} cues do"
            yield _note(
                f"{cues} not fit the speech ({len(self._cues)} in all); the times of their words are estimates."
            )
        early = statistics.median(self._delays() or [0.0])
        if abs(early) >= _EARLY:
            way = "ahead of" if early > 0 else "behind"
            yield _note(f"The subtitles are about {abs(early):.1f} s {way} the speech; words have the times of speech.")

    def _delays(self) -> list[float]:
        """How long after its cue each first word is said."""
        found, lost = [], self._lost()
        for number, cue in enumerate(self._cues):
            first = next((place for place in self._places[number] or () if place is not None), None)
            if first is not None and number not in lost:
                found.append(first.start - cue.start)
        return found

    def words(self) -> list[list[Word]]:
        """Of every cue; those that fit nothing have what the others leave free."""
        unfit = self._lost()
        found = [
            None if places is None or number in unfit else _with_silent(self._tokens[number], places)
            for number, places in enumerate(self._places)
        ]
        lost = [number for number, words in enumerate(found) if words is None]
        taken = [(words[0].start, words[-1].end) for words in found if words]
        rooms = beside([self._cues[number] for number in lost], taken, self._film.duration)
        for number, room in zip(lost, rooms, strict=True):
            found[number] = interpolated(room, self._film.voice)
        return [words or [] for words in found]


def _with_silent(tokens: Sequence[str], places: Sequence[Placed | None]) -> list[Word]:
    """Aligned words, and those that have no sound of their own (signs, other scripts) between their neighbours."""
    words: list[Word] = []
    waiting: list[str] = []
    for token, place in zip(tokens, places, strict=True):
        if place is None:
            waiting.append(token)
            continue
        words += between(waiting, words[-1].end if words else place.start, place.start)
        waiting = []
        words.append(Word(place.start, place.end, token, Timing.ALIGNED))
    last = words[-1].end if words else 0.0
    return words + between(waiting, last, last)


def _fit(places: Sequence[Placed | None] | None) -> float:
    """Mean over the time of the words; minus infinity where there are none."""
    known = [place for place in places or () if place is not None]
    length = sum(place.end - place.start for place in known)
    return sum(place.fit * (place.end - place.start) for place in known) / length if length else -np.inf


def _delay(aligner: Aligner, cues: Sequence[Cue], film: Film) -> float | None:
    """The constant time (s) by which cues must be moved to where they are said; None where nothing proves one.

    A few groups of cues are looked for in half a minute on either side. They prove a delay when at least half of them,
    and two, fit well and agree.
    """
    probes = _probes(cues)
    stretches = []
    for probe in probes:
        start = max(0.0, probe[0].start - _REACH)
        text = tuple(token for cue in probe for token in cue.text.split())
        stretches.append(Stretch(film.cut(start, min(start + LONGEST - 1, probe[-1].end + _REACH)), start, text))
    found = []
    for probe, places in zip(probes, aligner.align(stretches), strict=True):
        if places is not None and _fit(places) >= _PROBE_FITS:
            found.append(_delay_of(probe, places))
    if len(found) < max(2, _AGREE * len(probes)):
        return None
    usual = statistics.median(found)
    near = [delay for delay in found if abs(delay - usual) <= _SAME_DELAY]
    if len(near) < max(2, _AGREE * len(probes)) or abs(usual) < _DELAYED:
        return None
    return round(statistics.median(near), 3)


def _delay_of(probe: Sequence[Cue], places: Sequence[Placed | None]) -> float:
    delays, at = [], 0
    for cue in probe:
        some = places[at : at + len(cue.text.split())]
        at += len(cue.text.split())
        first = next((place for place in some if place is not None), None)
        if first is not None:
            delays.append(first.start - cue.start)
    return statistics.median(delays)


def _probes(cues: Sequence[Cue]) -> list[list[Cue]]:
    """Groups of neighbouring cues with enough words to be recognised by, spread over the film."""
    least, most = _PROBE_WORDS
    groups: list[list[Cue]] = []
    group: list[Cue] = []
    for cue in cues:
        if group and (cue.start - group[-1].end > 2.0 or _count(group) >= least):
            groups.append(group)
            group = []
        group.append(cue)
    groups.append(group)
    fit = [group for group in groups if least <= _count(group) <= most and group[-1].end - group[0].start < 20]
    step = max(1, len(fit) // _PROBES)
    return fit[step // 2 :: step][:_PROBES]


def _count(cues: Sequence[Cue]) -> int:
    return sum(len(cue.text.split()) for cue in cues)
