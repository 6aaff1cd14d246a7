"""Transcribing as the calling process sees it: the child does the work, and a service is asked by the guarded way out.

Nothing here reaches the network itself: ``post`` is handed in by whoever holds the way out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.media.inside import wire
from cutroom.model.percepts import Missing, Span, Transcript, TranscriptSource, Turn
from cutroom.perception.adapters import endpoint
from cutroom.perception.ports import TranscriptionEndpoint

Call = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Runs the task ``transcribe`` with these parameters in a child of perception."""
SECONDS = 600.0
"""The longest that one answer of a service is waited for."""
_LOOK = 0.2
_FINAL = {401, 403, 404, 429}


class Post(Protocol):
    """Sends a body once; ``outbound.post.Poster`` with room for ``endpoint.MOST_ANSWER`` bytes of answer."""

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> tuple[int, str]:
        """Status and answer. Raises ``CutroomError`` where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class GivenText:
    """Captions that came with the film: the text of a SubRip or WebVTT file."""

    text: str
    source: TranscriptSource = TranscriptSource.SUBTITLE_FILE
    language: str | None = None

    def as_params(self) -> dict[str, Any]:
        beginning = self.text.lstrip("\ufeff \t\r\n")[:6]
        return {"text": self.text, "format": "vtt" if beginning == "WEBVTT" else "srt", "source": self.source.value}


@dataclass(frozen=True, slots=True)
class TranscribeRequest:
    """What is known before transcribing. ``video`` is the child's input; ``folder`` is where the sound is kept."""

    video: Mapping[str, Any]
    folder: Path
    models: Path | None = None
    voice: tuple[Span, ...] | None = None
    turns: tuple[Turn, ...] | None = None
    given: GivenText | None = None
    language: str | None = None
    recogniser: Mapping[str, Any] | None = None
    """``{"kind": "embedded" | "off"}`` or ``{"kind": "whisper", "model": folder}``; a service takes its place."""

    def as_params(self) -> dict[str, Any]:
        return {
            "video": dict(self.video),
            "folder": str(self.folder),
            "models": str(self.models or ""),
            "voice": None if self.voice is None else [[span.start, span.end] for span in self.voice],
            "turns": None if self.turns is None else [[turn.start, turn.end, turn.speaker] for turn in self.turns],
            "given": None if self.given is None else self.given.as_params(),
            "language": self.language or (self.given.language if self.given else None),
            "recogniser": None if self.recogniser is None else dict(self.recogniser),
        }


def transcribe(
    call: Call,
    request: TranscribeRequest,
    *,
    service: TranscriptionEndpoint | None = None,
    post: Post | None = None,
    cancel: CancelToken | None = None,
) -> tuple[Transcript, tuple[Missing, ...]]:
    """What is said, and what was left out or is less than it could be.

    ``service`` and ``post`` together have speech recognised elsewhere; where that fails the child's own recogniser
    answers and ``missing`` says so. Raises what ``call`` raises; NO_AUDIO where there is neither sound nor text.
    """
    params = request.as_params()
    if service is None or post is None:
        return unpacked(call(params))
    chosen = {"kind": "endpoint", "name": f"{service.model} of a transcription service"}
    found = call(params | {"recogniser": chosen})
    if "pending" not in found:
        return unpacked(found)
    asking = _Asking(service, post, request.folder, request.language, cancel or CancelToken())
    answers = [{"start": file["start"], "end": file["end"]} | asking(file["file"]) for file in found["pending"]]
    return unpacked(call(params | {"recogniser": chosen | {"answers": answers}}))


def unpacked(found: Mapping[str, Any]) -> tuple[Transcript, tuple[Missing, ...]]:
    """The child's answer as nouns."""
    data = dict(found)
    missing = tuple(wire.unpack(Missing, item) for item in data.pop("missing", ()))
    return wire.unpack(Transcript, data), missing


@dataclass(slots=True)
class _Asking:
    """One service; one that is not there, or wants nothing of us, is not asked again for every part."""

    service: TranscriptionEndpoint
    post: Post
    folder: Path
    language: str | None
    cancel: CancelToken
    refusal: str | None = None

    def __call__(self, file: str) -> dict[str, str]:
        """``{"answer": text}`` or ``{"error": sentence}`` for a file of the folder."""
        if self.refusal is not None:
            return {"error": self.refusal}
        headers, body = endpoint.body((self.folder / file).read_bytes(), self.service.model, self.language)
        if self.service.key:
            headers["authorization"] = f"Bearer {self.service.key}"
        try:
            status, answer = self._post(headers, body)
        except Cancelled:
            raise
        except CutroomError as error:
            self.refusal = f"The transcription service could not be asked: {error.message}"
            return {"error": self.refusal}
        if 200 <= status < 300:
            return {"answer": answer}
        told = endpoint.error_of(status)
        self.refusal = told if status in _FINAL else None
        return {"error": told}

    def _post(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        """A cancel does not wait for the service; the answer that may still come is nobody's."""
        answers: list[tuple[int, str]] = []
        failures: list[CutroomError] = []

        def post() -> None:
            try:
                answers.append(self.post(f"{self.service.url}{endpoint.PATH}", headers, body, seconds=SECONDS))
            except CutroomError as error:
                failures.append(error)

        thread = threading.Thread(target=post, name="transcription-service", daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(_LOOK)
            self.cancel.check()
        if failures:
            raise failures[0]
        if not answers:
            raise CutroomError(ErrorCode.INTERNAL, "The request to it failed.")
        return answers[0]
