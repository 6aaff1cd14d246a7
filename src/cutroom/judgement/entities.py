"""Who and what is named: people, brands, places, organisations, products; by patterns whose every hit has its quote.

There is no model of names here: what a pattern does not show to be a name is not reported. Names spoken in a
transcript without capitals are told by "my name is" alone.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cutroom.judgement.cleaning import clean
from cutroom.judgement.words import common, listed, places, rarity, table
from cutroom.model.percepts import ScreenText

_AD = re.compile(r"#(?:ad|sponsored|sponsor|paidpartnership|advert|anzeige|werbung)\b", re.IGNORECASE)
_LOWER_THIRD = 0.5
"""A lower third stands below this share of the height."""


@dataclass(frozen=True, slots=True)
class Named:
    """A name and the words that show it to be one. ``at`` is when, where that is known."""

    name: str
    quote: str
    at: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text to look for names in: a sentence, the title, a line read on screen."""

    text: str
    at: tuple[float, float] | None = None
    cased: bool = True
    """Whether capitals mean anything in it."""
    screen: bool = False


@functools.cache
def _compiled(kind: str) -> tuple[re.Pattern[str], ...]:
    """The patterns of a kind in ``wordlists/names.toml``."""
    data = table("names")
    found = data[kind] if isinstance(data[kind], list) else [data[kind]]
    looks = {"<NAME>": data["name"], "<BRAND>": data["brand"], "<WORD>": data["word"]}
    return tuple(
        re.compile(functools.reduce(lambda one, look: one.replace(*look), looks.items(), str(row))) for row in found
    )


def is_cased(texts: Sequence[str]) -> bool:
    """Whether a transcript is written with capitals: some words have them, most do not."""
    words = [
        word
        for text in texts[:500]
        for word in text[:2000].split()
        if word[:1].isalpha() and word not in {"I", "I'm", "I'll", "I've"}
    ]
    capitals = sum(1 for word in words if word[0].isupper())
    return bool(words) and 0.01 * len(words) <= capitals <= 0.6 * len(words)


def once(found: Iterable[Named]) -> tuple[Named, ...]:
    """Each name once; a first name is left out where the full name is there."""
    kept: dict[str, Named] = {}
    for one in found:
        kept.setdefault(one.name.casefold().lstrip("@"), one)
    keys = list(kept)
    return tuple(
        one
        for key, one in kept.items()
        if one.name.startswith("@") or not any(other.startswith(key + " ") for other in keys)
    )[:100]


def people(texts: Sequence[Text], screen: Sequence[ScreenText]) -> tuple[Named, ...]:
    """People who are introduced in speech, in the title or by a lower third."""
    found = [named for text in texts for named in _introduced(text)]
    found += [named for text in texts if not text.cased for named in _spoken(text)]
    found += _lower_thirds(screen, texts)
    return once(found)


def _introduced(text: Text) -> Iterator[Named]:
    if not text.cased:
        return
    line = text.text.replace("\u2019", "'")
    for pattern in _compiled("introductions"):
        for match in pattern.finditer(line):
            name = _person(match[1])
            if name:
                yield Named(name, _around(text.text, match.span()), text.at)


def _person(found: str) -> str | None:
    """The name without what belongs to the sentence; None where it is none."""
    words = [word.strip("'-.,") for word in found.split()]
    kept = []
    for word in words:
        low = word.casefold()
        if low.removesuffix("'s") in listed("demonyms") | listed("calendar") | listed("not_names"):
            break
        kept.append(word.removesuffix("'s"))
    while kept and kept[-1][:1].islower():
        kept.pop()
    if not kept or (len(kept) == 1 and kept[0].casefold() in places()) or (kept[0].isupper() and len(kept[0]) <= 3):
        return None
    return " ".join(kept)


