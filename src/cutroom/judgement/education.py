"""How much of what is said explains something."""

from __future__ import annotations

from collections.abc import Iterable

from cutroom.judgement import measures as m
from cutroom.judgement.scoring import Signal, compose
from cutroom.model.percepts import Percepts
from cutroom.model.verdicts import Explained, TextFacts

_ADDED_WORDS = 50
_LEAST_WORDS = 20
_RATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("steps", ("step",)),
    ("definitions", ("definition",)),
    ("numbers", ("number",)),
    ("examples", ("example", "proof")),
)


def educational_value(percepts: Percepts, text: TextFacts) -> Explained:
    """0..100; unknown where too little is said."""
    names = [name for name, _ in _RATES] + ["content_words", "coherence"]
    words = m.word_count(percepts)
    if words is None or words < _LEAST_WORDS:
        little = m.UNRECOGNISED if m.unrecognised(percepts) else "Hardly anything is said."
        reason = m.NO_TRANSCRIPT if words is None else little
        return compose("educational_value", [Signal(name, None) for name in names], unknown=reason)
    why = m.why_no_speech(percepts)
    if why is None:
        signals = [_rate(name, kinds, text, words) for name, kinds in _RATES]
    else:
        signals = [Signal(name, None) for name, _ in _RATES]
    signals.append(Signal("content_words", text.content_word_ratio))
    drift = m.mean([change for change in text.drift if change is not None])
    signals.append(Signal("coherence", None if drift is None else 1 - m.clamp(drift)))
    return compose("educational_value", signals, unknown=why)


def _rate(name: str, kinds: Iterable[str], text: TextFacts, words: int) -> Signal:
    found = [act for act in m.acts_of(text, kinds) if act.segment is not None]
    rate = 100 * len(found) / (words + _ADDED_WORDS)
    first = found[0] if found else None
    return Signal(name, rate, (first.start, first.end) if first else None, first.quote if first else None)
