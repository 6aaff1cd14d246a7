"""A file in a request body, taken as it comes: a form with one file, or the body itself. Memory stays constant.

Nothing here knows where the bytes go. They are handed on in large pieces, each in a thread, so that parsing, hashing
and the disk hold up nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.web.http.exchange import ClientGone, Stopping, declared_length
from cutroom.web.http.forms import FILE, LONGEST_NAME, Field, Form, is_form, no_form
from cutroom.web.http.routing import Description
from cutroom.web.http.streams import is_stopping

FRAMING = 64 * 1024
"""Bytes that a form may have around its file."""
_BINARY = {"type": "string", "format": "binary"}
_PIECE = 1024 * 1024
_IDLE_SECONDS = 60.0
_LOOK_SECONDS = 0.3
# Of a body whose sender is wrong: so much is read before the answer, which clients that still send might not see.
_HEARD_OUT = 8 * 1024 * 1024
_Given = TypeVar("_Given")


def described_form(fields: Mapping[str, Mapping[str, Any]], required: tuple[str, ...] = ()) -> Description:
    """What OpenAPI says of a call that takes a form with a file, and these fields by their schemas."""
    schema = {"type": "object", "properties": {FILE: _BINARY, **fields}, "required": [FILE, *required]}
    content = {"multipart/form-data": {"schema": schema}}
    return Description(operation={"requestBody": {"required": True, "content": content}})


A_FILE = Description(
    operation={
        "parameters": [{"name": "name", "in": "query", "required": False, "schema": {"type": "string"}}],
        "requestBody": {
            "required": True,
            "content": {
                **described_form({}).operation["requestBody"]["content"],
                "application/octet-stream": {"schema": _BINARY},
            },
        },
    },
)


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
    return max(0, length - FRAMING) if is_form(request.headers.get("content-type")) else length


async def take_file(request: Request, sink: Callable[[bytes], None], limit: int) -> str:
    """Give the file's bytes to ``sink`` (blocking, in a thread), and return its name. ``limit``: of the whole body.

    ``INVALID_REQUEST`` for a form that is none, ``LIMIT_EXCEEDED``, whatever ``sink`` raises, and ``ClientGone``.
    """
    reader = reader_of(request, sink)
    await _read(request, reader, limit)
    return request.query_params.get("name", "")[:LONGEST_NAME] or reader.finish()


async def take_form(request: Request, sink: Callable[[bytes], None], field: Field, limit: int) -> str:
    """The same for a body that must be a form, whose other fields are given to ``field``, as they come.

    When a field is refused, what has been sent of the file is not wanted any more: it is not read to its end.
    """
    content_type = request.headers.get("content-type")
    if not is_form(content_type):
        raise no_form("The request body must be a form.")
    reader = Form(content_type, sink, field)
    await _read(request, reader, limit)
    return reader.finish()


def reader_of(request: Request, sink: Callable[[bytes], None]) -> Reader:
    """By the content type. ``INVALID_REQUEST`` for a form without a usable boundary."""
    content_type = request.headers.get("content-type")
    return Form(content_type, sink) if is_form(content_type) else _Raw(sink)


class _Raw:
    """The body is the file."""

    def __init__(self, sink: Callable[[bytes], None]) -> None:
        self.feed = sink

    def finish(self) -> str:
        return ""


async def _read(request: Request, reader: Reader, limit: int) -> None:
    total, waiting, chunks = 0, bytearray(), _chunks(request)
    try:
        async for chunk in chunks:
            total += len(chunk)
            _check(total, limit)
            waiting += chunk
            if len(waiting) >= _PIECE:
                await run_in_threadpool(reader.feed, bytes(waiting))
                waiting.clear()
        await run_in_threadpool(reader.feed, bytes(waiting))
    except CutroomError as error:
        if error.code is ErrorCode.INVALID_REQUEST:
            await _hear_out(chunks)
        raise
    finally:
        await chunks.aclose()


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise CutroomError(ErrorCode.LIMIT_EXCEEDED, "The request body is larger than an upload may be.")


async def _hear_out(chunks: AsyncGenerator[bytes]) -> None:
    """Read on for a while without looking: who is still sending might otherwise not read the answer."""
    heard = 0
    with contextlib.suppress(ClientGone):
        async for chunk in chunks:
            heard += len(chunk)
            if heard > _HEARD_OUT:
                return


async def _chunks(request: Request) -> AsyncGenerator[bytes]:
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
