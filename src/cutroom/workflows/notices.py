"""What an account is told of a job that has ended: stored with the ending, sent by the workers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from cutroom.db import Transaction
from cutroom.jobs import Webhooks
from cutroom.kernel.clock import iso_z
from cutroom.model.account import Webhook
from cutroom.model.job import Job, JobStatus
from cutroom.model.library import Clip

_UNKNOWN_ERROR = "The job could not be done."


class JobNotices:
    """Hears of every job that ends (``Jobs(told=...)``), and stores a message where its account wants one.

    ``webhook_of`` an account is asked when the job ends, so what counts is where the account wants to be told then.
    """

    def __init__(
        self,
        webhooks: Webhooks,
        *,
        webhook_of: Callable[[Transaction, str], Webhook],
        clips_of: Callable[[Transaction, str], list[Clip]],
    ) -> None:
        self._webhooks = webhooks
        self._webhook_of = webhook_of
        self._clips_of = clips_of

    def __call__(self, tx: Transaction, job: Job) -> None:
        """Store the message in the transaction that ends the job."""
        webhook = self._webhook_of(tx, job.account_id)
        if webhook.url is None:
            return
        clips = self._clips_of(tx, job.id)
        self._webhooks.add(
            tx,
            account_id=job.account_id,
            subject=job.id,
            url=webhook.url,
            secret=webhook.secret,
            payload=message(job, clips[0] if clips else None),
        )


def message(job: Job, clip: Clip | None) -> dict[str, Any]:
    """``data`` is the job as Cutroom's own API shows it, without links that stop working."""
    return {
        "type": f"job.{job.status.value}",
        "timestamp": iso_z(job.finished or job.created),
        "data": _job(job) | {"clip": None if clip is None else _clip(clip)},
    }


def _job(job: Job) -> dict[str, Any]:
    error = {"code": job.error_code or "internal", "message": job.error or _UNKNOWN_ERROR}
    return {
        "id": job.id,
        "surface": job.surface,
        "kind": job.kind,
        "status": job.status.value,
        "step": job.step,
        "progress": round(job.fraction, 4),
        "speed": job.speed,
        "eta": job.eta,
        "cost": job.cost,
        "error": error if job.status is JobStatus.FAILED else None,
        "created_at": iso_z(job.created),
        "started_at": iso_z(job.started) if job.started else None,
        "finished_at": iso_z(job.finished) if job.finished else None,
    }


def _clip(clip: Clip) -> dict[str, Any]:
    return {
        "id": clip.id,
        "surface": clip.surface,
        "job_id": clip.job_id,
        "name": clip.name,
        "format": clip.format.value,
        "width": clip.width,
        "height": clip.height,
        "start": _seconds(clip.start),
        "end": _seconds(clip.end),
        "duration": _seconds(clip.duration),
        "size": clip.file_size,
        "source": clip.source_url,
        "source_title": clip.source_title,
        "file_name": clip.file_name,
        "pinned": clip.pinned,
        "created_at": iso_z(clip.created),
        "expires_at": iso_z(clip.expires) if clip.expires else None,
        "share_url": f"/c/{clip.id}",
    }


def _seconds(value: Fraction) -> float:
    return round(float(value), 3)