def _spoken(text: Text) -> Iterator[Named]:
    for match in _compiled("spoken_name")[0].finditer(text.text.casefold()):
        first, second = match[1], match[2]
        if first in listed("not_names") or rarity(first) < 3.75:
            continue
        name = first.title()
        if second and second not in listed("not_names") and not common(second, 4.75):
            name += " " + second.title()
        yield Named(name, _around(text.text, match.span()), text.at)


def _lower_thirds(screen: Sequence[ScreenText], texts: Sequence[Text]) -> Iterator[Named]:
    said = " ".join(text.text for text in texts if not text.screen)[:400_000].casefold()
    for shown in screen:
        text = clean(shown.text, 200)
        if shown.box.y + shown.box.height / 2 < _LOWER_THIRD or shown.end - shown.start > 15 or shown.height > 0.12:
            continue
        for part in re.split(r"\s*[|,\u2022\u2013\u2014/\n]\s*| - ", text)[:1]:
            if _looks_like_a_person(part) and part.casefold() + " " + text[len(part) :].casefold() not in said:
                name = part.title() if part.isupper() else part
                yield Named(name, text, (shown.start, shown.end))


def _looks_like_a_person(text: str) -> bool:
    """Two or three capitalised words, of which most are no ordinary words and none is a function word."""
    words = text.split()
    if not 2 <= len(words) <= 3 or not all(re.fullmatch(r"[^\W\d_][\w'\u2019.-]{0,30}", word) for word in words):
        return False
    if not all(word[0].isupper() for word in words) or text.casefold() in {name.casefold() for name in places()}:
        return False
    rare = [word for word in words if rarity(word.casefold().strip(".")) >= 4.5]
    plain = [
        word for word in words if rarity(word.casefold().strip(".")) < 3.75 or word.casefold() in listed("demonyms")
    ]
    ends = listed("organisation_ends")
    return bool(rare) and not plain and not any(word.casefold() in ends for word in words)


