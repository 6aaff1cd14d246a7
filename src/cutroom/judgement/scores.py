"""``scores``: the eight numbers an analysis is summed up in."""

from __future__ import annotations

import math

from cutroom.judgement import measures as m
from cutroom.judgement.cta import cta_score
from cutroom.judgement.education import educational_value
from cutroom.judgement.evidence import Sheet, measured
from cutroom.judgement.hooks import hook_score
from cutroom.judgement.production import audio_clarity, visual_clarity
from cutroom.judgement.retention import retention
from cutroom.judgement.scoring import Signal, compose, exact, whole
from cutroom.judgement.weights import weights
from cutroom.model.percepts import Hearing, Percepts, ScreenText, Transcript, TranscriptSource
from cutroom.model.verdicts import Explained, TextFacts, Verdict

ROOT = "/scores"
_HOOK = "/creator_intelligence/hook_analysis/score"
_RETENTION = "/creator_intelligence/retention_analysis/retention_score"


def scores(percepts: Percepts, creator: Verdict, growth: Verdict, text: TextFacts) -> Verdict:
    """The whole object. What needs pictures is null where none were looked at."""
    del growth  # predictions are no part of what a film is
    sheet = Sheet(ROOT)
    for name, explained in _parts(percepts, creator, text).items():
        sheet.put(name, explained, whole)
    return sheet.verdict()


def _parts(percepts: Percepts, creator: Verdict, text: TextFacts) -> dict[str, Explained]:
    unseen = measured(None, "none", unknown=m.why_no_pictures(percepts))
    if percepts.seeing is None:
        found = dict.fromkeys(("hook_strength", "retention_design", "visual_clarity"), unseen)
        found |= {"audio_clarity": audio_clarity(percepts), "cta_effectiveness": unseen}
        found |= {"educational_value": educational_value(percepts, text), "overall_creator_clarity": unseen}
        return found | {"confidence_overall": confidence(percepts)}
    found = {
        "hook_strength": creator.evidence.get(_HOOK) or hook_score(percepts, text),
        "retention_design": creator.evidence.get(_RETENTION) or retention(percepts, text).score,
        "visual_clarity": visual_clarity(percepts),
        "audio_clarity": audio_clarity(percepts),
        "cta_effectiveness": cta_score(percepts, text),
        "educational_value": educational_value(percepts, text),
    }
    overall = compose("overall_creator_clarity", [Signal(name, exact(one)) for name, one in found.items()])
    return found | {"overall_creator_clarity": overall, "confidence_overall": confidence(percepts)}


def confidence(percepts: Percepts) -> Explained:
    """0..100: how much of the film was perceived, and how surely. Always known."""
    source, seeing = percepts.source, percepts.seeing
    page = [source.title, source.description, source.uploader or source.uploader_handle]
    return compose(
        "confidence_overall",
        [
            Signal("page", sum(bool(one) for one in page) / len(page)),
            Signal("sound", _sound(percepts.hearing)),
            Signal("transcript", _transcript(percepts)),
            Signal("pictures", 1.0 if seeing else 0.0),
            Signal("faces", 1.0 if seeing and seeing.faces is not None else 0.0),
            Signal("screen_text", _screen_text(seeing.text) if seeing and seeing.text is not None else 0.0),
            Signal("language_model", 1.0 if percepts.reading.vectors else 0.0),
        ],
    )


def _sound(hearing: Hearing | None) -> float:
    if hearing is None:
        return 0.0
    loud = hearing.loudness
    given = (loud.integrated_lufs, loud.true_peak_db, hearing.voice, hearing.turns, hearing.energy or None)
    # Silence has no loudness: that is known of it.
    silent = loud.integrated_lufs is None and hearing.noise_floor_db is None
    known = sum(one is not None or (silent and place < 2) for place, one in enumerate(given))
    return known / len(given)


def _transcript(percepts: Percepts) -> float:
    transcript, w = percepts.transcript, weights()
    if transcript is None:
        return 0.0
    if not transcript.segments:
        # Right, as far as nobody was heard to speak either.
        heard = percepts.hearing.voice_seconds if percepts.hearing else None
        length = m.duration_of(percepts)
        return w.number("trust_recognised") if heard is None or not length else 1 - m.clamp(heard / length)
    factor = w.number("trust_draft") if transcript.draft else 1.0
    trust = "trust_recognised" if transcript.source is TranscriptSource.ASR else "trust_captions"
    return factor * _mean_confidence(transcript, w.number(trust))


def _mean_confidence(transcript: Transcript, otherwise: float) -> float:
    """Weighted by the length of words, or of segments where words have none."""
    found: list[tuple[float, float]] = []
    for segment in transcript.segments:
        words = [word for word in segment.words if word.confidence is not None]
        if words:
            found += [(max(0.0, word.end - word.start), word.confidence or 0.0) for word in words]
        else:
            given = otherwise if segment.confidence is None else segment.confidence
            found.append((max(0.0, segment.end - segment.start), given))
    seconds = math.fsum(length for length, _ in found)
    return m.clamp(math.fsum(length * given for length, given in found) / seconds) if seconds else otherwise


def _screen_text(texts: tuple[ScreenText, ...]) -> float:
    return m.clamp(m.mean([text.confidence for text in texts]) or 0.0) if texts else 1.0
