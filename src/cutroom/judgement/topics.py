"""What a film is about: keyphrases of its own words, weighed against how common those words are in the language.

A phrase is a run of up to three content words that no function word or mark divides (RAKE, Rose et al. 2010); its
weight is how often it is said times how much rarer it is in the language (the contrast of the bundled frequency list).
Topics are the best phrases, taken so that every part of the film has its own. Languages without a list of function
words have none; other languages than English are weighed without the contrast.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cutroom.judgement import tags
from cutroom.judgement.cleaning import clean
from cutroom.judgement.sentences import Sentence
from cutroom.judgement.suspicion import instructs
from cutroom.judgement.words import RAREST, WORD, listed, rarity, stem, stop_words
from cutroom.model.percepts import SourceFacts

MOST_TOPICS = 8
MOST_KEYWORDS = 20
_FLOOR = 0.2
"""What a topic weighs at least, of the strongest one."""
_LONGEST = 3
_DIVIDED = frozenset(" -\u2010\u2011'\u2019")
"""What may stand between two words of one phrase."""
_TITLE_WEIGHT, _SCREEN_WEIGHT = 2.0, 0.7
_MOST_LINES = 4000
_LONGEST_PAGE, _LABEL = 10_000, 4
_LINE = re.compile(r"[\r\n\u2028]+")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\S{1,200}\.\w{2,6}/\S*|[@\uff20]\S+|#\w{0,100}[a-z][A-Z]\w{0,100}")
_TIME = re.compile(r"^[\s(\[]*(?:\d{1,2}:)?\d{1,2}:\d{2}[\])]?")


@dataclass(slots=True)
class Phrase:
    """A phrase as first written, how much it weighs, and where it is said (numbers of lines)."""

    text: str
    words: tuple[str, ...]
    weight: float = 0.0
    lines: set[int] = field(default_factory=set)
    whole: bool = False
    """Whether nothing but function words or marks stood beside it at least once."""
    closes: bool = False
    """Whether nothing but function words or marks came after it at least once."""


@dataclass(frozen=True, slots=True)
class Line:
    """A text that phrases are taken from. ``at`` is its place in the film, None for page and screen."""

    text: str
    weight: float = 1.0
    at: int | None = None


def lines_of(sentences: Sequence[Sentence], page: Sequence[str | None], screen: Sequence[str]) -> list[Line]:
    """What is said, what the page says, and what is read on screen, as lines; without lines that talk to a machine."""
    found = [Line(sentence.text, 1.0, number) for number, sentence in enumerate(sentences)]
    found += [Line(clean(text, 2000), _TITLE_WEIGHT) for text in page if text]
    found += [Line(clean(text, 600), _SCREEN_WEIGHT) for text in dict.fromkeys(screen)]
    return [line for line in found if line.text and not instructs(line.text)][:_MOST_LINES]


def page_lines(source: SourceFacts) -> list[str]:
    """The lines of title and description, without addresses, handles and tags, and without their labels.

    They have fields of their own; "Instagram: @somebody" is no topic.
    """
    found = []
    for text in (source.title, source.description):
        for line in _LINE.split((text or "")[:_LONGEST_PAGE]):
            links = tags.urls([line]) or tags.mentions([line])
            words = _LINK.sub(" . ", line)
            if not links or len(WORD.findall(words)) > _LABEL:
                found.append(_TIME.sub("", words))
    return found[:_MOST_LINES]


def phrases(lines: Sequence[Line], language: str | None) -> list[Phrase]:
    """The phrases of a film, strongest first; empty for a language whose function words are not known."""
    stops = stop_words(language)
    if stops is None:
        return []
    english, nouns = (language or "").startswith("en"), (language or "").split("-")[0].lower() == "de"
    singles: dict[str, float] = {}
    found: dict[tuple[str, ...], Phrase] = {}
    for number, line in enumerate(lines):
        for run in _runs(line.text, stops, nouns=nouns):
            for written in run:
                base = _base(written[0], english=english)
                singles[base] = singles.get(base, 0.0) + line.weight
            for part, last in _parts(run):
                key = tuple(_base(word[0], english=english) for word in part)
                phrase = found.get(key)
                if phrase is None:
                    text = line.text[part[0].start() : part[-1].end()]  # hyphens and all: "WH-1000XM5"
                    phrase = found[key] = Phrase(text, tuple(word[0].casefold() for word in part))
                phrase.weight += line.weight
                phrase.whole = phrase.whole or len(part) == len(run)
                phrase.closes = phrase.closes or last
                phrase.lines.add(number if line.at is None else line.at)
    held = {word: 0.0 for key in found for word in key}
    for key, phrase in found.items():
        if len(key) > 1 and phrase.weight > 1:
            held.update({word: max(held[word], phrase.weight) for word in key})
    for key, phrase in found.items():
        inside = len(key) == 1 and held[key[0]] >= 0.5 * phrase.weight
        # The head of a noun phrase is its last word: what is cut off before it ("effort builds") is often none.
        cut = len(key) > 1 and not phrase.closes
        phrase.weight = _weigh(key, phrase, singles, english=english) * (0.5 if inside or cut else 1.0)
    ordered = sorted(found.values(), key=lambda phrase: (-phrase.weight, phrase.text.casefold()))
    return [phrase for phrase in ordered if phrase.weight > 0]


def _base(word: str, *, english: bool) -> str:
    word = word.casefold().replace("\u2019", "'")
    return stem(word) if english else word


def _runs(text: str, stops: frozenset[str], *, nouns: bool) -> Iterator[list[re.Match[str]]]:
    """The runs of content words that nothing divides. ``nouns`` leaves only words with capitals, as German has them."""
    nouns = nouns and any(letter.islower() for letter in text)
    run: list[re.Match[str]] = []
    end = 0
    for match in WORD.finditer(text):
        between = text[end : match.start()]
        word = match[0].casefold().replace("\u2019", "'")
        if run and not (between and _DIVIDED.issuperset(between)):
            yield run
            run = []
        other = nouns and (match.start() == 0 or not match[0][0].isupper())
        if word in stops or _idle(word, text, match.start()) or other:
            if run:
                yield run
            run = []
        else:
            run.append(match)
        end = match.end()
    if run:
        yield run


def _idle(word: str, text: str, start: int) -> bool:
    before = text[start - 1 : start]
    shouted = listed("cta_noise") if before != "#" else frozenset[str]()
    return (
        len(word) < 2
        or word in shouted
        or word in listed("hesitations")
        or before == "@"
        or "://" in text[start - 3 : start + 9]
    )


def _parts(run: list[re.Match[str]]) -> Iterator[tuple[tuple[re.Match[str], ...], bool]]:
    """The phrases of a run, and whether it ends with them: every word that is no number, and every two or three."""
    for length in range(1, _LONGEST + 1):
        for at in range(len(run) - length + 1):
            part = tuple(run[at : at + length])
            if not part[-1][0].isdigit():
                yield part, at + length == len(run)


_VERBAL = ("ing", "ed", "ly")
_VERB = 4.5
"""A word with such an ending is taken for a form of a verb or adjective if that is this common ("watching")."""


def _weigh(key: tuple[str, ...], phrase: Phrase, singles: dict[str, float], *, english: bool) -> float:
    times = float(phrase.weight)
    if english:
        contrast = sum(min(max(0.3, rarity(word) - 3.0), 2.8) for word in phrase.words) / len(key)
        last = phrase.words[-1]
        if len(last) < 3 or (last.endswith(_VERBAL) and rarity(stem(last)) < _VERB):
            contrast *= 0.6
    else:
        contrast = sum(min(len(word), 12) / 6 for word in phrase.words) / len(key)
    if len(key) == 1:
        return float(contrast * times**0.8) * (0.8 if times > 1 else 0.55)
    # Two words belong together when they are rarely said apart.
    together = min(1.0, times / max(singles.get(word, times) for word in key))
    return float(contrast * times**0.8) * (0.5 + 0.6 * together if times > 1 else 0.4 + 0.3 * together)


def keywords(found: Sequence[Phrase]) -> list[tuple[str, float]]:
    """The strongest phrases with their weights, the first at 1; none inside another, none without content."""
    kept = _apart([phrase for phrase in found if not _empty(phrase)], MOST_KEYWORDS)
    top = kept[0].weight if kept else 1.0
    return [(phrase.text, round(phrase.weight / top, 3)) for phrase in kept]


def _apart(found: Sequence[Phrase], most: int) -> list[Phrase]:
    kept: list[Phrase] = []
    used: set[str] = set()
    for phrase in found[:400]:
        bases = {stem(word) for word in phrase.words}
        if bases & used:
            continue
        kept.append(phrase)
        used |= bases
        if len(kept) >= most:
            break
    return kept


def topics(found: Sequence[Phrase], parts: int) -> list[Phrase]:
    """At most ``MOST_TOPICS`` phrases, strongest first, taken so that each of ``parts`` lines of the film has one.

    The next is always the one that weighs most where the others are not yet: its weight, less for every line that
    a chosen one is said in or beside.
    """
    pool = _apart([phrase for phrase in found if not _past(phrase) and not _empty(phrase)], 40)
    if not pool:
        return []
    floor = _FLOOR * pool[0].weight
    reach = max(1, parts // 12)
    chosen: list[Phrase] = []
    held: set[int] = set()
    while pool and len(chosen) < MOST_TOPICS:
        best = max(pool, key=lambda phrase: (phrase.weight * _fresh(phrase, held), phrase.weight, phrase.text))
        pool.remove(best)
        if best.weight * max(_fresh(best, held), 0.5) < floor:
            continue
        chosen.append(best)
        held |= {near for line in best.lines for near in range(line - reach, line + reach + 1)}
    best_first = sorted(chosen, key=lambda phrase: -phrase.weight)
    return list({phrase.text.casefold(): phrase for phrase in (_fuller(one, found) for one in best_first)}.values())


@functools.cache
def _noise() -> frozenset[str]:
    return frozenset(stem(word) for word in listed("topic_noise"))


def _empty(phrase: Phrase) -> bool:
    """Whether it is nothing but measures, numbers, labels of steps and nouns of no content ("grams", "Step three")."""
    return all(word.isdigit() or stem(word) in _noise() for word in phrase.words)


def _past(phrase: Phrase) -> bool:
    """Whether it is nothing but a verb in the past ("baked"), which is no topic."""
    word = phrase.words[-1]
    base = stem(word)
    known = min(rarity(base), rarity(base + "e")) < RAREST
    return len(phrase.words) == 1 and word.endswith("ed") and base != word and known


def _fuller(phrase: Phrase, found: Sequence[Phrase]) -> Phrase:
    """A single word as the phrase it is the heart of: "sourdough bread" for "sourdough", where that was said by itself.

    A last word that may be a verb ("bread bakes") makes no such phrase.
    """
    if len(phrase.words) > 1:
        return phrase
    base = stem(phrase.words[0])
    return next(
        (
            other
            for other in found
            if len(other.words) == 2
            and other.whole
            and base in {stem(word) for word in other.words}
            and not other.words[-1].endswith((*_VERBAL, "s"))
        ),
        phrase,
    )


def _fresh(phrase: Phrase, held: set[int]) -> float:
    return 0.3 + 0.7 * sum(1 for line in phrase.lines if line not in held) / max(len(phrase.lines), 1)
