"""Language models for tests: they implement the port, and say what they are told to, however wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from cutroom.judgement.writer import Rejected, Sources, Task
from cutroom.judgement.writers.forms import Cited, Name, Names, Overview, Picks, Rubric, Written

T = TypeVar("T")
Answers = Callable[[Task, Sources], object]


class Told:
    """A model that answers each task by a function of what it was asked, and remembers what that was."""

    name = "told:1"

    def __init__(self, answers: Mapping[str, Answers]) -> None:
        self._answers = answers
        self.asked: list[tuple[Task, Sources]] = []

    def structured(self, task: Task, schema: type[T], sources: Sources) -> T | Rejected:
        self.asked.append((task, sources))
        return cast("T | Rejected", self._answers[task.name](task, sources))


def overview(line: int, quote: str, **changes: Any) -> Overview:
    """An overview that rests on one line, with changes that nothing checks."""
    sound: dict[str, Any] = {
        "title": Written.model_construct(text=quote[:80], lines=[line]),
        "summary": [Written.model_construct(text=quote[:200], lines=[line])],
        "category": "Lifestyle",
        "category_evidence": Cited.model_construct(line=line, quote=quote[:40]),
        "tone": "upbeat",
        "tone_evidence": Cited.model_construct(line=line, quote=quote[:40]),
        "target_audience": None,
    }
    return Overview.model_construct(**{**sound, **changes})


def names(**kinds: list[tuple[str, int, str]]) -> Names:
    held: dict[str, Any] = {
        kind: [Name.model_construct(name=n, line=at, quote=q) for n, at, q in kinds.get(kind, [])]
        for kind in ("people", "brands", "topics")
    }
    return Names.model_construct(**held)


def picks(*cited: tuple[int, str]) -> Picks:
    return Picks.model_construct(picks=[Cited.model_construct(line=at, quote=quote) for at, quote in cited])


def written(text: str, *lines: int) -> Written:
    return Written.model_construct(text=text, lines=list(lines))


__all__ = ["Answers", "Cited", "Rubric", "Told", "names", "overview", "picks", "written"]
