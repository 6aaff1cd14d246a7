"""What a film is called: the page's title, else words of its own, else the name of its file.

The ladder: the title of the page or container; the best clause that is said, verbatim; the largest words on screen at
the beginning; the file's name. Every rung says that it is the one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from cutroom.judgement.acts import plain
from cutroom.judgement.cleaning import clean, shorten
from cutroom.judgement.cta import KINDS
from cutroom.judgement.patterns import compiled
from cutroom.judgement.sentences import Sentence
from cutroom.judgement.summary import Chosen
from cutroom.judgement.suspicion import instructs
from cutroom.judgement.topics import Phrase
from cutroom.judgement.words import rarity, stem, table, tokens
from cutroom.model.percepts import ScreenText, SourceFacts

LONGEST = 200
_LONGEST_CLAUSE, _MOST_WORDS, _LEAST_WORDS = 70, 11, 3
_EARLY_SCREEN = 10.0
_LEAST_LETTERS = 0.04
"""Height of letters on screen that can be a title, in shares of the picture's shorter side."""
_CUT_OFF = 0.6
"""What a heading that ends in the middle of a clause is worth of a whole one."""
_TRAILING = frozenset({
    "a", "an", "and", "as", "at", "because", "but", "by", "for", "from", "in", "is", "it", "of", "on", "or", "so",
    "that", "the", "this", "to", "today", "when", "which", "with", "you", "your", "my", "i", "we", "are", "was", "if",
    "together",
})  # fmt: skip
_LEADING_ON = frozenset({"because", "which", "while", "although", "but", "and", "so", "or", "then", "than", "that"})
"""What a part of a sentence begins with that goes on from the part before it."""
_SIGNS = re.compile(r"[_+\-.]+")
_NUMBERING = re.compile(r"^(?:\d{4,}|[0-9a-f]{12,}|[0-9a-f-]{32,})$", re.IGNORECASE)
_BREAK = re.compile(r"[,;:!?\u2026\u2014]|\.(?!\d)| - | (?=(?:because|so that|which|while|although|but|and then|if) )")


@dataclass(frozen=True, slots=True)
class Title:
    """A title, the rung of the ladder it is from, and the words it was taken from with their time."""

    text: str
    method: str
    quote: str | None = None
    at: tuple[float, float] | None = None


def title(
    source: SourceFacts,
    sentences: Sequence[Sentence],
    central: Sequence[Chosen],
    phrases: Sequence[Phrase],
    screen: Sequence[ScreenText],
    *,
    english: bool,
    tall: float = 1.0,
) -> Title:
    """The title; its text is empty only where nothing is said or shown and the file has no name.

    ``tall`` is the height of the picture by its shorter side: in upright films as wide as they can be, letters are low.
    """
    given = clean(source.title or "", LONGEST)
    if given and not _is_file_name(given, source):
        return Title(given, "title of the page or file")
    said = _clause(sentences, central, phrases, english=english)
    if said is not None:
        return said
    shown = _shown(screen, tall)
    return shown or Title(from_file_name(source) or given, "name of the file")


def _is_file_name(given: str, source: SourceFacts) -> bool:
    names = {source.file_name or "", PurePosixPath(urlsplit(source.url or "").path).name}
    plain_names = {_bare(PurePosixPath(name).stem) for name in names if name} | {_bare(name) for name in names if name}
    return _bare(given) in plain_names or bool(_NUMBERING.match(given))


def _bare(text: str) -> str:
    return "".join(letter for letter in unquote(text).casefold() if letter.isalnum())


def from_file_name(source: SourceFacts) -> str:
    """The file's name as words: "my_first-film.mp4" is "my first film"."""
    name = source.file_name or unquote(PurePosixPath(urlsplit(source.url or "").path).name)
    stem_ = re.sub(r"\.[A-Za-z0-9]{2,5}$", "", clean(name, 300))
    return shorten(clean(_SIGNS.sub(" ", stem_)) or stem_, LONGEST)


@functools.cache
def _headings() -> tuple[tuple[float, re.Pattern[str]], ...]:
    return tuple((float(row[0]), re.compile(row[1], re.IGNORECASE)) for row in table("headings")["patterns"])


