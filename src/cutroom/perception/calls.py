"""The senses as their users call them: typed questions to a child process that does the work and ends with it.

No media is opened and no model loaded in the calling process. A model that is not there is a ``Missing`` in the answer;
what goes wrong is a ``CutroomError``; a cancel kills the work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.progress import ProgressCallback, ignore
from cutroom.media.child import GIB, MediaChild, TaskLimits
from cutroom.media.inside.wire import unpack
from cutroom.model.percepts import Hearing, Missing, Reading, Seeing, Span, Transcript, Turn
from cutroom.perception.ports import PerceptionConfig
from cutroom.perception.recognition import GivenText, Post, TranscribeRequest, transcribe
from cutroom.perception.registry import recogniser, service

SERVER = "cutroom.perception.inside.server"
FACES, TEXT = "faces", "text"
_HOUR = 3600
LIMITS = TaskLimits(memory=8 * GIB, cpu=6 * _HOUR, file=2 * GIB)
"""For three hours of film on a slow machine. Address space, of which the runtimes reserve much more than they use."""
_READING = TaskLimits(memory=8 * GIB, cpu=_HOUR, file=0)

T = TypeVar("T")


class Perception:
    """One warm process for any number of threads; starts on first use. ``close`` (or the end of a block) ends it.

    Which models it uses, and what recognises speech, is in ``config``; ``post`` is the way to a service that does.
    """

    def __init__(self, config: PerceptionConfig, child: MediaChild | None = None, *, post: Post | None = None) -> None:
        self.config, self._post = config, post
        self._models = str(config.models.absolute()) if config.models is not None else ""
        self._child = child or MediaChild(SERVER)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and what runs in it. Idempotent; a later call would start another."""
        self._child.close()

    def hear(
        self,
        film: Path,
        folder: Path,
        *,
        on_progress: ProgressCallback = ignore,
        cancel: CancelToken | None = None,
    ) -> Hearing:
        """Listen to a film. Leaves its sound in ``folder`` (``sound.s16``), for ``transcribe``.

        Raises ``NO_AUDIO`` where it has no sound track, ``NOT_MEDIA``, ``MEDIA_DAMAGED``, ``LIMIT_EXCEEDED``.
        """
        params = self._about(film, folder)
        return _read(Hearing, self._child.call("hear", params, limits=LIMITS, on_progress=on_progress, cancel=cancel))

    def transcribe(
        self,
        film: Path,
        folder: Path,
        *,
        voice: Iterable[Span] | None = None,
        turns: Iterable[Turn] | None = None,
        given: GivenText | None = None,
        language: str | None = None,
        on_progress: ProgressCallback = ignore,
        cancel: CancelToken | None = None,
    ) -> tuple[Transcript, tuple[Missing, ...]]:
        """What is said in a film, and what was missing for a better transcript.

        By the ladder: ``given`` text, a text track inside the film, recognition. ``voice`` and ``turns`` are
        those of ``hear``. Raises as ``hear``.
        """

        def call(params: Mapping[str, Any]) -> dict[str, Any]:
            return self._child.call("transcribe", params, limits=LIMITS, on_progress=on_progress, cancel=cancel)

        request = TranscribeRequest(
            video=self._about(film, folder)["video"],
            folder=folder.absolute(),
            models=self.config.models,
            voice=None if voice is None else tuple(voice),
            turns=None if turns is None else tuple(turns),
            given=given,
            language=language,
            recogniser=recogniser(self.config),
        )
        try:
            return transcribe(call, request, service=service(self.config), post=self._post, cancel=cancel)
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable(error) from error

    def see(
        self,
        film: Path,
        folder: Path,
        *,
        wants: Iterable[str] = (FACES, TEXT),
        on_progress: ProgressCallback = ignore,
        cancel: CancelToken | None = None,
    ) -> Seeing:
        """Look at a film. ``wants`` adds faces and text to what is always seen. Key frames go to ``folder/keyframes``.

        Raises ``NO_VIDEO`` where it has no pictures, otherwise as ``hear``.
        """
        params = self._about(film, folder) | {"wants": list(wants)}
        return _read(Seeing, self._child.call("see", params, limits=LIMITS, on_progress=on_progress, cancel=cancel))

    def read(
        self, texts: Sequence[str], *, on_progress: ProgressCallback = ignore, cancel: CancelToken | None = None
    ) -> Reading:
        """One vector a text, in their order; none, and ``missing`` says why, where the model is not there."""
        params = {"texts": list(texts), "models": self._models}
        answer = self._child.call("read", params, limits=_READING, on_progress=on_progress, cancel=cancel)
        return _read(Reading, answer)

    def _about(self, film: Path, folder: Path) -> dict[str, Any]:
        try:
            size = film.stat().st_size
        except OSError as error:
            raise CutroomError(
                ErrorCode.SOURCE_NOT_FOUND, "The file to analyse is not there.", detail=str(error)
            ) from error
        video = {"path": str(film.absolute()), "size": size}
        return {"video": video, "folder": str(folder.absolute()), "models": self._models}


def _read(kind: type[T], answer: Mapping[str, Any]) -> T:
    try:
        return unpack(kind, answer)
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> CutroomError:
    return CutroomError(
        ErrorCode.PROCESSING_FAILED, "An analysis gave an answer that cannot be read.", detail=repr(error)[:500]
    )
