"""A file on its way in: written by pieces to a scratch folder of this process, counted and hashed as it comes.

The folder goes with whatever ends the request; what a killed process leaves there is removed by the next one.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.ffmpeg.workdir import Workdir

if TYPE_CHECKING:
    from cutroom.actions.service import Service
    from cutroom.model.account import Caller

# Left free on the disk, for the database above all.
_SPARE = 256 * 1024 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Arrival:
    """One file while it comes. Every method blocks for as long as a disk does; one thread at a time."""

    def __init__(self, path: Path, limit: int) -> None:
        self.path = path
        self.size = 0
        """bytes so far"""
        self._limit = limit
        self._file = path.open("xb", buffering=0)
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        """SHA-256 of what has come, hexadecimal."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        """The next piece. ``LIMIT_EXCEEDED`` with the first byte too many, ``DISK_FULL``."""
        self.size += len(data)
        check_size(self.size, self._limit)
        self._hash.update(data)
        with told():
            self._file.write(data)

    def finish(self) -> None:
        """It came whole. ``INVALID_REQUEST`` when that is nothing."""
        self.close()
        if self.size == 0:
            raise CutroomError(ErrorCode.INVALID_REQUEST, "The uploaded file is empty.", field="file")

    def close(self) -> None:
        """Idempotent."""
        self._file.close()


@contextlib.contextmanager
def arriving(services: Service, caller: Caller, expected: int, limit: int) -> Iterator[Arrival]:
    """Take a file in. When the block ends nothing of it is left in scratch.

    ``expected`` is the number of bytes announced, 0 where that is unknown; ``limit`` the largest there may be. Raises
    ``RATE_LIMITED``, ``LIMIT_EXCEEDED`` or ``DISK_FULL`` before anything has been read.
    """
    check_size(expected, limit)
    with contextlib.ExitStack() as stack:
        metered = services.accounts.plan(caller.account).metered
        stack.enter_context(services.reception.place(caller.account.id, limited=metered))
        with told():
            if shutil.disk_usage(services.reception.scratch).free < expected + _SPARE:
                raise OSError(errno.ENOSPC, "no room for an upload")
        folder = stack.enter_context(Workdir(services.reception.scratch))
        arrival = Arrival(folder.new(".part"), limit)
        stack.callback(arrival.close)
        yield arrival


def check_size(size: int, limit: int) -> None:
    """``LIMIT_EXCEEDED`` for what is larger than an upload may be; bytes."""
    if size > limit:
        raise CutroomError(
            ErrorCode.LIMIT_EXCEEDED, f"An upload must not be larger than {limit} bytes.", limit=limit
        )  # fmt: skip


@contextlib.contextmanager
def told() -> Iterator[None]:
    """A disk that is full says so in words."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise CutroomError(
            ErrorCode.DISK_FULL, "The server has no room for this upload.", next_step="Try again later.",
            detail=str(error),
        ) from error  # fmt: skip
