"""Clips as the library keeps them, and sources that were uploaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from cutroom.model.clip import Format


@dataclass(frozen=True, slots=True)
class NewClip:
    """What a job hands to the library when its file is in the store."""

    id: str
    account_id: str
    surface: str
    job_id: str
    name: str
    format: Format
    width: int | None
    height: int | None
    start: Fraction
    """s in the source"""
    end: Fraction
    duration: Fraction
    """s, as measured in the file"""
    source_title: str
    source_url: str
    file_key: str
    file_name: str
    file_size: int
    media_type: str
    thumbnail_key: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Clip(NewClip):
    """A clip of the library."""

    seq: int
    pinned: bool
    created: datetime
    expires: datetime | None
    """None while pinned."""


@dataclass(frozen=True, slots=True)
class StorageUse:
    """What an account's pinned clips take (bytes), and what they may."""

    used: int
    quota: int
    pinned_clips: int
    purchased_gb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpload:
    """What a door hands to the library when an uploaded file is in the store."""

    id: str
    account_id: str
    name: str
    """As the client called it; any text."""
    size: int
    """bytes"""
    digest: str
    """SHA-256 of the content, hexadecimal."""
    file_key: str
    media_type: str
    facts: dict[str, Any] = field(default_factory=dict)
    """What was seen in it when it came; empty where nobody has looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload(NewUpload):
    """A source that was uploaded, until its time is over. ``name`` is tidied: one printable line."""

    seq: int
    created: datetime
    expires: datetime

    @property
    def source(self) -> str:
        """What orders name it by, where others have a link."""
        return f"{UPLOAD_SCHEME}{self.id}"


UPLOAD_SCHEME = "upload:"
"""Begins the name of a source that is an upload of the account: ``upload:up_...``."""
