"""What a language model says is let through only as far as the film bears it out. Pure checks, each with its name.

Quotes must stand in the line they cite. Texts of the model's own must be short and plain, and may hold no address,
handle, phone number, figure or name that the lines they rest on do not; of other words only ordinary ones. Each check
answers None, or in a few fixed words what is wrong: those words go back to the model, so they hold none of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from cutroom.judgement import tags
from cutroom.judgement.cleaning import clean
from cutroom.judgement.suspicion import instructs
from cutroom.judgement.words import WORD, listed, places, rarity, stem, stop_words
from cutroom.judgement.writer import Line

LONGEST_TITLE, LONGEST_SENTENCE, LONGEST_AUDIENCE, LONGEST_SUMMARY = 90, 240, 100, 600
_MARKUP = re.compile(r"[<>{}\[\]\\`|*~^#@=_]|&\w{1,8};|\bjavascript:|\bdata:", re.IGNORECASE)
_FIGURES = re.compile(r"\d+")
_PHONE = re.compile(r"\+?\d[\d ()/.-]{5,18}\d")
_SPOKEN_ADDRESS = re.compile(
    r"\b(?:dot|punkt|point) ?(?:com|org|net|io|de)\b|\bwww\b|://|\b\w{2,} ?\(?at\)? \w+ dot\b", re.IGNORECASE
)
_NUMBER_WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16",
    "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50",
    "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90", "hundred": "100", "thousand": "1000",
    "million": "1000000", "billion": "1000000000", "dozen": "12", "half": "0.5", "double": "2x", "triple": "3x",
}  # fmt: skip
_ORDINARY = 4.75
"""Words at least this common may be used although the film does not say them, in small letters."""


def normal(text: str) -> str:
    """Text as quotes are compared: composed, small letters, straight quotes, single blanks."""
    text = unicodedata.normalize("NFKC", clean(text)).casefold()
    return " ".join(text.translate({0x2019: "'", 0x2018: "'", 0x201C: '"', 0x201D: '"', 0x2026: "..."}).split())


def quote_fault(line: int, quote: str, lines: Mapping[int, Line]) -> str | None:
    """What is wrong with a quote."""
    if line not in lines:
        return "a line that was not shown"
    wanted = normal(quote)
    if len(wanted) < 2 or not any(letter.isalnum() for letter in wanted):
        return "an empty quote"
    return None if wanted in normal(lines[line].text) else "a quote that is not in its line"


def lines_fault(ids: Sequence[int], lines: Mapping[int, Line]) -> str | None:
    """What is wrong with a list of lines: they must have been shown, rise, and be named once."""
    if any(one not in lines for one in ids):
        return "a line that was not shown"
    return None if list(ids) == sorted(set(ids)) and ids else "lines out of order"


def form_fault(text: str, longest: int) -> str | None:
    """What is wrong with a text whatever it says: its length, its signs, what it might do."""
    if len(text) > longest or not text.strip():
        return "a text of the wrong length"
    if text != clean(text) or any(unicodedata.category(letter) in {"Cc", "Cf", "Co", "Cs", "Cn"} for letter in text):
        return "control characters"
    if _MARKUP.search(text):
        return "markup"
    if tags.urls([text]) or _SPOKEN_ADDRESS.search(text):
        return "an address"
    if instructs(text):
        return "an instruction"
    return None


def figures_fault(text: str, source: str) -> str | None:
    """Whether a text has a figure that its lines have not, in digits or words."""
    known = set(_FIGURES.findall(source))
    said = {word.casefold() for word in WORD.findall(source)}
    known |= {_NUMBER_WORDS[word] for word in said if word in _NUMBER_WORDS}
    if any(figure not in known for figure in _FIGURES.findall(text)):
        return "a number that is not in its lines"
    words = {word.casefold() for word in WORD.findall(text)} & _NUMBER_WORDS.keys()
    if any(word not in said and _NUMBER_WORDS[word] not in known for word in words):
        return "a number that is not in its lines"
    if any(normal(phone[0]) not in normal(source) for phone in _PHONE.finditer(text)):
        return "a number that is not in its lines"
    return None


def words_fault(text: str, source: str, *, english: bool, heading: bool) -> str | None:
    """Whether a text has names or rare words that its lines have not."""
    said = {word.casefold().replace("\u2019", "'") for word in WORD.findall(source)}
    bases = {stem(word) for word in said}
    allowed = (stop_words("en") or frozenset()) | (listed("heading_words") if heading else listed("openers"))
    for match in WORD.finditer(text):
        word = match[0].casefold().replace("\u2019", "'")
        if word in said or (english and (stem(word) in bases or stem(word.removesuffix("'s")) in bases)):
            continue
        if word.isdigit():
            continue
        if not english:
            return "a word that is not in its lines"
        if word in allowed and not _name(word):
            continue
        if heading or match[0] != match[0].lower():
            return "a name that is not in its lines"
        if rarity(word) >= _ORDINARY or _name(word):
            return "a word that is not in its lines"
    return None


def _name(word: str) -> bool:
    bare = word.removesuffix("'s")
    return bare in listed("names") or bare in listed("demonyms") or bare.title() in places()


def written_fault(
    text: str, cited: Iterable[Line], longest: int, *, english: bool, heading: bool = False
) -> str | None:
    """What is wrong with a text of the model's own that rests on the lines ``cited``."""
    source = "\n".join(line.text for line in cited)
    return (
        form_fault(text, longest)
        or figures_fault(text, source)
        or words_fault(text, source, english=english, heading=heading)
    )


def name_fault(name: str, line: int, quote: str, lines: Mapping[int, Line], *, topic: bool = False) -> str | None:
    """What is wrong with a name: it must stand in its quote, and its quote in its line, and be no ordinary word."""
    fault = quote_fault(line, quote, lines) or form_fault(name.lstrip("@"), 80)
    if fault:
        return fault
    found = normal(name).lstrip("@")
    if not re.search(rf"(?<!\w){re.escape(found)}(?!\w)", normal(quote)):
        return "a name that is not in its quote"
    words = [word.casefold() for word in WORD.findall(name)]
    if not words or len(words) > 6:
        return "a text of the wrong length"
    stops = stop_words("en") or frozenset()
    if all(word in stops or (not topic and rarity(word) < 3.75) for word in words):
        return "an ordinary word"
    return None
