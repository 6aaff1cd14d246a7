"""What this installation can perceive and understand, and what would make it better."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CapabilityState(StrEnum):
    """How well something can be done here."""

    ACTIVE = "active"
    BASIC = "basic"
    """Done, by lesser means than there could be; results say so."""
    OFF = "off"
    """Not done; what depends on it is unknown in results."""


@dataclass(frozen=True, slots=True)
class Capability:
    """One of the senses, or what helps to understand. Sentences are for the operator and name no secret."""

    name: str
    """A stable word: ``transcription``, ``faces``, ..."""
    state: CapabilityState
    by: str | None
    """What does it, with its version; None where nothing does."""
    why: str | None = None
    """Why it is not active."""
    improve: str | None = None
    """What makes it better, where something does."""
    missing: tuple[str, ...] = ()
    """What a complete installation has and this one does not: models of the embedded set, packages."""
