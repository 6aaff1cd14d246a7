"""A finished file into standard output, and only where that leads to a program or a file."""

from __future__ import annotations

import contextlib
from pathlib import Path

from cutroom.cli.door import Door, telling_of_a_full_disk
from cutroom.kernel.errors import CutroomError, ErrorCode


def check_standard_output(door: Door, what: str = "A file") -> None:
    """Raise ``CutroomError(TARGET_NOT_WRITABLE)`` where it is closed, or a terminal."""
    try:
        door.out.fileno()
    except OSError as error:  # closed by whoever started us; io.UnsupportedOperation is one of these
        raise CutroomError(
            ErrorCode.TARGET_NOT_WRITABLE, "Standard output is closed.", next_step="Name a file with -o."
        ) from error
    if door.out.isatty():
        raise CutroomError(
            ErrorCode.TARGET_NOT_WRITABLE,
            f"{what} is not written to a terminal.",
            next_step="Send it to a program or a file, or name the file with -o.",
        )


def pour(made: Path, door: Door) -> None:
    """The bytes of a file into standard output; the file is gone afterwards, however it ends."""
    with made.open("rb") as stream:
        with contextlib.suppress(OSError):
            # Gone before the first byte is written: a reader that never reads cannot make us leave it behind.
            made.unlink()
        with telling_of_a_full_disk():
            while chunk := memoryview(stream.read(1 << 20)):
                while chunk:  # an unbuffered stream may take less than it is given
                    chunk = chunk[door.out.buffer.write(chunk) :]
            door.out.flush()
