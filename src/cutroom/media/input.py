"""What the engine reads: a whole local file, or a remote one of which only the asked-for bytes are fetched.

The engine itself never touches the network: whoever hands over a ``RemoteFile`` fetches.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.source import RemoteFile


@dataclass(frozen=True, slots=True)
class Source:
    """One programme to cut from: a file, and perhaps a second file holding its sound."""

    video: Path | RemoteFile
    audio: Path | RemoteFile | None = None
    """Where a site serves sound apart from pictures. Its times share their zero with the video file's."""
    duration: Fraction | None = None
    """Known length in seconds where the files hold only a part of the programme (HLS); None asks the file."""


def as_source(source: Source | Path) -> Source:
    """A path is a whole local file with its sound in it."""
    return source if isinstance(source, Source) else Source(source)


def inputs(source: Source) -> dict[str, Any]:
    """The files of a source as the child's parameters. Raises ``CutroomError(SOURCE_NOT_FOUND)``."""
    files = {"video": source.video, "audio": source.audio}
    return {name: _input(file) for name, file in files.items() if file is not None}


def _input(file: Path | RemoteFile) -> dict[str, Any]:
    if not isinstance(file, Path):
        return {"path": str(file.path.absolute()), "size": file.size, "ranged": True}
    try:
        if not file.is_file():
            raise CutroomError(
                ErrorCode.SOURCE_NOT_FOUND, "There is no such file." if not file.exists() else "This is not a file.",
                detail=str(file),
            )  # fmt: skip
        if not os.access(file, os.R_OK):
            raise CutroomError(ErrorCode.SOURCE_PRIVATE, "The file may not be read.", detail=str(file))
        return {"path": str(file.absolute()), "size": file.stat().st_size}
    except (OSError, ValueError) as error:  # names with NUL, or too long for the system
        raise CutroomError(ErrorCode.SOURCE_NOT_FOUND, "There is no such file.", detail=str(error)) from error


def ranged(source: Source) -> dict[str, RemoteFile]:
    """Those of its files that are fetched when they are read, by the names they have in ``inputs``."""
    files = {"video": source.video, "audio": source.audio}
    return {name: file for name, file in files.items() if file is not None and not isinstance(file, Path)}
