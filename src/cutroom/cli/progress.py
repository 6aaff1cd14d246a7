"""The progress bar: on standard error, and only where that is a terminal."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from cutroom.cli.wording import printable
from cutroom.kernel.progress import Monotone, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_WORDS = {
    "resolving": "Looking it up",
    "probing": "Looking inside",
    "fetching": "Fetching",
    "cutting": "Cutting",
    "encoding": "Encoding",
    "verifying": "Checking",
    "ingest": "Getting it",
    "audio_analysis": "Listening",
    "transcription": "Writing down",
    "visual_analysis": "Looking",
    "entity_extraction": "Understanding",
    "creator_intelligence": "Judging",
    "growth_intelligence": "Predicting",
    "scoring": "Scoring",
    "listening": "Listening",
    "transcribing": "Transcribing",
}
_NAME = 30
_COMMON = {"resolving", "fetching"}
"""Stages that are of the source, not of one of its pieces."""


class Display:
    """Shows progress while entered. Nothing is printed, and nothing loaded, when ``stream`` is not a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._stage: str | None = None
        self._prefix = ""
        self._monotone = Monotone(self._show)

    def __enter__(self) -> Self:
        if self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            columns = (
                TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(),
                TimeRemainingColumn(compact=True),
            )  # fmt: skip
            # Standard output stays as it is: what the command prints there may be piped elsewhere.
            console = Console(file=self._stream)
            self._bar = Bar(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pause()

    def pause(self) -> None:
        """Take the bar away; the next progress after ``resume`` brings a new one."""
        if self._bar is not None:
            self._bar.stop()

    def resume(self) -> None:
        if self._bar is not None:
            self._bar.start()

    def part(self, number: int, total: int, name: str = "") -> None:
        """From here on progress is that of part ``number`` of ``total``, called ``name``."""
        named = f"{printable(Path(name).name, _NAME)} " if name else ""
        self._prefix = f"{number}/{total} {named}" if total > 1 else ""
        if self._bar is not None and self._task is not None:
            self._bar.remove_task(self._task)  # or it would be drawn once more, under what it has come to
        self._stage = self._task = None
        self._monotone = Monotone(self._show)

    def update(self, progress: Progress) -> None:
        """A progress callback; may be called from any one thread."""
        self._monotone(progress)

    def _show(self, progress: Progress) -> None:
        if self._bar is None:
            return
        if progress.stage != self._stage or self._task is None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            words = _WORDS.get(progress.stage, progress.stage.capitalize())
            prefix = "" if progress.stage in _COMMON else self._prefix
            self._task = self._bar.add_task(prefix + words, total=None)
            self._stage = progress.stage
        if progress.fraction is not None:
            self._bar.update(self._task, total=1.0, completed=progress.fraction)
