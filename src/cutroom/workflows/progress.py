"""How far a job is, written to its row: seldom enough for the database, often enough for people."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.progress import Progress
from cutroom.workflows.workbench import Workbench

_log = logging.getLogger(__name__)
DOWNLOADING, PROCESSING, UPLOADING = "downloading", "processing", "uploading"
# Where in the whole job each of these lies. What a stage of the engine reports is a part of its piece.
Pieces = Mapping[str, tuple[float, float]]
FETCHED: Pieces = {DOWNLOADING: (0.0, 0.3), PROCESSING: (0.3, 0.9), UPLOADING: (0.9, 1.0)}
SENT: Pieces = {DOWNLOADING: (0.0, 0.0), PROCESSING: (0.0, 0.97), UPLOADING: (0.97, 1.0)}
"""Of jobs whose source is here already."""
_FETCHING = "fetching"
# Of a step: before so much of it is done its pace is not known.
_TOO_EARLY = 0.05


class JobProgress:
    """A progress callback for one job. Ends the work when the row says that the job has ended."""

    def __init__(self, bench: Workbench, job_id: str, token: CancelToken, pieces: Pieces = FETCHED) -> None:
        self._bench = bench
        self._pieces = pieces
        self._job_id = job_id
        self._token = token
        self._begun: dict[str, tuple[float, float]] = {}
        """When each step began, and how far the job was then."""
        self._written = float("-inf")
        self._step, self._fraction = DOWNLOADING, 0.0

    def __call__(self, progress: Progress) -> None:
        """From the thread at work: one of the engine's or the sources' stages."""
        self.report(DOWNLOADING if progress.stage == _FETCHING else PROCESSING, progress.fraction)

    def report(self, step: str, fraction: float | None = None) -> None:
        """``fraction`` is of this step, 0..1."""
        low, high = self._pieces[step]
        self._begun.setdefault(step, (time.monotonic(), max(self._fraction, low)))
        self._fraction = max(self._fraction, low + (high - low) * (fraction or 0.0))
        self._step = step
        now = time.monotonic()
        if now - self._written >= self._bench.config.progress_every:
            self._written = now
            self._write()

    def _speed(self) -> float | None:
        """Bytes a second, while some are coming."""
        return None

    def _eta(self) -> float | None:
        """Seconds to go: the rest of this step at its own pace, what comes after it at that of the job so far.

        Steps go at paces of their own: what was fetched in a second may be encoded for an hour.
        """
        (began, was), (low, high) = self._begun[self._step], self._pieces[self._step]
        now, done = time.monotonic(), self._fraction - was
        if done <= (high - low) * _TOO_EARLY:
            return None
        first = min(moment for moment, _ in self._begun.values())
        return (now - began) * max(0.0, high - self._fraction) / done + (now - first) * (1 - high) / self._fraction

    def _write(self) -> None:
        eta = self._eta()
        try:
            with self._bench.database.write() as tx:
                goes_on = self._bench.jobs.progress(
                    tx, self._job_id, self._step, self._fraction, speed=self._speed(), eta=eta
                )
        except Exception:  # noqa: BLE001 - a database that is away for a moment is no reason to throw the work away
            _log.warning("progress could not be written", exc_info=True)
            return
        if not goes_on:
            self._token.cancel()
