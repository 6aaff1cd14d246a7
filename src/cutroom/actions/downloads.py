"""Downloads: in which forms a link can be had, and the order of one, as work that is accepted and followed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cutroom.actions.tools import ARTIFACT, Run, promise
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_capability
from cutroom.kernel.timespan import LONGEST
from cutroom.model.account import Caller
from cutroom.model.download import DownloadFormat, DownloadOrder, VideoInfo
from cutroom.model.job import NewJob, Queue

if TYPE_CHECKING:
    from cutroom.actions.service import Service

DOWNLOAD = "download"
"""The kind of job that makes one file of a link; the file is an artifact."""
_QUALITY = re.compile(r"([1-9]\d{0,4})p", re.ASCII)
_LONGEST_ID = 200


def describe_formats(services: Service, caller: Caller, url: str) -> VideoInfo:  # noqa: ARG001 - whoever asks, it is the same
    """In which forms the link can be downloaded. Slow (network), but no more than 30 s.

    Answers of ten minutes ago are given again. Raises ``INVALID_REQUEST`` for what is no http(s) link, the
    ``SOURCE_*`` or ``NOT_MEDIA`` of one that cannot be downloaded, ``RATE_LIMITED`` when too many ask at once.
    """
    check_link(url)
    return replace(services.looker.formats(url), url=url)


def create_download(services: Service, caller: Caller, order: DownloadOrder, *, once: str | None = None) -> Run:
    """Accept a download: the job, its place in the queue and the promise of its file are one transaction. Quick.

    The same ``once`` within a day is the same order, and what it became is given again. Raises ``INVALID_REQUEST`` or
    ``INVALID_RANGE`` with ``field``. Whether the link leads anywhere is found out by the job.
    """
    params = checked_params(order)
    if once is not None:
        with services.database.read() as tx:
            if earlier := services.jobs.ordered(tx, once):
                return Run(earlier, earlier.params[ARTIFACT])
    artifact_id = new_capability()
    job = NewJob(
        id=new_capability(),
        account_id=caller.account.id,
        surface=order.surface,
        kind=DOWNLOAD,
        queue=Queue.NET,
        params=params | {ARTIFACT: artifact_id},
        timeout=services.config.job_seconds,
        once=once,
    )
    with services.database.write() as tx:
        accepted = services.client.submit(tx, job)
        promise(services, tx, accepted, artifact_id)
    return Run(accepted, artifact_id)


def check_link(url: str) -> None:
    """``INVALID_REQUEST`` unless ``url`` is an http(s) link."""
    from cutroom.sources.given import is_link

    try:
        usable = is_link(url.strip())
    except CutroomError:
        usable = False
    if not usable:
        raise _invalid("url", "url must be a link that starts with http:// or https://.")


def checked_params(order: DownloadOrder) -> dict[str, Any]:
    """The order as a job keeps it, exact; ``INVALID_REQUEST`` or ``INVALID_RANGE`` with the field it is about."""
    check_link(order.url)
    formats = [known.value for known in DownloadFormat]
    if order.format not in formats:
        raise _invalid("format", f"format must be one of {', '.join(formats)}.")
    if order.format_id is not None and not 1 <= len(order.format_id) <= _LONGEST_ID:
        raise _invalid("formatId", f"formatId must have 1 to {_LONGEST_ID} characters.")
    lines = _QUALITY.fullmatch(order.quality)
    if lines is None and order.quality != "best":
        raise _invalid("quality", 'quality must be "best" or a height like "720p".')
    if order.trim_start < 0:
        raise _bad_range("trimStart", "trimStart must be 0 or more.")
    if order.trim_end is not None and order.trim_end <= order.trim_start:
        raise _bad_range("trimEnd", "trimEnd must be greater than trimStart.")
    for name, moment in (("trimStart", order.trim_start), ("trimEnd", order.trim_end or 0)):
        if moment > LONGEST:
            raise _bad_range(name, f"{name} is beyond the end of any video.")
    return {
        "url": order.url.strip(),
        "format": order.format,
        "format_id": order.format_id,
        "max_lines": int(lines[1]) if lines else None,
        "start": str(order.trim_start),
        "end": None if order.trim_end is None else str(order.trim_end),
        "no_watermark": order.no_watermark,
    }


def _invalid(field: str, message: str) -> CutroomError:
    return CutroomError(ErrorCode.INVALID_REQUEST, message, field=field)


def _bad_range(field: str, message: str) -> CutroomError:
    return CutroomError(ErrorCode.INVALID_RANGE, message, field=field)
