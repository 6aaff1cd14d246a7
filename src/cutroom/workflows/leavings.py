"""What analyses leave behind: files of those that came to nothing, those whose time is over, percepts nobody needs.

Rows say what is over, in the transaction that ends it; here the files go, and then the rows. Idempotent, and may run
anywhere any number of times.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

from cutroom.analyses.kept import KeptPercepts
from cutroom.kernel.errors import CutroomError
from cutroom.model.artifact import Artifact
from cutroom.storage.keys import PERCEPTS
from cutroom.workflows.workbench import Workbench

_AT_ONCE = 200
_BETWEEN_LOOKS = timedelta(hours=1)


def clear(bench: Workbench, job_id: str) -> None:
    """Of an analysis that came to nothing or was deleted: its files, and what was perceived for it alone."""
    with bench.database.read() as tx:
        job, analysis = bench.jobs.get(tx, job_id), bench.analyses.look(tx, job_id)
    if job is None or not job.status.is_final or (analysis is not None and analysis.status == "completed"):
        return
    with bench.database.write() as tx:
        if analysis is not None:
            bench.analyses.come_to_nothing(tx, job_id)
        gone = bench.artifacts.end_job(tx, job_id)
    remove(bench, gone)
    with contextlib.suppress(CutroomError):  # a step that was being stopped may have stored what no row names
        for key in list(bench.store.list(f"runs/{job_id[:2]}/{job_id}")):
            bench.store.delete(key)
    KeptPercepts(bench.database, bench.store).clear()


def remove(bench: Workbench, gone: list[Artifact]) -> None:
    """The files of these, then their rows; what does not go now goes with a sweep."""
    with contextlib.suppress(CutroomError):
        for one in gone:
            if one.file is not None:
                bench.store.delete(one.file.key)
        with bench.database.write() as tx:
            bench.artifacts.forget(tx, [one.id for one in gone])


class AnalysisSweeps:
    """What workers do now and then about analyses."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._looked: datetime | None = None

    def sweep(self) -> int:
        """Everything that is over; how many things."""
        return self.expired() + self.left_over() + self.percepts() + self.lost_percepts()

    def expired(self) -> int:
        """Analyses whose time is over."""
        bench = self._bench
        with bench.database.read() as tx:
            over = bench.analyses.expired(tx, _AT_ONCE)
        for analysis_id in over:
            with bench.database.write() as tx:
                bench.analyses.delete(tx, analysis_id)
                gone = bench.artifacts.end_job(tx, analysis_id)
            remove(bench, gone)
        return len(over)

    def left_over(self) -> int:
        """Of those that failed while a step of theirs was still writing."""
        with self._bench.database.read() as tx:
            left = self._bench.analyses.with_leavings(tx, _AT_ONCE)
        for analysis_id in left:
            clear(self._bench, analysis_id)
        return len(left)

    def percepts(self) -> int:
        """Files of what nobody analyses any more."""
        kept = KeptPercepts(self._bench.database, self._bench.store)
        kept.end_unused()
        return kept.clear()

    def lost_percepts(self) -> int:
        """Stored files that never got their row, because a worker was killed in between. Looks once an hour."""
        now = datetime.now(UTC)
        if self._looked is not None and now - self._looked < _BETWEEN_LOOKS:
            return 0
        self._looked = now
        old = [entry.key for entry in self._bench.store.entries(PERCEPTS) if entry.modified < now - _BETWEEN_LOOKS]
        contents = {key: key.split("/")[1] for key in old if key.count("/") == 2}
        known = KeptPercepts(self._bench.database, self._bench.store).known(set(contents.values()))
        lost = [key for key, content in contents.items() if content not in known]
        for key in lost:
            self._bench.store.delete(key)
        return len(lost)
