"""What is said about a request before and after it is answered: how many are allowed, and which answer was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``limit`` requests under ``key`` in any ``seconds``."""

    key: str
    limit: int
    seconds: int


@dataclass(frozen=True, slots=True)
class RateState:
    """How a caller stands in the tightest of their windows."""

    allowed: bool
    limit: int
    remaining: int
    reset: float
    """Seconds since 1970: when a slot gets free."""
    retry_after: int
    """s, at least 1 when refused; 0 when allowed."""
    at: float = 0.0
    """Seconds since 1970: when this was so; names the hit that may be given back."""
    seconds: int = 0
    """Of the window that the numbers are about."""
    metered: bool = True
    """False when no window applies: then the numbers say nothing."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it went over the wire, kept to be given again."""

    status: int
    headers: Mapping[str, str]
    body: bytes
