"""Between Clipi's words and ours. Pure."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.download import DownloadFormat, DownloadOrder, ListedFormat, VideoInfo
from cutroom.model.job import Job, JobStatus, Standing
from cutroom.model.tool import Choice, Number, Parameter, Spec
from cutroom.web.dialects.clipi import wire
from cutroom.web.dialects.clipi.limits import NAME, RULES
from cutroom.web.http.fields import exact, web_link
from cutroom.web.http.routing import Description
from cutroom.web.http.uploads import described_form

_UNKNOWN_ERROR = "The job could not be done."
_CANCELLED = "The job was cancelled."
_STATUS: dict[JobStatus, wire.Status] = {
    JobStatus.QUEUED: "pending",
    JobStatus.RUNNING: "processing",
    JobStatus.COMPLETED: "completed",
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLED: "failed",
}


def link(url: str) -> str:
    """A link that could lead somewhere; ``INVALID_REQUEST`` for what is none."""
    try:
        return web_link(url)
    except CutroomError as error:
        raise CutroomError(ErrorCode.INVALID_REQUEST, f"url must be {RULES['url']}.", field="url") from error


def order(body: wire.DownloadBody) -> DownloadOrder:
    """``INVALID_REQUEST`` for no link, and for an end that is not after the start."""
    start = exact(body.trimStart or 0.0)
    end = None if body.trimEnd is None else exact(body.trimEnd)
    if end is not None and end <= start:
        raise CutroomError(ErrorCode.INVALID_REQUEST, "trimEnd must be greater than trimStart.", field="trimEnd")
    return DownloadOrder(
        url=link(body.url),
        format=DownloadFormat(body.format or "mp4"),
        format_id=body.formatId,
        quality=body.quality or "best",
        trim_start=start,
        trim_end=end,
        no_watermark=bool(body.noWatermark),
        surface=NAME,
    )


def info(of: VideoInfo, url: str) -> wire.InfoReply:
    """What a link leads to; ``url`` as it was sent."""
    data = wire.InfoData(
        url=url,
        title=of.title,
        thumbnail=of.thumbnail,
        duration=None if of.duration is None else number(of.duration),
        platform=of.platform,
        uploader=of.uploader,
        formats=[_format(one) for one in of.formats],
    )
    return wire.InfoReply(data=data)


def _format(of: ListedFormat) -> wire.FormatData:
    return wire.FormatData(
        id=of.id,
        ext=of.ext,
        quality=of.quality,
        resolution=of.resolution,
        filesize=of.filesize,
        fps=None if of.fps is None else number(Fraction(of.fps)),
        label=of.label,
    )


def number(value: Fraction) -> int | float:
    """A whole number where it is one, else three decimals.

    >>> number(Fraction(212)), number(Fraction(30000, 1001))
    (212, 29.97)
    """
    return int(value) if value.denominator == 1 else round(float(value), 3)


def frame(of: Standing, download_url: str) -> str:
    """One frame of a job's stream as one line of JSON; ``download_url`` is told when the job is completed."""
    job, known = of.job, wire.Frame(jobId=of.job.id, status=_STATUS[of.job.status], percent=_percent(of.job))
    more: dict[str, Any] = {}
    if of.place is not None:
        more = {"queuePosition": of.place.position, "queueTotal": of.place.total}
    elif job.status is JobStatus.RUNNING:
        more = {"speed": _speed(job.speed), "eta": None if job.eta is None else math.ceil(job.eta)}
    elif job.status is JobStatus.COMPLETED:
        more = {"downloadUrl": download_url}
    elif job.status is JobStatus.FAILED:
        more = {"error": job.error or _UNKNOWN_ERROR}
    elif job.status is JobStatus.CANCELLED:
        more = {"error": _CANCELLED}
    return known.model_copy(update=more).model_dump_json(exclude_none=True)


def _percent(of: Job) -> int:
    """100 means completed, and nothing else does."""
    return 100 if of.status is JobStatus.COMPLETED else min(99, int(of.fraction * 100))


def _speed(bytes_a_second: float | None) -> str | None:
    """In megabytes.

    >>> _speed(2_512_345.0)
    '2.5MB/s'
    """
    return None if bytes_a_second is None else f"{bytes_a_second / 1e6:.1f}MB/s"


def form(spec: Spec) -> Description:
    """A tool's form for the schema."""
    required = tuple(parameter.name for parameter in spec.parameters if parameter.required)
    return described_form({parameter.name: _schema(parameter) for parameter in spec.parameters}, required)


def _schema(of: Parameter) -> dict[str, Any]:
    said: dict[str, Any] = {"description": of.help} if of.help else {}
    match of:
        case Choice():
            said |= {"type": "string", "enum": list(of.values)}
            return said | ({"default": of.default} if of.default is not None else {})
        case Number():
            said |= {"type": "integer" if of.whole else "number"}
            if of.among:
                return said | {"enum": list(of.among)}
            bounds = {"minimum": of.low, "maximum": of.high, "default": of.default}
            return said | {name: number(value) for name, value in bounds.items() if value is not None}
