"""What has to go, now and then: expired clips, files nobody will ask for, old records.

Every worker sweeps. A sweep may run beside another and be killed anywhere: files go before the rows that name them, so
that what is left half done is found again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from cutroom.db import Transaction
from cutroom.kernel.errors import CutroomError
from cutroom.media.ffmpeg.workdir import remove_stale
from cutroom.model.job import JobStatus
from cutroom.storage.keys import CLIPS, RUNS, UPLOADS, owner_of
from cutroom.workflows.engine import EngineClient
from cutroom.workflows.leavings import AnalysisSweeps
from cutroom.workflows.scratch import JobScratch, jobs_with_scratch
from cutroom.workflows.settling import clip_id_of
from cutroom.workflows.workbench import Workbench

_log = logging.getLogger(__name__)
_AT_ONCE = 200
_FIRST_LOOK_BACK = timedelta(days=1)
_BETWEEN_LOOKS = timedelta(hours=1)
_Owner = TypeVar("_Owner")
_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


class Sweeper:
    """All sweeps, each for itself: one that fails does not stop the others."""

    def __init__(self, bench: Workbench, engine: EngineClient) -> None:
        self._bench = bench
        self._engine = engine
        self.chores = {
            "clips": self.expired_clips,
            "uploads": self.expired_uploads,
            "files of jobs": self.expired_artifacts,
            "scratch": self.scratch,
            "files without a clip": self.aborted_jobs,
            "files without an upload": self.aborted_uploads,
            "files without a job": self.lost_runs,
            "analyses": AnalysisSweeps(bench).sweep,
            "engine records": self.engine_history,
            "webhook records": self.webhook_history,
            **bench.chores,
        }
        self._look_back = _FIRST_LOOK_BACK
        self._looked_at: dict[str, datetime] = {}

    def sweep(self) -> list[str]:
        """Do every chore once; the names of those that failed."""
        failed = []
        for name, chore in self.chores.items():
            try:
                chore()
            except Exception:  # noqa: BLE001 - the next one may work, and so may this one the next time
                _log.exception("sweeping %s failed", name)
                failed.append(name)
        return failed

    def expired_clips(self) -> int:
        """Remove the files of clips whose time is up or that were deleted, then their rows; how many clips."""
        library = self._bench.library
        return self._remove(
            library.expired, library.forget, lambda clip: (clip.id, (clip.file_key, clip.thumbnail_key))
        )

    def expired_uploads(self) -> int:
        """The same for uploads; how many."""
        uploads = self._bench.uploads
        return self._remove(uploads.expired, uploads.forget, lambda upload: (upload.id, (upload.file_key,)))

    def expired_artifacts(self) -> int:
        """The same for the files of single jobs: results after their time, inputs when the job has ended."""
        artifacts = self._bench.artifacts
        return self._remove(
            artifacts.expired, artifacts.forget, lambda one: (one.id, (one.file.key if one.file else None,))
        )

    def _remove(
        self,
        expired: Callable[[Transaction, int], Sequence[_Owner]],
        forget: Callable[[Transaction, list[str]], object],
        named: Callable[[_Owner], tuple[str, Sequence[str | None]]],
    ) -> int:
        """``named`` gives the id of what is over, and the keys of its files."""
        gone = 0
        while True:
            with self._bench.database.write() as tx:
                over = [named(one) for one in expired(tx, _AT_ONCE)]
            # One file that cannot be deleted must not keep the others; its owner is met again in the next sweep.
            removed = [name for name, keys in over if self._remove_files(*keys)]
            with self._bench.database.write() as tx:
                forget(tx, removed)
            gone += len(removed)
            if len(removed) < _AT_ONCE:
                return gone

    def aborted_uploads(self) -> int:
        """Remove stored files whose upload never got its row, because a door was killed in between; how many."""
        owners = {key: owner for key in self._old_files(UPLOADS) if (owner := owner_of(key)) is not None}
        with self._bench.database.read() as tx:
            known = self._bench.uploads.known(tx, list(set(owners.values())))
        lost = [key for key, owner in owners.items() if owner not in known]
        return sum(self._remove_files(key) for key in lost)

    def lost_runs(self) -> int:
        """Remove stored files of jobs that no row names and no running job may still name; how many."""
        owners = {key: owner for key in self._old_files(RUNS) if (owner := owner_of(key)) is not None}
        with self._bench.database.read() as tx:
            known = self._bench.artifacts.known(tx, list(owners))
            jobs = self._bench.jobs.many(tx, list(set(owners.values())))
        unfinished = {job.id for job in jobs if not job.status.is_final}
        lost = [key for key, owner in owners.items() if key not in known and owner not in unfinished]
        return sum(self._remove_files(key) for key in lost)

    def _old_files(self, kind: str) -> list[str]:
        """Keys of files that are an hour old. Listing a bucket costs something, so this looks once an hour."""
        now = datetime.now(UTC)
        if kind in self._looked_at and now - self._looked_at[kind] < _BETWEEN_LOOKS:
            return []
        self._looked_at[kind] = now
        return [entry.key for entry in self._bench.store.entries(kind) if entry.modified < now - _BETWEEN_LOOKS]

    def _remove_files(self, *keys: str | None) -> bool:
        try:
            for key in keys:
                if key is not None:
                    self._bench.store.delete(key)
        except CutroomError as error:
            _log.warning("a file that is over cannot be deleted: %s (%s)", error.message, error.detail)
            return False
        return True

    def scratch(self) -> int:
        """Remove what killed processes and ended jobs have left in the scratch folder; how many folders."""
        root = self._bench.config.scratch
        removed = remove_stale(root, 0.0)
        with_scratch = jobs_with_scratch(root)
        with self._bench.database.read() as tx:
            unfinished = {job.id for job in self._bench.jobs.many(tx, with_scratch) if not job.status.is_final}
        for job_id in set(with_scratch) - unfinished:
            JobScratch(root, job_id).remove()
            removed += 1
        return removed

    def aborted_jobs(self) -> int:
        """Remove files that were stored for a clip or a result that never came to be; how many."""
        since, removed = datetime.now(UTC) - self._look_back, 0
        with self._bench.database.read() as tx:
            jobs = self._bench.jobs.ended_since(tx, since, (JobStatus.FAILED, JobStatus.CANCELLED))
        for job_id in jobs:
            clip_id = clip_id_of(job_id)
            folders = (f"{CLIPS}/{clip_id[:2]}/{clip_id}", f"{RUNS}/{job_id[:2]}/{job_id}")
            for key in [key for folder in folders for key in self._bench.store.list(folder)]:
                self._bench.store.delete(key)
                removed += 1
        # Each is looked at several times: its worker may have been storing at the moment it ended.
        self._look_back = timedelta(seconds=10 * self._bench.config.sweep_every)
        return removed

    def engine_history(self) -> int:
        """Remove the engine's records of work that ended long ago; how many."""
        before = (datetime.now(UTC) - self._bench.config.history).isoformat()
        old = self._engine.client.list_workflows(
            status=_ENDED, completed_before=before, limit=_AT_ONCE, load_input=False, load_output=False
        )
        if old:
            self._engine.client.delete_workflows([record.workflow_id for record in old])
        return len(old)

    def webhook_history(self) -> int:
        """Remove webhook deliveries that ended long ago; how many."""
        with self._bench.database.write() as tx:
            return self._bench.webhooks.forget(tx, older_than=self._bench.config.webhook_history)
