"""Transcribe one source on this machine: the best text there is, captions or a draft, with a time for every word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutroom.analyses.ingesting import choose_captions
from cutroom.analyses.speech_service import way_to_service
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.progress import Progress, ProgressCallback, ignore
from cutroom.media.child import MediaChild
from cutroom.media.input import Source, inputs, ranged
from cutroom.model.download import Captions, DownloadFormat
from cutroom.model.percepts import Missing, Transcript, TranscriptSource
from cutroom.perception import captions, subtitles
from cutroom.perception.calls import LIMITS, SERVER
from cutroom.perception.languages import is_tag
from cutroom.perception.recognition import GivenText, TranscribeRequest, transcribe
from cutroom.perception.registry import recogniser, service

if TYPE_CHECKING:  # help is shown without anything that works
    from cutroom.actions.services import Services


class Form(StrEnum):
    """How a transcript is written down."""

    TEXT = "text"
    SRT = "srt"
    VTT = "vtt"


@dataclass(frozen=True, slots=True)
class TranscribeOrder:
    """What is to be transcribed. ``subtitles`` is a file with what is said; ``language`` is spoken, if it is known."""

    source: str
    subtitles: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What is said, and what was left out or is less than it could be."""

    transcript: Transcript
    missing: tuple[Missing, ...]
    title: str | None


def transcribe_source(
    services: Services, order: TranscribeOrder, *, on_progress: ProgressCallback = ignore, cancel: CancelToken
) -> Transcribed:
    """Find the source, fetch its sound, and have it transcribed.

    Raises ``CutroomError``: what finding and fetching raise, INVALID_REQUEST for a language that is no tag,
    INVALID_REQUEST or SOURCE_NOT_FOUND for a subtitle file that cannot be read, NO_AUDIO where there is neither sound
    nor text.
    """
    if order.language is not None and not is_tag(order.language):
        raise CutroomError(
            ErrorCode.INVALID_REQUEST,
            "The language is no language tag.",
            next_step="Write it as two or three letters, with a region where it matters: en, pt-BR.",
        )
    given = _subtitle_file(order.subtitles, order.language) if order.subtitles is not None else None
    on_progress(Progress("resolving"))
    with services.workdir() as workdir, services.sources.resolve(order.source, cancel) as resolved:
        from cutroom.sources.wish import Wish

        info = resolved.describe(workdir.path, cancel)
        wish = Wish(DownloadFormat.M4A)
        opened = resolved.open(None, wish=wish, workdir=workdir.path, on_progress=on_progress, cancel=cancel)
        beside, missed = resolved.beside(workdir.path, cancel, captions=given is None, cover=False)
        given = given or _of_the_page(beside.captions, order.language)
        source = Source(opened.audio or opened.video)
        on_progress(Progress("listening"))

        request = TranscribeRequest(
            video=inputs(source)["video"],
            folder=workdir.path,
            models=services.perception.models,
            given=given,
            language=order.language,
            recogniser=recogniser(services.perception),
        )
        with MediaChild(SERVER) as child, way_to_service(services.perception) as post:

            def call(params: Mapping[str, Any]) -> dict[str, Any]:
                return child.call(
                    "transcribe", params, ranged=ranged(source), limits=LIMITS, on_progress=on_progress, cancel=cancel
                )

            chosen = service(services.perception)
            found, missing = transcribe(call, request, service=chosen, post=post, cancel=cancel)
    told = tuple(Missing("transcript", sentence, degraded=True) for sentence in (*opened.warnings, *missed))
    return Transcribed(found, told + missing, info.title)


def written(transcript: Transcript, form: Form) -> str:
    """The transcript as text, ending with a line's end unless it is empty."""
    match form:
        case Form.SRT:
            return subtitles.srt(transcript)
        case Form.VTT:
            return subtitles.vtt(transcript)
        case Form.TEXT:
            text = subtitles.readable(transcript)
            return text + "\n" if text else ""


def _subtitle_file(name: str, language: str | None) -> GivenText:
    path = Path(name).expanduser()
    try:
        with path.open("rb") as file:
            data = file.read(captions.LARGEST + 1)
    except (OSError, ValueError) as error:
        raise CutroomError(
            ErrorCode.SOURCE_NOT_FOUND,
            "The subtitle file cannot be read.",
            next_step="Check its path and that you may read it.",
            detail=str(error),
        ) from error
    text = captions.decode(data)
    if "-->" not in text:
        raise CutroomError(
            ErrorCode.INVALID_REQUEST,
            "The subtitle file is neither SubRip nor WebVTT.",
            next_step="Give a .srt or .vtt file.",
        )
    return GivenText(text, TranscriptSource.SUBTITLE_FILE, language)


def _of_the_page(found: tuple[Captions, ...], language: str | None) -> GivenText | None:
    """The captions of a page that an analysis would take."""
    chosen = choose_captions(found, language)
    if chosen is None:
        return None
    text = captions.decode(chosen.path.read_bytes()[: captions.LARGEST])
    return GivenText(text, TranscriptSource.PLATFORM_CAPTIONS, chosen.language)
