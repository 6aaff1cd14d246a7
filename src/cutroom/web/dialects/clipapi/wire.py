"""clipapi's requests and replies as they are on the wire. No behaviour."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from cutroom.web.http.fields import printable

Text = Annotated[str, StringConstraints(max_length=200), AfterValidator(printable)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=320), AfterValidator(printable)]
Password = Annotated[str, StringConstraints(max_length=1024)]
BEARER: Literal["bearer"] = "bearer"
Preset = Literal["full", "audio_only", "meta_only"]
Status = Literal["queued", "processing", "completed", "failed"]
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


class AnalysisBody(_Request):
    """A video to be analysed: exactly one of ``video_url`` and ``storage_path``."""

    video_url: str | None = None
    storage_path: Annotated[str, StringConstraints(max_length=2048), AfterValidator(printable)] | None = None
    pipeline_preset: Preset | None = None
    external_id: Annotated[str, StringConstraints(max_length=255), AfterValidator(printable)] | None = None
    webhook_url: Annotated[str, StringConstraints(max_length=2048), AfterValidator(printable)] | None = None


class DemoBody(_Request):
    """A short video."""

    video_url: str


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


class AcceptedReply(BaseModel):
    """An analysis that was accepted. ``stream_url`` is a path on this server, and needs no key."""

    analysis_id: str
    status: Literal["queued"] = "queued"
    stream_url: str
    external_id: str | None = None


class StepReply(BaseModel):
    """A step that has ended."""

    step: str
    duration_ms: int


class ProcessingReply(BaseModel):
    """When and how it was worked on."""

    pipeline_preset: Preset
    started_at: str | None
    completed_at: str | None
    total_ms: int | None
    engine_version: str | None
    steps: list[StepReply]
    warnings: list[str]


class AnalysisReply(BaseModel):
    """How far it is: ``current_step`` while it runs, ``error`` when it has failed, everything when it is completed.

    The layers are those of the document's response schema; ``evidence`` says of every judgement, by its JSON pointer,
    what it rests on.
    """

    analysis_id: str
    external_id: str | None = None
    status: Status
    current_step: str | None = None
    error: str | None = None
    source: dict[str, Any] | None = None
    media: dict[str, Any] | None = None
    scores: dict[str, int | float | None] | None = None
    media_understanding: dict[str, Any] | None = None
    creator_intelligence: dict[str, Any] | None = None
    growth_intelligence: dict[str, Any] | None = None
    processing: ProcessingReply | None = None
    evidence: dict[str, Any] | None = None


class ListedSource(BaseModel):
    """Where an analysed video is from; ``url`` is null for an upload."""

    url: str | None
    platform: str


class ListedAnalysis(BaseModel):
    """An analysis in a list."""

    analysis_id: str
    external_id: str | None
    status: Status
    pipeline_preset: Preset
    source: ListedSource
    created_at: str
    completed_at: str | None


class AnalysesPage(BaseModel):
    """A page, newest first; ``next_cursor`` is null on the last one."""

    analyses: list[ListedAnalysis]
    next_cursor: str | None
    has_more: bool


class DeletedReply(BaseModel):
    """An analysis that is gone."""

    analysis_id: str
    deleted: Literal[True] = True
