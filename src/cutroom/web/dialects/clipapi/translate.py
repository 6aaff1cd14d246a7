"""Between clipapi's words and ours. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from cutroom.actions.accounts import Me, Session, SignedUp
from cutroom.kernel.clock import iso_z
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import Account, ApiKey, KeyStatus, Plan
from cutroom.model.analysis import Analysis, AnalysisOrder, AnalysisPage
from cutroom.web.dialects.clipapi import wire
from cutroom.web.dialects.clipapi.limits import NAME, PREFIXES, RULES
from cutroom.web.http.fields import web_link

_OWN_PATH = "/api/v1"
_STATUS: dict[str, wire.Status] = {
    "queued": "queued",
    "running": "processing",
    "completed": "completed",
    "failed": "failed",
    "cancelled": "failed",
}
_CURSOR = re.compile(r"c([0-9a-f]{1,15})", re.ASCII)


def user(of: Account, secret: str | None = None) -> wire.UserReply:
    """``secret`` signs the account's webhooks; it is shown to sessions alone."""
    reply = wire.UserReply(id=of.id, email=of.email, name=of.name, plan=of.plan, created_at=iso_z(of.created))
    return reply.model_copy(update={"webhook_secret": secret}) if secret else reply


def session(of: Session) -> wire.SessionReply:
    """Somebody is logged in."""
    return wire.SessionReply(
        access_token=of.token, token_type=wire.BEARER, expires_in=of.seconds, user=user(of.account)
    )


def signed_up(of: SignedUp) -> wire.SignedUpReply:
    """Somebody is new."""
    return wire.SignedUpReply(
        access_token=of.token,
        token_type=wire.BEARER,
        expires_in=of.seconds,
        user=user(of.account),
        api_key=of.key_secret,
    )


def plan(of: Plan) -> wire.PlanReply:
    """What an account may use."""
    return wire.PlanReply(
        name=of.name,
        analyses_per_month=of.analyses_per_month,
        max_duration_seconds=of.max_source_seconds,
        rpm=of.requests_per_minute,
    )


def me(of: Me, secret: str | None) -> wire.MeReply:
    """Who asks."""
    return wire.MeReply(user=user(of.account, secret), plan=plan(of.plan))


def key(of: ApiKey) -> wire.KeyReply:
    """Without its secret."""
    return wire.KeyReply(
        id=of.id,
        name=of.name,
        prefix=of.prefix,
        last4=of.last4,
        status="active" if of.status is KeyStatus.ACTIVE else "disabled",
        created_at=iso_z(of.created),
        last_used_at=iso_z(of.last_used) if of.last_used else None,
    )


def new_key(of: ApiKey, secret: str) -> wire.NewKeyReply:
    """With its secret."""
    return wire.NewKeyReply(**key(of).model_dump(), key=secret)


def usage(of: Me, used: int, now: datetime) -> wire.UsageReply:
    """The month in which ``now`` lies; its end is the start of the next."""
    start = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    limit = of.plan.analyses_per_month
    return wire.UsageReply(
        plan=of.plan.name,
        period=wire.PeriodReply(start=iso_z(start), end=iso_z(end)),
        analyses=wire.AnalysesReply(used=used, limit=limit, remaining=None if limit is None else max(0, limit - used)),
        limits=wire.LimitsReply(max_duration_seconds=of.plan.max_source_seconds, rpm=of.plan.requests_per_minute),
    )


def order(body: wire.AnalysisBody) -> AnalysisOrder:
    """``INVALID_REQUEST`` for a link that leads nowhere."""
    return AnalysisOrder(
        video_url=None if body.video_url is None else link(body.video_url),
        storage_path=body.storage_path,
        preset=body.pipeline_preset,
        external_id=body.external_id,
        webhook_url=body.webhook_url,
        surface=NAME,
    )


def link(url: str) -> str:
    """As it was written, if it could lead somewhere; ``INVALID_REQUEST`` for what is none."""
    try:
        web_link(url)
    except CutroomError as error:
        raise CutroomError(
            ErrorCode.INVALID_REQUEST, f"video_url must be {RULES['video_url']}.", field="video_url"
        ) from error
    return url.strip()


def accepted(of: Analysis, root: str) -> wire.AcceptedReply:
    """``root`` is the path below which this surface was called."""
    prefix = PREFIXES[-1] if root.startswith(f"/{NAME}") else _OWN_PATH
    reply = wire.AcceptedReply(
        analysis_id=of.id, status="queued", stream_url=f"{prefix}/analyses/{of.id}/stream"
    )  # fmt: skip
    return reply if of.external_id is None else reply.model_copy(update={"external_id": of.external_id})


def page(of: AnalysisPage) -> wire.AnalysesPage:
    """A page of analyses."""
    return wire.AnalysesPage(
        analyses=[_listed(one) for one in of.analyses],
        next_cursor=None if of.next_after is None else f"c{of.next_after:x}",
        has_more=of.next_after is not None,
    )


def place(cursor: str | None) -> int | None:
    """Where a page begins. ``INVALID_REQUEST`` for what is no cursor of ours."""
    if cursor is None:
        return None
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise CutroomError(ErrorCode.INVALID_REQUEST, f"cursor must be {RULES['cursor']}.", field="cursor")
    return int(match[1], 16)


def _listed(of: Analysis) -> wire.ListedAnalysis:
    return wire.ListedAnalysis(
        analysis_id=of.id,
        external_id=of.external_id,
        status=_STATUS[of.status],
        pipeline_preset=of.preset.value,
        source=wire.ListedSource(url=of.source, platform=of.platform),
        created_at=iso_z(of.created),
        completed_at=iso_z(of.finished) if of.finished else None,
    )
