"""``creator_intelligence``: how the film is made to hold and to move its viewers, each field with its evidence."""

from __future__ import annotations

import math
from typing import Any

from cutroom.judgement import measures as m
from cutroom.judgement.cta import cta
from cutroom.judgement.evidence import Sheet, measured, seen
from cutroom.judgement.highlights import Highlight, highlights
from cutroom.judgement.hooks import hook_analysis
from cutroom.judgement.production import production
from cutroom.judgement.retention import Retention, retention
from cutroom.judgement.scoring import Signal, compose, exact, whole
from cutroom.judgement.story import story_structure
from cutroom.judgement.weights import weights
from cutroom.model.percepts import Percepts, Transition
from cutroom.model.verdicts import Component, Explained, TextFacts, Verdict

ROOT = "/creator_intelligence"
_REACTIONS = ("laughter", "applause")
_MOST_INTERRUPTS = 1000
_MOST_VALENCES = 600


def creator(percepts: Percepts, text: TextFacts) -> Verdict:
    """The whole object. Where no pictures were looked at, every field is null or empty."""
    sheet = Sheet(ROOT)
    if percepts.seeing is None:
        _empty(sheet, m.why_no_pictures(percepts))
        return sheet.verdict()
    for name, fill in (
        ("hook_analysis", lambda part: hook_analysis(percepts, text, part)),
        ("retention_analysis", lambda part: _retention_analysis(percepts, text, part)),
        ("story_structure", lambda part: story_structure(percepts, text, part)),
        ("cta", lambda part: cta(percepts, text, part)),
    ):
        part = sheet.below(name)
        fill(part)
        sheet.add(name, part)
    _highlights(sheet, *highlights(percepts, text))
    for name, fill in (
        ("readability", lambda part: _readability(percepts, text, part)),
        ("production", lambda part: production(percepts, part)),
    ):
        part = sheet.below(name)
        fill(part)
        sheet.add(name, part)
    return sheet.verdict()


def pacing(percepts: Percepts) -> Explained:
    """0..100, from cuts, words and movement a minute."""
    signals = [Signal("cuts_per_minute", m.cuts_per_minute(percepts))]
    if m.speaks(percepts) is not False:
        signals.append(Signal("words_per_minute", m.words_per_minute(percepts)))
    signals.append(Signal("motion", percepts.seeing.look.motion if percepts.seeing else None))
    return compose("pacing", signals)


def _retention_analysis(percepts: Percepts, text: TextFacts, sheet: Sheet) -> None:
    model = retention(percepts, text)
    sheet.put("retention_score", model.score, whole)
    sheet.plain("drop_risk_moments", *_risks(model))
    sheet.put("pacing", _pace(pacing(percepts)))
    sheet.plain("pattern_interrupts", _interrupts(percepts))
    loops = m.acts_of(text, ("open_loop",))
    told = [seen("open_loop", at=(act.start, act.end), quote=act.quote) for act in loops]
    sheet.plain("open_loops", [act.quote for act in loops], measured(len(loops), "acts", told) if told else None)
    sheet.put("dead_air_seconds", _dead_air(percepts))


def _risks(model: Retention) -> tuple[list[dict[str, Any]], Explained]:
    moments = [{"timestamp": round(r.t, 3), "severity": r.severity, "reason": r.reason} for r in model.risks]
    parts = [
        seen(r.term, round(r.excess, 4), unit="excess of the hazard", at=(r.t, r.t + r.seconds)) for r in model.risks
    ]
    return moments, measured(len(moments), "peaks of the hazard", parts)


def _pace(pace: Explained) -> Explained:
    value, w = exact(pace), weights()
    word = None
    if value is not None:
        word = "slow" if value < w.number("pacing_slow") else "fast" if value >= w.number("pacing_fast") else "moderate"
    return Explained(word, pace.method, pace.version, pace.coverage, pace.components,
                     unknown_reason=pace.unknown_reason)  # fmt: skip


