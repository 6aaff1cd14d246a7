"""The clips of an account: added, listed, named, pinned, deleted, and gone when their time is over.

A clip is live until it is deleted or its time is over. What is not live, or belongs to somebody else, is answered like
what never was: NOT_FOUND. Every decision is one conditional change of a row, so two callers at once cannot both win.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from cutroom.db import Transaction
from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.library.names import LONGEST_NAME, checked_name, one_line
from cutroom.library.repository import clips as repository
from cutroom.library.shelf_life import GIB, ShelfLife
from cutroom.model.library import Clip, NewClip, StorageUse

_LONGEST_TITLE = 500


class Library:
    """Everybody's clips. Methods that change something need a writing transaction; none commits."""

    def __init__(
        self, lifetime: timedelta = timedelta(hours=24), free_bytes: int = GIB, clock: Clock = utc_now
    ) -> None:
        self._shelf = ShelfLife(lifetime, free_bytes)
        self._clock = clock

    def add(self, tx: Transaction, clip: NewClip) -> Clip:
        """Put a clip on the shelf. Doing it again for the same id changes nothing, also after the clip was deleted."""
        now = self._clock()
        tidy = replace(
            clip,
            name=one_line(clip.name, LONGEST_NAME) or clip.id,
            source_title=one_line(clip.source_title, _LONGEST_TITLE),
            source_url=one_line(clip.source_url, len(clip.source_url)),
        )
        return repository.add(tx, tidy, created=now, expires=self._shelf.expires(now))

    def get(self, tx: Transaction, clip_id: str) -> Clip | None:
        """A live clip, whoever it belongs to."""
        return repository.live(tx, clip_id, self._clock())

    def find(self, tx: Transaction, account_id: str, clip_id: str) -> Clip:
        """A live clip of this account, or ``CutroomError(NOT_FOUND)``."""
        clip = self.get(tx, clip_id)
        if clip is None or clip.account_id != account_id:
            raise _not_found()
        return clip

    def of_job(self, tx: Transaction, job_id: str) -> list[Clip]:
        """The live clips a job made, in the order in which it added them."""
        return repository.of_job(tx, job_id, self._clock())

    def page(
        self, tx: Transaction, account_id: str, *, surface: str | None, page: int, per_page: int
    ) -> tuple[list[Clip], int]:
        """A page of the live clips, most recent first, and how many there are in all. Pages count from 1.

        ``surface`` takes only clips that were born there; None takes all. Beyond the end a page is empty.
        """
        if page < 1 or per_page < 1:
            raise CutroomError(ErrorCode.INVALID_REQUEST, "page and per_page must be at least 1.")
        now = self._clock()
        count = repository.count(tx, account_id, surface, now)
        before = (page - 1) * per_page
        if before >= count:
            return [], count
        return repository.page(tx, account_id, surface, now, offset=before, limit=per_page), count

    def rename(self, tx: Transaction, account_id: str, clip_id: str, name: str) -> Clip:
        """Give it another name: 1 to 200 characters. Raises INVALID_REQUEST, NOT_FOUND."""
        text = checked_name(name)
        if not repository.rename(tx, account_id, clip_id, text, self._clock()):
            raise _not_found()
        return self.find(tx, account_id, clip_id)

    def pin(self, tx: Transaction, account_id: str, clip_id: str, purchased_gb: int | None) -> Clip:
        """Keep it for ever. Idempotent. Raises NOT_FOUND, or STORAGE_FULL when it does not fit into the quota.

        ``purchased_gb`` is what was bought on top of the free bytes; None is for who has no quota. Two pins at once
        never exceed the quota: they take turns.
        """
        quota = None if purchased_gb is None else self._shelf.quota(purchased_gb)
        if quota is not None:
            repository.lock_shelf(tx, account_id)
        if repository.pin(tx, account_id, clip_id, quota, self._clock()):
            return self.find(tx, account_id, clip_id)
        clip = self.find(tx, account_id, clip_id)
        if clip.pinned:
            return clip
        raise CutroomError(
            ErrorCode.STORAGE_FULL,
            "The storage for pinned clips is full.",
            next_step="Unpin or delete a clip, or get more storage.",
            quota=quota,
            needed=clip.file_size,
        )

    def unpin(self, tx: Transaction, account_id: str, clip_id: str) -> Clip:
        """Let its time run from now. A clip that is not pinned stays as it is. Raises NOT_FOUND."""
        now = self._clock()
        repository.unpin(tx, account_id, clip_id, expires=self._shelf.expires(now))
        return self.find(tx, account_id, clip_id)

    def delete(self, tx: Transaction, account_id: str, clip_id: str) -> Clip:
        """End it at once; what it was, so that its files can go when this is committed. Raises NOT_FOUND."""
        clip = self.find(tx, account_id, clip_id)
        if not repository.delete(tx, account_id, clip_id, self._clock()):
            raise _not_found()
        return clip

    def use(self, tx: Transaction, account_id: str, purchased_gb: int) -> StorageUse:
        """What the pinned clips take; the others cost no storage."""
        used, pinned = repository.pinned(tx, account_id)
        return StorageUse(used, self._shelf.quota(purchased_gb), pinned, purchased_gb)

    def expired(self, tx: Transaction, limit: int) -> list[Clip]:
        """Up to ``limit`` clips whose files are to go: deleted ones, and those whose time is over.

        The latter are deleted hereby: from now on nobody can pin them, whatever his clock says. Remove the files once
        this is committed, then ``forget`` the clips; when killed in between, they are found here again.
        """
        repository.end_expired(tx, self._clock(), limit)
        return repository.ended(tx, limit)

    def forget(self, tx: Transaction, clip_ids: Sequence[str]) -> int:
        """Remove the rows of clips whose files are gone; how many there were. Live clips stay, whatever is asked."""
        return repository.forget(tx, clip_ids)

    def known(self, tx: Transaction, clip_ids: Sequence[str]) -> set[str]:
        """Those of the ids that have a row, live or not: files in the store without one belong to nobody."""
        return repository.known(tx, clip_ids)


def _not_found() -> CutroomError:
    return CutroomError(ErrorCode.NOT_FOUND, "There is no such clip.")
