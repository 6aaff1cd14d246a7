"""Between clipapi's words and ours. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from cutroom.actions.accounts import Me, Session, SignedUp
from cutroom.kernel.clock import iso_z
from cutroom.model.account import Account, ApiKey, KeyStatus, Plan
from cutroom.web.dialects.clipapi import wire


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
