"""``cutroom transcribe``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from cutroom.actions.targets import check_report, write_whole
from cutroom.actions.transcribe import Form, Transcribed, TranscribeOrder, transcribe_source, written
from cutroom.cli.door import Door
from cutroom.cli.exit_codes import Exit
from cutroom.cli.options import Guarded, Injected, Json, Verbose
from cutroom.cli.progress import Display
from cutroom.cli.tokens import STDOUT, unshield
from cutroom.cli.wording import printable
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.percepts import Segment, Word

_Flag = Annotated[bool, Parameter(negative="", show_default=False)]


def transcribe(  # noqa: PLR0913 - one parameter an option
    source: str,
    /,
    *,
    srt: _Flag = False,
    vtt: _Flag = False,
    output: Annotated[str | None, Parameter(name=["--output", "-o"], metavar="FILE")] = None,
    subtitles: Annotated[str | None, Parameter(metavar="FILE")] = None,
    language: Annotated[str | None, Parameter(metavar="CODE")] = None,
    force: Annotated[bool, Parameter(name="--force", negative="", show_default=False)] = False,
    guarded: Guarded = False,
    json: Json = False,
    verbose: Verbose = False,
    door: Injected,
) -> int:
    """Write down what is said in a file, a link or a page, with times and speakers.

    Captions of a page and subtitles inside a file are used before speech is recognised. Whatever the text is from, its
    English words are found in the sound.

    Parameters
    ----------
    source
        A file, a link to a file, or the page of a video.
    srt
        Write SubRip subtitles.
    vtt
        Write WebVTT subtitles.
    output
        The file to write; without it the transcript goes to standard output.
    subtitles
        A .srt or .vtt file with what is said; its words get their times from the sound.
    language
        The language that is spoken, as in en or pt-BR, where the file does not say it.
    force
        Replace a file that exists.
    guarded
        Refuse loopback, private and link-local addresses, as the server does.
    json
        Print one JSON document on standard output, errors as JSON on standard error.
    verbose
        Say on standard error in detail what happens.
    door
        Handed in by the caller.

    """
    del verbose  # known to the door already
    if srt + vtt + json > 1:
        raise CutroomError(ErrorCode.INVALID_REQUEST, "Choose one of --srt, --vtt and --json.")
    target = _target(output, [source, subtitles], force=force)
    order = TranscribeOrder(
        unshield(source),
        None if subtitles is None else unshield(subtitles),
        None if language is None else unshield(language),
    )
    with door.open_services(guarded) as services, Display(door.err) as display:
        found = transcribe_source(services, order, on_progress=display.update, cancel=door.cancel)
    form = Form.SRT if srt else Form.VTT if vtt else Form.TEXT
    _deliver(found, form, target, door)
    return Exit.OK


def _target(output: str | None, read: Sequence[str | None], *, force: bool) -> Path | None:
    """Where it is to be written, None for standard output. Known before the work: what would stop the writing.

    What is ``read`` is never written, not even with ``force``.
    """
    named = None if output is None else unshield(output)
    if named is None or named == STDOUT:
        return None
    if not named:
        raise CutroomError(ErrorCode.INVALID_REQUEST, "The target is empty.")
    target = Path(named).expanduser()
    for one in read:
        if one is not None:
            check_report(target, unshield(one), overwrite=force)
    return target


def _deliver(found: Transcribed, form: Form, target: Path | None, door: Door) -> None:
    if door.as_json:
        import json

        text = json.dumps(content(found), indent=2, allow_nan=False) + "\n"
    else:
        text = written(found.transcript, form)
        for sentence in notes(found):
            door.say(f"cutroom: {printable(sentence, 300)}", aside=True)
    if target is None:
        if text:
            door.say(text.removesuffix("\n"))
        return
    write_whole(target, text)
    if not door.as_json:
        door.say(str(target))


def notes(found: Transcribed) -> list[str]:
    """What the user should know of the transcript, one sentence each."""
    said = [missing.reason for missing in found.missing]
    if not found.transcript.segments and not said:
        said.append("Nobody speaks in it.")
    return said


def content(found: Transcribed) -> dict[str, Any]:
    """The transcript as JSON."""
    transcript = found.transcript
    return {
        "title": found.title,
        "language": transcript.language,
        "source": transcript.source.value,
        "recogniser": transcript.recogniser,
        "draft": transcript.draft,
        "text": transcript.text,
        "segments": [_segment(segment) for segment in transcript.segments],
        "warnings": notes(found),
    }


def _segment(segment: Segment) -> dict[str, Any]:
    return {
        "start": segment.start,
        "end": segment.end,
        "speaker": segment.speaker,
        "text": segment.text,
        "confidence": segment.confidence,
        "words": [_word(word) for word in segment.words],
    }


def _word(word: Word) -> dict[str, Any]:
    return {
        "start": word.start,
        "end": word.end,
        "text": word.text,
        "confidence": word.confidence,
        "timing": word.timing.value,
    }
