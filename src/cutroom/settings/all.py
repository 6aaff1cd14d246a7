"""All groups together."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from cutroom.settings.engine import MediaSettings, OutboundSettings, SourcesSettings
from cutroom.settings.limits import LimitsSettings
from cutroom.settings.money import BillingSettings
from cutroom.settings.people import AccountsSettings, MailSettings
from cutroom.settings.perception import LanguageModelSettings, ModelsSettings, PerceptionSettings
from cutroom.settings.places import DatabaseSettings, LibrarySettings, ServerSettings, StorageSettings, UploadsSettings
from cutroom.settings.work import WebhooksSettings, WorkerSettings


class Settings(BaseSettings):
    """All settings. Unknown names inside a group are refused, so that a typing error does not pass unnoticed."""

    model_config = SettingsConfigDict(
        env_prefix="CUTROOM_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        env_ignore_empty=True,
    )

    log: Literal["debug", "info", "warning", "error"] = Field(
        default="warning",
        description="Least serious messages that are logged, to standard error. `info` has every request of a server.",
    )
    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    storage: StorageSettings = StorageSettings()
    library: LibrarySettings = LibrarySettings()
    uploads: UploadsSettings = UploadsSettings()
    accounts: AccountsSettings = AccountsSettings()
    limits: LimitsSettings = LimitsSettings()
    billing: BillingSettings = BillingSettings()
    mail: MailSettings = MailSettings()
    worker: WorkerSettings = WorkerSettings()
    webhooks: WebhooksSettings = WebhooksSettings()
    outbound: OutboundSettings = OutboundSettings()
    media: MediaSettings = MediaSettings()
    sources: SourcesSettings = SourcesSettings()
    models: ModelsSettings = ModelsSettings()
    perception: PerceptionSettings = PerceptionSettings()
    language_model: LanguageModelSettings = LanguageModelSettings()
