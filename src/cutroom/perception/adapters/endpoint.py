"""A transcription service that works as OpenAI's does: what is sent there, and what its answers mean. Sends nothing.

The request is made in the calling process, by whoever holds the guarded way out (``perception.recognition``); the
child cuts the sound into files beforehand and reads the answers afterwards. An answer is a stranger's data.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cutroom.model.percepts import Timing, Word
from cutroom.perception.captions import clean

PATH = "/audio/transcriptions"
MOST_ANSWER = 4 << 20
"""Bytes of an answer that are read."""
_LONGEST_WORD, _LONGEST_TEXT, _MOST_WORDS, _LAST_TIME = 200, 20_000, 20_000, 1e6


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer: utterances in s of the film, and the language it names."""

    utterances: list[list[Word]]
    language: str | None


class AnswerError(ValueError):
    """The service answered something else than a transcript."""


def body(sound: bytes, model: str, language: str | None) -> tuple[dict[str, str], bytes]:
    """Headers and body of a request with a WAV file: a form whose boundary does not occur in it."""
    fields = {"model": model, "response_format": "verbose_json", "temperature": "0"}
    if language:
        fields["language"] = language.partition("-")[0]
    boundary = "cutroom" + hashlib.sha256(sound).hexdigest()[:32]
    parts = [_part(boundary, f'name="{name}"', value.encode()) for name, value in fields.items()]
    parts += [_part(boundary, 'name="timestamp_granularities[]"', kind.encode()) for kind in ("word", "segment")]
    parts.append(_part(boundary, 'name="file"; filename="speech.wav"', sound, "audio/wav"))
    headers = {"content-type": f"multipart/form-data; boundary={boundary}", "accept": "application/json"}
    return headers, b"".join([*parts, f"--{boundary}--\r\n".encode()])


def _part(boundary: str, name: str, value: bytes, kind: str | None = None) -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {name}\r\n"
    head += f"Content-Type: {kind}\r\n" if kind else ""
    return head.encode() + b"\r\n" + value + b"\r\n"


def read(answer: str, start: float, end: float) -> Heard:
    """The words of an answer for the sound of [start, end) s of the film. Raises ``AnswerError``.

    Word times where it has them, else segments whose words are shared out, else all text over the whole stretch.
    """
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise AnswerError("no JSON") from error
    if not isinstance(found, Mapping) or not isinstance(found.get("text", ""), str):
        raise AnswerError("no transcript")
    language = found.get("language")
    words = _timed(found.get("words"), start, end, "word")
    if words:
        utterances = [words]
    else:
        timed = _timed(found.get("segments"), start, end, "text")
        utterances = [_spread(word) for word in timed] or [
            _spread(Word(start, end, clean(found.get("text", "")), Timing.NATIVE))
        ]
    return Heard([some for some in utterances if some], language if isinstance(language, str) else None)


def _timed(items: Any, start: float, end: float, name: str) -> list[Word]:
    """What of ``items`` has a text and possible times, in order."""
    words: list[Word] = []
    for item in items[:_MOST_WORDS] if isinstance(items, Sequence) and not isinstance(items, str) else ():
        said = item.get(name) if isinstance(item, Mapping) else None
        text = clean(said[:_LONGEST_TEXT]) if isinstance(said, str) else ""
        if not text:
            continue
        first, last = _time(item.get("start")), _time(item.get("end"))
        if first is not None and last is not None and first <= last and start + first < end:
            words.append(
                Word(
                    start + first,
                    min(end, start + last),
                    text if name == "text" else text[:_LONGEST_WORD],
                    Timing.NATIVE,
                )
            )
    return sorted(words, key=lambda word: word.start)


def _time(value: object) -> float | None:
    """Seconds; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 <= value < _LAST_TIME else None


def _spread(segment: Word) -> list[Word]:
    """The words of a text in shares of its time."""
    tokens = [token[:_LONGEST_WORD] for token in segment.text.split()[:_MOST_WORDS]]
    total = sum(len(token) + 1 for token in tokens)
    words, at = [], segment.start
    for token in tokens:
        length = (segment.end - segment.start) * (len(token) + 1) / total
        words.append(Word(at, at + length, token, Timing.INTERPOLATED))
        at += length
    return words


def error_of(status: int) -> str:
    """Why a service gave no transcript, in words of ours: what it says itself may hold anything."""
    if status == 429:
        return "The transcription service takes no more requests at present."
    if status in {401, 403}:
        return "The transcription service does not accept its key."
    if status == 413:
        return "The transcription service does not take files of this size."
    if status >= 300:
        return f"The transcription service failed (status {status})."
    return "The transcription service answered something that is no transcript."
