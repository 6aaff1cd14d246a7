"""Small pieces of ASGI: the path below the mount, headers, whole bodies, replies."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope

NO_STORE = {"cache-control": "no-store"}


class BodyTooLarge(Exception):  # noqa: N818 - it is caught two lines from where it is raised
    """The request brings more than it may."""


class ClientGone(Exception):  # noqa: N818 - nobody is at fault
    """The client hung up before its request was whole."""


class Stopping(ClientGone):
    """The request was not whole yet when the server was told to stop."""


def route_path(scope: Scope) -> str:
    """The path below the mount, starting with a slash unless it is empty."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    if root and path.startswith(root) and path[len(root) : len(root) + 1] in {"", "/"}:
        return path[len(root) :]
    return path


def client_address(scope: Scope) -> str:
    """Who to count an anonymous request for: an IPv4 address, or the /64 in which an IPv6 client can choose freely."""
    client = scope.get("client")
    host = str(client[0]) if client else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def declared_length(headers: Headers) -> int | None:
    """Of the body, in bytes; None when it comes in chunks or there is none."""
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def has_body(headers: Headers) -> bool:
    """Whether the request brings something."""
    return bool(declared_length(headers)) or "transfer-encoding" in headers


async def read_body(headers: Headers, receive: Receive, limit: int) -> bytes:
    """The whole body, at most ``limit`` bytes; one that says it is larger is not read at all."""
    if (declared_length(headers) or 0) > limit:
        raise BodyTooLarge
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyTooLarge
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def replay(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives ``body`` first and then whatever comes from the client."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def json_reply(status: int, body: Any, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A reply that nobody keeps."""
    return JSONResponse(body, status_code=status, headers={**NO_STORE, **(headers or {})})
