"""Files of the store, sent to whoever has a signed link: whole or in ranges, in place or as an attachment."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from cutroom.actions import shelf
from cutroom.actions.service import Service
from cutroom.kernel.disposition import content_disposition
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.web.http.exchange import json_reply

# The file behind a link never changes: its key names its content. The link itself runs out, so nobody else keeps it.
_HEADERS = {
    "cache-control": "private, max-age=3600",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
    "content-security-policy": "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Content-Disposition, Content-Range, ETag, Accept-Ranges",
}
_RANGE = re.compile(r"bytes=\s*(?:\d{1,18}-\d{0,18}|-\d{1,18})(?:\s*,\s*(?:\d{1,18}-\d{0,18}|-\d{1,18}))*\s*", re.ASCII)
_STATUS = {ErrorCode.FORBIDDEN: 403, ErrorCode.NOT_FOUND: 404}


class Files:
    """The endpoint ``/files/{token}``."""

    def __init__(self, services: Service) -> None:
        self._services = services

    async def send(self, request: Request) -> Response:
        """Whole, or the range asked for."""
        try:
            response = await run_in_threadpool(self._open, request.path_params["token"])
        except CutroomError as error:
            status = _STATUS.get(error.code, 404)
            return json_reply(status, {"detail": error.message}, {"access-control-allow-origin": "*"})
        if (asked := request.headers.get("range")) is not None and not is_range(asked):
            request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"range"]
        if response.headers["etag"] in _tags(request.headers.get("if-none-match", "")):
            kept = {name: response.headers[name] for name in ("etag", "cache-control")}
            return Response(status_code=304, headers={**_HEADERS, **kept})
        return response

    def _open(self, token: str) -> FileResponse:
        file = shelf.served_file(self._services, token)
        disposition = content_disposition(file.file_name, inline=file.inline)
        headers = {**_HEADERS, "etag": file.etag, "content-disposition": disposition}
        if file.path is None:
            return _FromFarAway(self._services, file, headers)
        return FileResponse(file.path, stat_result=file.path.stat(), headers=headers, media_type=file.media_type)


class _FromFarAway(FileResponse):
    """A file that another store holds, sent through here. What is known of ranges is the library's."""

    def __init__(self, services: Service, file: shelf.ServedFile, headers: dict[str, str]) -> None:
        facts = os.stat_result((stat.S_IFREG, 0, 0, 1, 0, 0, file.size, 0, 0, 0))
        super().__init__(file.file_name, stat_result=facts, headers=headers, media_type=file.media_type)
        self._services, self._file = services, file

    @asynccontextmanager
    async def _open_file(self) -> AsyncIterator[Any]:
        yield _Remote(self._services, self._file)


class _Remote:
    """As much of an asynchronous file as a response reads."""

    def __init__(self, services: Service, file: shelf.ServedFile) -> None:
        self._services, self._file = services, file
        self._pieces: Iterator[bytes] | None = None
        self._held = b""
        self._at = 0

    async def seek(self, position: int) -> None:
        self._at, self._pieces, self._held = position, None, b""

    async def read(self, count: int) -> bytes:
        return await run_in_threadpool(self._read, count)

    def _read(self, count: int) -> bytes:
        if self._pieces is None:
            self._pieces = shelf.read_file(self._services, self._file, self._at)
        while len(self._held) < count and (piece := next(self._pieces, None)) is not None:
            self._held += piece
        taken, self._held = self._held[:count], self._held[count:]
        self._at += len(taken)
        return taken


def is_range(header: str) -> bool:
    """Whether a ``Range`` is one of bytes. Any other is to be ignored (RFC 9110, 14.2), not refused.

    >>> is_range("bytes=0-5, -7"), is_range("bytes=5-2"), is_range("items=0-5")
    (True, False, False)
    """
    if not _RANGE.fullmatch(header):
        return False
    bounds = (part.strip().split("-") for part in header.partition("=")[2].split(","))
    return all(not first or not last or int(first) <= int(last) for first, last in bounds)


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",") if tag.strip()}
