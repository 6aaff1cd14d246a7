"""What the engine reads: a whole local file, or a remote one of which only the asked-for bytes are fetched.

The engine itself never touches the network: whoever hands over a ``RangedFile`` fetches.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from cutroom.kernel.cancel import CancelToken


class RangedFile(Protocol):
    """A sparse local file that fills on demand. Used from one thread at a time."""

    @property
    def path(self) -> Path:
        """The sparse file, already of its full size."""

    @property
    def size(self) -> int:
        """Bytes of the whole remote file."""

    def ensure(self, offset: int, length: int, cancel: CancelToken) -> None:
        """Return once ``[offset, offset + length)`` (cut at ``size``) is in the file; raise ``CutroomError`` if not.

        May fetch a little more than asked (read-ahead).
        """

    def expect(self, offset: int, length: int) -> None:
        """A hint: this whole range will be read soon, and nothing beyond it. May be used to size requests."""


@dataclass(frozen=True, slots=True)
class Source:
    """One programme to cut from: a file, and perhaps a second file holding its sound."""

    video: Path | RangedFile
    audio: Path | RangedFile | None = None
    """Where a site serves sound apart from pictures. Its times share their zero with the video file's."""
    duration: Fraction | None = None
    """Known length in seconds where the files hold only a part of the programme (HLS); None asks the file."""
