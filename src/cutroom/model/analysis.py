"""Analyses: what is asked of a video, in which steps it is answered, and what is known of it meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Preset(StrEnum):
    """How much of a video is looked at."""

    FULL = "full"
    AUDIO_ONLY = "audio_only"
    META_ONLY = "meta_only"


class Step(StrEnum):
    """A step of an analysis, under the name that clients see."""

    INGEST = "ingest"
    AUDIO = "audio_analysis"
    TRANSCRIPTION = "transcription"
    VISUAL = "visual_analysis"
    ENTITIES = "entity_extraction"
    CREATOR = "creator_intelligence"
    GROWTH = "growth_intelligence"
    SCORING = "scoring"


STEPS: dict[Preset, tuple[Step, ...]] = {
    Preset.FULL: tuple(Step),
    Preset.AUDIO_ONLY: (Step.INGEST, Step.AUDIO, Step.TRANSCRIPTION, Step.ENTITIES, Step.SCORING),
    Preset.META_ONLY: (Step.INGEST, Step.ENTITIES, Step.SCORING),
}
"""In their order."""


class SourceType(StrEnum):
    """How a video is given."""

    URL = "url"
    UPLOAD = "upload"
    STORAGE = "storage"


@dataclass(frozen=True, slots=True)
class AnalysisOrder:
    """An analysis that somebody wants, in their own words: nothing of it is checked."""

    video_url: str | None = None
    storage_path: str | None = None
    """``s3://bucket/key``"""
    preset: str | None = None
    external_id: str | None = None
    webhook_url: str | None = None
    surface: str = "clipapi"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAnalysis:
    """An analysis that was accepted. ``id`` is that of its job too, and opens its stream to whoever knows it."""

    id: str
    account_id: str
    preset: Preset
    source_type: SourceType
    source: str | None
    """The link or the path in a bucket, as it was given; None for an upload."""
    platform: str
    """As far as the link tells it."""
    file_name: str | None = None
    """What an upload was called."""
    external_id: str | None = None
    webhook_url: str | None = None
    month: str | None = None
    """The calendar month (UTC, ``2026-08``) in whose quota it counts; None where it counts in none."""
    demo: bool = False
    """Nobody's: made for a visitor, and not in any list."""
    expires: datetime | None = None
    """None: kept until it is deleted."""


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step that has ended well."""

    step: str
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis(NewAnalysis):
    """An analysis as it is kept, with what its job says of it."""

    seq: int
    created: datetime
    status: str
    """That of its job: queued, running, completed, failed, cancelled."""
    error: str | None
    started: datetime | None
    finished: datetime | None
    begun: int
    """How many of its steps have begun."""
    done: tuple[StepDone, ...]
    facts: dict[str, Any] | None
    """What ``ingest`` found out: ``Ingested``, packed."""
    content: str | None
    """SHA-256 of what is analysed, hexadecimal; None where it was not read."""
    pictures: dict[str, str]
    """Keys in the store of its key frames, by the names that the result has for them."""
    result: dict[str, Any] | None = field(repr=False)
    """The layers of the answer, once they are there."""

    @property
    def steps(self) -> tuple[Step, ...]:
        return STEPS[self.preset]

    @property
    def current_step(self) -> str | None:
        """The step that it is in, while it runs."""
        return self.steps[self.begun - 1].value if self.begun else None


@dataclass(frozen=True, slots=True)
class AnalysisPage:
    """A page of an account's analyses, newest first."""

    analyses: tuple[Analysis, ...]
    next_after: int | None
    """The place behind which the next page begins; None on the last one."""