def _clause(
    sentences: Sequence[Sentence], central: Sequence[Chosen], phrases: Sequence[Phrase], *, english: bool
) -> Title | None:
    """The clause that reads most like a heading and holds most of what the film is about."""
    weights = {stem(word): phrase.weight for phrase in reversed(phrases[:60]) for word in phrase.words}
    top = max(weights.values(), default=1.0)
    last = max((sentence.end for sentence in sentences), default=1.0) or 1.0
    candidates: list[tuple[float, float, Title]] = []
    for sentence in sentences[:400] if english else ():
        for bonus, text, first in _heads(sentence):
            candidates.append(_scored(bonus, text, first, sentence, weights, top, last))
    for chosen in central:
        for text, first in _clauses(chosen.sentence):
            candidates.append(_scored(0.5 + chosen.stands_for, text, first, chosen.sentence, weights, top, last))
    good = [one for one in candidates if one[0] > 0]
    return max(good, key=lambda one: (one[0], -one[1], one[2].text))[2] if good else None


def _scored(
    bonus: float, text: str, first: int, sentence: Sentence, weights: dict[str, float], top: float, last: float
) -> tuple[float, float, Title]:
    words = tokens(text)
    if not _LEAST_WORDS <= len(words) <= _MOST_WORDS or words[0] in _LEADING_ON or instructs(sentence.text):
        return (0.0, 0.0, Title(text, ""))
    start, end, _ = sentence.times(first, first + len(text))
    about = sum(weights.get(stem(word), 0.0) for word in words) / top
    early = 1.0 - 0.4 * min(start / last, 1.0)
    rest = sentence.text[first + len(text) :]
    if rest.startswith(" ") and not _BREAK.match(rest):
        bonus *= _CUT_OFF
    shown = text[0].upper() + text[1:]
    return (bonus * (0.3 + about) * early, start, Title(shown, "clause of the speech", text, (start, end)))


def _heads(sentence: Sentence) -> list[tuple[float, str, int]]:
    found = []
    text = plain(sentence.text)
    for bonus, pattern in _headings():
        match = pattern.search(text)
        if match:
            end = _BREAK.search(text, max(match.start(1) + 8, match.end(1)))
            first = match.start(1)
            cut = _trim(sentence.text[first : end.start() if end else len(text)])
            if cut:
                found.append((bonus, cut, first))
    return found


def _clauses(sentence: Sentence) -> list[tuple[str, int]]:
    found, at = [], 0
    for match in [*_BREAK.finditer(sentence.text), None]:
        end = match.start() if match else len(sentence.text)
        raw = sentence.text[at:end]
        cut = _trim(raw.lstrip())
        if cut:
            found.append((cut, at + len(raw) - len(raw.lstrip())))
        at = match.end() if match else end
    return found


def _trim(text: str) -> str:
    """The beginning of a clause that fits, without a last word that leads on."""
    words = shorten(text.strip(" \"'\u201c\u201d()"), _LONGEST_CLAUSE).split()[:_MOST_WORDS]
    complete = len(" ".join(words)) >= len(text.strip(" \"'\u201c\u201d()"))
    while words and (
        words[-1].casefold().strip(".,") in _TRAILING or (not complete and rarity(words[-1].casefold()) < 3.25)
    ):
        words.pop()
    return " ".join(words)


def _shown(screen: Sequence[ScreenText], tall: float) -> Title | None:
    early = [
        (shown.height, -shown.start, clean(shown.text, 300), shown)
        for shown in screen
        if shown.start <= _EARLY_SCREEN and shown.height * tall >= _LEAST_LETTERS and not instructs(shown.text)
    ]
    fit = [one for one in early if _names(one[2]) and len(one[2]) <= _LONGEST_CLAUSE + 10]
    if not fit:
        return None
    _, _, text, shown = max(fit, key=lambda one: one[:3])
    return Title(text, "largest words on screen", text, (shown.start, shown.end))


def _names(text: str) -> bool:
    """Whether a text on screen can be a name: two words at least that are no handles or tags, and no request."""
    words = [word for word in text.split() if word[0] not in "@#" and any(letter.isalpha() for letter in word)]
    asks = any(pattern.search(plain(text)) for kind in KINDS for pattern in compiled()[kind])
    return len(words) >= 2 and not asks
