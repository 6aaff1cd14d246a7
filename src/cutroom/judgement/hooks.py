"""The hook: how strongly a film opens, by which pattern, and what would make it stronger."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cutroom.judgement import measures as m
from cutroom.judgement.cleaning import clean
from cutroom.judgement.evidence import Sheet, measured, seen
from cutroom.judgement.kind import unfit_advice
from cutroom.judgement.scoring import Signal, compose, whole
from cutroom.judgement.surety import QUOTED, partly_sure
from cutroom.judgement.weights import ComponentRule, weights
from cutroom.model.percepts import Percepts, Seeing, Transition
from cutroom.model.verdicts import Act, Explained, TextFacts

_PREAMBLE = ("intro", "filler", "ad", "cta_follow", "cta_like", "cta_comment", "cta_share", "cta_link", "cta_buy")
_FIRST_WORDS = 8
_BARE = 3
_SETTLED = 0.5
_MOST_SUGGESTIONS = 3
_LATE = "The film comes to {words} only after {start:.1f} s. Begin with it."
_WEAK = "The film opens with {words}. A question, a promise or a bold claim would be stronger."


def window_of(duration: float) -> float:
    """Length of the hook window, seconds: 3, and 5 for films over a minute, without a jump in between."""
    w = weights()
    short, long = w.number("hook_window"), w.number("hook_window_long_film")
    begin, end = w.number("hook_window_short"), w.number("hook_window_long")
    return min(duration, short + (long - short) * m.clamp((duration - begin) / (end - begin)))


def hook_score(percepts: Percepts, text: TextFacts) -> Explained:
    """0..100 for the opening."""
    window = window_of(m.duration_of(percepts))
    signals = [*_words(percepts, text, window), *_sound(percepts, window), *_pictures(percepts, window)]
    return compose("hook_strength", signals)


def hook_type(percepts: Percepts, text: TextFacts) -> Explained:
    """How the film opens, in the contract's words; "none" where it is known that no pattern does, else None."""
    window = window_of(m.duration_of(percepts))
    return _hook_type(percepts, _strongest(text, window), window)


def hook_analysis(percepts: Percepts, text: TextFacts, sheet: Sheet) -> Explained:
    """Fill in ``hook_analysis``; the score, as it is used again."""
    window = window_of(m.duration_of(percepts))
    score = hook_score(percepts, text)
    strongest = _strongest(text, window)
    sheet.put("score", score, whole)
    sheet.put("hook_type", _hook_type(percepts, strongest, window))
    sheet.put("primary_hook", _primary(percepts, strongest, window))
    sheet.plain("suggestions", _suggestions(score, strongest, window, unfit_advice(percepts)))
    sheet.plain("hook_window", {"start": 0.0, "end": round(window, 3)})
    sheet.put("first_words", _first_words(percepts, window))
    first = m.first_speech(percepts)
    reason = "Nobody speaks." if m.speaks(percepts) is False else f"{m.why_no_sound(percepts)} {m.NO_TRANSCRIPT}"
    sheet.put("time_to_first_word", measured(None if first is None else round(first, 3), "measured", unknown=reason))
    sheet.put("visual_change_first_3s", _visual_change(percepts))
    return score


def _words(percepts: Percepts, text: TextFacts, window: float) -> Iterator[Signal]:
    if m.talks(percepts) is False:
        yield _wordless(percepts, text, window)
        return
    first = m.first_speech(percepts)
    yield Signal("time_to_first_word", first, at=None if first is None else (0.0, first))
    if not m.words_known(percepts):
        yield from (Signal(name, None) for name in ("opening_pattern", "further_patterns", "preamble"))
        return
    strengths = _by_kind(text, window)
    strongest = _strongest(text, window)
    best = max(strengths.values(), default=0.0)
    if strongest is None:
        yield Signal("opening_pattern", 0.0)
    else:
        yield Signal("opening_pattern", best, (strongest.start, strongest.end), strongest.quote)
    yield Signal("further_patterns", math.fsum(strengths.values()) - best)
    taken = m.overlap(0.0, window, m.pairs(m.acts_of(text, _PREAMBLE)))
    yield Signal("preamble", taken / window if window else None)


