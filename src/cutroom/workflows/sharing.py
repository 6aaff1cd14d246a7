"""Engine and tools as jobs use them: each piece of work with the threads that are its part at that moment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.progress import ProgressCallback, ignore
from cutroom.media.input import Source
from cutroom.model.clip import CutRequest, CutResult
from cutroom.model.media import MediaFacts
from cutroom.model.tool import ToolResult, Values
from cutroom.workflows.shares import Shares
from cutroom.workflows.workbench import EnginePort, ToolsPort


class SharedEngine:
    """``EnginePort`` over engines of so many threads each, made by ``engine`` and cheap to make."""

    def __init__(self, engine: Callable[[int], EnginePort], shares: Shares) -> None:
        self._engine = engine
        self._shares = shares

    def probe(
        self, source: Source | Path, *, on_progress: ProgressCallback = ignore, cancel: CancelToken | None = None
    ) -> MediaFacts:
        """As ``Engine.probe``."""
        return self._engine(1).probe(source, on_progress=on_progress, cancel=cancel)

    def cut(
        self,
        source: Source | Path,
        request: CutRequest,
        target: Path,
        *,
        overwrite: bool = False,
        on_progress: ProgressCallback = ignore,
        cancel: CancelToken | None = None,
    ) -> CutResult:
        """As ``Engine.cut``."""
        with self._shares.share() as threads:
            return self._engine(threads).cut(
                source, request, target, overwrite=overwrite, on_progress=on_progress, cancel=cancel
            )


class SharedTools:
    """The same for ``ToolsPort``."""

    def __init__(self, toolbox: Callable[[int], ToolsPort], shares: Shares) -> None:
        self._toolbox = toolbox
        self._shares = shares

    def run(
        self,
        name: str,
        values: Values,
        source: Path,
        folder: Path,
        *,
        on_progress: ProgressCallback = ignore,
        cancel: CancelToken | None = None,
    ) -> ToolResult:
        """As ``Toolbox.run``."""
        with self._shares.share() as threads:
            return self._toolbox(threads).run(name, values, source, folder, on_progress=on_progress, cancel=cancel)