def _interrupts(percepts: Percepts) -> list[dict[str, Any]]:
    found: list[tuple[float, str]] = []
    if percepts.seeing is not None:
        shots = percepts.seeing.shots
        found += [(float(s.start), s.begins_with.value) for s in shots if s.begins_with is not Transition.START]
        found += [(t, "flash") for t in percepts.seeing.flashes]
    if percepts.hearing is not None:
        found += [(event.start, event.label) for event in percepts.hearing.events if event.label in _REACTIONS]
    return [{"t": round(t, 3), "kind": kind} for t, kind in sorted(found)[:_MOST_INTERRUPTS]]


def _dead_air(percepts: Percepts) -> Explained:
    if percepts.hearing is None or m.soundless(percepts):
        return measured(None, "measured", unknown=m.why_no_sound(percepts) if percepts.hearing is None else m.SOUNDLESS)
    least = weights().number("dead_air")
    silences = [span for span in percepts.hearing.silences if span.end - span.start >= least]
    parts = [seen("silence", span.end - span.start, unit="s", at=(span.start, span.end)) for span in silences[:50]]
    return measured(round(math.fsum(span.end - span.start for span in silences), 3), "measured", parts)


def _highlights(sheet: Sheet, found: list[Highlight], why_none: str | None) -> None:
    none = None if why_none is None else measured(None, "composite:highlight", unknown=why_none)
    sheet.plain("highlights", [one.content() for one in found], none)
    for place, one in enumerate(found):
        sheet.found[f"{ROOT}/highlights/{place}/score"] = one.score


def _readability(percepts: Percepts, text: TextFacts, sheet: Sheet) -> None:
    reason = m.why_no_speech(percepts) or "Too little is said."
    for name, value in (("grade_level", text.grade_level), ("vocabulary_richness", text.vocabulary_richness)):
        sheet.put(name, measured(None if value is None else round(value, 4), "text", unknown=reason))
    mood = text.sentiment
    band = weights().number("sentiment_band")
    word = None
    if mood is not None:
        word = "positive" if mood > band else "negative" if mood < -band else "neutral"
    parts: list[Component] = [] if mood is None else [seen("sentiment", mood, unit="-1..1")]
    sheet.put("sentiment", measured(word, "sentiment with a neutral band", parts, unknown=reason))
    score = None if mood is None else round(m.clamp(mood, -1.0), 4)
    sheet.put("sentiment_score", measured(score, "text", parts, unknown=reason))
    sheet.plain("emotion_curve", _valences(percepts, text))


def _valences(percepts: Percepts, text: TextFacts) -> list[dict[str, float]]:
    segments = percepts.transcript.segments if percepts.transcript else ()
    if len(segments) != len(text.segment_sentiments):
        return []
    every = max(1, math.ceil(len(segments) / _MOST_VALENCES))
    told = list(zip(segments, text.segment_sentiments, strict=True))[::every]
    return [{"t": round(segment.start, 3), "valence": round(m.clamp(mood, -1.0), 4)} for segment, mood in told]


def _empty(sheet: Sheet, reason: str) -> None:
    """The object as it is where no pictures were looked at."""
    layout: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "hook_analysis": (
            ("score", "hook_type", "primary_hook", "first_words", "time_to_first_word", "visual_change_first_3s"),
            ("suggestions",),
        ),
        "retention_analysis": (
            ("retention_score", "pacing", "dead_air_seconds"),
            ("drop_risk_moments", "pattern_interrupts", "open_loops"),
        ),
        "story_structure": (("logline", "narrative_arc"), ("beats", "beat_times")),
        "cta": (("present", "type", "text", "timestamp"), ()),
        "readability": (
            ("grade_level", "vocabulary_richness", "sentiment", "sentiment_score"),
            ("emotion_curve",),
        ),
        "production": (
            ("lighting", "framing", "stability", "audio_quality", "caption_presence", "edit_density"),
            (),
        ),
    }
    for name, (nulls, lists) in layout.items():
        part = sheet.below(name)
        part.unknown(*nulls, reason=reason)
        for one in lists:
            part.plain(one, [])
        if name == "hook_analysis":
            part.plain("hook_window", {"start": None, "end": None})
        sheet.add(name, part)
    sheet.plain("highlights", [])
