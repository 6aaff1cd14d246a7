"""Transcripts made from a text, with the times a steady speaker would take."""

from __future__ import annotations

import re

from cutroom.model.percepts import FileFacts, Percepts, Segment, SourceFacts, Timing, Transcript, TranscriptSource, Word

PACE = 0.4
"""Seconds a word takes."""


def transcript(text: str, language: str | None = "en", **facts: object) -> Transcript:
    """One segment a sentence, a quarter second between them, word times exact."""
    segments, at = [], 0.0
    for line in re.split(r"(?<=[.!?])\s+", text.strip()):
        words = []
        for word in line.split():
            words.append(Word(round(at, 3), round(at + PACE, 3), word, Timing.ALIGNED))
            at += PACE
        if words:
            segments.append(Segment(words[0].start, words[-1].end, line, tuple(words)))
        at += 0.25
    source = TranscriptSource(str(facts.pop("source", "embedded_subtitles")))
    return Transcript(tuple(segments), source, language, draft=bool(facts.pop("draft", False)))


def spoken_film(text: str, language: str | None = "en", **source: object) -> Percepts:
    """A film of which only the speech is known."""
    said = transcript(text, language)
    end = said.segments[-1].end if said.segments else 1.0
    return Percepts(SourceFacts(**source), FileFacts(end + 1.0), transcript=said)  # type: ignore[arg-type]
