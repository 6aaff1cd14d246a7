"""Senses and judges that stand in for perception and judgement where a test is about the work around them.

Nothing of what they say is made up where the file says it: length, size and pictures are the real ones. Each call is
noted in a file, so that a test can see how often a sense was asked, whatever process asked it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from cutroom.analyses.ingesting import Given
from cutroom.analyses.senses import KEYFRAMES, Film, Said
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.progress import Progress, ProgressCallback, ignore
from cutroom.media.engine import Engine
from cutroom.model.media import MediaFacts
from cutroom.model.percepts import (
    CameraMotion,
    Hearing,
    Keyframe,
    Look,
    Loudness,
    Missing,
    Music,
    Percepts,
    Reading,
    Seeing,
    Segment,
    Shot,
    Span,
    Transcript,
    TranscriptSource,
    Transition,
    Turn,
)
from cutroom.model.verdicts import Component, Explained, TextFacts, Verdict

FRAME = b"\xff\xd8\xff\xe0 a key frame \xff\xd9"
_LOOK = Look(0.5, 0.5, 0.5, 0.5, 0.5, 0.1)


class StandInSenses:
    """``slow``: seconds that every call takes at least, in which it can be cancelled."""

    def __init__(self, engine: Engine, log: Path, slow: float = 0.0) -> None:
        self._engine, self._log, self._slow = engine, log, slow
        self.generation = "1"

    def version(self, sense: str) -> str:
        return self.generation

    def hear(self, film: Film, *, on_progress: ProgressCallback = ignore, cancel: CancelToken) -> Hearing:
        facts = self._look("hear", film, on_progress, cancel)
        if not facts.audio:
            raise CutroomError(ErrorCode.NO_AUDIO, "There is no sound.")
        (film.folder / "sound.s16").write_bytes(b"\0\0" * 16)
        seconds = _seconds(facts)
        return Hearing(
            duration=seconds,
            loudness=Loudness(-16.0, -1.0, 5.0),
            energy=(0.5,) * max(1, int(seconds)),
            silences=(),
            noise_floor_db=-60.0,
            clipping_ratio=0.0,
            voice=(Span(0.0, seconds / 2),),
            music=Music(present=False, ratio=0.0),
            turns=(Turn(0.0, seconds / 2, "A"),),
        )

    def transcribe(
        self,
        film: Film,
        *,
        voice: Sequence[Span] | None,
        turns: Sequence[Turn] | None,
        given: Given | None,
        on_progress: ProgressCallback = ignore,
        cancel: CancelToken,
    ) -> Said:
        facts = self._look("transcribe", film, on_progress, cancel)
        if not facts.audio and given is None:
            raise CutroomError(ErrorCode.NO_AUDIO, "There is neither sound nor text.")
        text, source = ("Hello out there.", TranscriptSource.ASR) if given is None else (given.text, given.source)
        segment = Segment(0.0, _seconds(facts) / 2, text, speaker="A", confidence=0.9 if given is None else None)
        missing = Missing("transcription", "Only a rough draft of the speech was made.", degraded=True)
        return Said(Transcript((segment,), source, "en"), (missing,))

    def see(self, film: Film, *, on_progress: ProgressCallback = ignore, cancel: CancelToken) -> Seeing:
        facts = self._look("see", film, on_progress, cancel)
        if facts.video is None:
            raise CutroomError(ErrorCode.NO_VIDEO, "There are no pictures.")
        (film.folder / KEYFRAMES).mkdir(exist_ok=True)
        half, end = Fraction(1), facts.duration or Fraction(0)
        for number in range(2):
            (film.folder / KEYFRAMES / f"{number}.jpg").write_bytes(FRAME + bytes([number]))
        width, height = facts.video.display_size
        shot = {"look": _LOOK, "camera": CameraMotion.STATIC, "shake": 0.0}
        return Seeing(
            duration=float(end),
            width=width,
            height=height,
            frames=facts.video.frames or 0,
            shots=(
                Shot(Fraction(0), half, 0, Transition.START, **shot),  # type: ignore[arg-type]
                Shot(half, end, 30, Transition.CUT, **shot),  # type: ignore[arg-type]
            ),
            keyframes=(Keyframe(0, Fraction(0), 0, "0.jpg"), Keyframe(30, half, 1, "1.jpg")),
            look=_LOOK,
            looks=(_LOOK,),
            camera=CameraMotion.STATIC,
            colours=(),
            letterbox=None,
            black=(),
            freezes=(),
        )

    def read(self, texts: Sequence[str], *, on_progress: ProgressCallback = ignore, cancel: CancelToken) -> Reading:
        self._note("read")
        return Reading(tuple((1.0, 0.0) for _ in texts), "none")

    def _look(self, name: str, film: Film, on_progress: ProgressCallback, cancel: CancelToken) -> MediaFacts:
        self._note(name)
        end = time.monotonic() + self._slow
        while time.monotonic() < end:
            cancel.wait(0.02)
            cancel.check()
            on_progress(Progress(name, 0.5))
        return self._engine.probe(film.path, cancel=cancel)

    def _note(self, name: str) -> None:
        with self._log.open("a") as log:
            log.write(f"{name}\n")


class StandInJudges:
    """Says as little as the contract lets, and of that nothing that the percepts do not say."""

    def labels(self) -> Sequence[str]:
        return ()

    def understand(
        self, percepts: Percepts, labels: Sequence[Sequence[float]] | None, cancel: CancelToken
    ) -> tuple[Verdict, TextFacts]:
        cancel.check()
        said, seen = percepts.transcript, percepts.seeing
        fields: dict[str, Any] = {"entities": {"topics": ["greetings"] if said is not None else []}}
        fields["transcript"] = {"full_text": said.text if said is not None else "", "word_count": 0}
        frames = seen.keyframes if seen is not None else ()
        fields["visual_analysis"] = {
            "keyframes": [{"frame_index": f.frame_index, "t": float(f.t), "image_url": f.file} for f in frames]
        }
        return Verdict({"media_understanding": fields}, {}, ("Nobody has judged this.",)), TextFacts()

    def creator(self, percepts: Percepts, text: TextFacts) -> Verdict:
        hook = Explained(50, "stand-in", "1", components=(Component("words", 1.0, 3.0, 0.5),))
        return Verdict(
            {"creator_intelligence": {"hook_analysis": {"score": 50, "hook_type": "none"}}},
            {"/creator_intelligence/hook_analysis/score": hook},
        )

    def growth(self, percepts: Percepts, creator: Verdict, text: TextFacts) -> Verdict:
        assert creator.fields
        return Verdict({"virality_model": {"basis": "stand-in"}})

    def scores(self, percepts: Percepts, creator: Verdict, growth: Verdict, text: TextFacts) -> Verdict:
        return Verdict({"confidence_overall": 10})


def _seconds(facts: MediaFacts) -> float:
    return round(float(facts.duration or 0), 3)
