"""Sources that an account has uploaded: there until deleted or until their time is over.

What is not live, or belongs to somebody else, is answered like what never was: NOT_FOUND. Files go before the rows
that name them, as with clips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from cutroom.db import Transaction
from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.library.names import upload_name
from cutroom.library.repository import uploads as repository
from cutroom.model.library import NewUpload, Upload

# Ten films of the largest size that is taken unless set otherwise.
QUOTA = 5_000_000_000


class Uploads:
    """Everybody's uploads. Methods that change something need a writing transaction; none commits.

    ``quota`` is what the live uploads of one account may take together, in bytes.
    """

    def __init__(self, lifetime: timedelta = timedelta(hours=24), quota: int = QUOTA, clock: Clock = utc_now) -> None:
        self._lifetime = lifetime
        self._quota = quota
        self._clock = clock

    def add(self, tx: Transaction, upload: NewUpload, *, metered: bool = True) -> Upload:
        """Keep it. Doing it again for the same id changes nothing, also after it was deleted.

        ``STORAGE_FULL`` when it does not fit beside the account's other ones; who is not ``metered`` has no quota.
        """
        now = self._clock()
        tidy = replace(upload, name=upload_name(upload.name))
        if metered:
            repository.lock(tx, upload.account_id)
            self.check_room(tx, upload.account_id, upload.size)
        return repository.add(tx, tidy, created=now, expires=now + self._lifetime)

    def check_room(self, tx: Transaction, account_id: str, size: int) -> None:
        """``STORAGE_FULL`` when so many bytes do not fit beside the account's live uploads."""
        used = repository.used(tx, account_id, self._clock())
        if used + size > self._quota:
            raise CutroomError(
                ErrorCode.STORAGE_FULL,
                "The storage for uploads is full.",
                next_step="Delete an upload, or wait until one expires.",
                quota=self._quota,
                used=used,
                needed=size,
            )

    def find(self, tx: Transaction, account_id: str, upload_id: str) -> Upload:
        """A live upload of this account, or ``CutroomError(NOT_FOUND)``."""
        found = repository.live(tx, account_id, upload_id, self._clock())
        if found is None:
            raise _not_found()
        return found

    def hold(self, tx: Transaction, account_id: str, upload_id: str, time: timedelta) -> Upload:
        """A live upload that is needed for so long from now: it expires no sooner. Raises NOT_FOUND."""
        now = self._clock()
        if not repository.keep_until(tx, account_id, upload_id, now, now + time):
            raise _not_found()
        return self.find(tx, account_id, upload_id)

    def page(self, tx: Transaction, account_id: str, *, page: int, per_page: int) -> tuple[list[Upload], int]:
        """A page of the live uploads, most recent first, and how many there are in all. Pages count from 1."""
        if page < 1 or per_page < 1:
            raise CutroomError(ErrorCode.INVALID_REQUEST, "page and per_page must be at least 1.")
        now = self._clock()
        count = repository.count(tx, account_id, now)
        before = (page - 1) * per_page
        if before >= count:
            return [], count
        return repository.page(tx, account_id, now, offset=before, limit=per_page), count

    def delete(self, tx: Transaction, account_id: str, upload_id: str) -> Upload:
        """End it at once; what it was, so that its file can go when this is committed. Raises NOT_FOUND."""
        upload = self.find(tx, account_id, upload_id)
        if not repository.delete(tx, account_id, upload_id, self._clock()):
            raise _not_found()
        return upload

    def expired(self, tx: Transaction, limit: int) -> list[Upload]:
        """Up to ``limit`` uploads whose files are to go: deleted ones, and those whose time is over.

        The latter are deleted hereby. Remove the files once this is committed, then ``forget`` the uploads; when
        killed in between, they are found here again.
        """
        repository.end_expired(tx, self._clock(), limit)
        return repository.ended(tx, limit)

    def forget(self, tx: Transaction, upload_ids: Sequence[str]) -> int:
        """Remove the rows of uploads whose files are gone; how many there were. Live ones stay."""
        return repository.forget(tx, upload_ids)

    def known(self, tx: Transaction, upload_ids: Sequence[str]) -> set[str]:
        """Those of the ids that have a row, live or not: files in the store without one belong to nobody."""
        return repository.known(tx, upload_ids)


def _not_found() -> CutroomError:
    return CutroomError(ErrorCode.NOT_FOUND, "There is no such upload.")
