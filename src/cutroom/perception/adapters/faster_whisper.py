"""Whisper models on this machine, through faster-whisper where the operator has installed it and named a model.

Nothing is downloaded: the model is read from its folder, and its runtime is kept from asking anybody.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import Timing, Word
from cutroom.perception.adapters.pocketsphinx_draft import utterances
from cutroom.perception.recognised import Recognised
from cutroom.perception.word_times import Voice

RATE = 16000
_PACKAGE = "faster_whisper"
_AROUND = 0.2
# What Whisper hears in sound without speech ("Thank you for watching"): it says so itself.
_NO_SPEECH, _UNLIKELY = 0.6, -1.0


def lacking(folder: Path) -> str | None:
    """Why it cannot be used, for the user; None where it can."""
    if importlib.util.find_spec(_PACKAGE) is None:
        return "The package faster-whisper is not installed."
    if not (folder / "model.bin").is_file():
        return "The folder named for the Whisper model holds none."
    return None


def recognise(
    pcm: npt.NDArray[np.int16], voice: Voice, folder: Path, language: str | None, tick: Callable[[float], None]
) -> Recognised:
    """The words in ``voice`` (s). Raises whatever the runtime raises for a model that it cannot read."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    model = importlib.import_module(_PACKAGE).WhisperModel(
        str(folder), device="cpu", compute_type="int8", local_files_only=True, cpu_threads=os.cpu_count() or 1
    )
    spans, found = utterances(voice), []
    for number, (first, last) in enumerate(spans):
        start = max(0.0, first - _AROUND)
        sound = np.array(pcm[round(start * RATE) : round((last + _AROUND) * RATE)]).astype(np.float32) / 32768
        pieces, info = model.transcribe(
            sound, language=language and language.partition("-")[0], word_timestamps=True, vad_filter=False,
            beam_size=5, temperature=0.0, condition_on_previous_text=False,
        )  # fmt: skip
        language = language or info.language
        found += [words for piece in pieces if (words := _words(piece, start))]
        tick((number + 1) / len(spans))
    version = importlib.metadata.version("faster-whisper")
    return Recognised(found, f"faster-whisper {version}, model {folder.name}", language)


def _words(piece: Any, start: float) -> list[Word]:
    if piece.no_speech_prob > _NO_SPEECH and piece.avg_logprob < _UNLIKELY:
        return []
    return [
        Word(start + word.start, start + word.end, word.word.strip(), Timing.NATIVE, round(float(word.probability), 3))
        for word in piece.words or ()
        if word.word.strip()
    ]
