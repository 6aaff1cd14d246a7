"""Analyses: ordered, uploaded, looked at, listed, followed, deleted.

What is accepted is a job, an analysis of the same id and a place in the month's quota, in one transaction. Nothing is
fetched before it is accepted; what an upload is, is seen at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cutroom.actions import windows
from cutroom.actions.arrivals import Arrival, arriving
from cutroom.actions.jobs import JobHistory
from cutroom.actions.service import Service
from cutroom.actions.tools import check_room, read_at_all
from cutroom.analyses import document
from cutroom.analyses.ingesting import too_long
from cutroom.analyses.kept import KeptPercepts
from cutroom.analyses.platform import STORAGE, UPLOAD, platform_of
from cutroom.analyses.room import STATUSES
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_capability, new_id
from cutroom.library.names import upload_name
from cutroom.model.account import LONGEST_WEBHOOK, Caller, Plan
from cutroom.model.analysis import Analysis, AnalysisOrder, AnalysisPage, NewAnalysis, Preset, SourceType
from cutroom.model.artifact import ArtifactFile, ArtifactKind, NewArtifact
from cutroom.model.job import Job, JobEvent, NewJob, Queue
from cutroom.model.media import MediaFacts
from cutroom.outbound.addresses import spelled_out
from cutroom.sources.cut_short import cut_short
from cutroom.storage.keys import run_input_key
from cutroom.workflows.endings import ANALYSIS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime

    from cutroom.db import Transaction

PRESETS = tuple(preset.value for preset in Preset)
LONGEST_EXTERNAL_ID = 255
_KINDS = {"mp4", "mov", "m4a", "webm", "mkv"}
_TAKEN = "MP4, MOV, WebM and MKV files can be analysed."
_FIELDS = ("pipeline_preset", "external_id", "webhook_url")
_SUFFIX, _UNKNOWN_TYPE = "bin", "application/octet-stream"
_MOST_PER_PAGE = 100


def create_analysis(services: Service, caller: Caller, order: AnalysisOrder, *, once: str | None = None) -> Analysis:
    """Accept an analysis of a link, or of a file in a bucket. Quick: nobody is asked whether it leads anywhere.

    The same ``once`` within a day is the same order, and what it became is given again. Raises ``INVALID_REQUEST``
    with ``field``, ``SOURCE_REFUSED_ADDRESS`` for a message to a private address, ``QUOTA_EXCEEDED``.
    """
    if (order.video_url is None) == (order.storage_path is None):
        raise _invalid("video_url", "Give either video_url or storage_path.")
    if order.storage_path is not None:
        services.buckets.check(order.storage_path)
    checked = _checked(services, order)
    plan = services.accounts.plan(caller.account)
    source = order.video_url or order.storage_path or ""
    analysis = NewAnalysis(
        id=f"job_{new_id(12)}",
        account_id=caller.account.id,
        preset=checked,
        source_type=SourceType.URL if order.video_url is not None else SourceType.STORAGE,
        source=source,
        platform=platform_of(source) if order.video_url is not None else STORAGE,
        external_id=order.external_id,
        webhook_url=order.webhook_url,
    )
    job = _job(services, analysis, order.surface, Queue.NET, {"longest": plan.max_source_seconds}, once)
    with services.database.write() as tx:
        if once is not None and (earlier := _ordered(services, tx, once)) is not None:
            return earlier
        return accept(services, tx, analysis, job, limit=_quota(plan))


def accept(
    services: Service, tx: Transaction, analysis: NewAnalysis, job: NewJob, *, limit: int | None = None
) -> Analysis:
    """Job, analysis and its place in the quota, all of them or none. ``QUOTA_EXCEEDED``."""
    services.client.submit(tx, job)
    services.analyses.add(tx, analysis, limit=limit)
    found = services.analyses.look(tx, analysis.id)
    assert found is not None  # noqa: S101 - it was just written
    return found


class AnalysisInbox:
    """A video that is sent, while it comes. Every method blocks; one thread at a time."""

    def __init__(self, services: Service, caller: Caller, plan: Plan, arrival: Arrival, surface: str) -> None:
        self._services, self._caller, self._plan, self._arrival = services, caller, plan, arrival
        self._surface = surface
        self._given: dict[str, str] = {}

    def give(self, name: str, text: str) -> None:
        """A field as it was sent. ``INVALID_REQUEST`` when it is wrong whatever comes after it."""
        if name not in _FIELDS:
            return
        if name in self._given:
            raise _invalid(name, f"{name} was given more than once.")
        self._given[name] = text
        _checked(self._services, self._order())

    def write(self, data: bytes) -> None:
        """The next piece of the file. ``LIMIT_EXCEEDED`` with the first byte too many, ``DISK_FULL``."""
        self._arrival.write(data)

    def submit(self, name: str, *, once: str | None = None) -> Analysis:
        """All of it came, under that name. Slow: looks into the file, and copies it to the store.

        Raises ``INVALID_REQUEST`` for an empty file, ``NOT_MEDIA`` or ``MEDIA_DAMAGED`` for one that is not taken,
        ``SOURCE_TOO_LONG`` for one beyond the plan's length, ``QUOTA_EXCEEDED``, ``DISK_FULL``. Then nothing stays.
        """
        services, arrival = self._services, self._arrival
        if once is not None:
            with services.database.read() as tx:
                if (earlier := _ordered(services, tx, once)) is not None:
                    return earlier
        arrival.finish()
        check_room(services, self._caller, arrival.size)
        self._check_film()
        order = self._order()
        analysis = NewAnalysis(
            id=f"job_{new_id(12)}",
            account_id=self._caller.account.id,
            preset=_checked(services, order),
            source_type=SourceType.UPLOAD,
            source=None,
            platform=UPLOAD,
            file_name=upload_name(name) or None,
            external_id=order.external_id,
            webhook_url=order.webhook_url,
        )
        return self._accept(analysis, once)

    def _order(self) -> AnalysisOrder:
        given = self._given
        return AnalysisOrder(
            preset=given.get("pipeline_preset") or None,
            external_id=given.get("external_id") or None,
            webhook_url=given.get("webhook_url") or None,
            surface=self._surface,
        )

    def _check_film(self) -> None:
        services, path = self._services, self._arrival.path
        with read_at_all():
            facts = services.looker.within_limits(lambda token: services.tools.look(path, cancel=token))
            if cut_short(path):
                raise CutroomError(
                    ErrorCode.MEDIA_DAMAGED,
                    "The media file is damaged or incomplete: its end is missing.",
                    field="file",
                )
        if not isinstance(facts, MediaFacts) or facts.kind not in _KINDS:
            raise CutroomError(ErrorCode.NOT_MEDIA, _TAKEN, field="file")
        moving = facts.video is not None and not facts.video.still
        if facts.duration is None or facts.duration <= 0 or not (moving or facts.audio):
            raise CutroomError(ErrorCode.NOT_MEDIA, f"The file holds no film. {_TAKEN}", field="file")
        longest = self._plan.max_source_seconds
        if longest is not None and facts.duration > longest:
            raise too_long(facts.duration, longest)

    def _accept(self, analysis: NewAnalysis, once: str | None) -> Analysis:
        services, arrival = self._services, self._arrival
        key = run_input_key(analysis.id, arrival.digest, _SUFFIX)
        params = {"input": key, "longest": self._plan.max_source_seconds}
        job = _job(services, analysis, self._surface, Queue.CPU, params, once)
        sent = NewArtifact(
            id=new_capability(),
            job_id=analysis.id,
            account_id=analysis.account_id,
            surface=self._surface,
            kind=ArtifactKind.INPUT,
            file=ArtifactFile(key, f"input.{_SUFFIX}", _UNKNOWN_TYPE, arrival.size),
        )
        services.store.put(key, arrival.path, media_type=_UNKNOWN_TYPE, file_name=f"input.{_SUFFIX}")
        try:
            with services.database.write() as tx:
                accepted = accept(services, tx, analysis, job, limit=_quota(self._plan))
                services.artifacts.add(tx, sent)
        except BaseException:
            services.store.delete(key)
            raise
        return accepted


@contextlib.contextmanager
def receiving(services: Service, caller: Caller, surface: str, expected: int) -> Iterator[AnalysisInbox]:
    """Take a video in: fields and pieces as they come, then ``submit`` it.

    ``expected`` is the number of bytes announced; 0 where that is unknown. When the block ends nothing of the file is
    left in scratch. Raises ``QUOTA_EXCEEDED``, ``RATE_LIMITED``, ``LIMIT_EXCEEDED`` or ``DISK_FULL`` before anything
    has been read.
    """
    plan = services.accounts.plan(caller.account)
    limit = _quota(plan)
    with services.database.read() as tx:
        if limit is not None and services.analyses.used(tx, caller.account.id) >= limit:
            raise CutroomError(
                ErrorCode.QUOTA_EXCEEDED, f"Monthly quota exceeded: the plan includes {limit} analyses a month."
            )
    with arriving(services, caller, expected, services.reception.most(surface)) as arrival:
        check_room(services, caller, expected)
        yield AnalysisInbox(services, caller, plan, arrival, surface)


def find_analysis(services: Service, caller: Caller, analysis_id: str, base_url: str = "") -> dict[str, Any]:
    """The answer of the moment. ``NOT_FOUND`` for unknown ones and those of others.

    ``base_url`` is what absolute links begin with where no public URL is set.
    """
    with services.database.read() as tx:
        found = services.analyses.find(tx, caller.account.id, analysis_id)
    return document.told(found, services.pictures.at(services.config.base(base_url)))


def list_analyses(
    services: Service, caller: Caller, *, status: str | None = None, after: int | None = None, limit: int = 20
) -> AnalysisPage:
    """A page of the caller's, newest first. ``INVALID_REQUEST``."""
    if not 1 <= limit <= _MOST_PER_PAGE:
        raise _invalid("limit", f"limit must be from 1 to {_MOST_PER_PAGE}.")
    if status is not None and status not in STATUSES:
        raise _invalid("status", f"status must be one of {', '.join(STATUSES)}.")
    with services.database.read() as tx:
        return services.analyses.page(tx, caller.account.id, status=status, after=after, limit=limit)


