"""What has to go, now and then: expired clips, files nobody will ask for, old records.

Every worker sweeps. A sweep may run beside another and be killed anywhere: files go before the rows that name them, so
that what is left half done is found again.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from cutroom.kernel.errors import CutroomError
from cutroom.media.ffmpeg.workdir import remove_stale
from cutroom.model.job import JobStatus
from cutroom.storage.keys import UPLOADS, owner_of
from cutroom.workflows.engine import EngineClient
from cutroom.workflows.scratch import JobScratch, jobs_with_scratch
from cutroom.workflows.settling import clip_id_of
from cutroom.workflows.workbench import Workbench

_log = logging.getLogger(__name__)
_AT_ONCE = 200
_FIRST_LOOK_BACK = timedelta(days=1)
_BETWEEN_LOOKS = timedelta(hours=1)
_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


class Sweeper:
    """All sweeps, each for itself: one that fails does not stop the others."""

    def __init__(self, bench: Workbench, engine: EngineClient) -> None:
        self._bench = bench
        self._engine = engine
        self.chores = {
            "clips": self.expired_clips,
            "uploads": self.expired_uploads,
            "scratch": self.scratch,
            "files without a clip": self.aborted_jobs,
            "files without an upload": self.aborted_uploads,
            "engine records": self.engine_history,
            "webhook records": self.webhook_history,
            **bench.chores,
        }
        self._look_back = _FIRST_LOOK_BACK
        self._uploads_looked_at = datetime.min.replace(tzinfo=UTC)

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
        gone = 0
        while True:
            with self._bench.database.write() as tx:
                clips = self._bench.library.expired(tx, _AT_ONCE)
            # One file that cannot be deleted must not keep the others; its clip is met again in the next sweep.
            removed = [clip.id for clip in clips if self._remove_files(clip.file_key, clip.thumbnail_key)]
            with self._bench.database.write() as tx:
                self._bench.library.forget(tx, removed)
            gone += len(removed)
            if len(removed) < _AT_ONCE:
                return gone

    def expired_uploads(self) -> int:
        """The same for uploads; how many."""
        gone = 0
        while True:
            with self._bench.database.write() as tx:
                uploads = self._bench.uploads.expired(tx, _AT_ONCE)
            removed = [upload.id for upload in uploads if self._remove_files(upload.file_key)]
            with self._bench.database.write() as tx:
                self._bench.uploads.forget(tx, removed)
            gone += len(removed)
            if len(removed) < _AT_ONCE:
                return gone

    def aborted_uploads(self) -> int:
        """Remove stored files whose upload never got its row, because a door was killed in between; how many.

        Listing a bucket costs something, so this looks once an hour, at files that are an hour old.
        """
        now = datetime.now(UTC)
        if now - self._uploads_looked_at < _BETWEEN_LOOKS:
            return 0
        self._uploads_looked_at = now
        owners = {
            entry.key: owner
            for entry in self._bench.store.entries(UPLOADS)
            if entry.modified < now - _BETWEEN_LOOKS and (owner := owner_of(entry.key)) is not None
        }
        with self._bench.database.read() as tx:
            known = self._bench.uploads.known(tx, list(set(owners.values())))
        lost = [key for key, owner in owners.items() if owner not in known]
        return sum(self._remove_files(key) for key in lost)

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
        """Remove files that were stored for a clip that never came to be; how many."""
        since, removed = datetime.now(UTC) - self._look_back, 0
        with self._bench.database.read() as tx:
            jobs = self._bench.jobs.ended_since(tx, since, (JobStatus.FAILED, JobStatus.CANCELLED))
        for job_id in jobs:
            clip_id = clip_id_of(job_id)
            for key in list(self._bench.store.list(f"clips/{clip_id[:2]}/{clip_id}")):
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
