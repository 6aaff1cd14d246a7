"""What file systems and buckets say, as errors that can be shown."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from cutroom.kernel.errors import CutroomError, ErrorCode

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Tell trouble with the disk. A missing file stays the ``FileNotFoundError`` that it is."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise CutroomError(
                ErrorCode.DISK_FULL, "The disk for stored files is full.", next_step="Free some space and try again.",
                detail=str(error),
            ) from error  # fmt: skip
        raise unusable(str(error)) from error


def unusable(detail: str) -> CutroomError:
    """For when the store itself does not work; whoever asked can do nothing about it."""
    return CutroomError(
        ErrorCode.INTERNAL,
        "The store for files could not be used.",
        next_step="Try again later; the operator finds the reason in the log.",
        detail=detail[:1000],
    )


def missing(key: str) -> CutroomError:
    """For a file that is not, or not any more, in the store."""
    return CutroomError(ErrorCode.NOT_FOUND, "There is no such file.", detail=f"key {key}")
