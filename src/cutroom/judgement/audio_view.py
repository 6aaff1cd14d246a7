"""What is heard as the contract names it. A file without sound has null for every number, and nothing present."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cutroom.judgement.cleaning import clean
from cutroom.judgement.staging import covered
from cutroom.model.percepts import Hearing, Percepts, Span, Transcript

SHORTEST_PAUSE = 0.5
"""Seconds; shorter gaps are the breath of speech."""
_WITHOUT_WORDS = 0.5
"""Seconds of voice under which a rate of words says nothing."""


def spans(many: Iterable[Span], until: float = math.inf) -> list[dict[str, float]]:
    """Stretches of time as the wire has them, as far as they lie before ``until`` (s)."""
    return [
        {"start": round(span.start, 3), "end": round(min(span.end, until), 3)} for span in many if span.start < until
    ]


def audio_view(percepts: Percepts, fillers: Mapping[str, int], spoken_words: int) -> dict[str, Any]:
    """``media_understanding.audio_analysis``. ``spoken_words`` are those of the transcript that are no notes."""
    hearing, until = percepts.hearing, _end_of(percepts)
    loudness = hearing.loudness if hearing else None
    return {
        "speech": _speech(percepts, fillers, spoken_words),
        "music": _music(percepts),
        "loudness": {
            "integrated_lufs": _rounded(loudness.integrated_lufs if loudness else None, 2),
            "true_peak_db": _rounded(loudness.true_peak_db if loudness else None, 2),
            "range_lu": _rounded(loudness.range_lu if loudness else None, 2),
        },
        "silences": spans(hearing.silences, until) if hearing else [],
        "noise_floor_db": _rounded(hearing.noise_floor_db if hearing else None, 2),
        "clipping_ratio": _rounded(hearing.clipping_ratio if hearing else None, 6),
        "energy_curve": _curve(hearing.energy, until) if hearing else [],
        "sound_events": _events(hearing, until) if hearing else [],
    }


def _rounded(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(value, digits)


def _end_of(percepts: Percepts) -> float:
    """Where the film ends (s): sound that goes on after the pictures is not told of by times it does not have."""
    return percepts.file.duration if percepts.file.duration > 0 else math.inf


def _curve(energy: Sequence[float], until: float) -> list[dict[str, float]]:
    return [{"t": second, "value": round(value, 3)} for second, value in enumerate(energy) if second < until]


def _events(hearing: Hearing, until: float) -> list[dict[str, Any]]:
    return [
        {
            "start": round(event.start, 3),
            "end": round(min(event.end, until), 3),
            "label": event.label,
            "confidence": round(event.confidence, 3),
        }
        for event in sorted(hearing.events, key=lambda event: (event.start, event.end, event.label))
        if event.start < until
    ]


def _speech(percepts: Percepts, fillers: Mapping[str, int], spoken_words: int) -> dict[str, Any]:
    hearing, transcript = percepts.hearing, percepts.transcript
    if hearing is None:
        return {
            "language": None,
            "speech_rate_wpm_est": None,
            "present": False,
            "ratio": None,
            "speaker_count": None,
            "pauses": [],
            "filler_words": {},
        }
    voice = voice_seconds(hearing, transcript)
    said = transcript is not None and spoken_words > 0
    return {
        "language": transcript.language if transcript else None,
        "speech_rate_wpm_est": round(60 * spoken_words / voice, 1) if said and voice > _WITHOUT_WORDS else None,
        "present": bool(hearing.voice) if hearing.voice is not None else said,
        "ratio": _ratio(hearing),
        "speaker_count": _speakers(hearing, transcript),
        "pauses": spans(pauses(hearing, transcript), _end_of(percepts)),
        "filler_words": dict(sorted(fillers.items(), key=lambda one: (-one[1], one[0]))),
    }


def voice_seconds(hearing: Hearing, transcript: Transcript | None) -> float:
    """For how long somebody speaks: as heard, else as long as the transcript's lines go on."""
    if hearing.voice_seconds is not None:
        return hearing.voice_seconds
    return covered([(segment.start, segment.end) for segment in transcript.segments]) if transcript else 0.0


def _ratio(hearing: Hearing) -> float | None:
    seconds = hearing.voice_seconds
    return None if seconds is None or hearing.duration <= 0 else round(min(1.0, seconds / hearing.duration), 3)


def _speakers(hearing: Hearing, transcript: Transcript | None) -> int | None:
    if hearing.turns is not None:
        return len({turn.speaker for turn in hearing.turns})
    named = {segment.speaker for segment in transcript.segments if segment.speaker} if transcript else set()
    return len(named) or None


def pauses(hearing: Hearing, transcript: Transcript | None) -> list[Span]:
    """Gaps of at least ``SHORTEST_PAUSE`` between stretches of voice; where no voice was looked for, between words."""
    if hearing.voice is not None:
        held = [(span.start, span.end) for span in hearing.voice]
    else:
        held = [(word.start, word.end) for word in transcript.words] if transcript else []
    found, until = [], None
    for start, end in sorted(held):
        if until is not None and start - until >= SHORTEST_PAUSE:
            found.append(Span(until, start))
        until = end if until is None else max(until, end)
    return found


def _music(percepts: Percepts) -> dict[str, Any]:
    hearing = percepts.hearing
    music = hearing.music if hearing else None
    return {
        "present": music.present if music else False,
        "bpm_estimate": _rounded(music.bpm, 1) if music and music.present else None,
        "track_title": track_title(percepts) if hearing else None,
        "ratio": _rounded(music.ratio) if music else None,
        "energy": _rounded(music.energy) if music else None,
        "key": music.key if music and music.present else None,
    }


def track_title(percepts: Percepts) -> str | None:
    """The music's title and artist as the page or the file's tags say them; nothing is guessed from sound."""
    title, artist = clean(percepts.source.track or "", 200), clean(percepts.source.artist or "", 200)
    if not title:
        return None
    return f"{title} \u2014 {artist}" if artist else title