def _around(text: str, span: tuple[int, int], room: int = 100) -> str:
    first = max(0, span[0] - (room - min(room, span[1] - span[0])) // 2)
    begin = 0 if first == 0 else text.find(" ", first, span[0]) + 1 or span[0]
    end = len(text) if len(text) - span[1] < 40 else max(text.rfind(" ", span[1], span[1] + 40), span[1])
    return text[begin:end].strip()


def brands(texts: Sequence[Text], given: Sequence[str], uploader: str | None) -> tuple[Named, ...]:
    """Brands of the given list that are named, and what patterns of sponsoring name.

    A given brand that is also an ordinary word ("Apple", "Target") counts only with its capital inside a sentence.
    """
    found = [named for brand in given for named in _given(clean(brand, 80), texts)]
    for text in texts:
        for pattern in _compiled("sponsors") if text.cased else ():
            found += [
                Named(match[1].strip(".'-"), _around(text.text, match.span()), text.at)
                for match in pattern.finditer(text.text)
            ]
        if not text.cased:
            spoken = _compiled("spoken_sponsor")[0].finditer(text.text.casefold())
            found += [
                Named(m[1].title(), _around(text.text, m.span()), text.at) for m in spoken if not common(m[1], 3.75)
            ]
        if not text.screen and text.at is None and _AD.search(text.text):
            own = (uploader or "").lstrip("@").casefold()
            for handle in re.findall(r"(?<![\w@])@([\w.]{2,40}\w)", text.text):
                if handle.casefold() != own:
                    found.append(Named("@" + handle, _around(text.text, (0, 0), 200)[:200], text.at))
    return once(found)


def _given(brand: str, texts: Sequence[Text]) -> Iterator[Named]:
    if not brand:
        return
    ordinary = " " not in brand and common(brand.casefold()) and not any(letter.isdigit() for letter in brand)
    pattern = re.compile(rf"(?<![\w]){re.escape(brand)}(?:'s|\u2019s)?(?!\w)", re.IGNORECASE)
    tag = re.compile(rf"[#@]{re.escape(brand.replace(' ', ''))}\b", re.IGNORECASE)
    for text in texts:
        match = tag.search(text.text) or next(
            (m for m in pattern.finditer(text.text) if not ordinary or _meant(m, brand, text)), None
        )
        if match:
            yield Named(brand, _around(text.text, match.span()), text.at)
            return


def _meant(match: re.Match[str], brand: str, text: Text) -> bool:
    """Whether an ordinary word stands for the brand here: with its capital, and not because a sentence begins."""
    if not text.cased or match[0][: len(brand)] not in {brand, brand.upper()} or brand[:1].islower():
        return False
    if text.screen and text.text.strip(" .!\u00ae\u2122").casefold() == brand.casefold():
        return True
    before = text.text[: match.start()].rstrip()
    around = text.text.replace(match[0], "", 1)
    return (
        bool(before)
        and before[-1] not in '.!?:"\u201c'
        and not text.text.isupper()
        and any(c.islower() for c in around)
    )


def products(texts: Sequence[Text]) -> tuple[Named, ...]:
    """Names with a model's number ("Galaxy S24"), where the word before the number is none that is counted with."""
    found = []
    for text in texts:
        for match in _compiled("product")[0].finditer(text.text) if text.cased else ():
            words = match[1].split()
            number = next(n for n, word in enumerate(words) if n and any(c.isdigit() for c in word))
            if words[number - 1].casefold() in listed("numbered") or words[0].casefold() in listed("calendar"):
                continue
            while len(words) > 2 and number > 1 and rarity(words[0].casefold()) < 3.75:
                words, number = words[1:], number - 1
            figure = words[number]
            if figure.isdigit() and (
                (len(figure) == 4 and figure[:2] in {"19", "20"}) or rarity(words[0].casefold()) < 4
            ):
                continue
            found.append(Named(" ".join(words), _around(text.text, match.span()), text.at))
    return once(found)


@functools.cache
def _places() -> re.Pattern[str]:
    names = sorted(places(), key=len, reverse=True)
    return re.compile(r"\b(" + "|".join(map(re.escape, names)) + r")\b(?!')")


_PREPOSITION = re.compile(
    r"\b(?:in|from|to|at|near|around|across|through|outside|inside|of|visit|visited|visiting|leave|left) $",
    re.IGNORECASE,
)


def locations(texts: Sequence[Text]) -> tuple[Named, ...]:
    """Countries, states and large cities of a list; one whose name means something else needs a preposition."""
    found = []
    for text in texts:
        for match in _places().finditer(text.text) if text.cased else ():
            before = text.text[max(0, match.start() - 16) : match.start()]
            if not places()[match[1]] or _PREPOSITION.search(before):
                found.append(Named(match[1], _around(text.text, match.span()), text.at))
    return once(found)


@functools.cache
def _organisations() -> tuple[re.Pattern[str], ...]:
    ends = "|".join(
        word.capitalize() if len(word) > 3 else word.upper() + "|" + word.capitalize()
        for word in sorted(listed("organisation_ends"))
    )
    acronyms = "|".join(sorted(listed("acronyms")))
    word = r"[A-Z\u00c0-\u00de][\w&'-]{1,30}"
    return (
        re.compile(rf"\b((?:{word} (?:of |for |and |& )?){{1,4}}(?:{ends}))\b(?! of\b)"),
        _compiled("institution")[0],
        re.compile(rf"\b({acronyms})\b"),
    )


def organisations(texts: Sequence[Text]) -> tuple[Named, ...]:
    """Names that end as organisations' do, and a few well-known acronyms."""
    found = []
    for text in texts:
        if not text.cased or text.text.isupper():
            continue
        for number, pattern in enumerate(_organisations()):
            for match in pattern.finditer(text.text):
                words = match[1].split()
                while number == 0 and len(words) > 1 and rarity(words[0].casefold()) < 3.25:
                    words = words[1:]
                if number or (len(words) > 1 and words[0][:1].isupper()):
                    found.append(Named(" ".join(words), _around(text.text, match.span()), text.at))
    return once(found)
