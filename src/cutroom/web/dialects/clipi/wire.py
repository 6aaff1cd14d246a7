"""Clipi's requests, replies and stream frames as they are on the wire: names, types, defaults. No behaviour.

Types are strict in JSON: ``"30"`` is no number and ``true`` is none either; unknown keys are ignored; ``null`` is as
good as absent for what is optional. The fields of a tool's form are those of its spec.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from cutroom.web.http.fields import printable

Seconds = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Link = Annotated[str, StringConstraints(strict=True)]
FormatId = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(printable)]
FormatName = Literal["mp4", "webm", "mkv", "mp3", "m4a", "wav", "ogg", "flac"]
Quality = Annotated[str, StringConstraints(pattern=r"^(best|[1-9][0-9]{0,4}p)$")]
Status = Literal["pending", "processing", "completed", "failed"]


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _Reply(BaseModel):
    model_config = ConfigDict(frozen=True)


class InfoBody(_Request):
    """A link."""

    url: Link


class DownloadBody(_Request):
    """A link, and what is wanted of it."""

    url: Link
    formatId: FormatId | None = None  # noqa: N815 - the document's name, here and below
    format: FormatName | None = None
    quality: Quality | None = None
    trimStart: Seconds | None = None  # noqa: N815
    trimEnd: Seconds | None = None  # noqa: N815
    noWatermark: bool | None = None  # noqa: N815


class ErrorReply(_Reply):
    """Every error. ``retryAfter`` (s) is there when there were too many requests."""

    error: str
    retryAfter: int | None = None  # noqa: N815


class FormatData(_Reply):
    """One of the formats of a link; ``id`` is what ``formatId`` takes."""

    id: str
    ext: str
    quality: str
    resolution: str | None
    filesize: int | None
    fps: int | float | None
    label: str


class InfoData(_Reply):
    """What a link leads to. Times are seconds, sizes bytes; formats are ordered best first."""

    url: str
    title: str
    thumbnail: str | None
    duration: int | float | None
    platform: str
    uploader: str | None
    formats: list[FormatData]


class InfoReply(_Reply):
    """What a link leads to."""

    success: Literal[True] = True
    data: InfoData


class DownloadReply(_Reply):
    """A download that was accepted: the id to follow it by, and the one its file will be had by."""

    success: Literal[True] = True
    jobId: str  # noqa: N815
    downloadId: str  # noqa: N815


class ToolReply(_Reply):
    """A tool at work: the id to follow it by, and the one its result will be had by."""

    success: Literal[True] = True
    jobId: str  # noqa: N815
    toolJobId: str  # noqa: N815


class Frame(_Reply):
    """One event of a stream; what is not known is left out."""

    jobId: str  # noqa: N815
    status: Status
    percent: Annotated[int, Field(ge=0, le=100)]
    queuePosition: int | None = None  # noqa: N815
    queueTotal: int | None = None  # noqa: N815
    speed: str | None = None
    eta: int | None = None
    downloadUrl: str | None = None  # noqa: N815
    error: str | None = None