def _wordless(percepts: Percepts, text: TextFacts, window: float) -> Signal:
    """Where nobody talks the pictures may open as strongly as words shown in them do."""
    strongest, seeing, w = _strongest(text, window), percepts.seeing, weights()
    said = max(_by_kind(text, window).values(), default=0.0)
    seen = 0.0
    if seeing is not None:
        moves = m.clamp(seeing.first_second_motion / w.number("hook_visual_shock"))
        cuts = m.clamp(_changes(seeing, window) / w.number("hook_interrupts"))
        seen = w.number("hook_pictures") * max(moves, cuts)
    if strongest is not None and said >= seen:
        return Signal("opening_pattern", said, (strongest.start, strongest.end), strongest.quote)
    return Signal("opening_pattern", seen, (0.0, window))


def _sound(percepts: Percepts, window: float) -> Iterator[Signal]:
    hearing = percepts.hearing
    if m.soundless(percepts):
        return
    if hearing is None:
        yield from (Signal(name, None) for name in ("time_to_first_sound", "loudness_onset"))
        return
    # A silence that begins a little after the start counts by its part, or a shift by a frame would decide.
    leading = max((span.end * m.clamp(1 - span.start / _SETTLED) for span in hearing.silences), default=0.0)
    yield Signal("time_to_first_sound", leading, at=(0.0, leading))
    yield Signal("loudness_onset", _mean_until(hearing.energy, window), at=(0.0, window))


def _pictures(percepts: Percepts, window: float) -> Iterator[Signal]:
    seeing = percepts.seeing
    if seeing is None:
        names = ("first_second_motion", "picture_changes", "face", "screen_text")
        yield from (Signal(name, None) for name in names)
        return
    yield Signal("first_second_motion", seeing.first_second_motion, at=(0.0, min(1.0, window)))
    yield Signal("picture_changes", _changes(seeing, window), at=(0.0, window))
    for name, spans in (
        ("face", None if seeing.faces is None else [(track.start, track.end) for track in seeing.faces]),
        ("screen_text", None if seeing.text is None else m.pairs(seeing.text)),
    ):
        share = None if spans is None or not window else m.overlap(0.0, window, spans) / window
        yield Signal(name, share, at=(0.0, window))


def _mean_until(values: tuple[float, ...], window: float) -> float | None:
    """Mean of one value a second over the first ``window`` seconds; the last second counts by its part."""
    parts = [(value, m.clamp(window - second)) for second, value in enumerate(values[: math.ceil(window)])]
    length = math.fsum(part for _, part in parts)
    return math.fsum(value * part for value, part in parts) / length if length else None


def _changes(seeing: Seeing, window: float) -> float:
    begins = (float(shot.start) for shot in seeing.shots if shot.begins_with is not Transition.START)
    return math.fsum(m.fade(t, window) for t in begins if t < window * 2)


def _by_kind(text: TextFacts, window: float) -> dict[str, float]:
    """The strength of each kind of pattern, of its best place."""
    found: dict[str, float] = {}
    for act, strength in _patterns(text, window):
        found[act.kind] = max(found.get(act.kind, 0.0), strength)
    return found


def _strongest(text: TextFacts, window: float) -> Act | None:
    best = max(_patterns(text, window), key=lambda found: (found[1], -found[0].start), default=None)
    return None if best is None or best[1] <= 0 else best[0]


def _patterns(text: TextFacts, window: float) -> Iterator[tuple[Act, float]]:
    patterns = weights().patterns
    for act in m.acts_of(text, patterns, end=window * 2):
        yield act, patterns[act.kind].strength * m.fade(max(0.0, act.start), window)


def _hook_type(percepts: Percepts, strongest: Act | None, window: float) -> Explained:
    if strongest is not None:
        at = (strongest.start, strongest.end)
        what = weights().patterns[strongest.kind]
        part = seen(strongest.kind, what.strength, unit="strength", at=at, quote=strongest.quote)
        return measured(what.type, "strongest pattern", [part])
    seeing, w = percepts.seeing, weights()
    if seeing is not None:
        motion, changes = seeing.first_second_motion, _changes(seeing, window)
        parts = [seen("first_second_motion", motion, unit="0..1"), seen("picture_changes", changes, unit="changes")]
        if motion >= w.number("hook_visual_shock"):
            return measured("visual_shock", "first pictures", parts)
        if changes >= w.number("hook_interrupts"):
            return measured("pattern_interrupt", "first pictures", parts)
        if m.words_known(percepts):
            return measured("none", "strongest pattern", parts)
    return measured(None, "strongest pattern", unknown=m.why_no_words(percepts) or m.why_no_pictures(percepts))


