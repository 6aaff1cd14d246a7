"""How far a download is: what comes over the network counts, and how fast it does."""

from __future__ import annotations

import time

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.progress import Progress
from cutroom.workflows.progress import DOWNLOADING, PROCESSING, UPLOADING, JobProgress, Pieces
from cutroom.workflows.workbench import Workbench

COPIED: Pieces = {DOWNLOADING: (0.0, 0.8), PROCESSING: (0.8, 0.95), UPLOADING: (0.95, 1.0)}
"""First everything is fetched, then it is put into its container."""
WORKED_ON: Pieces = {DOWNLOADING: (0.0, 0.4), PROCESSING: (0.4, 0.95), UPLOADING: (0.95, 1.0)}
"""Where it may have to be encoded, or is cut: fetching is a part of that if ranges can be asked for."""
# Stages that say what goes on, and not that the fetching is over.
_BETWEEN = {"probing", "resolving", "verifying"}
# Over which time (s) speed is measured, and after which silence nothing moves any more.
_WINDOW, _SILENCE = 3.0, 2.0


class FetchProgress(JobProgress):
    """As ``JobProgress``, with the bytes a second that come."""

    def __init__(self, bench: Workbench, job_id: str, token: CancelToken, pieces: Pieces = COPIED) -> None:
        super().__init__(bench, job_id, token, pieces)
        self._came: list[tuple[float, int]] = []

    def __call__(self, progress: Progress) -> None:
        """From the thread at work."""
        if progress.bytes is not None:
            self._note(progress.bytes)
        if progress.stage in _BETWEEN or (progress.stage == "fetching" and progress.fraction is None):
            self.report(self._step)
        else:
            super().__call__(progress)

    def _note(self, count: int) -> None:
        now = time.monotonic()
        if self._came and count < self._came[-1][1]:  # another file: it counts from its own beginning
            self._came.clear()
        self._came.append((now, count))
        while len(self._came) > 2 and now - self._came[1][0] > _WINDOW:
            self._came.pop(0)

    def _speed(self) -> float | None:
        if len(self._came) < 2 or time.monotonic() - self._came[-1][0] > _SILENCE:
            return None
        (first, low), (last, high) = self._came[0], self._came[-1]
        return (high - low) / (last - first) if last > first and high > low else None
