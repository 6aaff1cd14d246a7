"""A file in a request body, taken as it comes: a form with one file, or the body itself. Memory stays constant.

Nothing here knows where the bytes go. They are handed on in large pieces, each in a thread, so that parsing, hashing
and the disk hold up nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.web.http.exchange import ClientGone, Stopping, declared_length
from cutroom.web.http.routing import Description
from cutroom.web.http.streams import is_stopping

FRAMING = 64 * 1024
"""Bytes that a form may have around its file."""
_FIELD = "file"
_FORM = b"multipart/form-data"
_BINARY = {"type": "string", "format": "binary"}
A_FILE = Description(
    operation={
        "parameters": [{"name": "name", "in": "query", "required": False, "schema": {"type": "string"}}],
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {"type": "object", "properties": {_FIELD: _BINARY}, "required": [_FIELD]}
                },
                "application/octet-stream": {"schema": _BINARY},
            },
        },
    },
)
_PIECE = 1024 * 1024
_IDLE_SECONDS = 60.0
_LOOK_SECONDS = 0.3
_LONGEST_NAME = 2000
_Given = TypeVar("_Given")


class Reader(Protocol):
    """Makes a file out of a body."""

    def feed(self, data: bytes) -> None: ...

    def finish(self) -> str:
        """The body has ended well; the name its file came under."""


@contextlib.asynccontextmanager
async def threaded(block: AbstractContextManager[_Given]) -> AsyncIterator[_Given]:
    """Enter and leave a blocking context in threads; it is left even when the request is cancelled."""
    given = await run_in_threadpool(block.__enter__)
    try:
        yield given
    except asyncio.CancelledError:
        block.__exit__(None, None, None)  # the server stops, and might be gone before a thread has done it
        raise
    except BaseException:
        await run_in_threadpool(block.__exit__, None, None, None)
        raise
    await run_in_threadpool(block.__exit__, None, None, None)


def announced(request: Request) -> int:
    """Bytes that the file has at least, as far as the headers say."""
    length = declared_length(request.headers) or 0
    is_form = parse_options_header(request.headers.get("content-type"))[0] == _FORM
    return max(0, length - FRAMING) if is_form else length


async def take_file(request: Request, sink: Callable[[bytes], None], limit: int) -> str:
    """Give the file's bytes to ``sink`` (blocking, in a thread), and return its name. ``limit``: of the whole body.

    ``INVALID_REQUEST`` for a form that is none, ``LIMIT_EXCEEDED``, whatever ``sink`` raises, and ``ClientGone``.
    """
    reader, total, waiting = reader_of(request, sink), 0, bytearray()
    async for chunk in _chunks(request):
        total += len(chunk)
        if total > limit:
            raise CutroomError(ErrorCode.LIMIT_EXCEEDED, "The request body is larger than an upload may be.")
        waiting += chunk
        if len(waiting) >= _PIECE:
            await run_in_threadpool(reader.feed, bytes(waiting))
            waiting.clear()
    await run_in_threadpool(reader.feed, bytes(waiting))
    return request.query_params.get("name", "")[:_LONGEST_NAME] or reader.finish()


def reader_of(request: Request, sink: Callable[[bytes], None]) -> Reader:
    """By the content type. ``INVALID_REQUEST`` for a form without a usable boundary."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != _FORM:
        return _Raw(sink)
    try:
        return _Form(options[b"boundary"], sink)
    except (KeyError, FormParserError) as error:
        raise _no_form("The form has no boundary.") from error


class _Raw:
    """The body is the file."""

    def __init__(self, sink: Callable[[bytes], None]) -> None:
        self.feed = sink

    def finish(self) -> str:
        return ""


class _Form:
    """The part called ``file``; others are left out."""

    def __init__(self, boundary: bytes, sink: Callable[[bytes], None]) -> None:
        self._sink = sink
        self._name: str | None = None
        self._inside = self._whole = False
        self._header, self._value = bytearray(), bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._header_done,
                "on_part_data": self._data,
                "on_end": self._end,
            },
        )

    def feed(self, data: bytes) -> None:
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise _no_form("The form cannot be read.") from error

    def finish(self) -> str:
        if not self._whole:
            raise _no_form("The form is not complete.")
        if self._name is None:
            raise _no_form(f'The form has no file called "{_FIELD}".')
        return self._name

    def _part(self) -> None:
        self._inside = False
        self._header.clear()
        self._value.clear()

    def _header_done(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            _, options = parse_options_header(self._value.decode("latin-1"))
            if options.get(b"name") == _FIELD.encode():
                if self._name is not None:
                    raise _no_form("An upload is one file.")
                self._inside, self._name = True, _file_name(options.get(b"filename", b""))
        self._header.clear()
        self._value.clear()

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._inside:
            self._sink(data[start:end])

    def _end(self) -> None:
        self._whole = True


def _file_name(sent: bytes) -> str:
    """In UTF-8, with the three characters that a form must escape. Still any text."""
    text = sent.decode("utf-8", "replace")[:_LONGEST_NAME]
    return text.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _no_form(message: str) -> CutroomError:
    return CutroomError(
        ErrorCode.INVALID_REQUEST,
        message,
        next_step=f'Send multipart/form-data with the file as "{_FIELD}", or the file itself as the body.',
    )


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """What comes, until it ends. Who sends nothing for a minute is taken for gone, and so are all when we stop."""
    stream = request.stream()
    while True:
        coming = asyncio.ensure_future(anext(stream, None))
        try:
            await _patiently(coming)
            chunk = coming.result()
        except ClientDisconnect as error:
            raise ClientGone from error
        finally:
            coming.cancel()
        if chunk is None:
            return
        yield chunk


async def _patiently(coming: asyncio.Future[bytes | None]) -> None:
    end = time.monotonic() + _IDLE_SECONDS
    while time.monotonic() < end and not is_stopping():
        done, _ = await asyncio.wait({coming}, timeout=min(_LOOK_SECONDS, _IDLE_SECONDS))
        if done:
            return
    raise Stopping if is_stopping() else ClientGone
