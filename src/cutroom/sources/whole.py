"""A whole file from a link to the disk, for servers that give no parts."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import Progress, ProgressCallback
from cutroom.model.source import FetchStats
from cutroom.sources import disk
from cutroom.sources.ports import Http, HttpReply, SourceLimits
from cutroom.sources.ranges import is_encoded, length_of

_TRIES = 3
_CHECK_EVERY = 64 * 1024 * 1024


def _unasked(_reply: HttpReply) -> None:
    """Nobody wants to see the answer."""


def download(
    http: Http,
    url: str,
    headers: Mapping[str, str],
    target: Path,
    *,
    limits: SourceLimits,
    on_progress: ProgressCallback,
    cancel: CancelToken,
    on_reply: Callable[[HttpReply], None] = _unasked,
) -> FetchStats:
    """Stream ``url`` into the new file ``target``. Begins again after a broken connection, twice at most.

    ``on_reply`` is shown every answer before its body is read.
    """
    descriptor = disk.create(target)
    stats = FetchStats()
    try:
        for attempt in range(1, _TRIES + 1):
            try:
                with http.get(url, headers=headers, cancel=cancel) as reply:
                    on_reply(reply)
                    received = _pour(reply, descriptor, target.parent, limits, on_progress)
                return stats + FetchStats(1, received)
            except CutroomError as error:
                if error.code is not ErrorCode.SOURCE_UNREACHABLE or attempt == _TRIES:
                    raise
                stats += FetchStats(1, os.fstat(descriptor).st_size)
                os.truncate(descriptor, 0)
                if cancel.wait(0.5 * attempt):
                    raise Cancelled from error
    finally:
        os.close(descriptor)
    raise AssertionError  # the loop returns or raises


def _pour(reply: HttpReply, descriptor: int, folder: Path, limits: SourceLimits, on_progress: ProgressCallback) -> int:
    # Some servers compress without being asked. Their length is then not that of the file.
    packed = is_encoded(reply)
    size = None if packed else length_of(reply)
    if size is not None:
        _check_size(size, limits)
        disk.check_room(folder, size, limits.spare_disk_bytes)
    at = checked = 0
    for chunk in reply.body() if packed else reply.chunks():
        _check_size(at + len(chunk), limits)
        if at - checked >= _CHECK_EVERY:
            disk.check_room(folder, 0, limits.spare_disk_bytes)
            checked = at
        disk.write_at(descriptor, chunk, at)
        at += len(chunk)
        on_progress(Progress("fetching", at / size if size else None, at))
    return at


def _check_size(size: int, limits: SourceLimits) -> None:
    if size > limits.max_bytes:
        raise CutroomError(
            ErrorCode.LIMIT_EXCEEDED,
            "The source is larger than may be fetched for one piece of work.",
            next_step="Use a server that gives parts of files, or a smaller version of the source.",
        )
