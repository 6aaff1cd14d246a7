"""Percepts made up from a handful of numbers: whole films for judgement to judge, one cause at a time to change."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from cutroom.judgement.creator import creator
from cutroom.judgement.growth import growth
from cutroom.judgement.measures import overlap, pairs
from cutroom.judgement.scores import scores
from cutroom.model.percepts import (
    Box,
    CameraMotion,
    FaceAt,
    FaceTrack,
    FileFacts,
    Hearing,
    Look,
    Loudness,
    Music,
    Percepts,
    Reading,
    ScreenText,
    Seeing,
    Segment,
    Shot,
    SoundEvent,
    SourceFacts,
    Span,
    Timing,
    Transcript,
    TranscriptSource,
    Transition,
    Turn,
    Word,
)
from cutroom.model.verdicts import Act, Explained, TextFacts

PATTERNS = ("question", "bold_claim", "promise", "number", "second_person", "problem", "story", "contrast")
LATER = ("step", "definition", "example", "proof", "payoff", "answer", "filler", "cta_follow", "cta_like", "ad", "joke")
SENTENCE = "this is how nine small steps turn a room into a studio for you"


@dataclass(frozen=True)
class Film:
    """What is varied. Shares and looks 0..1, times in seconds; None takes a sense away."""

    duration: float = 30.0
    shot_length: float = 3.0
    motion: float = 0.2
    first_motion: float = 0.2
    sharpness: float = 0.5
    noise: float = 0.05
    blockiness: float = 0.05
    brightness: float = 0.45
    contrast: float = 0.4
    clipped: float = 0.02
    shake: float = 0.03
    height: int = 1920
    faces: float | None = 0.6
    text: float | None = 0.5
    text_y: float = 0.6
    letters: float = 0.05
    talk_begins: float | None = 0.3
    leading_silence: float = 0.0
    silences: tuple[tuple[float, float], ...] = ()
    freezes: tuple[tuple[float, float], ...] = ()
    lufs: float | None = -15.0
    peak: float = -1.5
    floor: float | None = -60.0
    speech_to_rest: float | None = 25.0
    sound_clipped: float = 0.0
    bandwidth: float = 7000.0
    lost: float = 0.0
    confidence: float | None = 0.9
    acts: tuple[tuple[str, float], ...] = (("question", 0.4), ("step", 8.0), ("payoff", 20.0), ("cta_follow", 26.0))
    content_words: float | None = 0.5
    drift: float | None = 0.2
    sentiment: float | None = 0.3
    loop: float | None = 0.6
    sound: bool = True
    pictures: bool = True
    transcript: bool = True
    vectors: bool = True
    language: str | None = "en"
    source: SourceFacts = field(default_factory=lambda: SourceFacts(title="A film", uploader="somebody"))

    def but(self, **changes: Any) -> Film:
        return replace(self, **changes)

    def percepts(self) -> Percepts:
        return Percepts(
            source=self.source,
            file=FileFacts(duration=self.duration, width=1080, height=1920, fps=25.0,
                           audio_codec="aac" if self.sound else None),
            hearing=_hearing(self) if self.sound else None,
            transcript=_transcript(self) if self.transcript else None,
            seeing=_seeing(self) if self.pictures else None,
            reading=_reading(self),
        )  # fmt: skip

    def words(self) -> TextFacts:
        """What would have been found in the words."""
        if not self.transcript:
            return TextFacts()
        count = len(spoken(self))
        acts = tuple(Act(kind, t, min(self.duration, t + 1.5), f"{kind} of the film", 0) for kind, t in self.acts)
        return TextFacts(
            acts=tuple(act for act in acts if act.start < act.end),
            sentiment=self.sentiment,
            segment_sentiments=(self.sentiment or 0.0,) * count,
            topics=("home studio", "lighting"),
            drift=(None, *(self.drift for _ in range(count - 1)))[:count],
            content_word_ratio=self.content_words if count else None,
            grade_level=6.0,
            vocabulary_richness=0.7,
        )


def judged(film: Film) -> dict[str, Explained]:
    """Every piece of evidence of a film, by its pointer."""
    percepts, words = film.percepts(), film.words()
    made = creator(percepts, words)
    grown = growth(percepts, made, words)
    return made.evidence | grown.evidence | scores(percepts, made, grown, words).evidence


def films(**fixed: Any) -> st.SearchStrategy[Film]:
    """Films of all kinds; ``fixed`` holds what must not vary."""
    share = st.floats(0, 1, allow_nan=False)
    varied: dict[str, st.SearchStrategy[Any]] = {
        "duration": st.floats(2, 90),
        "shot_length": st.floats(0.8, 40),
        "motion": share,
        "first_motion": share,
        "sharpness": share,
        "noise": share,
        "brightness": share,
        "contrast": share,
        "clipped": st.floats(0, 0.5),
        "shake": share,
        "height": st.sampled_from((360, 1080, 1920)),
        "faces": st.none() | share,
        "text": st.none() | share,
        "talk_begins": st.none() | st.floats(0, 12),
        "leading_silence": st.floats(0, 5),
        "lufs": st.none() | st.floats(-60, -5),
        "peak": st.floats(-20, 3),
        "floor": st.none() | st.floats(-90, -20),
        "speech_to_rest": st.none() | st.floats(0, 50),
        "sound_clipped": st.floats(0, 0.2),
        "confidence": st.none() | share,
        "acts": st.lists(st.tuples(st.sampled_from(PATTERNS + LATER), st.floats(0, 80)), max_size=6).map(tuple),
        "content_words": st.none() | share,
        "drift": st.none() | share,
        "sentiment": st.none() | st.floats(-1, 1),
        "loop": st.none() | share,
        "silences": st.lists(st.tuples(st.floats(5, 60), st.floats(0.2, 8)), max_size=2).map(_ends),
        "freezes": st.lists(st.tuples(st.floats(5, 60), st.floats(0.2, 8)), max_size=2).map(_ends),
        "sound": st.booleans(),
        "transcript": st.booleans(),
        "vectors": st.booleans(),
    }
    free = {name: strategy for name, strategy in varied.items() if name not in fixed}
    return st.fixed_dictionaries(free).map(lambda drawn: Film(**drawn, **fixed))


def _ends(spans: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    return tuple((start, start + length) for start, length in spans)


def _spans(given: tuple[tuple[float, float], ...], duration: float) -> tuple[Span, ...]:
    return tuple(Span(a, min(b, duration)) for a, b in sorted(given) if a < min(b, duration))


def spoken(film: Film) -> list[Segment]:
    """Sentences of three seconds from the first word on, with a breath between them."""
    segments: list[Segment] = []
    if film.talk_begins is None:
        return segments
    start = film.leading_silence + film.talk_begins
    while start + 2.8 <= film.duration and len(segments) < 200:
        texts = SENTENCE.split()
        step = 2.8 / len(texts)
        words = tuple(
            Word(start + i * step, start + (i + 1) * step, text, Timing.ALIGNED, film.confidence)
            for i, text in enumerate(texts)
        )
        segments.append(Segment(start, start + 2.8, SENTENCE, words, "A", film.confidence))
        start += 3.0
    return segments


def _transcript(film: Film) -> Transcript:
    source = TranscriptSource.ASR if film.confidence is not None else TranscriptSource.PLATFORM_CAPTIONS
    return Transcript(tuple(spoken(film)), source, film.language)


def _reading(film: Film) -> Reading:
    count = len(spoken(film)) if film.transcript and film.vectors else 0
    return Reading(tuple((1.0, 0.0) for _ in range(count)), "made" if count else None)


def _hearing(film: Film) -> Hearing:
    leading = ((0.0, min(film.leading_silence, film.duration)),) if film.leading_silence > 0 else ()
    voice = tuple(Span(segment.start, segment.end) for segment in spoken(film))
    silent = _spans((*leading, *film.silences), film.duration)
    energy = tuple(
        0.65 * (1 - overlap(float(t), t + 1.0, pairs(silent)) / min(1.0, film.duration - t))
        for t in range(math.ceil(film.duration))
    )
    loud = film.lufs is not None
    return Hearing(
        duration=film.duration,
        loudness=Loudness(film.lufs, film.peak if loud else None, 5.0 if loud else None),
        energy=energy,
        silences=silent,
        noise_floor_db=film.floor,
        clipping_ratio=film.sound_clipped,
        voice=voice,
        music=Music(present=False, ratio=0.0),
        turns=tuple(Turn(span.start, span.end, "A") for span in voice),
        events=(SoundEvent(1.0, 1.5, "laughter", 0.8),) if film.duration > 2 else (),
        speech_to_rest_db=film.speech_to_rest if voice else None,
        bandwidth_hz=film.bandwidth if voice else None,
        dropouts=(Span(1.0, 1.0 + film.lost),) if film.lost > 0 else (),
        start_similarity=film.loop,
    )


def _seeing(film: Film) -> Seeing:
    look = Look(film.brightness, film.contrast, 0.4, film.sharpness, 0.4, film.motion, film.noise, film.blockiness,
                film.clipped / 2, film.clipped / 2)  # fmt: skip
    count = max(1, round(film.duration / film.shot_length))
    ends = [Fraction(film.duration) * i / count for i in range(count + 1)]
    shots = tuple(
        Shot(start, end, int(start * 25), Transition.CUT if start else Transition.START, look, CameraMotion.STATIC,
             film.shake)
        for start, end in pairwise(ends)
    )  # fmt: skip
    faces = None
    if film.faces is not None:
        seconds = film.faces * film.duration
        box = Box(0.35, 0.2, 0.3, 0.3)
        faces = (FaceTrack(1, 0.0, seconds, (FaceAt(0.0, box, 0.9),)),) if seconds > 0 else ()
    text = None
    if film.text is not None:
        seconds, box = film.text * film.duration, Box(0.2, film.text_y, 0.5, 0.08)
        text = (ScreenText(0.0, seconds, SENTENCE, box, film.letters, 0.9),) if seconds > 0 else ()
    return Seeing(
        duration=film.duration,
        width=film.height * 9 // 16,
        height=film.height,
        frames=int(film.duration * 25),
        shots=shots,
        keyframes=(),
        look=look,
        looks=(look,) * (int(film.duration) + 1),
        camera=CameraMotion.STATIC,
        colours=(),
        letterbox=None,
        black=(),
        freezes=_spans(film.freezes, film.duration),
        faces=faces,
        text=text,
        first_second_motion=film.first_motion,
        loop_similarity=film.loop,
    )
