"""How an English word that no dictionary knows is probably said: letters to sounds by rules, longest group first.

The rules are those of primary-school phonics, written for this module; sounds are named as in the CMU dictionary. A
forced alignment forgives a wrong vowel, so a right number of sounds in the right order is what counts.
"""

from __future__ import annotations

import re

_VOWELS = "aeiouy"
_LONGEST_WORD = 40
# Groups of letters, wherever they stand.
_GROUPS = {
    "tch": "CH", "dge": "JH", "sch": "S K", "igh": "AY", "eigh": "EY", "ough": "AO", "augh": "AO", "tion": "SH AH N",
    "sion": "ZH AH N", "cian": "SH AH N", "cial": "SH AH L", "tial": "SH AH L", "cious": "SH AH S",
    "tious": "SH AH S", "ture": "CH ER", "sure": "ZH ER", "que": "K", "ch": "CH", "sh": "SH", "th": "TH", "ph": "F",
    "gh": "G", "wh": "W", "wr": "R", "ck": "K", "ng": "NG", "nk": "NG K", "qu": "K W", "zh": "ZH", "ts": "T S",
    "kh": "K", "cz": "CH", "sz": "SH", "ee": "IY", "ea": "IY", "ei": "EY", "eu": "Y UW", "ew": "UW", "ey": "IY",
    "ai": "EY", "ay": "EY", "au": "AO", "aw": "AO", "oa": "OW", "oe": "OW", "oi": "OY", "oy": "OY", "oo": "UW",
    "ou": "AW", "ow": "OW", "ue": "UW", "ui": "UW", "ie": "IY", "ia": "IY AH", "io": "IY OW", "ae": "EY", "aa": "AA",
    "ao": "AW", "ar": "AA R", "er": "ER", "ir": "ER", "or": "AO R", "ur": "ER", "yr": "IH R", "air": "EH R",
    "are": "EH R", "ear": "IH R", "eer": "IH R", "ier": "IH R", "oor": "AO R", "our": "AW R", "ire": "AY ER",
    "ore": "AO R", "cc": "K", "gg": "G", "ss": "S", "zz": "Z", "ff": "F", "ll": "L", "mm": "M", "nn": "N", "pp": "P",
    "rr": "R", "tt": "T", "bb": "B", "dd": "D", "sc": "S K", "x": "K S", "ya": "Y AA", "yo": "Y OW", "yu": "Y UW",
}  # fmt: skip
_START = {
    "kn": "N", "gn": "N", "ps": "S", "pn": "N", "x": "Z", "mc": "M AH K", "y": "Y", "ts": "S", "wr": "R", "rh": "R",
}  # fmt: skip
_END = {
    "le": "AH L", "les": "AH L Z", "re": "ER", "mb": "M", "mn": "M", "gue": "G", "que": "K", "y": "IY", "ey": "IY",
    "ies": "IY Z", "es": "IH Z", "ous": "AH S", "age": "IH JH", "ble": "B AH L", "ism": "IH Z AH M", "o": "OW",
    "os": "OW Z", "a": "AH", "as": "AH Z", "i": "IY", "u": "UW", "e": "", "ed": "D", "ted": "T IH D", "ded": "D IH D",
    "ski": "S K IY", "sky": "S K IY", "ing": "IH NG", "ings": "IH NG Z", "gh": "", "ve": "V", "se": "S", "ce": "S",
    "ge": "JH", "the": "DH",
}  # fmt: skip
_SINGLE = {
    "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH", "k": "K",
    "l": "L", "m": "M", "n": "N", "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "AH", "v": "V",
    "w": "W", "x": "K S", "y": "IH", "z": "Z",
}  # fmt: skip
_LONG = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW", "y": "AY"}
_MAGIC_E = re.compile(r"[bcdfgklmnprstvz]e(?:s|d)?$")
_WIDEST = 5


def sounds_of(word: str) -> tuple[str, ...]:
    """The sounds of ``word``; letters that are not English have none.

    >>> sounds_of("kubernetes"), sounds_of("zoomy")
    (('K', 'AH', 'B', 'ER', 'N', 'EH', 'T', 'IH', 'Z'), ('Z', 'UW', 'M', 'IY'))
    """
    letters = re.sub(r"[^a-z]", "", word.lower())[:_LONGEST_WORD]
    said: list[str] = []
    at = 0
    while at < len(letters):
        width, sounds = _next(letters, at)
        said += sounds.split()
        at += width
    if letters and not said:
        return tuple(_SINGLE[letters[0]].split())
    return tuple(said)


def _next(letters: str, at: int) -> tuple[int, str]:
    """How many letters are said next, and how."""
    for width in range(min(_WIDEST, len(letters) - at), 0, -1):
        group = letters[at : at + width]
        if at and at + width == len(letters) and group in _END and (width > 1 or group in _VOWELS):
            return width, _END[group]
        if at == 0 and group in _START and width < len(letters):
            return width, _START[group]
        if group in _GROUPS:
            return width, _GROUPS[group]
    return 1, _letter(letters, at)


def _letter(letters: str, at: int) -> str:
    letter, after = letters[at], letters[at + 1 : at + 2]
    if letter == "c" and after and after in "eiy":
        return "S"
    if letter == "g" and after and after in "eiy":
        return "JH"
    if letter in _LONG and (_MAGIC_E.fullmatch(letters[at + 1 :]) or _before_vowel(letters, at)):
        return _LONG[letter]
    if letter == "s" and at + 1 == len(letters) and at and letters[at - 1] in "bdglmnrvwaeiouy":
        return "Z"
    return _SINGLE[letter]


def _before_vowel(letters: str, at: int) -> bool:
    return letters[at] != "y" and letters[at + 1 : at + 2] in {"a", "o", "u", "i"} and letters[at + 1 : at + 2] != ""
