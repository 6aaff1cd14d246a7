"""clipapi's requests and replies as they are on the wire. No behaviour."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from cutroom.web.http.fields import printable

Text = Annotated[str, StringConstraints(max_length=200), AfterValidator(printable)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=320), AfterValidator(printable)]
Password = Annotated[str, StringConstraints(max_length=1024)]
BEARER: Literal["bearer"] = "bearer"
KeyPrefix = Literal["ve_live_", "clp_", "sk_live_"]


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class SignUpBody(_Request):
    """A new account."""

    email: Email
    password: Annotated[str, StringConstraints(min_length=8, max_length=1024)]
    name: Text | None = None
    invite: Text | None = None


class LogInBody(_Request):
    """A known account."""

    email: Email
    password: Password


class NewKeyBody(_Request):
    """A new key."""

    name: Text | None = None
    prefix: KeyPrefix | None = None


class ChangeKeyBody(_Request):
    """What is left out stays as it is."""

    name: Text | None = None
    enabled: bool | None = None


class ErrorReply(BaseModel):
    """Every error."""

    detail: str


class UserReply(BaseModel):
    """An account."""

    id: str
    email: str
    name: str
    plan: str
    created_at: str
    webhook_secret: str | None = None


class SessionReply(BaseModel):
    """A session; ``expires_in`` in seconds."""

    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    user: UserReply


class SignedUpReply(SessionReply):
    """A session, and the first key, which is shown only here."""

    api_key: str


class PlanReply(BaseModel):
    """What an account may use; null means no limit."""

    name: str
    analyses_per_month: int | None
    max_duration_seconds: float | None
    rpm: int | None


class MeReply(BaseModel):
    """Who asks."""

    user: UserReply
    plan: PlanReply


class KeyReply(BaseModel):
    """A key without its secret."""

    id: str
    name: str
    prefix: str
    last4: str
    status: Literal["active", "disabled"]
    created_at: str
    last_used_at: str | None


class NewKeyReply(KeyReply):
    """A key with its secret, which is shown only here."""

    key: str


class KeysReply(BaseModel):
    """All keys that are not revoked."""

    keys: list[KeyReply]


class RevokedReply(BaseModel):
    """A key that is gone."""

    id: str
    revoked: Literal[True] = True


class PeriodReply(BaseModel):
    """A calendar month in UTC."""

    start: str
    end: str


class AnalysesReply(BaseModel):
    """Of this month; null means no limit."""

    used: int
    limit: int | None
    remaining: int | None


class LimitsReply(BaseModel):
    """Null means no limit."""

    max_duration_seconds: float | None
    rpm: int | None


class UsageReply(BaseModel):
    """What was used and what is allowed."""

    plan: str
    period: PeriodReply
    analyses: AnalysesReply
    limits: LimitsReply
