"""Small measurements on percepts that several judgements share.

Times are seconds of the film; where a sense gave nothing the answer is None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from cutroom.judgement.cleaning import spoken
from cutroom.judgement.surety import DRAFT, doubtful
from cutroom.judgement.weights import weights
from cutroom.judgement.words import count
from cutroom.model.percepts import Percepts, ScreenText, Seeing, Shot, Span, TranscriptSource
from cutroom.model.verdicts import Act, TextFacts

_ALL = 0.99
_NOTES = frozenset("\u266a\u266b")
WORDLESS = "The film has no words, said or shown."
SOUNDLESS = "There is nothing to hear in the film."
NO_PICTURES = "The pictures were not looked at."
PICTURELESS = "The film has no pictures."
NO_SOUND = "There is no sound, or it was not listened to."
UNHEARD = "The sound was not listened to."
TRACKLESS = "The film has no sound."
UNRECOGNISED = "Somebody speaks, but the words were not recognised."
NO_WORDS = "There is no transcript and no text was read in the picture."
FOREIGN = "What is done with words is told apart in English alone."
NO_TRANSCRIPT = "There is no transcript."
NO_FACES = "No faces were looked for."
NO_TEXT = "No text was looked for in the picture."


def duration_of(percepts: Percepts) -> float:
    """Length of the film in seconds, at least 0."""
    given = percepts.file.duration
    if not math.isfinite(given) or given <= 0:
        given = percepts.seeing.duration if percepts.seeing else percepts.hearing.duration if percepts.hearing else 0.0
    return max(0.0, given) if math.isfinite(given) else 0.0


def words_known(percepts: Percepts) -> bool:
    """Whether it is known what is done with words, said or shown: acts are told apart in English alone."""
    return why_no_words(percepts) is None


def why_no_words(percepts: Percepts) -> str | None:
    """Why that is not known; None where it is."""
    shown = percepts.seeing is not None and percepts.seeing.text is not None
    reason = why_no_speech(percepts)
    return None if percepts.transcript is None and shown else NO_WORDS if reason == NO_TRANSCRIPT else reason


def speech_known(percepts: Percepts) -> bool:
    """The same for what is said."""
    return why_no_speech(percepts) is None


def why_no_speech(percepts: Percepts) -> str | None:
    """Why it is not known what is done with what is said; None where it is."""
    if percepts.transcript is None:
        return NO_TRANSCRIPT
    language = percepts.transcript.language
    if language is not None and language.split("-")[0].casefold() != "en":
        return FOREIGN
    return UNRECOGNISED if unrecognised(percepts) else DRAFT if doubtful(percepts) else None


def unrecognised(percepts: Percepts) -> bool:
    """Whether speech was heard of which not one word was recognised: then it is not known what is said."""
    transcript, hearing = percepts.transcript, percepts.hearing
    if transcript is None or transcript.segments or transcript.source is not TranscriptSource.ASR:
        return False
    return hearing is not None and bool(hearing.voice_seconds) and not sung(percepts)


def why_no_pictures(percepts: Percepts) -> str:
    """Why nothing was seen: a file of sound alone has no pictures."""
    of = percepts.file
    return PICTURELESS if of.audio_codec and not of.video_codec and not of.width else NO_PICTURES


def why_no_sound(percepts: Percepts) -> str:
    """Why nothing was heard, as far as the file tells."""
    of = percepts.file
    if of.audio_codec:
        return UNHEARD
    return TRACKLESS if of.video_codec or percepts.seeing is not None else NO_SOUND


def acts_of(text: TextFacts, kinds: Iterable[str], start: float = -math.inf, end: float = math.inf) -> list[Act]:
    """The acts of these kinds that begin in [start, end), in order."""
    wanted = frozenset(kinds)
    found = [act for act in text.acts if act.kind in wanted and start <= act.start < end]
    return sorted(found, key=lambda act: (act.start, act.end, act.kind))


def word_count(percepts: Percepts) -> int | None:
    """Words of the transcript; what captions say of sounds and songs is none."""
    if percepts.transcript is None:
        return None
    return sum(len(segment.words) or count(spoken(segment.text)) for segment in percepts.transcript.segments)


def words_per_minute(percepts: Percepts) -> float | None:
    """Words to a minute of speech. None where it is not known or nobody speaks."""
    words, seconds = word_count(percepts), speech_seconds(percepts)
    return words * 60 / seconds if words and seconds else None


def speech_seconds(percepts: Percepts) -> float | None:
    """Time with speech: as heard, else as the transcript has it; none in a file without sound."""
    heard = percepts.hearing.voice_seconds if percepts.hearing else None
    if heard:
        return heard
    if percepts.transcript is None:
        return 0.0 if percepts.hearing is None and percepts.file.audio_codec is None else heard
    return sum(segment.end - segment.start for segment in percepts.transcript.segments)


def speaks(percepts: Percepts) -> bool | None:
    """Whether anybody speaks."""
    seconds = speech_seconds(percepts)
    return None if seconds is None else seconds > 0


def talks(percepts: Percepts) -> bool | None:
    """Whether speech is a part of the film: more of its time than the published least."""
    seconds, length = speech_seconds(percepts), duration_of(percepts)
    if seconds is None or not length:
        return None
    if sung(percepts):
        return False
    return seconds / length >= weights().number("talk_least")


def sung(percepts: Percepts) -> bool:
    """Whether what is heard as speech is a song: there is music, and the page or the captions say that it is one."""
    hearing = percepts.hearing
    if hearing is None or hearing.music.ratio < weights().number("music_carries"):
        return False
    segments = percepts.transcript.segments if percepts.transcript else ()
    notes = sum(1 for segment in segments if not _NOTES.isdisjoint(segment.text))
    return 2 * notes > len(segments) or (bool(percepts.source.track) and not 2 * notes < len(segments))


def soundless(percepts: Percepts) -> bool:
    """Whether it is known that there is nothing to hear: no track of sound, or one that is silent all along."""
    hearing = percepts.hearing
    if hearing is None:
        spoken = percepts.transcript is not None and bool(percepts.transcript.segments)
        return percepts.file.audio_codec is None and not spoken
    length = duration_of(percepts)
    return length > 0 and overlap(0.0, length, pairs(hearing.silences)) >= _ALL * length


def wordless(percepts: Percepts) -> bool:
    """Whether it is known that nothing is said, and nothing was read in the picture."""
    silent = speaks(percepts) is False or (sung(percepts) and not word_count(percepts))
    return silent and not (percepts.seeing is not None and percepts.seeing.text)


def first_speech(percepts: Percepts) -> float | None:
    """When the first word begins, as precisely as is known. None where nobody speaks or it is not known."""
    if percepts.transcript is not None:
        for segment in percepts.transcript.segments:
            if segment.words or segment.text.strip():
                return max(0.0, segment.words[0].start if segment.words else segment.start)
    if percepts.hearing is not None and percepts.hearing.voice:
        return max(0.0, percepts.hearing.voice[0].start)
    return None


def overlap(start: float, end: float, spans: Iterable[tuple[float, float]]) -> float:
    """Seconds of [start, end] that lie in any of the spans, which may overlap each other."""
    covered, reached = 0.0, start
    for a, b in sorted(spans):
        begin, stop = max(a, reached), min(b, end)
        if stop > begin:
            covered += stop - begin
            reached = stop
    return covered


def shown(percepts: Percepts) -> Sequence[ScreenText]:
    """What was read in the picture; nothing where nobody looked."""
    return percepts.seeing.text or () if percepts.seeing else ()


def tallness(percepts: Percepts) -> float:
    """Height of the picture by its shorter side, at least 1; 1 where there is none."""
    seeing = percepts.seeing
    return max(1.0, seeing.height / max(1, min(seeing.width, seeing.height))) if seeing else 1.0


def pairs(spans: Iterable[Span | ScreenText | Act]) -> list[tuple[float, float]]:
    """Starts and ends."""
    return [(span.start, span.end) for span in spans]


def fade(t: float, window: float) -> float:
    """1 well inside of the first ``window`` seconds, 0 well beyond, and half at its end: nothing jumps there."""
    inner, outer = window * 2 / 3, window * 4 / 3
    return min(1.0, max(0.0, (outer - t) / (outer - inner))) if outer > inner else 0.0


def mean(values: Sequence[float]) -> float | None:
    """None of nothing."""
    return math.fsum(values) / len(values) if values else None


def over_shots(seeing: Seeing, value: Callable[[Shot], float]) -> float | None:
    """Mean of a value over the film's time."""
    lengths = [float(shot.end - shot.start) for shot in seeing.shots]
    whole = math.fsum(lengths)
    if whole <= 0:
        return None
    return math.fsum(length * value(shot) for length, shot in zip(lengths, seeing.shots, strict=True)) / whole


def cuts_per_minute(percepts: Percepts) -> float | None:
    """Changes of shot a minute."""
    length = duration_of(percepts)
    if percepts.seeing is None or not length:
        return None
    return max(0, len(percepts.seeing.shots) - 1) * 60 / length


def clamp(value: float, least: float = 0.0, most: float = 1.0) -> float:
    """``value``, at least and at most these."""
    return min(most, max(least, value))


def sentence_of(text: str, longest: int) -> str:
    """``text`` in one line of at most so many characters, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    return line[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "\u2026"