def delete_analysis(services: Service, caller: Caller, analysis_id: str) -> None:
    """Gone at once, with its files and with what was perceived for it alone; its work is ended. ``NOT_FOUND``."""
    with services.database.write() as tx:
        found = services.analyses.find(tx, caller.account.id, analysis_id)
        running = services.jobs.cancel(tx, found.id)
        gone = _forget(services, tx, found)
    if running:
        services.client.stop(found.id)
    with contextlib.suppress(CutroomError):  # rows say that they are over: what does not go now goes with a sweep
        for one in gone:
            services.store.delete(one)
        KeptPercepts(services.database, services.store).clear(found.content)


def find_stream(services: Service, analysis_id: str, address: str, after: int = 0) -> JobHistory:
    """An analysis for whoever knows its id, with its events above ``after``. ``NOT_FOUND``.

    Those who ask for unknown ids are counted by their ``address``; ``RATE_LIMITED`` when they do so too often, also
    for ids that there are: otherwise guessing would go on.
    """
    guesses = windows.guess_windows(services, address)
    state = windows.look(services, guesses)
    if state is not None and not state.allowed:
        windows.count(services, guesses, "unknown ids")
    with services.database.read() as tx:
        analysis = services.analyses.look(tx, analysis_id)
        job = services.jobs.get(tx, analysis_id) if analysis is not None else None
        if job is not None and job.kind == ANALYSIS:
            return JobHistory(job, services.jobs.events(tx, job.id, after))
    windows.hit(services, guesses)
    raise CutroomError(ErrorCode.NOT_FOUND, "There is no such analysis.")


