"""Uploads: a file comes in, is looked at, and becomes a source that orders can name.

Only a file that came whole, and that is media, gets into the store and then its row.
"""

from __future__ import annotations

import contextlib
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from cutroom.actions.arrivals import Arrival, arriving
from cutroom.actions.looking import SourceLook
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.model.account import Caller
from cutroom.model.library import UPLOAD_SCHEME, NewUpload, Upload
from cutroom.storage.keys import upload_key

if TYPE_CHECKING:
    from cutroom.actions.service import Service
    from cutroom.db import Transaction

_SUFFIX = re.compile(r"[a-z0-9]{1,8}", re.ASCII)
_UNKNOWN_TYPE = "application/octet-stream"
_LONGEST_TYPE = 60
_MOST_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class UploadPage:
    """One page of an account's uploads, most recent first."""

    uploads: list[Upload]
    page: int
    per_page: int
    total_items: int


class Inbox:
    """One upload while it comes. Every method blocks for as long as a disk does; one thread at a time."""

    def __init__(self, services: Service, caller: Caller, arrival: Arrival) -> None:
        self._services, self._caller, self._arrival = services, caller, arrival

    def write(self, data: bytes) -> None:
        """The next piece. ``LIMIT_EXCEEDED`` with the first byte too many, ``DISK_FULL``."""
        self._arrival.write(data)

    def keep(self, name: str) -> Upload:
        """It came whole, under that name. Slow (looks into the file, copies it to the store).

        Raises ``INVALID_REQUEST`` for an empty one, ``NOT_MEDIA`` and the like for what cannot be cut,
        ``STORAGE_FULL``, ``DISK_FULL``; then nothing stays.
        """
        arrival = self._arrival
        arrival.finish()
        upload_id, suffix = f"up_{new_id()}", PurePath(name).suffix.lower().removeprefix(".")
        kind = mimetypes.guess_type(f"a.{suffix}")[0] or _UNKNOWN_TYPE
        look = self._services.looker.look_at_file(arrival.path, name)
        upload = NewUpload(
            id=upload_id,
            account_id=self._caller.account.id,
            name=name,
            size=arrival.size,
            digest=arrival.digest,
            file_key=upload_key(upload_id, arrival.digest, suffix if _SUFFIX.fullmatch(suffix) else "bin"),
            media_type=kind if len(kind) <= _LONGEST_TYPE else _UNKNOWN_TYPE,
            facts=_facts(look),
        )
        return _store(self._services, self._caller, upload, arrival.path)


@contextlib.contextmanager
def receiving(services: Service, caller: Caller, expected: int) -> Iterator[Inbox]:
    """Take an upload in: write the pieces, then ``keep`` it. When the block ends nothing of it is left in scratch.

    ``expected`` is the number of bytes announced; 0 where that is unknown. Raises ``RATE_LIMITED``,
    ``LIMIT_EXCEEDED``, ``STORAGE_FULL`` or ``DISK_FULL`` before anything has been read.
    """
    with arriving(services, caller, expected, services.reception.most()) as arrival:
        if _metered(services, caller):
            with services.database.read() as tx:
                services.uploads.check_room(tx, caller.account.id, expected)
        yield Inbox(services, caller, arrival)


def list_uploads(services: Service, caller: Caller, *, page: int = 1, per_page: int = 20) -> UploadPage:
    """The live uploads of the caller."""
    if not 1 <= per_page <= _MOST_PER_PAGE:
        raise CutroomError(ErrorCode.INVALID_REQUEST, f"per_page must be from 1 to {_MOST_PER_PAGE}.", field="per_page")
    with services.database.read() as tx:
        found, total = services.uploads.page(tx, caller.account.id, page=page, per_page=per_page)
    return UploadPage(found, page, per_page, total)


def delete_upload(services: Service, caller: Caller, upload_id: str) -> Upload:
    """Gone at once, with its file. ``NOT_FOUND`` for uploads that are unknown, another's, or over."""
    with services.database.write() as tx:
        upload = services.uploads.delete(tx, caller.account.id, upload_id)
    with contextlib.suppress(CutroomError):  # the row stays then, and the sweep tries again
        services.store.delete(upload.file_key)
        with services.database.write() as tx:
            services.uploads.forget(tx, [upload.id])
    return upload


def is_upload(url: str) -> bool:
    """Whether an order's source is an upload, not a link."""
    return url.startswith(UPLOAD_SCHEME)


def look_at_upload(services: Service, caller: Caller | None, url: str) -> SourceLook:
    """What is known of ``upload:...``. ``SOURCE_NOT_FOUND`` for all that is not a live upload of the caller."""
    with _as_a_source(), services.database.read() as tx:
        if caller is None:
            raise CutroomError(ErrorCode.NOT_FOUND, "")
        return _look(services.uploads.find(tx, caller.account.id, url.removeprefix(UPLOAD_SCHEME)))


def hold_upload(services: Service, tx: Transaction, caller: Caller, url: str) -> None:
    """Keep what a job will need at least for as long as the job may take. ``SOURCE_NOT_FOUND`` when it is gone."""
    time = timedelta(seconds=services.config.job_seconds)
    with _as_a_source():
        services.uploads.hold(tx, caller.account.id, url.removeprefix(UPLOAD_SCHEME), time)


def _store(services: Service, caller: Caller, upload: NewUpload, path: Path) -> Upload:
    services.store.put(upload.file_key, path, media_type=upload.media_type, file_name=upload.name)
    try:
        with services.database.write() as tx:
            return services.uploads.add(tx, upload, metered=_metered(services, caller))
    except BaseException:
        services.store.delete(upload.file_key)
        raise


def _metered(services: Service, caller: Caller) -> bool:
    return services.accounts.plan(caller.account).metered


def _facts(look: SourceLook) -> dict[str, Any]:
    return {
        "title": look.title,
        "duration": str(look.duration),
        "height": look.max_height,
        "picture": look.has_picture,
        "sound": look.has_sound,
    }


def _look(upload: Upload) -> SourceLook:
    facts = upload.facts
    return SourceLook(
        url=upload.source,
        title=facts["title"],
        duration=Fraction(facts["duration"]),
        thumbnail=None,
        preview_url=None,
        preview_embed_url=None,
        max_height=facts["height"],
        has_picture=facts["picture"],
        has_sound=facts["sound"],
    )


@contextlib.contextmanager
def _as_a_source() -> Iterator[None]:
    """Unknown, another's, over: all alike, and like a link that leads nowhere."""
    try:
        yield
    except CutroomError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        raise CutroomError(
            ErrorCode.SOURCE_NOT_FOUND, "There is no such upload.", next_step="Upload the file again."
        ) from None
