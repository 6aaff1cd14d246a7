"""One bounded request for a part of a file, and what its answer says about the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.sources.ports import Http, HttpReply

FIRST_BYTES = 64 * 1024
_CONTENT_RANGE = re.compile(r"\s*bytes\s+(\d{1,19})-(\d{1,19})/(\d{1,19}|\*)\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RemoteFacts:
    """What the first answer of a server says about a file, with the first bytes of it."""

    link: str
    """As given."""
    url: str
    """Where redirects led."""
    size: int | None
    ranges: bool
    """The server gives parts of the file when asked."""
    content_type: str
    etag: str | None
    last_modified: str | None
    head: bytes
    headers: tuple[tuple[str, str], ...] = ()
    """What is sent along with every request for it."""
    may_be_kept: bool = True
    """The server does not forbid to keep a copy."""


def look(http: Http, link: str, headers: Mapping[str, str], cancel: CancelToken) -> RemoteFacts:
    """Ask for the first 64 KiB only."""
    asked = {**headers, "Range": f"bytes=0-{FIRST_BYTES - 1}"}
    with http.get(link, headers=asked, accept={416}, cancel=cancel) as reply:
        facts = RemoteFacts(
            link=link,
            url=reply.url,
            size=length_of(reply),
            ranges=False,
            content_type=(reply.headers.get("content-type") or "").split(";")[0].strip().lower(),
            etag=reply.headers.get("etag"),
            last_modified=reply.headers.get("last-modified"),
            head=b"",
            headers=tuple(headers.items()),
            may_be_kept="no-store" not in (reply.headers.get("cache-control") or "").lower(),
        )
        if reply.status == 416:  # the honest answer for an empty file
            return replace(facts, size=0)
        head = reply.read(FIRST_BYTES)
        if reply.status != 206:
            promised = "bytes" in (reply.headers.get("accept-ranges") or "").lower()
            return replace(facts, head=head, ranges=promised and facts.size is not None and not is_encoded(reply))
        part = content_range(reply)
        honest = part is not None and part[0] == 0 and part[2] is not None and not is_encoded(reply)
        return replace(facts, head=head, ranges=honest, size=part[2] if part else None)


def content_range(reply: HttpReply) -> tuple[int, int, int | None] | None:
    """First byte, byte after the last, whole size of a partial answer; None if the header is missing or nonsense."""
    match = _CONTENT_RANGE.fullmatch(reply.headers.get("content-range") or "")
    if match is None:
        return None
    first, last = int(match[1]), int(match[2])
    size = None if match[3] == "*" else int(match[3])
    if last < first or (size is not None and last >= size):
        return None
    return first, last + 1, size


def is_same_file(reply: HttpReply, facts: RemoteFacts) -> bool:
    """Whether the file at the server is still the one that was looked at first, as far as the server says."""
    part = content_range(reply)
    size = part[2] if part is not None else length_of(reply)
    modified, etag = reply.headers.get("last-modified"), reply.headers.get("etag")
    changed = size is not None and size != facts.size
    if modified is not None and facts.last_modified is not None:
        changed = changed or modified != facts.last_modified
    elif etag is not None and facts.etag is not None:  # alone it is no proof: servers behind one name may disagree
        changed = changed or etag != facts.etag
    return not changed


def check_same_file(reply: HttpReply, facts: RemoteFacts) -> None:
    """Raise when the file at the server is no longer the one that was looked at first."""
    if not is_same_file(reply, facts):
        raise CutroomError(
            ErrorCode.MEDIA_DAMAGED,
            "The file changed on its server while it was being read.",
            next_step="Try again; if it keeps changing, wait until it is complete.",
        )


def length_of(reply: HttpReply) -> int | None:
    """Bytes of the body as sent, where the server says it well."""
    text = (reply.headers.get("content-length") or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def is_encoded(reply: HttpReply) -> bool:
    """Whether the server compressed the body for the way."""
    return (reply.headers.get("content-encoding") or "identity").strip().lower() != "identity"
