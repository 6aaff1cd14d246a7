"""What the engine reads: a whole local file, or a remote one of which only the asked-for bytes are fetched.

The engine itself never touches the network: whoever hands over a ``RemoteFile`` fetches.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from cutroom.model.source import RemoteFile


@dataclass(frozen=True, slots=True)
class Source:
    """One programme to cut from: a file, and perhaps a second file holding its sound."""

    video: Path | RemoteFile
    audio: Path | RemoteFile | None = None
    """Where a site serves sound apart from pictures. Its times share their zero with the video file's."""
    duration: Fraction | None = None
    """Known length in seconds where the files hold only a part of the programme (HLS); None asks the file."""
