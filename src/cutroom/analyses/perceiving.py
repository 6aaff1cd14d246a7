"""What is perceived in one film: each percept from what is kept of its content, else from the senses, and then kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from cutroom.analyses.ahead import Ahead, Spare, begin
from cutroom.analyses.ingesting import Ingested
from cutroom.analyses.senses import HEAR, KEYFRAMES, READ, SEE, TRANSCRIBE, Film, Said, Senses
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.progress import ProgressCallback, ignore
from cutroom.media.inside import wire
from cutroom.model.analysis import Preset
from cutroom.model.percepts import Hearing, Missing, Percepts, Reading, Seeing

_Percept = TypeVar("_Percept")
_NOT_THERE = {HEAR: ErrorCode.NO_AUDIO, TRANSCRIBE: ErrorCode.NO_AUDIO, SEE: ErrorCode.NO_VIDEO}


class Kept(Protocol):
    """Of ``kept.KeptPercepts``."""

    def find(self, content: str, sense: str, version: str, folder: Path) -> Any | None: ...
    def keep(
        self, name: tuple[str, str, str], percept: Any, folder: Path, pictures: dict[str, Path] | None = None
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class At:
    """The work of one step: whom to tell, and by whom it is ended."""

    cancel: CancelToken
    on_progress: ProgressCallback = ignore


class Perceiver:
    """Of one film. ``film`` brings it (again) when a sense has to look; ``kept`` None remembers in memory alone."""

    def __init__(
        self, senses: Senses, ingested: Ingested, folder: Path, film: Callable[[At], Film], kept: Kept | None = None
    ) -> None:
        self.ingested = ingested
        self._senses, self._folder, self._film, self._kept = senses, folder, film, kept
        self._known: dict[str, Any] = {}
        self._labels: Reading | None = None
        self._ahead: Ahead[Seeing | None] | None = None

    def look_ahead(self, spare: Spare, at: At) -> None:
        """Begin with the pictures, if there is a processor for them; until ``seeing`` asks for them, or ``close``."""
        if self._ahead is not None or SEE in self._known or not self.ingested.has_picture:
            return
        kept = self._remembered(SEE, self.version(SEE), Seeing)
        if kept is not None:
            (self._known[SEE],) = kept
            return
        self._film(at)  # brought by the step that is at work, which ends with its job and tells how far it is
        self._ahead = begin(spare, lambda on_progress, cancel: self._seen(At(cancel, on_progress), anew=False))

    def stop(self) -> None:
        """End what was begun ahead, without waiting for that."""
        if self._ahead is not None:
            self._ahead.stop()

    def close(self) -> None:
        """End what was begun ahead: when this returns it writes nothing any more. Idempotent."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.close()

    def hearing(self, at: At) -> Hearing | None:
        """The sound; None of a film that has none."""
        if not self.ingested.has_sound:
            return None
        return self._percept(
            HEAR,
            self.version(HEAR),
            Hearing,
            lambda: self._senses.hear(self._film(at), on_progress=at.on_progress, cancel=at.cancel),
        )

    def said(self, at: At) -> Said:
        """What is spoken, or stands in its subtitles, which a film without sound may have too."""
        given, heard = self.ingested.given, self.hearing(at)

        def transcribe() -> Said:
            return self._senses.transcribe(
                self._film(at),
                voice=heard.voice if heard is not None else None,
                turns=heard.turns if heard is not None else None,
                given=given,
                on_progress=at.on_progress,
                cancel=at.cancel,
            )

        found = self._percept(TRANSCRIBE, self.version(TRANSCRIBE), Said, transcribe)
        return found or Said(None)

    def reading(self, at: At) -> Reading:
        """What models of language say of its sentences."""
        transcript = self.said(at).transcript
        texts = [segment.text for segment in transcript.segments] if transcript is not None else []
        if not texts:
            return Reading()
        version = f"{self._senses.version(READ)}-{_mark(*texts)}"
        found = self._percept(
            READ,
            version,
            Reading,
            lambda: self._senses.read(texts, on_progress=at.on_progress, cancel=at.cancel),
        )
        return found or Reading()

    def labels(self, texts: Sequence[str], at: At) -> tuple[tuple[float, ...], ...] | None:
        """Vectors of texts that sentences are compared with; None where no sentence has one."""
        if not self.reading(at).vectors or not texts:
            return None
        if self._labels is None:
            self._labels = self._senses.read(texts, on_progress=at.on_progress, cancel=at.cancel)
        return self._labels.vectors or None

    def seeing(self, at: At, *, anew: bool = False) -> Seeing | None:
        """The pictures; None of a film that has none. ``anew``: whatever is kept, it lacks something."""
        if not self.ingested.has_picture:
            return None
        if self._ahead is not None:
            ahead, self._ahead = self._ahead, None
            self._known[SEE] = ahead.result(at.on_progress, at.cancel)
        if SEE not in self._known or anew:
            self._known[SEE] = self._seen(at, anew=anew)
        seen: Seeing | None = self._known[SEE]
        return seen

    def _seen(self, at: At, *, anew: bool) -> Seeing | None:
        def see() -> Seeing:
            return self._senses.see(self._film(at), on_progress=at.on_progress, cancel=at.cancel)

        return self._recalled(SEE, self.version(SEE), Seeing, see, anew=anew)

    def percepts(self, preset: Preset, at: At) -> Percepts:
        """Everything that this preset looks at."""
        source, file = self.ingested.source, self.ingested.file
        if preset is Preset.META_ONLY:
            return Percepts(source, file)
        heard, said, reading = self.hearing(at), self.said(at), self.reading(at)
        seen = self.seeing(at) if preset is Preset.FULL else None
        missing = list(said.missing)
        if not self.ingested.has_sound:
            missing.append(Missing("hearing", "The film has no sound."))
        if not self.ingested.has_picture and preset is Preset.FULL:
            missing.append(Missing("seeing", "The film has no pictures."))
        return Percepts(source, file, heard, said.transcript, seen, reading, tuple(missing))

    def keyframes(self) -> Path:
        """Where their files are once they were seen here."""
        return self._folder / KEYFRAMES

    def version(self, sense: str) -> str:
        """Of the sense and of what else it is given."""
        version = self._senses.version(sense)
        if sense != TRANSCRIBE:
            return version
        given = self.ingested.given
        return f"{version}-{_mark(self.version(HEAR), *((given.format, given.text) if given else ()))}"

    def _percept(
        self,
        sense: str,
        version: str,
        kind: type[_Percept],
        perceive: Callable[[], _Percept],
    ) -> _Percept | None:
        if sense not in self._known:
            self._known[sense] = self._recalled(sense, version, kind, perceive, anew=False)
        known: _Percept | None = self._known[sense]
        return known

    def _recalled(
        self, sense: str, version: str, kind: type[_Percept], perceive: Callable[[], _Percept], *, anew: bool
    ) -> _Percept | None:
        content = self.ingested.content
        if content is None or self._kept is None:
            return _or_none(sense, perceive)
        found = None if anew else self._remembered(sense, version, kind)
        if found is not None:
            return found[0]
        percept = _or_none(sense, perceive)
        if isinstance(percept, Said) and any(one.passing for one in percept.missing):
            return percept
        packed = {"percept": None if percept is None else wire.pack(percept)}
        self._kept.keep((content, sense, version), packed, self._folder, self._pictures(percept))
        return percept

    def _remembered(self, sense: str, version: str, kind: type[_Percept]) -> tuple[_Percept | None] | None:
        """What is kept of it, which may be that there is nothing; None where nothing is kept."""
        if self.ingested.content is None or self._kept is None:
            return None
        found = self._kept.find(self.ingested.content, sense, version, self._folder)
        if found is None:
            return None
        return (None if found["percept"] is None else wire.unpack(kind, found["percept"]),)

    def _pictures(self, percept: object) -> dict[str, Path]:
        """Of what was seen: the files of its key frames that are there."""
        if not isinstance(percept, Seeing):
            return {}
        named = {frame.file: self.keyframes() / frame.file for frame in percept.keyframes}
        return {name: path for name, path in named.items() if path.is_file()}


def _or_none(sense: str, perceive: Callable[[], _Percept]) -> _Percept | None:
    """None where the film has nothing for this sense, although its header says so."""
    try:
        return perceive()
    except CutroomError as error:
        if error.code is not _NOT_THERE.get(sense):
            raise
        return None


def _mark(*parts: str) -> str:
    """Short, and another for other parts."""
    hasher = hashlib.sha256()
    for part in parts:
        hasher.update(f"{len(part)}:{part}".encode("utf-8", "replace"))
    return hasher.hexdigest()[:16]
