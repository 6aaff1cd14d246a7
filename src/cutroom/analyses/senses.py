"""The one place between analyses and perception: what the senses are asked, and their children that answer.

Everything else here speaks to ``Senses``; which models do the work, and in which process, is known below it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.progress import ProgressCallback, ignore
from cutroom.model.percepts import Hearing, Missing, Reading, Seeing, Span, Transcript, Turn

if TYPE_CHECKING:
    from cutroom.analyses.ingesting import Given
    from cutroom.perception.calls import Perception

HEAR, TRANSCRIBE, SEE, READ = "hear", "transcribe", "see", "read"
KEYFRAMES = "keyframes"
"""The folder of the key frames, in that of the film."""
# Raised by hand when what a sense says of the same film with the same models has changed.
_GENERATION = 2
# What each sense rests on, as the registry of capabilities calls it.
_RESTS_ON = {
    HEAR: ("voice_activity", "speakers", "music"),
    TRANSCRIBE: ("transcription", "alignment"),
    SEE: ("faces", "screen_text", "shots"),
    READ: ("sentence_vectors",),
}


@dataclass(frozen=True, slots=True)
class Film:
    """A whole film on this machine, and the folder in which the senses work on it."""

    path: Path
    folder: Path


@dataclass(frozen=True, slots=True)
class Said:
    """A transcript, and what was missing for a better one; None where nothing could be told."""

    transcript: Transcript | None
    missing: tuple[Missing, ...] = ()


class Senses(Protocol):
    """Raises ``CutroomError``: NO_AUDIO, NO_VIDEO, MEDIA_DAMAGED, LIMIT_EXCEEDED, DISK_FULL, and ``Cancelled``."""

    def version(self, sense: str) -> str:
        """What a percept depends on beside the film: code and models. At most 40 characters."""

    def hear(self, film: Film, *, on_progress: ProgressCallback = ignore, cancel: CancelToken) -> Hearing: ...

    def transcribe(
        self,
        film: Film,
        *,
        voice: Sequence[Span] | None,
        turns: Sequence[Turn] | None,
        given: Given | None,
        on_progress: ProgressCallback = ignore,
        cancel: CancelToken,
    ) -> Said: ...

    def see(self, film: Film, *, on_progress: ProgressCallback = ignore, cancel: CancelToken) -> Seeing:
        """Key frames are files in the folder's ``keyframes`` afterwards."""

    def read(self, texts: Sequence[str], *, on_progress: ProgressCallback = ignore, cancel: CancelToken) -> Reading: ...


class ChildSenses:
    """``Senses`` by the children of perception."""

    def __init__(self, perception: Perception) -> None:
        self._perception, self._config = perception, perception.config

    def version(self, sense: str) -> str:
        """Of what is active here for that sense: another model, or one more, makes another percept."""
        from cutroom.perception.registry import capabilities

        found = [one for one in capabilities(self._config) if one.name in _RESTS_ON[sense]]
        active = repr([(one.name, one.state.value, one.by, one.missing) for one in found])
        return f"{_GENERATION}-{hashlib.sha256(active.encode()).hexdigest()[:16]}"

    def hear(self, film: Film, *, on_progress: ProgressCallback = ignore, cancel: CancelToken) -> Hearing:
        return self._perception.hear(film.path, film.folder, on_progress=on_progress, cancel=cancel)

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
        from cutroom.perception.recognition import GivenText

        found, missing = self._perception.transcribe(
            film.path,
            film.folder,
            voice=voice,
            turns=turns,
            given=None if given is None else GivenText(given.text, given.source, given.language),
            language=None if given is None else given.language,
            on_progress=on_progress,
            cancel=cancel,
        )
        return Said(found, missing)

    def see(self, film: Film, *, on_progress: ProgressCallback = ignore, cancel: CancelToken) -> Seeing:
        return self._perception.see(film.path, film.folder, on_progress=on_progress, cancel=cancel)

    def read(self, texts: Sequence[str], *, on_progress: ProgressCallback = ignore, cancel: CancelToken) -> Reading:
        return self._perception.read(texts, on_progress=on_progress, cancel=cancel)
