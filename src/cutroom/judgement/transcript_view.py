"""The transcript as the contract names its parts: cleaned text, segments, words, speakers, and where it comes from."""

from __future__ import annotations

from typing import Any

from cutroom.judgement.cleaning import clean
from cutroom.judgement.words import count
from cutroom.model.percepts import Segment, Transcript, TranscriptSource

_SOURCES = {
    TranscriptSource.PLATFORM_CAPTIONS: "platform_captions",
    TranscriptSource.SUBTITLE_FILE: "embedded_subtitles",
    TranscriptSource.EMBEDDED_SUBTITLES: "embedded_subtitles",
    TranscriptSource.ASR: "asr",
}


def transcript_view(transcript: Transcript | None, duration: float) -> dict[str, Any]:
    """``media_understanding.transcript``. Without speech its text is empty and its count of words 0."""
    segments: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    for segment in transcript.segments if transcript else ():
        text, start, end = clean(segment.text), max(segment.start, 0.0), min(segment.end, max(duration, 0.0))
        if not text or not end > start:
            continue
        words += _words(segment, len(segments), duration)
        segments.append({
            "start": round(start, 3),
            "end": round(end, 3),
            "speaker": segment.speaker,
            "text": text,
            "confidence": _rounded(segment.confidence),
        })  # fmt: skip
    full = " ".join(str(segment["text"]) for segment in segments)
    return {
        "full_text": full,
        "language": transcript.language if transcript else None,
        "word_count": count(full),
        "segments": segments,
        "words": words,
        "source": _SOURCES[transcript.source] if transcript and segments else None,
    }


def _words(segment: Segment, number: int, duration: float) -> list[dict[str, Any]]:
    return [
        {
            "start": round(max(word.start, 0.0), 3),
            "end": round(min(word.end, duration), 3),
            "text": clean(word.text),
            "confidence": _rounded(word.confidence),
            "segment": number,
        }
        for word in segment.words
        if min(word.end, duration) >= max(word.start, 0.0) and clean(word.text)
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(min(1.0, max(0.0, value)), 3)
