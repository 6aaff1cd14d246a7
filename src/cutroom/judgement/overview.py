"""Tone, audience and warnings: what is told of them without a language model, each by evidence one can point at."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cutroom.judgement.acts import plain
from cutroom.judgement.sentences import Sentence
from cutroom.judgement.sentiment import BAND
from cutroom.judgement.words import listed, table
from cutroom.model.percepts import Hearing, Seeing
from cutroom.model.verdicts import Act

TONES = ("instructional", "promotional", "humorous", "storytelling", "upbeat", "serious", "conversational", "neutral")
_DENSE = 0.2
"""Acts for each sentence from which they set the tone."""
_FLASHES, _WITHIN = 3, 1.0
"""More than this many flashes in a second can bring on seizures (WCAG 2.3.1)."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A finding, and the words that show it."""

    text: str
    quote: str | None = None
    at: tuple[float, float] | None = None


def tone(
    acts: Sequence[Act], sentences: int, sentiment: float | None, hearing: Hearing | None, speakers: int
) -> Noted | None:
    """The tone, one of ``TONES``; None where too little is said."""
    if sentences < 3:
        return None
    laughter = [event for event in hearing.events if event.label == "laughter"] if hearing else []
    if laughter or _dense(acts, {"joke"}, sentences, 0.1):
        at = (laughter[0].start, laughter[0].end) if laughter else None
        return Noted("humorous", _quote(acts, {"joke"}), at)
    for name, kinds in (
        ("promotional", {"ad", "cta_buy"}),
        ("instructional", {"step", "definition"}),
        ("storytelling", {"story"}),
    ):
        if _dense(acts, kinds, sentences, _DENSE):
            return Noted(name, _quote(acts, kinds))
    if sentiment is not None and abs(sentiment) >= BAND:
        return Noted("upbeat" if sentiment > 0 else "serious", f"mean sentiment {sentiment:+.2f}")
    if speakers > 1:
        return Noted("conversational", f"{speakers} speakers")
    return Noted("neutral", f"mean sentiment {sentiment:+.2f}") if sentiment is not None else None


def _dense(acts: Sequence[Act], kinds: set[str], sentences: int, least: float) -> bool:
    quotes = {act.quote for act in acts if act.kind in kinds and act.segment is not None}
    return len(quotes) >= 2 and len(quotes) >= least * sentences


def _quote(acts: Sequence[Act], kinds: set[str]) -> str | None:
    return next((act.quote for act in acts if act.kind in kinds), None)


@functools.cache
def _addressed() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(one, re.IGNORECASE) for one in table("audience")["patterns"])


def audience(sentences: Sequence[Sentence]) -> Noted | None:
    """Whom the film says it is for, verbatim; None where it does not say."""
    for sentence in sentences[:2000]:
        for pattern in _addressed():
            match = pattern.search(plain(sentence.text))
            if match:
                start, end, _ = sentence.times(*match.span(1))
                return Noted(sentence.text[match.start(1) : match.end(1)].strip(" ,.!?"), sentence.text, (start, end))
    return None


_TOPICS = {
    "self_harm": "mentions of suicide or self-harm",
    "drugs": "mentions of hard drugs",
    "violence": "mentions of graphic violence",
}


def content_warnings(sentences: Sequence[Sentence], seeing: Seeing | None) -> list[Noted]:
    """What some viewers want to know beforehand: strong language, flashing pictures, a few hard subjects."""
    found = []
    if seeing is not None and _flashing(seeing.flashes):
        found.append(Noted("flashing images", None, (seeing.flashes[0], seeing.flashes[-1])))
    strong = _first(sentences, listed("strong_language"))
    if strong is not None:
        found.append(Noted("strong language", strong.text, (strong.start, strong.end)))
    for name, wording in _TOPICS.items():
        said = _first(sentences, listed(name))
        if said is not None:
            found.append(Noted(wording, said.text, (said.start, said.end)))
    return found


def _first(sentences: Sequence[Sentence], words: frozenset[str]) -> Sentence | None:
    phrases = [f" {word} " for word in words if " " in word or "-" in word]
    for sentence in sentences:
        if words.intersection(sentence.words) or (phrases and _has(phrases, sentence)):
            return sentence
    return None


def _has(phrases: Sequence[str], sentence: Sentence) -> bool:
    line = f" {' '.join(sentence.words)} "
    return any(phrase.replace("-", " ") in line for phrase in phrases)


def _flashing(flashes: Sequence[float]) -> bool:
    return any(b - a <= _WITHIN for a, b in zip(flashes, flashes[_FLASHES:], strict=False))
