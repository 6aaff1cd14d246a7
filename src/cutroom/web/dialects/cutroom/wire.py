"""What goes in and out of Cutroom's own API as it is on the wire. No behaviour.

Times are seconds, moments ISO 8601 in UTC with ``Z``, money integer cents, sizes bytes.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from cutroom.model.account import LONGEST_WEBHOOK

Status = Literal["queued", "running", "completed", "failed", "cancelled"]


class _Reply(BaseModel):
    model_config = ConfigDict(frozen=True)


class Failure(_Reply):
    """What went wrong: a stable code, and a sentence."""

    code: str
    message: str


class ErrorReply(_Reply):
    """Every error."""

    error: Failure


class ClipReply(_Reply):
    """A clip. Its links work for anybody, for a while."""

    id: str
    surface: str
    job_id: str
    name: str
    format: str
    width: int | None
    height: int | None
    start: float
    end: float
    duration: float
    size: int
    source: str
    source_title: str
    file_name: str
    pinned: bool
    created_at: str
    expires_at: str | None
    download_url: str
    stream_url: str
    thumbnail_url: str | None
    share_url: str


class JobReply(_Reply):
    """A job of any surface. ``progress`` is 0..1 and never falls."""

    id: str
    surface: str
    kind: str
    status: Status
    step: str
    progress: float
    speed: float | None
    eta: float | None
    cost: int
    error: Failure | None
    created_at: str
    started_at: str | None
    finished_at: str | None


class JobDetail(JobReply):
    """With its clip, once there is one and while it lives."""

    clip: ClipReply | None


class JobsReply(_Reply):
    """A page."""

    jobs: list[JobReply]
    page: int
    per_page: int
    total: int


class ClipsReply(_Reply):
    """A page."""

    clips: list[ClipReply]
    page: int
    per_page: int
    total: int


class UploadReply(_Reply):
    """A file that was sent. ``source`` is what orders name it by."""

    id: str
    source: str
    name: str
    size: int
    duration: float | None
    created_at: str
    expires_at: str


class UploadsReply(_Reply):
    """A page."""

    uploads: list[UploadReply]
    page: int
    per_page: int
    total: int


class DeletedReply(_Reply):
    """What is gone."""

    id: str
    deleted: Literal[True] = True


class WebhookBody(BaseModel):
    """Where messages go."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    url: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_WEBHOOK)]


class WebhookReply(_Reply):
    """Where messages go, and to a session what signs them (Standard Webhooks)."""

    url: str | None
    secret: str | None = None


class CapabilityReply(_Reply):
    """One sense, or what helps to understand. ``by`` is what does it; ``why`` is why it is not active."""

    name: str
    state: Literal["active", "basic", "off"]
    by: str | None
    why: str | None
    improve: str | None


class CapabilitiesReply(_Reply):
    """All of them, in a fixed order."""

    capabilities: list[CapabilityReply]


class HappenedData(_Reply):
    """The data of an event with an id; ``kind`` is also the event's name."""

    job_id: str
    kind: str
    at: str
    data: dict[str, Any]


class ProgressData(_Reply):
    """The data of the event ``progress``, which has no id: only the newest matters."""

    job_id: str
    status: Status
    step: str
    progress: float
    speed: float | None
    eta: float | None
