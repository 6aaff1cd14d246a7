"""The library of clips: list, name, pin, share, delete, and the links to their files."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cutroom.actions.service import Service
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import Caller
from cutroom.model.library import Clip

_MOST_PER_PAGE = 100
_LAST_PAGE = 1_000_000_000
_THUMBNAIL = "image/jpeg"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClipLinks:
    """Absolute links that work for anybody for a while."""

    download_url: str
    """As an attachment."""
    stream_url: str
    """To be shown in place, with ranges."""
    thumbnail_url: str | None


@dataclass(frozen=True, slots=True)
class ClipPage:
    """One page of a library, most recent first."""

    clips: list[Clip]
    page: int
    per_page: int
    total_items: int

    @property
    def total_pages(self) -> int:
        return -(-self.total_items // self.per_page)


@dataclass(frozen=True, slots=True)
class SharedClip:
    """What anybody who knows its id may see of a clip."""

    clip: Clip
    links: ClipLinks


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A file of the store to be sent by this server."""

    key: str
    path: Path | None
    """None where it is not on this machine: then ``read_file`` has its bytes."""
    size: int
    """bytes"""
    file_name: str
    media_type: str
    inline: bool
    """Shown in place; else an attachment."""

    @property
    def etag(self) -> str:
        """Keys name their content, so the same key is the same file."""
        return f'"{hashlib.sha256(self.key.encode()).hexdigest()[:32]}"'


def list_clips(
    services: Service, caller: Caller, *, surface: str | None = None, page: int = 1, per_page: int = 20
) -> ClipPage:
    """The live clips of the caller; ``surface`` None lists those of all. ``INVALID_REQUEST`` for a bad page."""
    if not 1 <= page <= _LAST_PAGE:
        raise CutroomError(ErrorCode.INVALID_REQUEST, "page must be 1 or more.", field="page")
    if not 1 <= per_page <= _MOST_PER_PAGE:
        raise CutroomError(ErrorCode.INVALID_REQUEST, f"per_page must be from 1 to {_MOST_PER_PAGE}.", field="per_page")
    with services.database.read() as tx:
        clips, total = services.library.page(tx, caller.account.id, surface=surface, page=page, per_page=per_page)
    return ClipPage(clips, page, per_page, total)


def get_clip(services: Service, caller: Caller, clip_id: str) -> Clip:
    """``NOT_FOUND`` for clips that are unknown, another's, expired or deleted, here and below."""
    with services.database.read() as tx:
        return services.library.find(tx, caller.account.id, clip_id)


def rename_clip(services: Service, caller: Caller, clip_id: str, name: str) -> Clip:
    """``INVALID_REQUEST`` unless the name has 1 to 200 characters."""
    with services.database.write() as tx:
        return services.library.rename(tx, caller.account.id, clip_id, name)


def pin_clip(services: Service, caller: Caller, clip_id: str) -> Clip:
    """Keep it for ever. Idempotent. ``STORAGE_FULL`` over the quota."""
    account_id = caller.account.id
    metered = services.accounts.plan(caller.account).metered
    with services.database.write() as tx:
        purchased = services.payments.purchased_gb(tx, account_id) if metered else None
        return services.library.pin(tx, account_id, clip_id, purchased)


def unpin_clip(services: Service, caller: Caller, clip_id: str) -> Clip:
    """Let it expire. Idempotent; a pinned clip gets a whole new lifetime."""
    with services.database.write() as tx:
        return services.library.unpin(tx, caller.account.id, clip_id)


def delete_clip(services: Service, caller: Caller, clip_id: str) -> Clip:
    """Gone at once, with its file. Returns what it was."""
    with services.database.write() as tx:
        clip = services.library.delete(tx, caller.account.id, clip_id)
    try:
        for key in (clip.file_key, clip.thumbnail_key):
            if key is not None:
                services.store.delete(key)
    except CutroomError as error:  # the row stays, and the sweep tries again
        _log.warning("the files of a deleted clip are still there: %s", error.code)
    else:
        with services.database.write() as tx:
            services.library.forget(tx, [clip.id])
    return clip


def shared_clip(services: Service, clip_id: str, base_url: str = "") -> SharedClip:
    """A live clip for anybody. ``NOT_FOUND``."""
    with services.database.read() as tx:
        clip = services.library.get(tx, clip_id)
    if clip is None:
        raise CutroomError(ErrorCode.NOT_FOUND, "There is no such clip (any more).")
    return SharedClip(clip, clip_links(services, clip, base_url))


def clip_links(services: Service, clip: Clip, base_url: str = "") -> ClipLinks:
    """Fresh links; ``base_url`` (scheme and host) is used where no public URL is set."""
    base, seconds = services.config.base(base_url), _link_seconds(services, clip)

    def link(key: str, file_name: str, media_type: str, *, inline: bool) -> str:
        return services.store.link(
            key, base_url=base, file_name=file_name, media_type=media_type, inline=inline, seconds=seconds
        )

    thumbnail = clip.thumbnail_key
    return ClipLinks(
        download_url=link(clip.file_key, clip.file_name, clip.media_type, inline=False),
        stream_url=link(clip.file_key, clip.file_name, clip.media_type, inline=True),
        thumbnail_url=link(thumbnail, f"{clip.id}.jpg", _THUMBNAIL, inline=True) if thumbnail else None,
    )


def served_file(services: Service, token: str) -> ServedFile:
    """What a signed link leads to. ``FORBIDDEN`` when forged, ``NOT_FOUND`` when expired or gone."""
    target = services.links.read(token)
    return stored_file(services, target.key, target.file_name, target.media_type, inline=target.inline)


def stored_file(services: Service, key: str, file_name: str, media_type: str, *, inline: bool) -> ServedFile:
    """A file of the store as it is to be sent. ``NOT_FOUND`` when it is gone."""
    path = services.store.local_path(key)
    size = path.stat().st_size if path is not None else services.store.size(key)
    if size is None:
        raise CutroomError(ErrorCode.NOT_FOUND, "This file is gone.")
    return ServedFile(key, path, size, file_name, media_type, inline)


def read_file(services: Service, file: ServedFile, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The bytes from ``start`` up to, not including, ``end``; in pieces."""
    return services.store.read(file.key, start, end)


def _link_seconds(services: Service, clip: Clip) -> int:
    longest = services.config.link_seconds
    if clip.expires is None:
        return longest
    return max(1, min(longest, int((clip.expires - services.clock()).total_seconds())))
