"""Trends: a list that the user loads, and what of it a film uses. Without a list nothing is known of trends.

A list is CSV with a header, or JSON: an array of objects, or an object with ``trends`` and ``as_of``. Fields: ``kind``
(term or audio), ``name``, ``artist``, ``category``, ``stage`` (emerging, growth, peak, decline), ``from`` and ``until``
(dates as 2026-11-01). Nobody looks at a clock: the day is that of the film's publication, else ``as_of`` of the list,
else the latest day on which one of the list begins, else on which one ends.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from cutroom.judgement import measures as m
from cutroom.judgement.evidence import Sheet, measured, seen
from cutroom.judgement.surety import heard
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.percepts import Percepts
from cutroom.model.verdicts import Component, TextFacts

STAGES = ("emerging", "growth", "peak", "decline")
NO_LIST = "No list of trends is loaded (cutroom trends load)."
_MOST = 50_000
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Trend:
    """A term, or the title of a sound. Dates are ISO 8601."""

    kind: str
    name: str
    artist: str = ""
    category: str = ""
    stage: str = ""
    begins: str = ""
    ends: str = ""

    def on(self, day: str) -> bool:
        """Whether it holds on this day; where dates are missing it does."""
        return not day or ((not self.begins or self.begins <= day) and (not self.ends or day <= self.ends))


@dataclass(frozen=True, slots=True)
class Trends:
    """A list of them, and the day it describes."""

    trends: tuple[Trend, ...]
    as_of: str = ""

    @property
    def day(self) -> str:
        begun = max((one.begins for one in self.trends), default="")
        return self.as_of or begun or max((one.ends for one in self.trends), default="")

    def content(self) -> dict[str, Any]:
        """As JSON, which ``parse_trends`` reads back."""
        renamed = {"begins": "from", "ends": "until"}
        rows = [{renamed.get(key, key): value for key, value in asdict(one).items()} for one in self.trends]
        return {"as_of": self.as_of, "trends": rows}


def parse_trends(text: str) -> Trends:
    """CSV or JSON. Raises ``INVALID_REQUEST`` with one sentence."""
    begin = text.lstrip("\ufeff \t\r\n")[:1]
    rows, as_of = _from_json(text) if begin in {"[", "{"} else (_from_csv(text), "")
    if not rows:
        raise _refused("The list of trends is empty.")
    if len(rows) > _MOST:
        raise _refused(f"The list has more than {_MOST} trends.")
    return Trends(tuple(_trend(number, row) for number, row in enumerate(rows, 1)), _date(as_of, "as_of"))


def trend_alignment(percepts: Percepts, text: TextFacts, trends: Trends | None, sheet: Sheet) -> None:
    """Fill in ``trend_alignment``."""
    if trends is None:
        sheet.unknown("uses_trending_audio", "trend_category", reason=NO_LIST)
        sheet.put("cycle_stage", measured("unknown", "trend list", [seen(NO_LIST)]))
        return
    day = (percepts.source.published_at or "")[:10] or trends.day
    current = [trend for trend in trends.trends if trend.on(day)]
    sounds = [trend for trend in current if trend.kind == "audio" and _sounds(trend, percepts)]
    terms = _terms(current, percepts, text)
    parts = _parts(sounds, terms)
    _audio(percepts, trends, sounds, sheet)
    found = [*sounds, *(trend for trend, _ in terms)]
    category = next((trend.category for trend in found if trend.category), None)
    sheet.put("trend_category", measured(category, "trend list", parts, unknown="Nothing of the list is in the film."))
    stage = next((trend.stage for trend in found if trend.stage), "unknown")
    sheet.put("cycle_stage", measured(stage, "trend list", parts))


def _audio(percepts: Percepts, trends: Trends, sounds: list[Trend], sheet: Sheet) -> None:
    reason = None
    if not any(trend.kind == "audio" for trend in trends.trends):
        reason = "The list of trends names no sounds."
    elif not percepts.source.track:
        reason = "The title of the film's music is not known."
    value = None if reason else bool(sounds)
    sheet.put("uses_trending_audio", measured(value, "trend list", _parts(sounds, []), unknown=reason))


def _sounds(trend: Trend, percepts: Percepts) -> bool:
    track, artist = _plain(percepts.source.track or ""), _plain(percepts.source.artist or "")
    named = _plain(trend.artist)
    return bool(track) and _plain(trend.name) == track and (not named or not artist or named == artist)


def _terms(current: list[Trend], percepts: Percepts, text: TextFacts) -> list[tuple[Trend, str]]:
    """Terms as whole words of the title, the tags, the topics or of what is said, most specific first."""
    source = percepts.source
    places = {
        "title": source.title or "",
        "tags": " , ".join(source.tags),
        "topics": " , ".join(text.topics),
        "description": source.description or "",
        "speech": said.text if (said := heard(percepts.transcript).transcript) else "",
    }
    plain = {place: f" {_plain(words)} " for place, words in places.items()}
    found = []
    for trend in current:
        name = _plain(trend.name)
        place = next((where for where, words in plain.items() if name and f" {name} " in words), None)
        if trend.kind == "term" and place is not None:
            found.append((trend, place))
    return sorted(found, key=lambda one: (-len(one[0].name), one[0].name))


def _parts(sounds: list[Trend], terms: list[tuple[Trend, str]]) -> list[Component]:
    parts = [seen("audio", quote=trend.name) for trend in sounds]
    return parts + [seen(f"term in {place}", quote=trend.name) for trend, place in terms[:20]]


def _plain(words: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in words.casefold()).split())


def _from_json(text: str) -> tuple[list[Mapping[str, Any]], str]:
    try:
        content = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise _refused("The list of trends is no valid JSON.") from error
    as_of: Any = ""
    if isinstance(content, dict):
        as_of, content = content.get("as_of") or "", content.get("trends")
    if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        raise _refused("The list of trends must be an array of objects.")
    return content, as_of if isinstance(as_of, str) else "?"


def _from_csv(text: str) -> list[Mapping[str, Any]]:
    try:
        reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), restval="", strict=True)
        reader.fieldnames = names = [name.strip().casefold() for name in reader.fieldnames or ()]
        if "name" not in names or "kind" not in names:
            raise _refused('The list of trends needs the columns "kind" and "name".')
        return [row for _, row in zip(range(_MOST + 1), reader, strict=False)]
    except csv.Error as error:
        raise _refused("The list of trends is no valid CSV.") from error


def _trend(number: int, row: Mapping[str, Any]) -> Trend:
    def cell(name: str) -> str:
        value = row.get(name) or ""
        if not isinstance(value, str):
            raise _refused(f"Trend {number}: {name} must be text.")
        line = m.sentence_of(value, _LONGEST)
        if line[:1] in {"=", "+", "@"} and name != "name":
            raise _refused(f"Trend {number}: {name} holds a formula.")
        return line

    kind, stage = cell("kind").casefold(), cell("stage").casefold()
    if kind not in {"term", "audio"}:
        raise _refused(f'Trend {number}: kind must be "term" or "audio".')
    if stage and stage not in STAGES:
        raise _refused(f"Trend {number}: stage must be one of {', '.join(STAGES)}.")
    if not _plain(cell("name")):
        raise _refused(f"Trend {number} has no name.")
    begins, ends = _date(cell("from"), f"Trend {number}: from"), _date(cell("until"), f"Trend {number}: until")
    return Trend(kind, cell("name"), cell("artist"), cell("category"), stage, begins, ends)


def _date(text: str, what: str) -> str:
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise _refused(f"{what} must be a date such as 2026-11-01.") from error


def _refused(sentence: str) -> CutroomError:
    return CutroomError(ErrorCode.INVALID_REQUEST, sentence)
