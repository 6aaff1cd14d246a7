"""Loopability: how well the end of a film joins its beginning."""

from __future__ import annotations

from collections.abc import Iterable

from cutroom.judgement import measures as m
from cutroom.judgement.scoring import Signal, compose
from cutroom.model.percepts import Percepts, ScreenText
from cutroom.model.verdicts import Explained

_END_SECONDS = 0.5


def loopability(percepts: Percepts) -> Explained:
    """0..1."""
    seeing, hearing = percepts.seeing, percepts.hearing
    signals = [Signal("picture", seeing.loop_similarity if seeing else None)]
    signals.append(Signal("sound", hearing.start_similarity if hearing else None))
    looks = seeing.looks if seeing else ()
    signals.append(Signal("motion", abs(looks[-1].motion - looks[0].motion) if looks else None))
    if seeing is None or seeing.text is None:
        signals.append(Signal("screen_text", None))
    else:
        length = m.duration_of(percepts)
        begins = _words(text for text in seeing.text if text.start < _END_SECONDS)
        ends = _words(text for text in seeing.text if text.end > length - _END_SECONDS)
        if begins or ends:
            signals.append(Signal("screen_text", len(begins & ends) / len(begins | ends)))
    return compose("loopability", signals)


def _words(texts: Iterable[ScreenText]) -> set[str]:
    return {word for text in texts for word in text.text.casefold().split()}
