"""From what is written to the words that are said: "$25.50" is "twenty five dollars and fifty cents". English alone.

Where several ways of saying it are usual each is given; the sound decides. Pure text, nothing is looked up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice, product

Spoken = tuple[str, ...]

_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_GROUPS = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_MONEY = {"$": ("dollar", "cent"), "£": ("pound", "penny"), "€": ("euro", "cent"), "¥": ("yen", "sen")}
_PLURALS = {"penny": "pence", "yen": "yen", "sen": "sen"}
_SCALES = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion", "tn": "trillion"}
_UNITS = {
    "%": "percent", "°": "degrees", "km": "kilometers", "kg": "kilograms", "cm": "centimeters", "mm": "millimeters",
    "mph": "miles per hour", "gb": "gigabytes", "mb": "megabytes", "hz": "hertz", "am": "a m", "pm": "p m",
    "x": "x", "d": "d", "p": "p", "s": "s",
}  # fmt: skip
_SIGNS = {
    "&": "and", "@": "at", "#": "hashtag", "+": "plus", "=": "equals", "%": "percent", "°": "degrees", "/": "slash",
    "*": "star", "€": "euro", "$": "dollar", "£": "pound",
}  # fmt: skip
_SHORT = {
    "mr": ("mister",), "mrs": ("missus",), "ms": ("miz",), "dr": ("doctor", "drive"), "st": ("saint", "street"),
    "prof": ("professor",), "vs": ("versus",), "etc": ("etcetera",), "jr": ("junior",), "sr": ("senior",),
    "no": ("no", "number"), "approx": ("approximately",), "dept": ("department",), "gov": ("governor",),
    "sen": ("senator",), "gen": ("general",), "mt": ("mount",), "inc": ("incorporated", "ink"), "ltd": ("limited",),
    "vol": ("volume",), "pt": ("part",), "fig": ("figure",), "e.g": ("for example", "e g"), "i.e": ("that is", "i e"),
}  # fmt: skip
_NUMBER = re.compile(r"([$£€¥]?)(\d{1,3}(?:,\d{3})+|\d+)?(?:\.(\d+))?([a-z%°]*)")
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?([ap]m)?")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_DECADE = re.compile(r"'?(\d{2}|\d{4})'?s")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_EDGES = "\"'.,;:!?()[]{}<>*_-~|\\\u00ab\u00bb\u201c\u201d\u2018\u2019\u2026\u2013\u2014\u00a1\u00bf\u266a\u266b"
_LONGEST, _LONGEST_INITIALS, _MOST_WAYS, _MOST_PARTS, _MOST_DIGITS = 60, 5, 4, 12, 15


def spoken(token: str) -> list[Spoken]:
    """The ways in which ``token`` (no spaces in it) may be said, the likeliest first; none for one without a sound.

    >>> spoken("1999,")[0], spoken("don't"), spoken("--")
    (('nineteen', 'ninety', 'nine'), [("don't",)], [])
    """
    bare = _plain(token[:_LONGEST]).strip(_EDGES)
    ways = list(dict.fromkeys(way for way in _ways(bare, token) if way))
    return sorted(ways[: 2 * _MOST_WAYS], key=len)[:_MOST_WAYS] if "/" in bare else ways[:_MOST_WAYS]


def _plain(token: str) -> str:
    """Letters without their accents, apostrophes of one kind, no beginning of an address that nobody says."""
    apart = unicodedata.normalize("NFKD", token.replace("\u2019", "'"))
    letters = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return re.sub(r"https?://(?:www\.)?", "", letters.replace("\u2044", "/"))


def _ways(bare: str, token: str) -> Iterator[Spoken]:
    low = bare.lower()
    if low in _SHORT and (token.rstrip(",;:").endswith(".") or low not in {"no", "sen", "gen", "fig", "inc"}):
        yield from (tuple(way.split()) for way in _SHORT[low])
    elif any(sign.isdigit() for sign in low):
        yield from _with_digits(bare)
    elif "'" in low and re.fullmatch(r"[a-z']+", low):
        yield (low,)
    else:
        yield from _in_parts(bare)


def _with_digits(bare: str) -> Iterator[Spoken]:
    low = bare.lower()
    if clock := _CLOCK.fullmatch(low):
        yield from _clock(clock)
    elif (ordinal := _ORDINAL.fullmatch(low)) and len(ordinal[1]) <= _MOST_DIGITS:
        yield _ordinal(int(ordinal[1]))
    elif decade := _DECADE.fullmatch(low):
        for way in _integer(decade[1]):
            last = way[-1]
            yield (*way[:-1], last[:-1] + "ies" if last.endswith("y") else last + "s")
    elif (number := _NUMBER.fullmatch(low)) and (number[2] or number[3]):
        yield from _number(*(part or "" for part in number.groups()))
    else:
        yield from _in_parts(bare)


def _in_parts(bare: str) -> Iterator[Spoken]:
    """Names, addresses, signs: the parts one after another, dots as they are said in addresses."""
    parts: list[list[Spoken]] = []
    dotted = re.fullmatch(r"(?:[\w-]+\.)+[a-z]{2,}(?:[/?#].*)?|\S+@\S+\.\w+", bare.lower()) is not None
    initials = re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]?", bare + ".") is not None
    for piece in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|\S", _CAMEL.sub(" ", bare)):
        if piece[0].isdecimal() and piece.isascii():
            parts.append(_integer(piece))
        elif piece[0].isalpha():
            said: list[Spoken] = [(piece.lower(),)]
            if piece.isupper() and piece.isascii() and 2 <= len(piece) <= _LONGEST_INITIALS:
                said.append(tuple(piece.lower()))
            parts.append(said)
        elif piece == "." and dotted and not initials:
            parts.append([("dot",)])
        elif piece in _SIGNS:
            parts.append([(_SIGNS[piece],), ()] if piece in "/#" else [(_SIGNS[piece],)])
    for choice in islice(product(*(options[:2] for options in parts[:_MOST_PARTS])), 2 * _MOST_WAYS):
        yield tuple(word for part in choice for word in part)


def _clock(match: re.Match[str]) -> Iterator[Spoken]:
    hour, minute, half = int(match[1]), int(match[2]), (match[4] or "")
    first = _cardinal(hour)
    then = () if not minute else (("oh",) if minute < 10 else ()) + _cardinal(minute)
    yield (*first, *then, *half)
    yield (*first, *(then or ("o'clock",)), *half)


def _number(money: str, whole: str, part: str, unit: str) -> Iterator[Spoken]:
    scale = _SCALES.get(unit) if money or unit in {"k", "bn", "tn"} else None
    after = () if not unit or scale else tuple(_UNITS.get(unit, " ".join(unit)).split())
    for way in _integer(whole.replace(",", "") or "0"):
        if money:
            yield from _money(_MONEY[money], way, part, scale)
        else:
            digits = ("point", *(_ONES[int(digit)] for digit in part[:_MOST_DIGITS])) if part else ()
            yield (*(way if whole else ()), *digits, *((scale,) if scale else ()), *after)


def _money(names: tuple[str, str], way: Spoken, part: str, scale: str | None) -> Iterator[Spoken]:
    coin, small = names
    coins = coin if way == ("one",) and not scale else _PLURALS.get(coin, coin + "s")
    if scale or len(part) not in {0, 2}:
        digits = ("point", *(_ONES[int(digit)] for digit in part[:_MOST_DIGITS])) if part else ()
        yield (*way, *digits, *((scale,) if scale else ()), coins)
        return
    cents = int(part or 0)
    if not cents:
        yield (*way, coins)
        return
    yield (*way, coins, *_cardinal(cents))
    yield (*way, *_cardinal(cents))
    yield (*way, coins, "and", *_cardinal(cents), small if cents == 1 else _PLURALS.get(small, small + "s"))


def _integer(digits: str) -> list[Spoken]:
    """A number as a year, as a quantity, or digit by digit."""
    single = tuple(_ONES[int(digit)] for digit in digits[:_MOST_DIGITS])
    if len(digits) > _MOST_DIGITS or (digits[0] == "0" and len(digits) > 1):
        return [single, tuple("oh" if word == "zero" else word for word in single)]
    value = int(digits)
    ways = [_cardinal(value)]
    if len(digits) == 4 and value % 1000 >= 10:
        ways.insert(0, _year(value))
    if value > 100 and value % 100:
        ways.append(_cardinal(value, joined=True))
    if len(digits) >= 3:
        ways.append(single)
    return ways


def _year(value: int) -> Spoken:
    first, last = divmod(value, 100)
    rest = ("hundred",) if not last else (("oh",) if last < 10 else ()) + _cardinal(last)
    return (*_cardinal(first), *rest)


def _cardinal(value: int, *, joined: bool = False) -> Spoken:
    """``joined`` says "and" before what is below a hundred."""
    if value < 20:
        return (_ONES[value],)
    if value < 100:
        ten, one = divmod(value, 10)
        return (_TENS[ten],) if not one else (_TENS[ten], _ONES[one])
    for size, name in _GROUPS:
        if value >= size:
            head, rest = divmod(value, size)
            tail = () if not rest else _cardinal(rest, joined=joined and rest >= 100)
            link = ("and",) if joined and 0 < rest < 100 else ()
            return (*_cardinal(head), name, *link, *tail)
    raise AssertionError(value)


def _ordinal(value: int) -> Spoken:
    *head, last = _cardinal(value)
    if last in _ORDINALS:
        return (*head, _ORDINALS[last])
    return (*head, last[:-1] + "ieth" if last.endswith("y") else last + "th")
