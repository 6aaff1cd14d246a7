"""The collaborators every action gets, put together by the container."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cutroom.media.engine import Engine
from cutroom.media.ffmpeg.workdir import Workdir
from cutroom.media.toolbox import Toolbox
from cutroom.outbound.egress import Egress
from cutroom.perception.ports import PerceptionConfig
from cutroom.sources.resolve import Sources

if TYPE_CHECKING:  # a command that cuts loads nothing of what analyses
    from cutroom.analyses.judging import Judges
    from cutroom.analyses.senses import Senses


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a use case may need. Valid until the container closes it."""

    engine: Engine
    toolbox: Toolbox
    sources: Sources
    egress: Egress
    """The way out, under the rules that hold for this caller."""
    scratch: Path
    """The folder for short-lived files."""
    engine_of: Callable[[int], Engine]
    """An engine whose encoders use so many threads; cheap."""
    toolbox_of: Callable[[int], Toolbox]
    """The same of the tools."""
    ffmpeg: Path | None = None
    """The ffmpeg program set by the operator; None is the bundled one."""
    scratch_named: bool = False
    """The operator has named the folder for short-lived files."""
    perception: PerceptionConfig = field(default_factory=PerceptionConfig)
    senses: Callable[[], AbstractContextManager[Senses]] | None = None
    """What perceives; opened for one piece of work, and nothing is loaded before."""
    judges: Callable[[], Judges] | None = None
    """What judges."""

    def workdir(self) -> Workdir:
        """A folder of its own for one piece of work; a context manager that removes it."""
        return Workdir(self.scratch)

    def root_for(self, target: Path) -> Path:
        """Where what becomes ``target`` is made: beside it, to be moved in one step, unless a folder is named."""
        return self.scratch if self.scratch_named else target.parent
