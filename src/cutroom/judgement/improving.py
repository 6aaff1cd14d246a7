"""What a language model may make better: title, summary, category, tone, audience, people, brands and topics.

It works on a finished verdict. Each field is taken only if it passes ``containment`` by itself; otherwise the field
stays as it was, and its method says why.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cutroom.judgement import asking, naming
from cutroom.judgement.asking import Asker
from cutroom.judgement.cleaning import clean
from cutroom.judgement.containment import (
    LONGEST_AUDIENCE,
    LONGEST_SENTENCE,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    lines_fault,
    name_fault,
    quote_fault,
    written_fault,
)
from cutroom.judgement.reading_text import TextRead
from cutroom.judgement.writer import LanguageModel, Line, Rejected, Sources
from cutroom.model.percepts import Percepts
from cutroom.model.verdicts import Component, Explained, Verdict

if TYPE_CHECKING:
    from cutroom.judgement.writers.forms import Cited, Names, Overview, Written

_OVERVIEW = "/media_understanding/content_overview"
_ENTITIES = "/media_understanding/entities"
_FIELDS = ("title", "summary", "category", "tone", "target_audience")
_KINDS = ("people", "brands", "topics")
_LEAST_WORDS = 8
_MOST_NAMES = 100


def improve(verdict: Verdict, percepts: Percepts, text: TextRead, writer: LanguageModel) -> Verdict:
    """``verdict`` with what the model wrote where that is borne out, and as it was everywhere else."""
    sources = asking.trusted(lines(percepts, text))
    if sum(len(line.text.split()) for line in sources.lines if line.kind != "page") < _LEAST_WORDS:
        return verdict
    asker = Asker(writer)
    shown, passed_over = asking.reduced(asker, sources)
    made = _Made(
        copy.deepcopy(verdict.fields),
        dict(verdict.evidence),
        writer.name,
        verdict,
        english=text.english or text.page_english,
    )
    made.overview(asker, shown)
    made.names(asker, shown)
    notes = list(verdict.warnings)
    if passed_over:
        notes.append("The film is long: the language model was shown parts of it, spread over its length.")
    if made.refusals:
        notes.append(f"The language model's answer was not taken for {', '.join(made.refusals)}: {made.why}.")
    return Verdict(made.fields, made.evidence, tuple(notes))


def lines(percepts: Percepts, text: TextRead) -> list[Line]:
    """The film's words as numbered lines: the page's, what is said, what is read on screen."""
    found = [("page", one, None) for one in naming.page_texts(percepts)]
    rows: list[tuple[str, str, tuple[float, float] | None]] = [(kind, clean(one, 2000), at) for kind, one, at in found]
    said = () if text.heard.partly else text.sentences  # fragments of a draft are no lines to write from
    rows += [("speech", one.text, (one.start, one.end)) for one in said]
    seen: set[str] = set()
    for shown in naming.screen_texts(percepts):
        if shown.text.casefold() not in seen:
            seen.add(shown.text.casefold())
            rows.append(("screen", shown.text, shown.at))
    return [Line(number, one, kind, at) for number, (kind, one, at) in enumerate(rows)]


@dataclass(slots=True)
class _Made:
    """A verdict in the making."""

    fields: dict[str, Any]
    evidence: dict[str, Explained]
    model: str
    before: Verdict
    english: bool
    refusals: tuple[str, ...] = ()
    why: str = ""

    def overview(self, asker: Asker, sources: Sources) -> None:
        from cutroom.judgement.writers.forms import Overview  # pydantic is loaded where a model is used

        held = sources.by_id()
        titled = self._has_title()

        def check(answer: Overview) -> dict[str, str]:
            faults = overview_faults(answer, held, english=self.english)
            return {name: fault for name, fault in faults.items() if name != "title" or not titled}

        told = asker.ask(asking.task("overview", asker.caps), Overview, sources, check)
        answer, faults, why = told.value, told.faults, told.why
        if answer is None:
            self._refused([name for name in _FIELDS if name != "title" or not titled], why)
            return
        wanted = {
            "title": None if titled else (answer.title.text, [answer.title]),
            "summary": (" ".join(one.text for one in answer.summary), answer.summary),
            "category": (answer.category, [answer.category_evidence]) if answer.category else None,
            "tone": (answer.tone, [answer.tone_evidence]) if answer.tone else None,
            "target_audience": (answer.target_audience.text, [answer.target_audience])
            if answer.target_audience
            else None,
        }
        for name, one in wanted.items():
            if name in faults:
                self._refused([name], why)
            elif one is not None:
                self._take(name, one[0], one[1], held)

    def _has_title(self) -> bool:
        """Whether the page gives the title: its own is better than any that is made up."""
        held = self.evidence.get(f"{_OVERVIEW}/title")
        return held is not None and held.method == "title of the page or file"

    def _take(self, name: str, value: str, rests_on: Sequence[Written | Cited | None], held: dict[int, Line]) -> None:
        self.fields["media_understanding"]["content_overview"][name] = value
        parts = [part for one in rests_on if one is not None for part in _components(one, held)]
        pointer = f"{_OVERVIEW}/{name}"
        old = self.evidence.get(pointer)
        self.evidence[pointer] = Explained(
            value,
            f"language model {self.model}, checked against its lines",
            old.version if old else "",
            components=tuple(parts),
        )

    def names(self, asker: Asker, sources: Sources) -> None:
        from cutroom.judgement.writers.forms import Names  # as above

        held = sources.by_id()

        def check(answer: Names) -> dict[str, str]:
            return names_faults(answer, held)

        told = asker.ask(asking.task("names", asker.caps), Names, sources, check)
        answer, faults, why = told.value, told.faults, told.why
        if answer is None:
            self._refused(_KINDS, why, entities=True)
            return
        for kind in _KINDS:
            good = [one for n, one in enumerate(getattr(answer, kind)) if f"{kind}/{n}" not in faults]
            if good:
                self._join(kind, good, held)
            if any(key.startswith(f"{kind}/") for key in faults):
                self._refused([kind], why, entities=True)

    def _join(self, kind: str, good: Sequence[Any], held: dict[int, Line]) -> None:
        """Names join what was found; topics stand in its place where there are enough of them."""
        entities = self.fields["media_understanding"]["entities"]
        fresh = kind == "topics" and len(good) >= min(3, len(entities[kind]) or 1)
        known = [] if fresh else list(entities[kind])
        pointer = f"{_ENTITIES}/{kind}"
        old = self.evidence.get(pointer)
        parts = [] if fresh or old is None else list(old.components)
        have = {one.casefold().lstrip("@") for one in known}
        for one in good:
            if one.name.casefold().lstrip("@") not in have and len(known) < _MOST_NAMES:
                have.add(one.name.casefold().lstrip("@"))
                known.append(one.name)
                parts.append(Component(one.name, 1.0, None, None, at=held[one.line].at, quote=one.quote))
        entities[kind] = known
        method = f"language model {self.model}, checked against its lines"
        method = method if fresh or old is None else f"{old.method}; {method}"
        self.evidence[pointer] = Explained(len(known), method, old.version if old else "", components=tuple(parts))

    def _refused(self, names: Sequence[str], why: Rejected | None, *, entities: bool = False) -> None:
        reason = why.reason.value if why else "its answer is not in the film"
        self.why = self.why or reason
        self.refusals += tuple(name for name in names if name not in self.refusals)
        for name in names:
            pointer = f"{_ENTITIES if entities else _OVERVIEW}/{name}"
            old = self.evidence.get(pointer)
            if old is not None:
                self.evidence[pointer] = replace(old, method=f"{old.method}; the language model was not used: {reason}")


def _components(one: Written | Cited, held: dict[int, Line]) -> list[Component]:
    quote = getattr(one, "quote", None)
    ids = getattr(one, "lines", None) or [getattr(one, "line", -1)]
    return [Component("line", 1.0, None, None, at=held[n].at, quote=quote or held[n].text) for n in ids if n in held]


def overview_faults(answer: Overview, held: dict[int, Line], *, english: bool) -> dict[str, str]:
    """What is wrong with an overview, by field."""
    faults: dict[str, str | None] = {
        "title": _written(answer.title, held, LONGEST_TITLE, english=english, heading=True),
        "summary": next(
            (f for one in answer.summary if (f := _written(one, held, LONGEST_SENTENCE, english=english))), None
        ),
        "category": _cited(answer.category, answer.category_evidence, held),
        "tone": _cited(answer.tone, answer.tone_evidence, held),
    }
    if sum(len(one.text) + 1 for one in answer.summary) - 1 > LONGEST_SUMMARY:
        faults["summary"] = "a text of the wrong length"
    if answer.target_audience is not None:
        faults["target_audience"] = _written(answer.target_audience, held, LONGEST_AUDIENCE, english=english)
    return {name: fault for name, fault in faults.items() if fault}


def _written(one: Written, held: dict[int, Line], longest: int, *, english: bool, heading: bool = False) -> str | None:
    fault = lines_fault(one.lines, held)
    cited = [held[number] for number in one.lines if number in held]
    return fault or written_fault(one.text, cited, longest, english=english, heading=heading)


def _cited(value: str | None, evidence: Cited | None, held: dict[int, Line]) -> str | None:
    if value is None:
        return None
    return quote_fault(evidence.line, evidence.quote, held) if evidence else "a choice without a quote"


def names_faults(answer: Names, held: dict[int, Line]) -> dict[str, str]:
    """What is wrong with names, by kind and number ("people/2")."""
    found = {
        f"{kind}/{number}": name_fault(one.name, one.line, one.quote, held, topic=kind == "topics")
        for kind in _KINDS
        for number, one in enumerate(getattr(answer, kind))
    }
    return {name: fault for name, fault in found.items() if fault}
