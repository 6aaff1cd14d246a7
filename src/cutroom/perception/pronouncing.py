"""How words are pronounced: by the CMU dictionary in the wheel of pocketsphinx, by endings and compounds, by rules."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from cutroom.perception.letter_sounds import sounds_of
from cutroom.perception.spelling import Spoken, spoken

Phones = tuple[str, ...]

_ENDINGS = {
    "'s": ("Z",), "s'": ("Z",), "s": ("Z",), "'": (), "'ll": ("AH", "L"), "'d": ("D",), "'re": ("ER",),
    "'ve": ("V",), "'m": ("M",), "ing": ("IH", "NG"), "in'": ("IH", "N"), "ed": ("D",), "er": ("ER",),
    "ers": ("ER", "Z"), "ly": ("L", "IY"), "ness": ("N", "AH", "S"), "less": ("L", "AH", "S"), "ish": ("IH", "SH"),
    "able": ("AH", "B", "AH", "L"), "y": ("IY",),
}  # fmt: skip
_SHORTEST_PART, _LONGEST_COMPOUND, _MOST_WAYS, _MOST_TOKEN_WAYS, _MOST_PHONES = 3, 30, 3, 6, 80
_NO_VOWEL = re.compile(r"[bcdfghjklmnpqrstvwxz]{2,5}")


class Pronouncing:
    """The dictionary, and what is made of it. Pronunciations are in the dictionary's own sounds, never empty."""

    def __init__(self, lines: dict[str, str]) -> None:
        """``lines`` has the sounds of each word in one string; further ways to say it under "word(2)" and so on."""
        self._lines = lines

    def knows(self, word: str) -> bool:
        return word.lower() in self._lines

    def _known(self, word: str) -> list[Phones]:
        """The dictionary's ways, without an end at the first that is missing."""
        names = [word, *(f"{word}({number})" for number in range(2, _MOST_WAYS + 2))]
        found = [tuple(self._lines[name].split()) for name in names if self._lines.get(name)]
        return found[:_MOST_WAYS]

    def of_token(self, token: str) -> list[Phones]:
        """The ways in which a written token may sound, the likeliest first; none for what has no sound."""
        ways: list[Phones] = []
        for said in spoken(token):
            ways += self._joined(said)
        return [way[:_MOST_PHONES] for way in dict.fromkeys(ways)][:_MOST_TOKEN_WAYS]

    def _joined(self, said: Spoken) -> list[Phones]:
        if len(said) == 1:
            return self.of_word(said[0])
        found = [[self._letter(word)] if len(word) == 1 else self.of_word(word) for word in said]
        if not all(found) or not all(found[0]):
            return []
        return [tuple(sound for ways in found for sound in ways[0])]

    def _letter(self, letter: str) -> Phones:
        """The name of a letter; "a" is also a word, which sounds otherwise."""
        known = self._known(letter)
        return known[-1] if known else ()

    def of_word(self, word: str) -> list[Phones]:
        """The ways in which a word in small letters is said; none where it has no letters of English."""
        if known := self._known(word):
            return known
        if _NO_VOWEL.fullmatch(word):
            return [tuple(sound for letter in word for sound in self._letter(letter))]
        made = self._with_ending(word) or self._compound(word) or sounds_of(word)
        return [made] if made else []

    def _with_ending(self, word: str) -> Phones | None:
        for ending, sounds in _ENDINGS.items():
            stem = word.removesuffix(ending)
            if stem == word or len(stem) < 2:
                continue
            for whole in (stem, stem + "e", stem[:-1] if stem[-2:-1] == stem[-1:] else stem):
                if known := self._known(whole):
                    return known[0] + _after(known[0], ending, sounds)
        return None

    def _compound(self, word: str) -> Phones | None:
        """Two words written as one; the more even, the better."""
        if not 2 * _SHORTEST_PART <= len(word) <= _LONGEST_COMPOUND:
            return None
        middle = len(word) / 2
        for at in sorted(range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1), key=lambda at: abs(at - middle)):
            one, two = self._known(word[:at]), self._known(word[at:])
            if one and two:
                return one[0] + two[0]
        return None


def _after(stem: Phones, ending: str, sounds: Phones) -> Phones:
    """An ending as it is said after these sounds."""
    last = stem[-1]
    if ending in {"s", "'s", "s'"}:
        if last in {"S", "Z", "SH", "ZH", "CH", "JH"}:
            return ("IH", "Z")
        return ("S",) if last in {"P", "T", "K", "F", "TH"} else ("Z",)
    if ending == "ed":
        if last in {"T", "D"}:
            return ("IH", "D")
        return ("T",) if last in {"P", "K", "F", "TH", "S", "SH", "CH"} else ("D",)
    return sounds


@functools.cache
def load(folder: Path) -> Pronouncing:
    """The dictionary in the model's folder. Takes 0.1 s. Raises ``OSError``."""
    lines = (folder / "cmudict-en-us.dict").read_text("utf-8").splitlines()
    return Pronouncing({name: sounds for name, _, sounds in (line.partition(" ") for line in lines)})
