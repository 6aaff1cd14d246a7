"""Files of the store, sent to whoever may have them: whole or in ranges, in place or as an attachment."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, MalformedRangeHeader, RangeNotSatisfiable, Response
from starlette.types import Receive, Scope, Send

from cutroom.actions import shelf
from cutroom.actions.service import Service
from cutroom.actions.shelf import ServedFile
from cutroom.kernel.disposition import content_disposition
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.web.http.exchange import json_reply
from cutroom.web.http.routing import Description

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
SENT = Description(
    answers={
        200: {"description": "The file.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
        206: {"description": "The range asked for.", "content": {"*/*": {}}},
        304: {"description": "The file that the client has."},
    },
    operation={
        "parameters": [{"name": "Range", "in": "header", "required": False, "schema": {"type": "string"}}],
    },
)
_STATUS = {ErrorCode.FORBIDDEN: 403, ErrorCode.NOT_FOUND: 404}


class Files:
    """The endpoint ``/files/{token}``."""

    def __init__(self, services: Service) -> None:
        self._services = services

    async def send(self, request: Request) -> Response:
        """Whole, or the range asked for."""
        try:
            file = await run_in_threadpool(shelf.served_file, self._services, request.path_params["token"])
            return await run_in_threadpool(sent, self._services, file, request, _problem)
        except CutroomError as error:
            status = _STATUS.get(error.code, 404)
            return json_reply(status, _problem(status, error.message), {"access-control-allow-origin": "*"})


def sent(services: Service, file: ServedFile, request: Request, problem: Callable[[int, str], Any]) -> Response:
    """The answer with this file: whole, in ranges, or nothing new; ``problem`` words the refusal of a range beyond it.

    Blocking (looks at the file). A range that cannot be understood is no range.
    """
    disposition = content_disposition(file.file_name, inline=file.inline)
    headers = {**_HEADERS, "etag": file.etag, "content-disposition": disposition}
    try:
        response = _File(services, file, headers) if file.path is not None else _FromFarAway(services, file, headers)
    except FileNotFoundError as error:  # its time was over just now
        raise CutroomError(ErrorCode.NOT_FOUND, "This file is gone.") from error
    if file.etag in _tags(request.headers.get("if-none-match", "")):
        kept = {name: response.headers[name] for name in ("etag", "cache-control")}
        return Response(status_code=304, headers={**_HEADERS, **kept})
    if response.is_beyond(request):
        beyond = {"content-range": f"bytes */{file.size}", "access-control-allow-origin": "*"}
        return json_reply(416, problem(416, "The file has no such range."), beyond)
    return response


class _File(FileResponse):
    """A file of this machine."""

    def __init__(self, services: Service, file: ServedFile, headers: dict[str, str]) -> None:
        here = file.path
        facts = here.stat() if here else os.stat_result((stat.S_IFREG, 0, 0, 1, 0, 0, file.size, 0, 0, 0))
        super().__init__(here or file.file_name, stat_result=facts, headers=headers, media_type=file.media_type)
        self._services, self._file = services, file

    def is_beyond(self, request: Request) -> bool:
        """Whether a range is asked for that the file does not have."""
        wanted, unless = request.headers.get("range"), request.headers.get("if-range")
        if wanted is None or (unless is not None and not self._should_use_range(unless)):
            return False
        try:
            self._parse_range_header(wanted, self._file.size)
        except RangeNotSatisfiable:
            return True
        return False

    @classmethod
    def _parse_range_header(cls, http_range: str, file_size: int) -> list[tuple[int, int]]:
        try:
            return super()._parse_range_header(http_range, file_size)
        except MalformedRangeHeader:
            return []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A guard makes a GET of HEAD, so that the same endpoint answers; here it is to be one again."""
        asked = scope.get("state", {}).get("asked", scope["method"])
        await super().__call__({**scope, "method": asked}, receive, send)


class _FromFarAway(_File):
    """A file that another store holds, sent through here. What is known of ranges is the library's."""

    @asynccontextmanager
    async def _open_file(self) -> AsyncIterator[Any]:
        yield _Remote(self._services, self._file)


class _Remote:
    """As much of an asynchronous file as a response reads."""

    def __init__(self, services: Service, file: ServedFile) -> None:
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


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",") if tag.strip()}


def _problem(_status: int, sentence: str) -> dict[str, str]:
    return {"detail": sentence}
