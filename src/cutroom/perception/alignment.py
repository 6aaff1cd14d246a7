"""Forced alignment: the times of words that are known to be said. English, whoever recognised or wrote the words.

The method is Viterbi alignment of context-dependent phones (CMU Sphinx's model of US English, whose wheel brings it),
with optional pauses and strange sounds between words, pronunciations from the CMU dictionary and from rules for names,
numbers and addresses. Nothing is cut off during the search, so that it always ends; whether it found something that
was said is told by the fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from cutroom.perception import pronouncing
from cutroom.perception.adapters import sphinx_features, sphinx_model
from cutroom.perception.pronouncing import Phones, Pronouncing
from cutroom.perception.search import Found, search
from cutroom.perception.word_graph import build

RATE = sphinx_features.RATE
_FRAME = sphinx_features.STEP / RATE
# A frame is a window of 25.6 ms that hears what is around its middle, so that edges between frames lie up to 8 ms after
# the number of their frame; half of that is nearest to what two kinds of synthesizers say of their own words.
_MIDDLE = 0.004
# Stretches whose noise is followed together, and the longest (s) that is searched at once.
_TOGETHER = 8
LONGEST = 90.0
_MODEL = "pocketsphinx en-us"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Sound from ``start`` (s) of the film on, and the written words that are said in it, in order."""

    pcm: npt.NDArray[np.int16]
    start: float
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a word is said, in s of the film. ``fit`` as in ``search.Found``."""

    start: float
    end: float
    fit: float


class Aligner:
    """The model and the dictionary, loaded once a process."""

    def __init__(self, model: sphinx_model.AcousticModel, pronouncing: Pronouncing) -> None:
        self._model = model
        self._pronouncing = pronouncing

    @classmethod
    def load(cls, folder: Path | None = None) -> Self | None:
        """None where the model is not installed, or is of another kind."""
        folder = folder or sphinx_model.model_folder()
        if folder is None:
            return None
        try:
            return cls(sphinx_model.load(folder), pronouncing.load(folder))
        except (OSError, ValueError, LookupError):
            return None

    def knows(self, word: str) -> bool:
        """Whether the dictionary has the word."""
        return self._pronouncing.knows(word)

    def align(self, stretches: Sequence[Stretch]) -> Iterator[list[Placed | None] | None]:
        """For every stretch in turn a place for each of its tokens, None for one that makes no sound.

        None instead of a list where nothing could be placed: the sound is too short for the text, or over ``LONGEST``.
        """
        for at in range(0, len(stretches), _TOGETHER):
            some = stretches[at : at + _TOGETHER]
            heard = sphinx_features.features([stretch.pcm[: round(LONGEST * RATE)] for stretch in some])
            for stretch, frames in zip(some, heard, strict=True):
                yield self._align(stretch, frames)

    def _align(self, stretch: Stretch, frames: npt.NDArray[np.float32]) -> list[Placed | None] | None:
        ways = [self._pronouncing.of_token(token) for token in stretch.tokens]
        said: list[list[Phones]] = [way for way in ways if way]
        if not said or not len(frames) or len(stretch.pcm) > LONGEST * RATE:
            return None
        found = search(self._model, frames, build(self._model, said))
        if found is None:
            return None
        places = iter(found)
        return [_placed(next(places), stretch.start) if way else None for way in ways]


def _placed(found: Found, start: float) -> Placed:
    first, last = (start + frame * _FRAME + _MIDDLE for frame in (found.start, found.end))
    return Placed(first, last, found.fit)
