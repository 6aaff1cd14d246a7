"""A media file behind a link, read in bounded ranges: only what is asked for crosses the network.

Where the reader jumps about (an index, a header) little is fetched ahead; where it has announced what it will read,
large pieces are fetched, two at a time, never beyond the announced range.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import Progress, ProgressCallback, ignore
from cutroom.model.source import FetchStats
from cutroom.sources import disk
from cutroom.sources.intervals import Intervals
from cutroom.sources.ports import Http, HttpReply, SourceLimits
from cutroom.sources.ranges import RemoteFacts, check_same_file, content_range

SMALL_AHEAD = 64 * 1024
LARGE_AHEAD = 1024 * 1024
PIECE = 8 * 1024 * 1024
_SMALLEST_PIECE = 1024 * 1024
_PARALLEL = 2
_TRIES = 3
_FIRST_PAUSE = 0.25
_REMEMBERED_STREAMS = 16
_REPORT_SECONDS = 0.25
_AT_ANOTHER_PLACE = {ErrorCode.SOURCE_PRIVATE, ErrorCode.SOURCE_NOT_FOUND}


class RangedDownload:
    """A sparse local copy of a remote file, filled on demand. Close it when the work is done; the file stays."""

    def __init__(self, http: Http, facts: RemoteFacts, path: Path, limits: SourceLimits | None = None) -> None:
        if facts.size is None:
            msg = "a ranged download needs a known size"
            raise ValueError(msg)
        self._http, self._facts, self._limits = http, facts, limits or SourceLimits()
        self._path, self._size, self._url = path, facts.size, facts.url
        self._lock = threading.Lock()
        self._have, self._expected = Intervals(), Intervals()
        self._ahead: OrderedDict[int, int] = OrderedDict()
        self._stats = FetchStats(requests=1, bytes=len(facts.head))
        self._pool: ThreadPoolExecutor | None = None
        self._report: ProgressCallback = ignore
        self._descriptor: int | None = disk.create(path)
        with disk.told():
            os.truncate(self._descriptor, self._size)
        self._store(0, facts.head[: self._size])

    @property
    def path(self) -> Path:
        return self._path

    @property
    def size(self) -> int:
        return self._size

    @property
    def complete(self) -> bool:
        """Every byte of the remote file is in the local one."""
        with self._lock:
            return not self._have.missing(0, self._size)

    @property
    def stats(self) -> FetchStats:
        """Requests made and body bytes received, the first look included."""
        with self._lock:
            return self._stats

    def report_to(self, on_progress: ProgressCallback) -> None:
        """Tell what comes from now on, from the threads that call ``ensure``."""
        self._report = on_progress
        self._tell()

    def expect(self, offset: int, length: int) -> None:
        """Announce that all of this range will be read soon."""
        self._expected.add(max(0, offset), min(self._size, offset + max(0, length)))

    def ensure(self, offset: int, length: int, cancel: CancelToken) -> None:
        """Have ``[offset, offset + length)`` in the file, or raise why not. Cut at the end of the file."""
        start, end = max(0, offset), min(self._size, offset + length)
        while gaps := self._have.missing(start, end):
            self._fetch_all(self._pieces(gaps[0][0], end), cancel)
            self._tell()

    def close(self) -> None:
        """Let go of threads and the open file. Idempotent."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _pieces(self, at: int, wanted_end: int) -> list[tuple[int, int]]:
        """The requests to make now, given that ``at`` is missing and reading goes to ``wanted_end``."""
        announced, window = self._expected.containing(at), self._window(at)
        end = announced[1] if announced is not None else min(self._size, max(wanted_end, at + window))
        end = min(end, at + _PARALLEL * PIECE)
        gaps = self._have.missing(at, end)
        share = -(-sum(b - a for a, b in gaps) // _PARALLEL)
        piece = min(PIECE, max(_SMALLEST_PIECE, share))
        pieces = [(a, min(a + piece, gap_end)) for start, gap_end in gaps for a in range(start, gap_end, piece)]
        if announced is None:
            known = self._ahead.pop(at, None) is not None
            self._ahead[pieces[-1][1]] = window if known else window // 2
            while len(self._ahead) > _REMEMBERED_STREAMS:
                self._ahead.popitem(last=False)
        return pieces

    def _window(self, at: int) -> int:
        """Bytes to fetch: little, but where two earlier fetches led up to here, twice as many each time."""
        return min(LARGE_AHEAD, self._ahead[at] * 2) if at in self._ahead else SMALL_AHEAD

    def _fetch_all(self, pieces: list[tuple[int, int]], cancel: CancelToken) -> None:
        disk.check_room(self._path.parent, sum(end - start for start, end in pieces), self._limits.spare_disk_bytes)
        if len(pieces) == 1 and self._report is ignore:
            self._fetch(*pieces[0], cancel)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_PARALLEL, thread_name_prefix="fetch")
        futures = [self._pool.submit(self._fetch, start, end, cancel) for start, end in pieces]
        self._watch(futures)
        failures = [failure for future in futures if (failure := future.exception()) is not None]
        if failures:
            raise failures[0]

    def _watch(self, futures: list[Future[None]]) -> None:
        """Wait for all of them, and tell how it goes."""
        while wait(futures, _REPORT_SECONDS).not_done:
            self._tell()

    def _tell(self) -> None:
        """A share of the whole is only known where all of it has been announced."""
        if self._report is ignore:
            return
        with self._lock:
            have, received = self._have.total, self._stats.bytes
        whole = self._expected.containing(0) == (0, self._size)
        self._report(Progress("fetching", have / self._size if whole else None, received))

    def _fetch(self, start: int, end: int, cancel: CancelToken) -> None:
        """One piece, going on at the byte reached when the connection breaks, three failures in a row at most."""
        at, failures = start, 0
        while at < end:
            try:
                reached = self._request(at, end, cancel)
            except CutroomError as error:
                reached = self._reached(at, end)
                failures = 1 if reached > at else failures + 1
                if not self._worth_retrying(error) or failures >= _TRIES:
                    raise
                if cancel.wait(_FIRST_PAUSE * 2 ** (failures - 1)):
                    raise Cancelled from error
            at = reached

    def _worth_retrying(self, error: CutroomError) -> bool:
        if error.code in _AT_ANOTHER_PLACE and self._url != self._facts.link:
            self._url = self._facts.link  # what redirects led to may have expired
            return True
        return error.code is ErrorCode.SOURCE_UNREACHABLE

    def _request(self, start: int, end: int, cancel: CancelToken) -> int:
        """Ask once for ``[start, end)``; where what came ends. Raises when nothing usable came."""
        headers = {**dict(self._facts.headers), "Range": f"bytes={start}-{end - 1}"}
        self._count(requests=1)
        with self._http.get(self._url, headers=headers, cancel=cancel) as reply:
            check_same_file(reply, self._facts)
            at = self._begin(reply, start)
            if at == 0:
                end = max(end, self._size if reply.status == 200 else end)
            for chunk in reply.chunks():
                self._count(received=len(chunk))
                if at >= end:  # more than was asked for; an honest body ends by itself and keeps its connection
                    break
                kept = chunk[: end - at]
                self._store(at, kept)
                at += len(kept)
        if at < end:
            raise CutroomError(
                ErrorCode.SOURCE_UNREACHABLE,
                "The server sent less than it promised.",
                next_step="Try again; if it stays so, download the file in a browser and give the file.",
            )
        return at

    def _begin(self, reply: HttpReply, start: int) -> int:
        """Where the body of this answer belongs in the file."""
        if reply.status == 200:  # no ranges after all: then all of it, once
            disk.check_room(self._path.parent, self._size, self._limits.spare_disk_bytes)
            return 0
        part = content_range(reply)
        if reply.status != 206 or part is None or part[0] != start:
            raise CutroomError(
                ErrorCode.SOURCE_UNREACHABLE,
                "The server sent another part of the file than it was asked for.",
                next_step="Download the file in a browser and give the file instead.",
                detail=f"status {reply.status}, content-range {reply.headers.get('content-range')!r:.80}",
            )
        return start

    def _reached(self, start: int, end: int) -> int:
        with self._lock:
            present = self._have.containing(start)
        return min(end, present[1]) if present else start

    def _store(self, offset: int, data: bytes) -> None:
        if self._descriptor is None:
            raise CutroomError(ErrorCode.INTERNAL, "The source has been closed.")
        disk.write_at(self._descriptor, data, offset)
        with self._lock:
            self._have.add(offset, offset + len(data))

    def _count(self, *, requests: int = 0, received: int = 0) -> None:
        with self._lock:
            self._stats += FetchStats(requests, received)
            over = self._stats.bytes > self._limits.max_bytes
        if over:
            raise CutroomError(
                ErrorCode.LIMIT_EXCEEDED,
                "The source is larger than may be fetched for one piece of work.",
                next_step="Ask for a shorter piece, or a smaller version of the source.",
            )
