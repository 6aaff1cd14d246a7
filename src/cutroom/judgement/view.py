"""``media_understanding`` put together without a language model: every field with its method, quotes and times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cutroom.judgement import category, naming, overview, summary, titles
from cutroom.judgement import measures as m
from cutroom.judgement.audio_view import audio_view
from cutroom.judgement.burned_in import caption_lines
from cutroom.judgement.gathering import Evidence, quoted
from cutroom.judgement.motifs import motifs
from cutroom.judgement.reading_text import NOT_ENGLISH, TextRead
from cutroom.judgement.staging import Staging, staging
from cutroom.judgement.surety import DRAFT, QUOTED
from cutroom.judgement.suspicion import instructs
from cutroom.judgement.transcript_view import transcript_view
from cutroom.judgement.unknowns import unknowns
from cutroom.judgement.video_format import video_format
from cutroom.judgement.visual_view import unseen, visual_view
from cutroom.judgement.weights import weights
from cutroom.model.percepts import Percepts, Reading
from cutroom.model.verdicts import Component, Verdict

ROOT = "/media_understanding"
OVERVIEW = f"{ROOT}/content_overview"
_SILENT = "Nothing is said."
_TOLD = 1.0
"""Seconds without pictures that are told of."""


def verdict(
    percepts: Percepts,
    text: TextRead,
    brands: Sequence[str],
    label_vectors: Sequence[Sequence[float]] | None,
    version: str,
) -> Verdict:
    """The first layer of an analysis. See ``understanding.understand``."""
    proof = Evidence(version)
    sung = m.sung(percepts)
    stage = staging(percepts.seeing, percepts.hearing, percepts.transcript, sung=sung) if percepts.seeing else None
    seen = motifs(percepts.seeing, stage) if percepts.seeing and stage else {}
    for name, share in seen.items():
        proof.add(
            f"{ROOT}/visual_analysis/motifs/{list(seen).index(name)}",
            name,
            "share of time",
            [Component(name, 1.0, share, share, "share of time")],
        )
    fields = {
        "content_overview": _overview(percepts, text, stage, label_vectors, proof),
        "transcript": transcript_view(percepts.transcript, percepts.file.duration),
        "visual_analysis": visual_view(percepts.seeing, list(seen), percepts.file.duration),
        "audio_analysis": _heard(percepts, text, proof),
        "entities": naming.entities_view(percepts, text, brands, proof),
    }
    for pointer, reason in unknowns(percepts, fields):
        proof.add(f"{ROOT}/{pointer}", None, "measured", (), reason)
    return Verdict({"media_understanding": fields}, proof.found, tuple(_warnings(percepts, text)))


def _heard(percepts: Percepts, text: TextRead, proof: Evidence) -> dict[str, Any]:
    """``audio_analysis``. No filler words where they could not be told is not the same as none."""
    if reason := _unsure(percepts, text):
        proof.add(f"{ROOT}/audio_analysis/speech/filler_words", None, "acts", (), reason)
    return audio_view(percepts, text.fillers, text.spoken_words)


def _warnings(percepts: Percepts, text: TextRead) -> Iterable[str]:
    if percepts.seeing and (rest := unseen(percepts.seeing, percepts.file.duration)) > _TOLD:
        yield f"There are no pictures in the last {rest:.1f} s of the film; its last scene is told to its end."
    if text.sentences and not text.english:
        yield "The speech is not English: acts, sentiment and reading level were not computed."
    if text.heard.partly:
        yield (
            f"The transcript is a rough draft: only the {100 * text.heard.share:.0f} % of its words that are sure were "
            "used, and neither title nor summary is taken from it."
        )
    if any(instructs(sentence.text) for sentence in text.sentences):
        yield "Some lines read like instructions to a language model; they were not used for title and summary."


def _overview(
    percepts: Percepts,
    text: TextRead,
    stage: Staging | None,
    label_vectors: Sequence[Sequence[float]] | None,
    proof: Evidence,
) -> dict[str, Any]:
    named = _title(percepts, text, proof)
    told = _category(percepts, text, label_vectors, proof)
    return {
        "title": named,
        "summary": _summary(percepts, text, proof),
        "category": told,
        "format": _format(percepts, stage, proof, gaming=told == "Gaming"),
        "tone": _tone(percepts, text, proof),
        "target_audience": _audience(percepts, text, proof),
        "content_warnings": _content_warnings(percepts, text, proof),
    }


def _title(percepts: Percepts, text: TextRead, proof: Evidence) -> str:
    captions = set(caption_lines(percepts))
    screen = [shown for shown in m.shown(percepts) if shown not in captions]
    said = () if text.heard.partly else text.sentences
    title = titles.title(
        percepts.source, said, text.summary, text.phrases, screen, english=text.english, tall=m.tallness(percepts)
    )
    unsaid = "; the speech was not used: its transcript is a rough draft" if text.heard.partly else ""
    proof.add(
        f"{OVERVIEW}/title",
        title.text or None,
        title.method + unsaid,
        [quoted("words", title.quote, title.at)] if title.quote else (),
        "Neither page, speech, screen nor file name gives one.",
    )
    return title.text


def _summary(percepts: Percepts, text: TextRead, proof: Evidence) -> str | None:
    said = summary.text_of(text.summary) or None
    parts = [
        quoted("sentence", one.sentence.text, (one.sentence.start, one.sentence.end), one.stands_for)
        for one in text.summary
    ]
    reason = QUOTED if text.heard.partly else _why_nothing(percepts)
    proof.add(f"{OVERVIEW}/summary", said, "sentences of the speech, verbatim", parts, reason)
    return said


def _category(
    percepts: Percepts, text: TextRead, label_vectors: Sequence[Sequence[float]] | None, proof: Evidence
) -> str | None:
    words = [word for sentence in text.sentences for word in sentence.words]
    if not words or (text.heard.partly and text.heard.words < weights().number("category_sure_words")):
        reason = f"{DRAFT} {text.heard.words} are." if text.heard.partly else _why_nothing(percepts)
        proof.add(f"{OVERVIEW}/category", None, "vectors and words", (), reason)
        return None
    reading = Reading() if text.heard.partly else percepts.reading
    told = category.category(words, reading, label_vectors, english=text.english)
    parts = [Component(name, 1.0, value, None, "likeness") for name, value in told.scores[:3]]
    proof.add(f"{OVERVIEW}/category", told.category, told.method, parts, told.reason)
    return told.category


def _format(percepts: Percepts, stage: Staging | None, proof: Evidence, *, gaming: bool) -> str | None:
    if stage is None:
        proof.add(f"{OVERVIEW}/format", None, "rules", (), m.why_no_pictures(percepts))
        return None
    told = video_format(stage, gaming=gaming)
    parts = [Component(measure, 1.0, None, None) for measure in told.because]
    proof.add(f"{OVERVIEW}/format", told.name, "rules on faces, shots, speakers and words", parts, told.reason)
    return told.name


def _tone(percepts: Percepts, text: TextRead, proof: Evidence) -> str | None:
    speakers = {segment.speaker for segment in percepts.transcript.segments} - {None} if percepts.transcript else set()
    told = (
        overview.tone(text.acts, len(text.sentences), text.facts.sentiment, percepts.hearing, len(speakers))
        if text.english and not text.heard.doubtful
        else None
    )
    reason = _unsure(percepts, text) or "Too little is said."
    parts = [quoted("words", told.quote, told.at)] if told else ()
    proof.add(f"{OVERVIEW}/tone", told.text if told else None, "acts and sentiment", parts, reason)
    return told.text if told else None


def _audience(percepts: Percepts, text: TextRead, proof: Evidence) -> str | None:
    told = overview.audience(text.sentences) if text.english and not text.heard.partly else None
    parts = [quoted("words", told.quote, told.at)] if told else ()
    value = told.text if told else None
    reason = _unsure(percepts, text) or (QUOTED if text.heard.partly else "The film does not say whom it is for.")
    proof.add(f"{OVERVIEW}/target_audience", value, "wordings that name it", parts, reason)
    return value


def _why_nothing(percepts: Percepts) -> str:
    """Why there is not a word to go by."""
    return m.UNRECOGNISED if m.unrecognised(percepts) else _SILENT


def _unsure(percepts: Percepts, text: TextRead) -> str | None:
    """Why nothing can be told of what is done with words; None where it can."""
    if m.unrecognised(percepts):
        return m.UNRECOGNISED
    return DRAFT if text.heard.doubtful else NOT_ENGLISH if text.sentences and not text.english else None


def _content_warnings(percepts: Percepts, text: TextRead, proof: Evidence) -> list[str]:
    found = overview.content_warnings(text.sentences if text.english else (), percepts.seeing)
    for number, noted in enumerate(found):
        part = quoted("words", noted.quote, noted.at)
        proof.add(f"{OVERVIEW}/content_warnings/{number}", noted.text, "word lists and flashes", [part])
    return [noted.text for noted in found]