def _primary(percepts: Percepts, strongest: Act | None, window: float) -> Explained:
    if strongest is not None:
        words = weights().patterns[strongest.kind].words
        line = f'Opens with {words}: "{m.sentence_of(_around(percepts, strongest), 160)}"'
        part = seen(strongest.kind, at=(strongest.start, strongest.end), quote=strongest.quote)
        return measured(line, "verbatim", [part])
    kind = _hook_type(percepts, None, window).value
    if kind == "visual_shock":
        return measured("Opens with strong movement in the first second", "first pictures")
    if kind == "pattern_interrupt":
        return measured(f"Opens with changes of picture within {window:.0f} s", "first pictures")
    reason = m.why_no_words(percepts) or "No pattern of a hook was found."
    return measured(None, "strongest pattern", unknown=reason)


def _around(percepts: Percepts, act: Act) -> str:
    """The line that holds the quote of an act: a bare "you" or "90" tells nobody anything."""
    segments = percepts.transcript.segments if percepts.transcript else ()
    if act.segment is None or len(act.quote.split()) > _BARE or act.segment >= len(segments):
        return act.quote
    text = clean(segments[act.segment].text)
    return text if act.quote in text else act.quote


def _suggestions(score: Explained, strongest: Act | None, window: float, unfit: frozenset[str]) -> list[str]:
    """Sentences about the components that cost most, each with what was measured; none about those in ``unfit``."""
    rule, weak = weights().composites["hook_strength"], weights().number("hook_weak")
    costly = sorted(
        (-(1 - part.f) * part.weight, part.name, advice)
        for part in score.components
        if part.f is not None and part.raw is not None and part.f < weak and part.name not in unfit
        if (advice := _advice(rule.component(part.name), part.raw, strongest, window)) is not None
    )
    return [advice for _, _, advice in costly[:_MOST_SUGGESTIONS]]


def _advice(rule: ComponentRule, raw: float, strongest: Act | None, window: float) -> str | None:
    """What is told of a weak component. That nothing opens the film is told only where no pattern was found."""
    if rule.name == "opening_pattern" and strongest is not None:
        words = weights().patterns[strongest.kind].words
        late = m.fade(max(0.0, strongest.start), window) < 1
        return (_LATE if late else _WEAK).format(words=words, start=max(0.0, strongest.start))
    told = rule.advice_none if rule.advice_none is not None and raw <= 0 else rule.advice
    return None if told is None else told.format(raw=raw, percent=100 * raw, window=window)


def _first_words(percepts: Percepts, window: float) -> Explained:
    if percepts.transcript is None:
        return measured(None, "verbatim", unknown=m.NO_TRANSCRIPT)
    if partly_sure(percepts.transcript):
        return measured(None, "verbatim", unknown=QUOTED)
    if m.unrecognised(percepts):
        return measured(None, "verbatim", unknown=m.UNRECOGNISED)
    words = [word for word in percepts.transcript.words if word.start < window][:_FIRST_WORDS]
    if words:
        part = seen("words", at=(words[0].start, words[-1].end))
        return measured(" ".join(word.text for word in words), "verbatim", [part])
    for segment in percepts.transcript.segments:
        if segment.start < window and not segment.words and segment.text.split():
            at = (segment.start, segment.end)
            return measured(" ".join(segment.text.split()[:_FIRST_WORDS]), "verbatim", [seen("segment", at=at)])
    return measured(None, "verbatim", unknown=f"Nothing is said in the first {window:.0f} s.")


def _visual_change(percepts: Percepts) -> Explained:
    """0..1: movement in the first three seconds, and how often the picture changes in them."""
    seeing = percepts.seeing
    if seeing is None:
        return measured(None, "measured", unknown=m.why_no_pictures(percepts))
    motion = _mean_until(tuple(look.motion for look in seeing.looks), 3.0)
    changes = _changes(seeing, 3.0)
    still = (1 - m.clamp(motion or 0.0)) * (1 - m.clamp(changes / 3))
    parts = [seen("motion", motion, unit="0..1"), seen("picture_changes", changes, unit="changes")]
    return measured(round(1 - still, 4), "1 - (1 - motion) * (1 - changes / 3)", parts)
