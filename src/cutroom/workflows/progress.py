"""How far a job is, written to its row: seldom enough for the database, often enough for people."""

from __future__ import annotations

import logging
import time

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.progress import Progress
from cutroom.workflows.workbench import Workbench

_log = logging.getLogger(__name__)
DOWNLOADING, PROCESSING, UPLOADING = "downloading", "processing", "uploading"
# Where in the whole job each of these lies. What a stage of the engine reports is a part of its piece.
_PIECES = {DOWNLOADING: (0.0, 0.3), PROCESSING: (0.3, 0.9), UPLOADING: (0.9, 1.0)}
_FETCHING = "fetching"


class JobProgress:
    """A progress callback for one job. Ends the work when the row says that the job has ended."""

    def __init__(self, bench: Workbench, job_id: str, token: CancelToken) -> None:
        self._bench = bench
        self._job_id = job_id
        self._token = token
        self._began = time.monotonic()
        self._written = float("-inf")
        self._step, self._fraction = DOWNLOADING, 0.0

    def __call__(self, progress: Progress) -> None:
        """From the thread at work: one of the engine's or the sources' stages."""
        self.report(DOWNLOADING if progress.stage == _FETCHING else PROCESSING, progress.fraction)

    def report(self, step: str, fraction: float | None = None) -> None:
        """``fraction`` is of this step, 0..1."""
        low, high = _PIECES[step]
        self._fraction = max(self._fraction, low + (high - low) * (fraction or 0.0))
        self._step = step
        now = time.monotonic()
        if now - self._written >= self._bench.config.progress_every:
            self._written = now
            self._write()

    def _write(self) -> None:
        elapsed = time.monotonic() - self._began
        eta = elapsed * (1 - self._fraction) / self._fraction if self._fraction > 0.05 else None
        try:
            with self._bench.database.write() as tx:
                goes_on = self._bench.jobs.progress(tx, self._job_id, self._step, self._fraction, eta=eta)
        except Exception:  # noqa: BLE001 - a database that is away for a moment is no reason to throw the work away
            _log.warning("progress could not be written", exc_info=True)
            return
        if not goes_on:
            self._token.cancel()
