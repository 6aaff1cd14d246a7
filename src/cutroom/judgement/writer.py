"""The port of a language model: what is asked, what is shown to it, what may come back.

A model is asked for one structured object at a time. It is shown numbered lines, never free text, and it has no tools,
no memory and no way out. What it answers is a claim that ``containment`` checks; nobody may use it unchecked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import MutableMapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Reason(StrEnum):
    """Why there is no answer. The last five are worth another try with a remark; the others end the asking."""

    TIMEOUT = "it did not answer in time"
    RATE_LIMITED = "it is asked too often"
    SERVER_ERROR = "its server failed"
    UNREACHABLE = "it cannot be reached"
    REFUSED = "it refused the request"
    NOT_INSTALLED = "its client is not installed"
    PROSE = "it answered prose"
    TRUNCATED = "its answer was cut off"
    MISSHAPEN = "its answer has another shape"
    UNGROUNDED = "its answer is not in the film"
    OVER_BUDGET = "it was asked as often as allowed"


RETRYABLE = frozenset({Reason.PROSE, Reason.TRUNCATED, Reason.MISSHAPEN, Reason.UNGROUNDED})


@dataclass(frozen=True, slots=True)
class Rejected:
    """No usable answer. ``detail`` is for the log; it never carries words of the model or the film."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One numbered line of a film: ``kind`` is page, speech or screen; ``at`` when it is said or shown."""

    id: int
    text: str
    kind: str
    at: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """The lines a model may see. Ids are unique and rise."""

    lines: tuple[Line, ...]

    def numbered(self, marker: str) -> str:
        """The lines as JSON, each with the marker of this call, which no line's writer could know."""
        rows = [{"marker": marker, "id": line.id, "kind": line.kind, "text": line.text} for line in self.lines]
        return json.dumps(rows, ensure_ascii=True)

    def by_id(self) -> dict[int, Line]:
        return {line.id: line for line in self.lines}


@dataclass(frozen=True, slots=True)
class Caps:
    """What one film may cost. Seconds are for each call; a call that times out is the last."""

    calls: int = 16
    retries: int = 2
    seconds: float = 30.0
    output_tokens: int = 2000
    input_characters: int = 24_000


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked. ``version`` changes with the wording; ``remark`` says, in our words, what was wrong before."""

    name: str
    version: str
    instructions: str
    remark: str = ""
    caps: Caps = field(default_factory=Caps)

    def again(self, remark: str) -> Task:
        return replace(self, remark=remark)


class LanguageModel(Protocol):
    """A language model behind whatever client."""

    @property
    def name(self) -> str:
        """Which model, for methods and the cache, e.g. "openai:gpt-x"."""

    def structured(self, task: Task, schema: type[T], sources: Sources) -> T | Rejected:
        """One attempt at an object of ``schema`` (a pydantic model); never raises for what the other side does."""


class Remembered:
    """A model whose answers are kept, by a hash of the question: wording, schema, lines and model.

    What is kept is checked again whenever it is used, like a fresh answer.
    """

    def __init__(self, model: LanguageModel, kept: MutableMapping[str, str]) -> None:
        self._model, self._kept = model, kept

    @property
    def name(self) -> str:
        return self._model.name

    def structured(self, task: Task, schema: type[T], sources: Sources) -> T | Rejected:
        form: Any = schema
        key = self._key(task, form, sources)
        if key in self._kept:
            try:
                return form.model_validate_json(self._kept[key])  # type: ignore[no-any-return]
            except ValueError:
                del self._kept[key]
        answer = self._model.structured(task, schema, sources)
        if not isinstance(answer, Rejected):
            given: Any = answer
            self._kept[key] = str(given.model_dump_json())
        return answer

    def _key(self, task: Task, form: Any, sources: Sources) -> str:
        lines = [[line.id, line.kind, line.text] for line in sources.lines]
        asked = [self.name, task.name, task.version, task.instructions, task.remark, form.model_json_schema(), lines]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
