"""Which recogniser listens, and what it needs: the operator's choice, else the one that is always there."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cutroom.model.percepts import Missing
from cutroom.perception.adapters import endpoint, faster_whisper, pocketsphinx_draft
from cutroom.perception.adapters.endpoint import AnswerError
from cutroom.perception.cue_timing import Film
from cutroom.perception.languages import primary
from cutroom.perception.recognised import Recognised

SENSE = "transcript"
RATE = 16000
# Sound sent to a service: pieces of voice and the short pauses between them, each far below what services take (25 MB).
_LONGEST_FILE, _BRIDGED, _AROUND = 240.0, 4.0, 0.3
# Below this mean confidence a draft is noise: the speech is in another language, sung, or drowned.
_WORTHLESS = 0.5
# What a foreign runtime raises over a foreign file; the draft is still to be had.
_FOREIGN = (RuntimeError, ValueError, TypeError, LookupError, AttributeError, OSError, ImportError, MemoryError)


@dataclass(frozen=True, slots=True)
class Pending:
    """Files in the task's folder that are to be recognised elsewhere."""

    files: list[dict[str, Any]]


def recognise(params: dict[str, Any], film: Film, missing: list[Missing]) -> Recognised | Pending | None:
    """What is said in the spans of voice; None, and a reason in ``missing``, where nothing can tell."""
    chosen: dict[str, Any] = params.get("recogniser") or {"kind": "embedded"}
    if not film.voice:
        return Recognised([], _named(chosen), None)
    match chosen["kind"]:
        case "off":
            missing.append(Missing(SENSE, "Speech recognition is switched off."))
            return None
        case "endpoint":
            return _by_service(params, chosen, film, missing) or _draft(params, film, missing)
        case "whisper":
            return _by_whisper(params, chosen, film, missing) or _draft(params, film, missing)
        case _:
            return _draft(params, film, missing)


def _named(chosen: dict[str, Any]) -> str | None:
    return pocketsphinx_draft.name() if chosen["kind"] == "embedded" and pocketsphinx_draft.installed() else None


def _draft(params: dict[str, Any], film: Film, missing: list[Missing]) -> Recognised | None:
    spoken = primary(params.get("language"))
    if not pocketsphinx_draft.installed():
        missing.append(Missing(SENSE, "No speech recogniser is installed."))
        return None
    if spoken not in {"en", None}:
        missing.append(
            Missing(SENSE, f"The embedded recogniser knows English only; the speech is said to be {spoken}.")
        )
        return None
    found = pocketsphinx_draft.draft(film.pcm, film.voice or (), film.tick)
    words = [word for utterance in found for word in utterance]
    if words and pocketsphinx_draft.mean_confidence(words) < _WORTHLESS:
        reason = "The speech was not recognised: it is not in English, or too unclear for the embedded recogniser."
        missing.append(Missing(SENSE, reason))
        return Recognised([], pocketsphinx_draft.name(), None)
    reason = "The transcript is a rough draft of the embedded recogniser; expect many wrong words."
    missing.append(Missing(SENSE, reason, degraded=True))
    return Recognised(found, pocketsphinx_draft.name(), "en", draft=True)


def _by_whisper(
    params: dict[str, Any], chosen: dict[str, Any], film: Film, missing: list[Missing]
) -> Recognised | None:
    folder = Path(chosen["model"])
    if lacks := faster_whisper.lacking(folder):
        missing.append(Missing(SENSE, lacks, degraded=True))
        return None
    try:
        return faster_whisper.recognise(film.pcm, film.voice or (), folder, params.get("language"), film.tick)
    except _FOREIGN as error:
        reason = f"The Whisper model could not be used ({type(error).__name__})."
        missing.append(Missing(SENSE, reason, degraded=True))
        return None


def _by_service(
    params: dict[str, Any], chosen: dict[str, Any], film: Film, missing: list[Missing]
) -> Recognised | Pending | None:
    answers: Sequence[dict[str, Any]] | None = chosen.get("answers")
    if answers is None:
        return Pending(_written(film, Path(params["folder"])))
    utterances, language, failed = [], None, []
    for answer in answers:
        try:
            heard = endpoint.read(answer["answer"], answer["start"], answer["end"]) if "answer" in answer else None
        except AnswerError:
            failed.append(endpoint.error_of(200))
            continue
        if heard is None:
            failed.append(str(answer["error"]))
            continue
        utterances += heard.utterances
        language = language or primary(heard.language)
    if len(failed) == len(answers):
        reason = failed[0] if failed else endpoint.error_of(200)
        missing.append(Missing(SENSE, reason, degraded=True, passing=True))
        return None
    if failed:
        reason = f"{len(failed)} of {len(answers)} parts lack: {failed[0]}"
        missing.append(Missing(SENSE, reason, degraded=True, passing=True))
    return Recognised(utterances, str(chosen.get("name") or "a transcription service"), language)


def _written(film: Film, folder: Path) -> list[dict[str, Any]]:
    """The sound of the voice in WAV files."""
    files: list[dict[str, Any]] = []
    for number, (start, end) in enumerate(_stretches(film)):
        name = f"speech-{number}.wav"
        with wave.open(str(folder / name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(np.asarray(film.cut(start, end), "<i2").tobytes())
        files.append({"file": name, "start": round(start, 3), "end": round(end, 3)})
    return files


def _stretches(film: Film) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for start, end in film.voice or ():
        if found and start - found[-1][1] < _BRIDGED and end - found[-1][0] <= _LONGEST_FILE:
            found[-1] = (found[-1][0], end)
            continue
        at = start
        while end - at > _LONGEST_FILE:
            found.append((at, at + _LONGEST_FILE))
            at += _LONGEST_FILE
        found.append((at, end))
    return [(max(0.0, start - _AROUND), min(film.duration, end + _AROUND)) for start, end in found]
