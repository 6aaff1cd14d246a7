"""Work that was accepted: a job is finished or failed, whatever is killed meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class JobStatus(StrEnum):
    """Each surface has its own words for these five."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self in {JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED}


class Queue(StrEnum):
    """Where work runs: awaiting children, network, processor, accelerator."""

    FLOW = "flow"
    NET = "net"
    CPU = "cpu"
    GPU = "gpu"


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be submitted. ``id`` is public, and a capability where streams are open."""

    id: str
    account_id: str
    surface: str
    kind: str
    queue: Queue
    params: dict[str, Any]
    priority: int = 10
    timeout: float = 3600.0
    """s of running, after which it is ended and failed."""
    once: str | None = None
    """What names the order for good, where whoever ordered may ask twice."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the ``jobs`` table has it."""

    seq: int
    id: str
    account_id: str
    surface: str
    kind: str
    queue: Queue
    priority: int
    status: JobStatus
    params: dict[str, Any]
    step: str
    fraction: float
    """0..1, never falling."""
    speed: float | None
    eta: float | None
    """s"""
    rev: int
    attempts: int
    worker: str | None
    error_code: str | None
    error: str | None
    result: dict[str, Any] | None
    cost: int
    """Cents captured."""
    created: datetime
    started: datetime | None
    finished: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a queued job stands: ``position`` counts from 1 among the ``total`` that wait in its queue."""

    position: int
    total: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A job as it is at a moment; ``place`` while it is queued."""

    job: Job
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Something that happened in a job; ``id`` rises over all jobs."""

    id: int
    job_id: str
    kind: str
    data: dict[str, Any]
    created: datetime
