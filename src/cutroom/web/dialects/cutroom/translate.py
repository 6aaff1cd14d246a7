"""Between the words of Cutroom's own API and ours. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from cutroom.actions.clipping import JobView
from cutroom.actions.jobs import JobPage
from cutroom.actions.shelf import ClipLinks, ClipPage
from cutroom.actions.uploads import UploadPage
from cutroom.kernel.clock import iso_z
from cutroom.model.account import Webhook
from cutroom.model.capabilities import Capability
from cutroom.model.job import Job, JobEvent, JobStatus
from cutroom.model.library import Clip, Upload
from cutroom.web.dialects.cutroom import wire
from cutroom.web.http.shapes import seconds
from cutroom.web.http.streams import Event, event

_UNKNOWN_ERROR = "The job could not be done."


def job(of: Job) -> wire.JobReply:
    """As a list has it."""
    failed = of.status is JobStatus.FAILED
    return wire.JobReply(
        id=of.id,
        surface=of.surface,
        kind=of.kind,
        status=of.status.value,
        step=of.step,
        progress=round(of.fraction, 4),
        speed=of.speed,
        eta=of.eta,
        cost=of.cost,
        error=wire.Failure(code=of.error_code or "internal", message=of.error or _UNKNOWN_ERROR) if failed else None,
        created_at=iso_z(of.created),
        started_at=iso_z(of.started) if of.started else None,
        finished_at=iso_z(of.finished) if of.finished else None,
    )


def job_detail(view: JobView) -> wire.JobDetail:
    """By itself."""
    made = clip(view.clip, view.links) if view.clip is not None and view.links is not None else None
    return wire.JobDetail(**job(view.job).model_dump(exclude={"error"}), error=job(view.job).error, clip=made)


def jobs(page: JobPage) -> wire.JobsReply:
    """A page of them."""
    items = [job(of) for of in page.jobs]
    return wire.JobsReply(jobs=items, page=page.page, per_page=page.per_page, total=page.total_items)


def webhook(of: Webhook, *, with_secret: bool) -> wire.WebhookReply:
    """Where messages go."""
    return wire.WebhookReply(url=of.url, secret=of.secret) if with_secret else wire.WebhookReply(url=of.url)


def happened(of: JobEvent) -> Event:
    """Something that is told again to who comes back."""
    data = wire.HappenedData(job_id=of.job_id, kind=of.kind, at=iso_z(of.created), data=of.data)
    return event(of.kind, data.model_dump_json(), number=of.id)


def progress(of: Job) -> Event:
    """How far a job is."""
    data = wire.ProgressData(
        job_id=of.id,
        status=of.status.value,
        step=of.step,
        progress=round(of.fraction, 4),
        speed=of.speed,
        eta=of.eta,
    )
    return event("progress", data.model_dump_json())


def clip(of: Clip, links: ClipLinks) -> wire.ClipReply:
    """A clip as its owner sees it."""
    return wire.ClipReply(
        id=of.id,
        surface=of.surface,
        job_id=of.job_id,
        name=of.name,
        format=of.format.value,
        width=of.width,
        height=of.height,
        start=seconds(of.start),
        end=seconds(of.end),
        duration=seconds(of.duration),
        size=of.file_size,
        source=of.source_url,
        source_title=of.source_title,
        file_name=of.file_name,
        pinned=of.pinned,
        created_at=iso_z(of.created),
        expires_at=iso_z(of.expires) if of.expires else None,
        download_url=links.download_url,
        stream_url=links.stream_url,
        thumbnail_url=links.thumbnail_url,
        share_url=f"/c/{of.id}",
    )


def clips(page: ClipPage, items: list[wire.ClipReply]) -> wire.ClipsReply:
    """A page of them."""
    return wire.ClipsReply(clips=items, page=page.page, per_page=page.per_page, total=page.total_items)


def upload(of: Upload) -> wire.UploadReply:
    """A file that was sent."""
    known = of.facts.get("duration")
    return wire.UploadReply(
        id=of.id,
        source=of.source,
        name=of.name,
        size=of.size,
        duration=seconds(Fraction(known)) if known else None,
        created_at=iso_z(of.created),
        expires_at=iso_z(of.expires),
    )


def uploads(page: UploadPage) -> wire.UploadsReply:
    """A page of them."""
    items = [upload(of) for of in page.uploads]
    return wire.UploadsReply(uploads=items, page=page.page, per_page=page.per_page, total=page.total_items)


def capabilities(found: Sequence[Capability]) -> wire.CapabilitiesReply:
    """What this server can perceive."""
    return wire.CapabilitiesReply(
        capabilities=[
            wire.CapabilityReply(name=one.name, state=one.state.value, by=one.by, why=one.why, improve=one.improve)
            for one in found
        ]
    )
