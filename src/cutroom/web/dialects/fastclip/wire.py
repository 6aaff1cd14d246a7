"""FastClip's requests and replies as they are on the wire: names, types, defaults. No behaviour.

Types are strict: ``"30"`` is no number and ``true`` is none either; unknown keys are ignored; ``null`` is as good as
absent for what is optional.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from cutroom.web.dialects.fastclip.limits import MOST_GB, NAME_LENGTH, QUERY_LENGTH
from cutroom.web.http.fields import printable

Seconds = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Link = Annotated[str, StringConstraints(strict=True)]
Query = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=QUERY_LENGTH), AfterValidator(printable)
]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_LENGTH), AfterValidator(printable)
]
CardToken = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(printable)]
# What may really be charged is a setting; this bound only keeps numbers within what databases hold.
Cents = Annotated[int, Field(ge=0, le=1_000_000_000)]
FormatName = Literal["mp4", "mp3", "gif"]
QualityName = Literal["1080p", "720p", "high", "medium"]


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class SourceBody(_Request):
    """A link."""

    url: Link


class _Output(_Request):
    url: Link
    format: FormatName | None = None
    quality: QualityName | None = None


class CutBody(_Output):
    """A clip by its times."""

    start: Seconds
    end: Seconds


class AutoBody(_Output):
    """Clips by a sentence."""

    query: Query


class AnalyzeBody(SourceBody):
    """Moments by a sentence."""

    query: Query


class RenameBody(_Request):
    """A clip's new name."""

    name: Name


class ReloadBody(_Request):
    """Cents to be charged."""

    amount: Cents
    reload_password: Annotated[str, StringConstraints(max_length=200)] | None = None


class GigabytesBody(_Request):
    """Room to be bought."""

    gb: Annotated[int, Field(ge=1, le=MOST_GB)]


class CardBody(_Request):
    """The provider's token of a card."""

    token: CardToken


class AutoReloadBody(_Request):
    """What is left out stays as it is; cents."""

    enabled: bool | None = None
    threshold: Cents | None = None
    amount: Cents | None = None


class SettingsBody(_Request):
    """What is left out stays as it is; an empty password removes the password."""

    api_reload_enabled: bool | None = None
    reload_email_confirmation: bool | None = None
    reload_password: Annotated[str, StringConstraints(max_length=200)] | None = None
    auto_reload: AutoReloadBody | None = None


class ErrorReply(BaseModel):
    """Every error."""

    detail: str


class InfoReply(BaseModel):
    """A source."""

    title: str
    duration: float
    thumbnail: str | None
    preview_url: str | None
    preview_embed_url: str | None
    max_height: int


class AcceptedReply(BaseModel):
    """A job that was accepted."""

    job_id: str
    status: Literal["pending"] = "pending"


class JobReply(BaseModel):
    """A job; the result's keys are there when it is complete, ``error`` when it failed."""

    job_id: str
    status: str
    progress: int
    status_message: str
    download_url: str | None = None
    file_name: str | None = None
    cost: float | None = None
    share_url: str | None = None
    expires_at: str | None = None
    error: str | None = None


class ClipReply(BaseModel):
    """A clip of the library."""

    id: str
    name: str
    format: FormatName
    quality: str | None
    duration: float
    file_size: int
    pinned: bool
    expires_at: str | None
    hours_left: float | None
    download_url: str
    share_url: str
    aspect_ratio: str | None
    source_title: str
    created: str


class ClipsReply(BaseModel):
    """A page of clips."""

    clips: list[ClipReply]
    page: int
    per_page: int
    total_items: int
    total_pages: int


class RenamedReply(BaseModel):
    """A clip with its new name."""

    id: str
    name: str


class PinnedReply(BaseModel):
    """A clip that stays."""

    id: str
    pinned: Literal[True] = True


class UnpinnedReply(BaseModel):
    """A clip that expires."""

    id: str
    pinned: Literal[False] = False
    expires_at: str | None


class DeletedReply(BaseModel):
    """A clip that is gone; bytes."""

    id: str
    deleted: Literal[True] = True
    storage_freed: int


class BalanceReply(BaseModel):
    """Dollars."""

    balance: float


class CardReply(BaseModel):
    """A saved card."""

    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


class CardsReply(BaseModel):
    """All saved cards."""

    cards: list[CardReply]


class CardRemovedReply(BaseModel):
    """A card that is gone."""

    id: str
    deleted: Literal[True] = True


class ReloadReply(BaseModel):
    """Money that has come: ``amount`` in cents, ``balance`` in dollars."""

    success: Literal[True] = True
    payment_intent_id: str
    amount: int
    balance: float


class ReloadWaitsReply(BaseModel):
    """A mail was sent; ``amount`` in cents."""

    success: Literal[True] = True
    status: Literal["pending"] = "pending"
    amount: int
    message: str


class StorageReply(BaseModel):
    """Room for pinned clips."""

    used_bytes: int
    quota_bytes: int
    available_bytes: int
    pinned_clips: int
    purchased_gb: int
    price_per_gb: float


class PurchaseReply(BaseModel):
    """Room that was bought; dollars."""

    success: Literal[True] = True
    gb: int
    quota_bytes: int
    cost: float
    balance: float


class AutoReloadReply(BaseModel):
    """Cents."""

    enabled: bool
    threshold: int
    amount: int


class SettingsReply(BaseModel):
    """What the wallet's owner has chosen. The password is never shown."""

    api_reload_enabled: bool
    reload_email_confirmation: bool
    has_reload_password: bool
    auto_reload: AutoReloadReply


class ShareReply(BaseModel):
    """What anybody may see of a clip."""

    id: str
    name: str
    format: FormatName
    duration: float
    stream_url: str
    download_url: str
    thumbnail_url: str | None
    aspect_ratio: str | None
    source_title: str
    created: str
    expires_at: str | None
