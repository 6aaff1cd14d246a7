"""An account's jobs of every surface: listed, looked at, followed. ``clipping`` orders, cancels and watches them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from cutroom.actions.clipping import JobView
from cutroom.actions.service import Service
from cutroom.actions.shelf import clip_links
from cutroom.model.account import Caller
from cutroom.model.job import Job, JobEvent, Standing


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of an account's jobs, most recent first."""

    jobs: list[Job]
    page: int
    per_page: int
    total_items: int


@dataclass(frozen=True, slots=True)
class JobHistory:
    """A job as it is now, and what has happened in it."""

    job: Job
    events: list[JobEvent]


def list_jobs(services: Service, caller: Caller, *, page: int = 1, per_page: int = 20) -> JobPage:
    """The caller's jobs. ``INVALID_REQUEST`` for a page before the first."""
    with services.database.read() as tx:
        found, total = services.jobs.page(tx, caller.account.id, page=page, per_page=per_page)
    return JobPage(found, page, per_page, total)


def find_job(services: Service, caller: Caller, job_id: str, base_url: str = "") -> JobView:
    """A job with the first of its clips that is still there. ``NOT_FOUND`` for unknown jobs and those of others."""
    with services.database.read() as tx:
        job = services.jobs.find(tx, job_id, caller.account.id)
        clips = services.library.of_job(tx, job.id)
    if not clips:
        return JobView(job)
    return JobView(job, clips[0], clip_links(services, clips[0], base_url))


def job_history(services: Service, caller: Caller, job_id: str, after: int = 0) -> JobHistory:
    """The job, and its events with an id above ``after``, which may be a moment newer. ``NOT_FOUND`` as above."""
    with services.database.read() as tx:
        job = services.jobs.find(tx, job_id, caller.account.id)
        return JobHistory(job, services.jobs.events(tx, job_id, after))


def watch_standing(services: Service, job_id: str, every: float) -> AsyncGenerator[Standing]:
    """The present state, then every change, and the same again after ``every`` s without one, until the job has ended.

    A queued job comes with its place among all that wait in its queue.
    """
    return services.hub.watch(job_id, every)
