"""Where a server listens, where its data lies, how long its clips stay."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from cutroom.settings.group import Group, Words


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        msg = "write it as https://clips.example"
        raise ValueError(msg)
    return url.rstrip("/")


def _host_name(name: str) -> str:
    name = name.strip().lower().rstrip(".")
    if not name or "/" in name or ":" in name:
        msg = "give a host name alone, without port and path"
        raise ValueError(msg)
    return name


BaseUrl = Annotated[str, AfterValidator(_base_url)]
HostName = Annotated[str, AfterValidator(_host_name)]


class HostsSettings(Group):
    """Host names of their own for single surfaces."""

    clipi: HostName | None = Field(default=None, description="Host name that serves Clipi alone, without its prefix.")
    clipapi: HostName | None = Field(default=None, description="The same for clipapi.")
    clypai: HostName | None = Field(default=None, description="The same for ClypAI.")
    cutroom: HostName | None = Field(default=None, description="The same for Cutroom's own API.")
    fastclip: HostName | None = Field(default=None, description="The same for FastClip.")
    shorts: HostName | None = Field(default=None, description="The same for shorts.")


class ServerSettings(Group):
    """The door."""

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on. Beyond loopback an owner password is needed "
        "(`CUTROOM_ACCOUNTS__OWNER_PASSWORD`).",
    )
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: BaseUrl | None = Field(
        default=None,
        description="What links begin with: `https://clips.example`. Unset: scheme and host of each request.",
    )
    hosts: HostsSettings = HostsSettings()
    allowed_hosts: Words = Field(
        default=(),
        description="Further `Host` names that are answered, separated by commas. A server on loopback answers "
        "loopback names, its public URL's and these; one beyond loopback answers all while this is unset.",
    )
    trusted_proxies: Words = Field(
        default=(),
        description="Addresses of reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, "
        "separated by commas.",
    )
    data_dir: Path | None = Field(
        default=None,
        description="Folder for database, clips, kept sources and secrets. Unset: `cutroom` in the user's folder for "
        "application data (`~/.local/share`, or `~/Library/Application Support`).",
    )
    secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Signs sessions and links; at least 32 characters, the same for all servers that share a "
        "database. Unset: made once and kept in the data folder.",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Lets a monitor read `/metrics` (`Authorization: Bearer ...`); at least 16 characters. The "
        "owner's key does so too. Unset, a server on loopback that stands behind nothing needs neither.",
    )


class DatabaseSettings(Group):
    """Where everything is written down."""

    url: str | None = Field(
        default=None,
        description="`sqlite:////path/to/file` or `postgresql://user:password@host/name`. Unset: `cutroom.db` in the "
        "data folder.",
    )


class StorageSettings(Group):
    """Where clips lie."""

    url: str | None = Field(
        default=None, description="`file:///folder` or `s3://bucket/prefix`. Unset: `files` in the data folder."
    )
    endpoint: str | None = Field(default=None, description="Of the S3 service. Unset: that of AWS.")
    public_endpoint: str | None = Field(
        default=None, description="Of the S3 service as clients reach it, for links. Unset: the same."
    )
    region: str = Field(default="us-east-1", description="Of the bucket.")
    access_key: str | None = Field(
        default=None, description="Of the S3 service. Unset: what the environment or the machine gives."
    )
    secret_key: SecretStr | None = Field(default=None, description="Belongs to the access key.")
    virtual_hosted: bool = Field(default=False, description="Whether the endpoint's host name names the bucket.")


class LibrarySettings(Group):
    """How long clips stay."""

    lifetime_hours: float = Field(default=24, gt=0, description="Life of a clip that is not pinned.")
    free_bytes: int = Field(default=1024**3, ge=0, description="Bytes of pinned clips that are free for an account.")
    result_hours: float = Field(
        default=24, gt=0, description="How long the file of a download or a tool can be fetched."
    )
    link_hours: float = Field(
        default=24, gt=0, le=168, description="How long a link to a file works, if its clip lives so long."
    )


class UploadsSettings(Group):
    """Sources that are sent to the server."""

    max_bytes: int = Field(default=500_000_000, ge=1024, description="Largest file that can be uploaded.")
    tool_bytes: int = Field(default=2 * 1024**3, ge=1024, description="Largest file that is sent to a tool.")
    analysis_bytes: int = Field(default=500 * 1024**2, ge=1024, description="Largest file that is sent to be analysed.")
    lifetime_hours: float = Field(default=24, gt=0, description="How long an upload stays.")
    account_bytes: int = Field(
        default=5_000_000_000,
        ge=0,
        description="What all uploads of one account may take together, and so may the files that wait for their "
        "tools; not the owner's.",
    )
    at_once: int = Field(default=4, ge=1, le=100, description="Uploads of one account that one process takes at once.")
