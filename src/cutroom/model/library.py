"""Clips as the library keeps them."""

from __future__ import annotations

from dataclasses import dataclass
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
