"""Words: how text is taken apart into them, how common each is, and the short lists that judgement knows."""

from __future__ import annotations

import functools
import re
import tomllib
from importlib.resources import files
from typing import Any

WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
RAREST = 6.25
"""Minus log10 of the frequency given to a word that the list does not hold."""

_PHRASES = frozenset({"self_harm"})
_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f]")


def tokens(text: str) -> list[str]:
    """The words of a text in small letters, apostrophes straight."""
    return [word.casefold().replace("\u2019", "'") for word in WORD.findall(text)]


def count(text: str) -> int:
    """How many words a text has: what stands between blanks and holds a letter or digit.

    In scripts without blanks every ideograph counts as one, as word processors count.
    """
    ideographs = len(_IDEOGRAPHS.findall(text))
    rest = _IDEOGRAPHS.sub(" ", text) if ideographs else text
    return ideographs + sum(1 for part in rest.split() if any(letter.isalnum() for letter in part))


@functools.lru_cache(maxsize=30_000)
def stem(word: str) -> str:
    """A word of English without its commonest endings, for telling whether two are the same."""
    for end, instead in (("'s", ""), ("ies", "y"), ("sses", "ss"), ("ing", ""), ("ied", "y"), ("ed", ""), ("es", "")):
        if word.endswith(end) and len(word) - len(end) >= 3:
            word = word[: -len(end)] + instead
            break
    else:
        if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
            word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


@functools.cache
def _text(name: str) -> str:
    return files(__package__).joinpath("wordlists", name).read_text(encoding="utf-8")


@functools.cache
def table(name: str) -> dict[str, Any]:
    """The data file ``name`` of the word lists."""
    return tomllib.loads(_text(f"{name}.toml"))


@functools.cache
def listed(name: str) -> frozenset[str]:
    """A list of ``lists.toml``."""
    value = str(table("lists")[name])
    phrases = name in _PHRASES
    return frozenset(row.strip() for row in (value.split("\n") if phrases else value.split()) if row.strip())


@functools.cache
def _rarities() -> dict[str, float]:
    rows = (line.split() for line in _text("frequency_en.txt").splitlines() if not line.startswith("#"))
    return {word: float(row[0]) for row in rows for word in row[1:]}


def rarity(word: str) -> float:
    """Minus log10 of how often a word (small letters) occurs in English, at most ``RAREST``; digits count as common."""
    found = _rarities()
    if word.isdigit():
        return 3.0
    if word in found:
        return found[word]
    base = stem(word)
    return min(found.get(base, RAREST), found.get(base + "e", RAREST)) if base != word else RAREST


def common(word: str, below: float = 5.9) -> bool:
    """Whether a word (small letters) is an ordinary one of English."""
    return rarity(word) < below


@functools.cache
def stop_words(language: str | None) -> frozenset[str] | None:
    """The function words of a language (BCP-47); None where we know none. An unknown language is not guessed."""
    found = table("stop_words").get((language or "").split("-")[0].lower())
    return None if found is None else frozenset(found.split())


@functools.cache
def places() -> dict[str, bool]:
    """Names of places, and whether the name is also something else."""
    rows = (line.strip() for line in _text("places.txt").splitlines())
    return {row.rstrip("?"): row.endswith("?") for row in rows if row and not row.startswith("#")}


def english(texts: list[str], language: str | None = None) -> bool:
    """Whether texts are English: as the language says, else if most of their words are common there."""
    if language:
        return language.lower().split("-")[0] == "en"
    found = [word for text in texts[:400] for word in tokens(text[:2000])]
    words = [word for word in found if not word.isdigit()]
    return bool(words) and sum(rarity(word) < 4.5 for word in words) >= 0.6 * len(words)
