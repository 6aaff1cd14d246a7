"""``media_understanding.entities``: names, tags, topics and keywords, each with the words that show it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cutroom.judgement import entities, tags, topics
from cutroom.judgement.cleaning import clean
from cutroom.judgement.entities import Named, Text
from cutroom.judgement.gathering import Evidence
from cutroom.judgement.reading_text import TextRead
from cutroom.model.percepts import Percepts
from cutroom.model.verdicts import Component

_LONGEST_PAGE = 10_000
_MOST_LINES = 500
_CHAPTER = re.compile(r"^[\s(\[]*(?:\d{1,2}:)?\d{1,2}:\d{2}[\])]?(?:\s*[-\u2013\u2014|:])?\s*")
_MOST_SCREEN = 2000


def page_texts(percepts: Percepts) -> list[str]:
    """What the page says: title and description, cleaned."""
    given = (percepts.source.title, percepts.source.description)
    return [clean(text, _LONGEST_PAGE) for text in given if text]


def page_lines(percepts: Percepts) -> list[str]:
    """The same, each line of its own, without the times of chapters: no name goes on over the end of a line."""
    lines = [line for text in (percepts.source.title, percepts.source.description) for line in _lines(text)]
    return lines[:_MOST_LINES]


def _lines(text: str | None) -> list[str]:
    lines = re.split(r"[\r\n\u2028]+", (text or "")[:_LONGEST_PAGE])
    return [line for one in lines if (line := _CHAPTER.sub("", clean(one)))]


def screen_texts(percepts: Percepts) -> list[Text]:
    """What is read on screen, cleaned."""
    shown = (percepts.seeing.text or ()) if percepts.seeing else ()
    return [Text(clean(one.text, 600), (one.start, one.end), screen=True) for one in shown[:_MOST_SCREEN]]


def texts(percepts: Percepts, text: TextRead) -> list[Text]:
    """Everything that names are looked for in: the page, the speech, the screen."""
    cased = entities.is_cased([sentence.text for sentence in text.sentences])
    said = [Text(one.text, (one.start, one.end), cased=cased) for one in text.sentences]
    return [Text(page) for page in page_lines(percepts)] + said + screen_texts(percepts)


def entities_of(percepts: Percepts, text: TextRead, brands: Sequence[str]) -> dict[str, tuple[Named, ...]]:
    """The names by kind, each with its quote."""
    everywhere = texts(percepts, text)
    screen = (percepts.seeing.text or ()) if percepts.seeing else ()
    written = [one.text for one in everywhere if one.at is None or one.screen]
    mentions = tags.mentions(written)
    people = [Named("@" + _handle(percepts), "")] if _handle(percepts) else []
    if not people and percepts.source.uploader:
        people = [Named(clean(percepts.source.uploader, 100), "")]
    people += [Named(mention, _holding(mention, written)) for mention in mentions]
    people += entities.people(everywhere, screen)
    return {
        "people": entities.once(people),
        "brands": entities.brands(everywhere, brands, percepts.source.uploader_handle),
        "hashtags": tuple(Named(tag, _holding(tag, written)) for tag in tags.hashtags(written)),
        "products": entities.products(everywhere),
        "locations": entities.locations(everywhere),
        "organizations": entities.organisations(everywhere),
        "mentions": tuple(Named(mention, _holding(mention, written)) for mention in mentions),
        "urls": tuple(Named(url, _holding(url, written)) for url in tags.urls(written)),
    }


def _handle(percepts: Percepts) -> str:
    return clean(percepts.source.uploader_handle or "", 80).lstrip("@").replace(" ", "")


def _holding(part: str, written: Sequence[str]) -> str:
    return next((text[:200] for text in written if part in text), part)


def entities_fields(found: dict[str, tuple[Named, ...]], text: TextRead) -> dict[str, Any]:
    """The entities as the wire has them."""
    names = {kind: [named.name for named in many] for kind, many in found.items()}
    return {
        "people": names["people"],
        "brands": names["brands"],
        "topics": [phrase.text for phrase in text.topics],
        "hashtags": names["hashtags"],
        "products": names["products"],
        "locations": names["locations"],
        "organizations": names["organizations"],
        "mentions": names["mentions"],
        "urls": names["urls"],
        "keywords": [{"term": term, "weight": weight} for term, weight in topics.keywords(text.phrases)],
    }


def entities_view(percepts: Percepts, text: TextRead, brands: Sequence[str], proof: Evidence) -> dict[str, Any]:
    """``entities`` with its evidence: one component a name, with its words and when."""
    found = entities_of(percepts, text, brands)
    for kind, many in found.items():
        parts = [Component(n.name, 1.0, None, None, at=_rounded(n.at), quote=n.quote or None) for n in many]
        proof.add(f"/media_understanding/entities/{kind}", len(many), "patterns", parts)
    topics_found = [Component(phrase.text, round(phrase.weight, 3), None, None) for phrase in text.topics]
    known = text.phrases or text.language in {None, "en"}
    reason = None if known else "The function words of this language are not known."
    method = "keyphrases against the frequency of words"
    proof.add(
        "/media_understanding/entities/topics",
        len(topics_found) if known else None,
        f"{method}; of the speech its sure words alone" if text.heard.partly else method,
        topics_found,
        reason,
    )
    return entities_fields(found, text)


def _rounded(at: tuple[float, float] | None) -> tuple[float, float] | None:
    return (round(at[0], 3), round(at[1], 3)) if at else None
