"""A rough draft of English speech by the recogniser of the pocketsphinx wheel. Half may be wrong: never quote it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import Timing, Word
from cutroom.perception.word_times import Voice

if TYPE_CHECKING:
    from pocketsphinx import Decoder

RATE = 16000
_FRAME = 0.01
# Words begin this much (s) after the first frame that is given to them, as measured for the aligner.
_MIDDLE = 0.004
_FILLER = re.compile(r"[<\[+]")
_VARIANT = re.compile(r"\(\d+\)$")
# Voice that pauses less than this (s) is one utterance, up to the length; sound around it.
_PAUSE, _LONGEST, _AROUND = 0.35, 14.0, 0.2
# Confidence by the recogniser's own probability of a word in its lattice: what share of such words was right in made
# speech of five voices, in quiet and under music (see benchmarks/perception_speech.py).
_CALIBRATED = ((0.0, 0.3), (0.1, 0.45), (0.5, 0.6), (0.9, 0.75), (0.99, 0.85), (1.0, 0.93))


def installed() -> bool:
    """Whether the wheel is there."""
    return importlib.util.find_spec("pocketsphinx") is not None


def name() -> str:
    """What recognises, and its version."""
    return f"pocketsphinx {importlib.metadata.version('pocketsphinx')}"


def draft(pcm: npt.NDArray[np.int16], voice: Voice, tick: Callable[[float], None]) -> list[list[Word]]:
    """The words of each utterance in ``voice`` (s), in order; ``pcm`` is the 16 kHz sound of the whole film."""
    from pocketsphinx import Decoder

    # Without the second pass and with fewer ways held open it takes half the time and is as often right.
    decoder = Decoder(samprate=RATE, loglevel="FATAL", fwdflat=False, maxhmmpf=8000, maxwpf=30)
    found = []
    spans = utterances(voice)
    for number, (first, last) in enumerate(spans):
        start, end = max(0.0, first - _AROUND), last + _AROUND
        words = _recognised(decoder, np.array(pcm[round(start * RATE) : round(end * RATE)]), start)
        if words:
            found.append(words)
        tick((number + 1) / len(spans))
    return found


def utterances(voice: Voice) -> list[tuple[float, float]]:
    """Spans of voice with short pauses bridged, none longer than the recogniser keeps up with."""
    spans: list[tuple[float, float]] = []
    for start, end in voice:
        if spans and start - spans[-1][1] < _PAUSE and end - spans[-1][0] <= _LONGEST:
            spans[-1] = (spans[-1][0], end)
            continue
        pieces = max(1, math.ceil((end - start) / _LONGEST))
        length = (end - start) / pieces
        spans += [(start + piece * length, start + (piece + 1) * length) for piece in range(pieces)]
    return spans


def _recognised(decoder: Decoder, pcm: npt.NDArray[np.int16], start: float) -> list[Word]:
    decoder.start_utt()
    decoder.process_raw(pcm.astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    words = []
    for piece in decoder.seg() or ():
        if _FILLER.match(piece.word):
            continue
        first, last = (start + frame * _FRAME + _MIDDLE for frame in (piece.start_frame, piece.end_frame + 1))
        words.append(Word(first, last, _VARIANT.sub("", piece.word), Timing.NATIVE, calibrated(piece.prob)))
    return words


def calibrated(probability: float) -> float:
    """The share of words with this probability that were right. Monotone."""
    xs, ys = zip(*_CALIBRATED, strict=True)
    return round(float(np.interp(probability, xs, ys)), 3)


def mean_confidence(words: Sequence[Word]) -> float:
    """Of the words that have one; 0 without any."""
    known = [word.confidence for word in words if word.confidence is not None]
    return sum(known) / len(known) if known else 0.0
