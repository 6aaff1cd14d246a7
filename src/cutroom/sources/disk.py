"""Writing what is fetched: private files, room checked first, a full disk told as such."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from cutroom.kernel.errors import CutroomError, ErrorCode


def create(path: Path) -> int:
    """A new file only we may read; the descriptor for reading and writing it."""
    with told():
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)


def check_room(folder: Path, wanted: int, spare: int) -> None:
    """Raise ``DISK_FULL`` unless ``wanted`` bytes fit and ``spare`` stay free."""
    free = shutil.disk_usage(folder).free
    if free < wanted + spare:
        raise CutroomError(
            ErrorCode.DISK_FULL,
            f"The disk has too little room: {_megabytes(wanted)} are to be fetched, {_megabytes(free)} are free.",
            next_step="Free some space, or set the temporary folder (TMPDIR) to a larger disk.",
        )


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Tell a full disk and a folder that cannot be written to as what they are."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise CutroomError(
                ErrorCode.DISK_FULL,
                "The disk is full.",
                next_step="Free some space, or set the temporary folder (TMPDIR) to a larger disk.",
                detail=str(error),
            ) from error
        raise CutroomError(
            ErrorCode.PROCESSING_FAILED,
            "What was fetched could not be written to the temporary folder.",
            next_step="Check that the folder exists and may be written to (TMPDIR).",
            detail=str(error),
        ) from error


def write_at(descriptor: int, data: bytes, offset: int) -> None:
    """All of ``data`` at ``offset``."""
    view = memoryview(data)
    with told():
        while view:
            written = os.pwrite(descriptor, view, offset)
            view, offset = view[written:], offset + written


def _megabytes(count: int) -> str:
    return f"{max(1, round(count / 1e6)):,} MB".replace(",", " ")
