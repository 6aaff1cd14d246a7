"""Cut a clip out of a source, as work that is accepted, paid for and followed."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from cutroom.actions import windows
from cutroom.actions.looking import SourceLook
from cutroom.actions.service import CutRules, Service
from cutroom.actions.shelf import ClipLinks, clip_links
from cutroom.actions.tools import drop_inputs
from cutroom.actions.uploads import hold_upload, is_upload, look_at_upload
from cutroom.actions.wallet import spent
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.kernel.timespan import format_time
from cutroom.library import clip_file_name, clip_name
from cutroom.model.account import Caller
from cutroom.model.clip import Format, Quality
from cutroom.model.job import Job, JobEvent, JobStatus, NewJob, Queue
from cutroom.model.library import Clip

CUT = "cut"
"""The kind of job that makes one clip; the clip gets the id of the job."""
# A player rounds up the length it shows: who asks for that much means the end.
_ROUNDING = 1


@dataclass(frozen=True, slots=True)
class CutOrder:
    """A clip that somebody wants. Times are exact seconds; ``surface`` is where it was asked for."""

    url: str
    start: Fraction
    end: Fraction
    format: Format = Format.MP4
    quality: Quality = Quality.P1080
    surface: str = "fastclip"


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as its owner sees it; the clip and its links are there when it is completed."""

    job: Job
    clip: Clip | None = None
    links: ClipLinks | None = None


def describe(services: Service, url: str, caller: Caller | None = None) -> SourceLook:
    """What the source is: title, length, height, previews. Slow (network); answers of ten minutes ago are given again.

    ``url`` may name an upload of the caller (``upload:...``); that is quick. Raises the ``SOURCE_*``, ``NOT_MEDIA`` or
    ``INVALID_REQUEST`` of a link that cannot be used.
    """
    if is_upload(url):
        return look_at_upload(services, caller, url)
    return services.looker.look(url, anonymous=caller is None)


def create_cut(services: Service, caller: Caller, order: CutOrder, *, once: str | None = None) -> Job:
    """Accept a cut: job, reservation of its price and place in the queue are one transaction. Slow (network).

    The same ``once`` within a day is the same order: the job that it became is given again, and nothing else happens.

    Raises ``INVALID_RANGE`` or ``RANGE_OUTSIDE_SOURCE``, ``SOURCE_TOO_LONG``, what ``describe`` raises,
    ``INSUFFICIENT_BALANCE``, and ``RATE_LIMITED`` with ``retry_after`` (s); then nothing has happened, and the order
    does not count as a job.
    """
    rules = services.config.cuts if services.accounts.plan(caller.account).metered else None
    check_range(order, rules)
    if once is not None:
        with services.database.read() as tx:
            if earlier := services.jobs.ordered(tx, once):
                return earlier
    with windows.counted(services, windows.job_windows(services, order.surface, caller), "clip jobs"):
        look = describe(services, order.url, caller)
        order = replace(order, end=_fitted(order, look, rules))
        price = services.wallet.price(services.prices.cut)
        job = NewJob(
            id=new_id(),
            account_id=caller.account.id,
            surface=order.surface,
            kind=CUT,
            queue=Queue.CPU,
            params=_params(order, look) | {"price": price.cents},
            timeout=services.config.job_seconds,
            once=once,
        )
        with services.database.write() as tx:
            if is_upload(order.url):
                hold_upload(services, tx, caller, order.url)
            services.wallet.reserve(tx, caller.account, job.id, price)
            accepted = services.client.submit(tx, job)
    spent(services, caller.account)
    return accepted


def check_range(order: CutOrder, rules: CutRules | None) -> None:
    """What can be said about a range before the source is known. ``rules`` None: an account without bounds."""
    if order.start < 0:
        raise _bad_range("start must be 0 or more.")
    if order.end <= order.start:
        raise _bad_range("end must be greater than start.")
    if rules is None:
        return
    longest = rules.longest_gif if order.format is Format.GIF else rules.longest
    if order.end - order.start > longest:
        what = "A GIF" if order.format is Format.GIF else "A clip"
        raise _bad_range(f"{what} may be at most {longest} seconds long (end - start).")


def _fitted(order: CutOrder, look: SourceLook, rules: CutRules | None) -> Fraction:
    """The end, inside the source."""
    if rules is not None and look.duration > rules.longest_source:
        hours = Fraction(rules.longest_source, 3600)
        raise CutroomError(
            ErrorCode.SOURCE_TOO_LONG,
            f"The source is longer than {float(hours):g} hours.",
            duration=look.duration,
        )
    length = format_time(look.duration, 1)
    if order.start >= look.duration:
        raise _outside(f"start must be before the end of the source, which is {length} long.", look)
    if order.end > look.duration + _ROUNDING:
        raise _outside(f"end must not be after the end of the source, which is {length} long.", look)
    return min(order.end, look.duration)


def _params(order: CutOrder, look: SourceLook) -> dict[str, Any]:
    """What the work needs to know. Fractions are text, so that they stay exact."""
    return {
        "url": order.url,
        "start": str(order.start),
        "end": str(order.end),
        "format": order.format.value,
        "quality": None if order.format is Format.MP3 else order.quality.value,
        "source_title": look.title,
        "name": clip_name(look.title, order.start, order.end),
        "file_name": clip_file_name(order.start, order.end, order.format.value),
    }


def _bad_range(message: str) -> CutroomError:
    return CutroomError(ErrorCode.INVALID_RANGE, message)


def _outside(message: str, look: SourceLook) -> CutroomError:
    return CutroomError(ErrorCode.RANGE_OUTSIDE_SOURCE, message, duration=look.duration)


def job_view(
    services: Service, caller: Caller, job_id: str, *, surface: str | None = None, base_url: str = ""
) -> JobView:
    """How far a job is. ``NOT_FOUND`` for jobs that are unknown, another's, or whose clip is gone.

    ``surface`` bounds the search to jobs born there; ``base_url`` is what absolute links begin with.
    """
    with services.database.read() as tx:
        job = services.jobs.find(tx, job_id, caller.account.id, surface=surface)
        if job.kind != CUT or job.status is not JobStatus.COMPLETED:
            return JobView(job)
        clips = services.library.of_job(tx, job.id)
    if not clips:
        raise CutroomError(ErrorCode.NOT_FOUND, "The clip of this job is gone.")
    return JobView(job, clips[0], clip_links(services, clips[0], base_url))


def cancel_job(services: Service, caller: Caller, job_id: str) -> bool:
    """Stop a job and give its reservation back; false when it had ended already. ``NOT_FOUND`` as for ``job_view``."""
    with services.database.read() as tx:
        job = services.jobs.find(tx, job_id, caller.account.id)
    cancelled = services.client.cancel(job.id)
    if cancelled:
        drop_inputs(services, job.id)
    return cancelled


def watch_job(
    services: Service, job_id: str, after: int = 0, known: int | None = None
) -> AsyncGenerator[Job | JobEvent]:
    """The present state, then every change and event with an id above ``after``, until the job has ended.

    ``known`` is the ``rev`` of a state that is known already; then only what is newer is told.
    """
    return services.hub.follow(job_id, after, known)
