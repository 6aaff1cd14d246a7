"""What a dialect tells the toolkit: its endpoints, its error shape, its request windows and their headers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cutroom.kernel.errors import CutroomError
from cutroom.model.request import RateState

_PARAMETER = re.compile(r"\{(\w+)\}")


class Access(StrEnum):
    """Who may call an endpoint."""

    ANYONE = "anyone"
    CALLER = "caller"
    """A key or a session."""
    SESSION = "session"
    """A session alone, so that a leaked key cannot make others or change who pays."""


class Counts(StrEnum):
    """The narrowest window that a call counts in."""

    NOTHING = "nothing"
    """Not counted at all, with a key or without."""
    REQUESTS = "requests"
    JOBS = "jobs"
    RELOADS = "reloads"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call of a dialect: the row that the guard enforces and the documentation prints."""

    method: str
    path: str
    """Below the prefix; parameters in braces."""
    access: Access
    summary: str
    counts: Counts = Counts.REQUESTS
    secret: bool = False
    """The reply holds a secret that is shown once: it is never kept, not even for repeated requests."""
    takes_file: bool = False
    """The body may be as large as an upload, and is read by the endpoint itself as it comes."""
    aliases: tuple[str, ...] = ()
    """Further paths that mean the same."""

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path, *self.aliases)


@dataclass(frozen=True, slots=True)
class Rendered:
    """An error as a dialect puts it on the wire."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Dialect:
    """Everything the guard and the error handlers need to know of a surface."""

    name: str
    endpoints: tuple[Endpoint, ...]
    error: Callable[[CutroomError], Rendered]
    problem: Callable[[int, str], dict[str, Any]]
    """The body of an error that HTTP itself knows (404 of a path, 405, 413, a crash)."""
    rate_headers: Callable[[RateState, bool], Mapping[str, str]]
    """From the state, and whether it is the answer of a refusal."""
    unauthenticated: str
    """The sentence for a missing, unknown or revoked credential."""
    hints: Mapping[str, str] = field(default_factory=dict)
    """What a field must be, by its name, for the sentence of a validation error."""
    lost: Callable[[str], str] = lambda _path: "Not found."
    """The sentence for a path that there is not."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a path means. ``endpoint`` is None when the path is unknown or knows other methods only."""

    endpoint: Endpoint | None
    methods: tuple[str, ...] = ()
    """The methods the path knows; empty for an unknown path."""


class Directory:
    """Finds the endpoint of a request."""

    def __init__(self, endpoints: tuple[Endpoint, ...]) -> None:
        self._rows = [(pattern, endpoint) for endpoint in endpoints for pattern in _patterns(endpoint)]

    def match(self, method: str, path: str) -> Match:
        """HEAD is known wherever GET is."""
        found = [endpoint for pattern, endpoint in self._rows if pattern.fullmatch(path)]
        wanted = "GET" if method == "HEAD" else method
        methods = {endpoint.method for endpoint in found}
        if "GET" in methods:
            methods.add("HEAD")
        return Match(next((e for e in found if e.method == wanted), None), tuple(sorted(methods)))


def _patterns(endpoint: Endpoint) -> Iterator[re.Pattern[str]]:
    for path in endpoint.paths:
        yield re.compile("[^/]+".join(re.escape(part) for part in _PARAMETER.split(path)[::2]))
