"""Accounts, and how they are written to."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from cutroom.settings.group import Group


class AccountsSettings(Group):
    """Who may have an account."""

    signup: Literal["open", "invite", "closed"] = Field(
        default="open",
        description="Who can make an account: everybody, those with an invitation (`cutroom admin invite`), nobody.",
    )
    owner_password: SecretStr | None = Field(
        default=None,
        min_length=8,
        description="Password of the owner (`owner@localhost`), at least 8 characters. Needed to listen beyond "
        "loopback.",
    )
    session_seconds: int = Field(default=86_400, ge=60, description="How long a log-in lasts.")
    active_keys: int = Field(default=10, ge=1, description="Most active API keys of one account.")


class MailSettings(Group):
    """The mail server. Without one, mails are files in the data folder."""

    host: str | None = Field(
        default=None,
        description="Name of the SMTP server. Unset: mails are files in the folder `mail` of the data folder.",
    )
    port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    security: Literal["tls", "starttls", "none"] = Field(
        default="starttls",
        description="`tls`: encrypted from the start (port 465). `starttls`: after a greeting (port 587). "
        "`none`: not at all.",
    )
    user: str | None = Field(default=None, description="Name to log in with. Unset: no log-in.")
    password: SecretStr | None = Field(default=None, description="Password to log in with.")
    sender: str | None = Field(default=None, description="Address that mails come from. Unset: the user's name.")