def used_this_month(services: Service, caller: Caller) -> tuple[int, datetime]:
    """How many analyses of the caller count this month, and the moment that this is about."""
    with services.database.read() as tx:
        return services.analyses.used(tx, caller.account.id), services.clock()


def follow(services: Service, job_id: str, after: int, known: int) -> AsyncGenerator[Job | JobEvent]:
    """Every event above ``after``, and changes beyond the state ``known``, until it has ended."""
    return services.hub.follow(job_id, after, known)


def _forget(services: Service, tx: Transaction, found: Analysis) -> list[str]:
    """All that is known of it goes; the keys of its files."""
    if found.webhook_url is not None:
        services.webhooks.drop(tx, subject=found.id, url=found.webhook_url)
    services.analyses.delete(tx, found.id)
    gone = services.artifacts.end_job(tx, found.id)
    services.jobs.scrub(tx, found.id)
    return [one.file.key for one in gone if one.file is not None]


def _checked(services: Service, order: AnalysisOrder) -> Preset:
    """The preset; ``INVALID_REQUEST`` with ``field`` for what is wrong with the rest."""
    if order.preset is not None and order.preset not in PRESETS:
        raise _invalid("pipeline_preset", f"pipeline_preset must be one of {', '.join(PRESETS)}.")
    if order.external_id is not None and len(order.external_id) > LONGEST_EXTERNAL_ID:
        raise _invalid("external_id", f"external_id must have at most {LONGEST_EXTERNAL_ID} characters.")
    if order.webhook_url is not None:
        _check_webhook(services, order.webhook_url)
    return Preset(order.preset) if order.preset is not None else Preset.FULL


def _check_webhook(services: Service, url: str) -> None:
    host, right = "", False
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        host = parts.hostname or ""
        right = parts.scheme in {"http", "https"} and bool(host) and parts.port != 0
    if not right or len(url) > LONGEST_WEBHOOK or not url.isprintable() or " " in url:
        raise _invalid("webhook_url", f"webhook_url must be a web address of at most {LONGEST_WEBHOOK} characters.")
    if not services.config.egress.allows(host, spelled_out(host)):
        raise CutroomError(
            ErrorCode.SOURCE_REFUSED_ADDRESS,
            "webhook_url must not be a private address.",
            next_step="Use an address that the internet can reach.",
            field="webhook_url",
        )


def _quota(plan: Plan) -> int | None:
    return plan.analyses_per_month if plan.metered else None


def _job(
    services: Service, analysis: NewAnalysis, surface: str, queue: Queue, params: dict[str, Any], once: str | None
) -> NewJob:
    return NewJob(
        id=analysis.id,
        account_id=analysis.account_id,
        surface=surface,
        kind=ANALYSIS,
        queue=queue,
        params=params,
        timeout=services.config.job_seconds,
        once=once,
    )


def _ordered(services: Service, tx: Transaction, once: str) -> Analysis | None:
    job = services.jobs.ordered(tx, once)
    return services.analyses.look(tx, job.id) if job is not None else None


def _invalid(field: str, message: str) -> CutroomError:
    return CutroomError(ErrorCode.INVALID_REQUEST, message, field=field)
