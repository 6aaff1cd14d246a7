"""Between FastClip's words and ours. Pure: no I/O, no decisions about what may be done."""

from __future__ import annotations

from datetime import datetime

from cutroom.actions.clipping import CutOrder, JobView
from cutroom.actions.looking import SourceLook
from cutroom.actions.shelf import ClipLinks, ClipPage, SharedClip
from cutroom.actions.wallet import Reloaded, ReloadWaits, StorageBought, StorageView
from cutroom.kernel.clock import iso_z
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from cutroom.model.clip import Format, Quality
from cutroom.model.job import Job, JobStatus
from cutroom.model.library import Clip
from cutroom.model.wallet import AutoReload, Card, WalletSettings
from cutroom.web.dialects.fastclip import wire
from cutroom.web.dialects.fastclip.limits import NAME
from cutroom.web.http.fields import exact, source, web_link
from cutroom.web.http.shapes import aspect_ratio, dollars, iso_offset, seconds

_QUALITIES = {"1080p": Quality.P1080, "high": Quality.P1080, "720p": Quality.P720, "medium": Quality.P720}
# A running job's own words for its steps are the document's.
_STEPS = {"downloading", "processing", "uploading"}
# 0.29 * 100 is a little less than 29.
_ROUNDING = 1e-6
_MESSAGES = {
    "pending": "Waiting for a worker",
    "downloading": "Downloading the source",
    "processing": "Cutting the clip",
    "uploading": "Storing the clip",
    "complete": "Done!",
    "failed": "Failed",
}


def order(body: wire.CutBody) -> CutOrder:
    """What is wanted. ``SOURCE_UNSUPPORTED`` for a link that is none."""
    return CutOrder(
        url=source(body.url),
        start=exact(body.start),
        end=exact(body.end),
        format=Format(body.format or "mp4"),
        quality=_QUALITIES[body.quality or "1080p"],
        surface=NAME,
    )


def not_yet(what: str, url: str) -> CutroomError:
    """The answer of a call that will come; the link is looked at all the same."""
    web_link(url)
    return CutroomError(ErrorCode.INVALID_REQUEST, f"{what} is not available on this server yet.")


def info(look: SourceLook) -> wire.InfoReply:
    """A source."""
    return wire.InfoReply(
        title=look.title,
        duration=seconds(look.duration),
        thumbnail=look.thumbnail,
        preview_url=look.preview_url,
        preview_embed_url=look.preview_embed_url,
        max_height=look.max_height,
    )


def status_of(job: Job) -> str:
    """In the document's words."""
    if job.status is JobStatus.COMPLETED:
        return "complete"
    if job.status.is_final:
        return "failed"
    if job.status is JobStatus.QUEUED:
        return "pending"
    return job.step if job.step in _STEPS else "processing"


def progress_of(job: Job) -> int:
    """0..100; 100 at the end alone."""
    return 100 if job.status is JobStatus.COMPLETED else max(0, min(99, int(job.fraction * 100 + _ROUNDING)))


def job(view: JobView) -> wire.JobReply:
    """Only the keys that its state has are set."""
    of, status = view.job, status_of(view.job)
    reply = wire.JobReply(
        job_id=of.id, status=status, progress=progress_of(of), status_message=_MESSAGES.get(status, "Working")
    )
    if status == "failed":
        words = "The job was cancelled." if of.status is JobStatus.CANCELLED else "The clip could not be made."
        return _with(reply, error=of.error or words)
    if status != "complete":
        return reply
    if view.clip is None or view.links is None:
        raise CutroomError(ErrorCode.NOT_FOUND, "Not found.")
    return _with(
        reply,
        download_url=view.links.download_url,
        file_name=view.clip.file_name,
        cost=dollars(Money(of.cost)),
        share_url=share_path(view.clip),
        expires_at=iso_offset(view.clip.expires),
    )


def _with(reply: wire.JobReply, **more: str | float | None) -> wire.JobReply:
    return wire.JobReply.model_validate({**reply.model_dump(exclude_unset=True), **more})


def share_path(of: Clip) -> str:
    """Absolute below the origin, as printed in the document."""
    return f"/c/{of.id}"


