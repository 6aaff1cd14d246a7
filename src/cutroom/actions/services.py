"""The collaborators every action gets, put together by the container."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cutroom.media.engine import Engine
from cutroom.media.ffmpeg.workdir import Workdir
from cutroom.outbound.egress import Egress
from cutroom.sources.resolve import Sources


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a use case may need. Valid until the container closes it."""

    engine: Engine
    sources: Sources
    egress: Egress
    """The way out, under the rules that hold for this caller."""
    scratch: Path
    """The folder for short-lived files."""
    ffmpeg: Path | None = None
    """The ffmpeg program set by the operator; None is the bundled one."""

    def workdir(self) -> Workdir:
        """A folder of its own for one piece of work; a context manager that removes it."""
        return Workdir(self.scratch)
