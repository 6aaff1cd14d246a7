"""Every setting there is, read from the environment by the composition root and by nobody else.

Names are ``CUTROOM_`` plus the path of the field with ``__`` between the levels: ``CUTROOM_MEDIA__THREADS=1``.
``docs/settings.md`` is written from the descriptions here by ``python -m cutroom.settings``.
"""

from cutroom.settings.all import Settings
from cutroom.settings.engine import MediaSettings, OutboundSettings, SourcesSettings
from cutroom.settings.limits import LimitsSettings
from cutroom.settings.load import PREFIX, load_settings, variable
from cutroom.settings.money import BillingSettings
from cutroom.settings.page import settings_page
from cutroom.settings.people import AccountsSettings, MailSettings
from cutroom.settings.perception import LanguageModelSettings, ModelsSettings, PerceptionSettings
from cutroom.settings.places import DatabaseSettings, LibrarySettings, ServerSettings, StorageSettings, UploadsSettings
from cutroom.settings.work import WebhooksSettings, WorkerSettings

__all__ = [
    "PREFIX",
    "AccountsSettings",
    "BillingSettings",
    "DatabaseSettings",
    "LanguageModelSettings",
    "LibrarySettings",
    "LimitsSettings",
    "MailSettings",
    "MediaSettings",
    "ModelsSettings",
    "OutboundSettings",
    "PerceptionSettings",
    "ServerSettings",
    "Settings",
    "SourcesSettings",
    "StorageSettings",
    "UploadsSettings",
    "WebhooksSettings",
    "WorkerSettings",
    "load_settings",
    "settings_page",
    "variable",
]