def clip(of: Clip, links: ClipLinks, now: datetime) -> wire.ClipReply:
    """A clip as its owner sees it; ``now`` counts the hours left."""
    left = (of.expires - now).total_seconds() / 3600 if of.expires else None
    return wire.ClipReply(
        id=of.id,
        name=of.name,
        format=of.format.value,
        quality=f"{min(of.width, of.height)}p" if of.width and of.height else None,
        duration=seconds(of.duration),
        file_size=of.file_size,
        pinned=of.pinned,
        expires_at=iso_offset(of.expires),
        hours_left=round(max(0.0, left), 1) if left is not None else None,
        download_url=links.download_url,
        share_url=share_path(of),
        aspect_ratio=aspect_ratio(of.width, of.height),
        source_title=of.source_title,
        created=iso_z(of.created),
    )


def clips(page: ClipPage, items: list[wire.ClipReply]) -> wire.ClipsReply:
    """A page of them."""
    return wire.ClipsReply(
        clips=items,
        page=page.page,
        per_page=page.per_page,
        total_items=page.total_items,
        total_pages=page.total_pages,
    )


def share(shared: SharedClip) -> wire.ShareReply:
    """A clip as anybody sees it."""
    of, links = shared.clip, shared.links
    return wire.ShareReply(
        id=of.id,
        name=of.name,
        format=of.format.value,
        duration=seconds(of.duration),
        stream_url=links.stream_url,
        download_url=links.download_url,
        thumbnail_url=links.thumbnail_url,
        aspect_ratio=aspect_ratio(of.width, of.height),
        source_title=of.source_title,
        created=iso_z(of.created),
        expires_at=iso_offset(of.expires),
    )


def card(of: Card) -> wire.CardReply:
    """What may be shown of a card."""
    return wire.CardReply(id=of.id, brand=of.brand, last4=of.last4, exp_month=of.exp_month, exp_year=of.exp_year)


def reloaded(of: Reloaded) -> wire.ReloadReply:
    """Money that has come."""
    return wire.ReloadReply(payment_intent_id=of.payment_intent_id, amount=of.amount.cents, balance=dollars(of.balance))


def waits(of: ReloadWaits) -> wire.ReloadWaitsReply:
    """Money that is to come."""
    mail = "A confirmation link was sent by e-mail. The card is charged when it is used."
    message = mail if of.by_mail else "The payment is being processed. The balance rises when it is through."
    return wire.ReloadWaitsReply(amount=of.amount.cents, message=message)


def reload_outcome(of: Reloaded | ReloadWaits) -> wire.ReloadReply | wire.ReloadWaitsReply:
    """Either."""
    return reloaded(of) if isinstance(of, Reloaded) else waits(of)


def storage(view: StorageView) -> wire.StorageReply:
    """Room, used and free."""
    use = view.use
    return wire.StorageReply(
        used_bytes=use.used,
        quota_bytes=use.quota,
        available_bytes=max(0, use.quota - use.used),
        pinned_clips=use.pinned_clips,
        purchased_gb=use.purchased_gb,
        price_per_gb=dollars(view.price_per_gb),
    )


def bought(of: StorageBought) -> wire.PurchaseReply:
    """Room that was paid for."""
    return wire.PurchaseReply(gb=of.gb, quota_bytes=of.use.quota, cost=dollars(of.cost), balance=dollars(of.balance))


def settings(of: WalletSettings) -> wire.SettingsReply:
    """Without the password."""
    auto = of.auto_reload
    return wire.SettingsReply(
        api_reload_enabled=of.api_reload_enabled,
        reload_email_confirmation=of.reload_email_confirmation,
        has_reload_password=of.has_reload_password,
        auto_reload=wire.AutoReloadReply(
            enabled=auto.enabled, threshold=auto.threshold.cents, amount=auto.amount.cents
        ),
    )


def auto_reload(body: wire.AutoReloadBody | None, present: AutoReload) -> AutoReload | None:
    """What was chosen before, with what is changed now; None where nothing is."""
    if body is None:
        return None
    return AutoReload(
        enabled=present.enabled if body.enabled is None else body.enabled,
        threshold=present.threshold if body.threshold is None else Money(body.threshold),
        amount=present.amount if body.amount is None else Money(body.amount),
    )
