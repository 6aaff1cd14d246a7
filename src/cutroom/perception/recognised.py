"""What a recogniser hands over, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass

from cutroom.model.percepts import Word


@dataclass(frozen=True, slots=True)
class Recognised:
    """Words of each utterance in s of the film; who recognised them; ``draft`` where no one should quote them."""

    utterances: list[list[Word]]
    recogniser: str | None
    language: str | None = None
    draft: bool = False
