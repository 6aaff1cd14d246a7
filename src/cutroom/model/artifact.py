"""Files that belong to one job: what it works on, and what comes out of it for whoever knows the id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ArtifactKind(StrEnum):
    """What a file is to its job."""

    RESULT = "result"
    """Downloaded by anybody who has its id, until its time is over."""
    INPUT = "input"
    """Sent along with the order; seen by the job alone, and gone when that has ended."""
    PICTURE = "picture"
    """Belongs to what the job has come to, and stays for as long as that does."""


@dataclass(frozen=True, slots=True)
class ArtifactFile:
    """A file in the store, and how it is handed out."""

    key: str
    name: str
    """What it is saved as."""
    media_type: str
    size: int
    """bytes"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArtifact:
    """What an order brings or promises. ``id`` of a result is public, and all that is needed to have it."""

    id: str
    job_id: str
    account_id: str
    surface: str
    kind: ArtifactKind = ArtifactKind.RESULT
    file: ArtifactFile | None = None
    """None for a result that is not there yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact(NewArtifact):
    """An artifact as the library has it."""

    seq: int
    created: datetime
    expires: datetime | None
    """None for what is not there yet, and for inputs, which go with their job."""
