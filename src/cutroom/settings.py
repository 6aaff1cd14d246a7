"""Every setting there is, read from the environment by the composition root and by nobody else.

Names are ``CUTROOM_`` plus the path of the field with ``__`` between the levels: ``CUTROOM_MEDIA__THREADS=1``.
``docs/settings.md`` is written from the descriptions here by ``python -m cutroom.settings``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from cutroom.kernel.errors import CutroomError, ErrorCode

PREFIX = "CUTROOM_"
_LEVELS = "__"


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OutboundSettings(_Group):
    """What may be reached over the network."""

    allow_private_networks: bool | None = Field(
        default=None,
        description="Whether loopback, private and link-local addresses may be fetched from. Unset: a server says no, "
        "the command line says yes unless `--guarded` is given.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Names, addresses or networks that may be reached although they are private, separated by "
        "commas: `nas.example,192.168.7.0/24`.",
    )

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [host for part in value.split(",") if (host := part.strip())] if isinstance(value, str) else value


class MediaSettings(_Group):
    """How media is read and written."""

    ffmpeg: Path | None = Field(default=None, description="The ffmpeg program to use. Unset: the bundled one.")
    threads: int | None = Field(
        default=None, ge=1, le=256, description="Threads one piece of work may use. Unset: as many as there are cores."
    )
    scratch: Path | None = Field(
        default=None, description="Folder for short-lived files. Unset: the system's folder for temporary files."
    )


class SourcesSettings(_Group):
    """What fetching one source may cost."""

    max_bytes: int = Field(
        default=50 * 1024**3, ge=1, description="Most bytes fetched for one piece of work, all requests together."
    )
    max_duration_seconds: float | None = Field(
        default=None, gt=0, description="Longest programme that is accepted, in seconds. Unset: any length."
    )
    cookies: Path | None = Field(
        default=None,
        description="A cookie file in Netscape format that is shown to sites when a page is read. Never use those of "
        "your own account on a server for others.",
    )


class Settings(BaseSettings):
    """All settings. Unknown names inside a group are refused, so that a typing error does not pass unnoticed."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=_LEVELS,
        extra="forbid",
        frozen=True,
        env_ignore_empty=True,
    )

    log: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="Least serious messages that are logged, to standard error."
    )
    outbound: OutboundSettings = OutboundSettings()
    media: MediaSettings = MediaSettings()
    sources: SourcesSettings = SourcesSettings()


def load_settings() -> Settings:
    """The settings of this process's environment. Raises ``CutroomError(INVALID_REQUEST)`` naming the bad variable."""
    _refuse_unknown_groups()
    try:
        return Settings()
    except (ValidationError, SettingsError) as error:
        raise CutroomError(
            ErrorCode.INVALID_REQUEST, _complaint(error), next_step="Correct or unset it.", detail=str(error)
        ) from error


def _refuse_unknown_groups() -> None:
    """A mistyped group would be ignored, and with it perhaps a rule about safety."""
    for name in os.environ:
        group, levels, _ = name.upper().removeprefix(PREFIX).partition(_LEVELS)
        if levels and name.upper().startswith(PREFIX) and group.lower() not in Settings.model_fields:
            raise CutroomError(
                ErrorCode.INVALID_REQUEST,
                f"There is no setting {ascii(name)[1:-1][:80]}.",
                next_step="Correct or unset it.",
            )


def _complaint(error: ValidationError | SettingsError) -> str:
    if isinstance(error, SettingsError):
        return "A setting in the environment cannot be read."
    first = error.errors(include_url=False, include_input=False)[0]
    name = variable(*(str(part) for part in first["loc"][:2]))
    if first["type"] == "extra_forbidden":
        return f"There is no setting {name}."
    reason = first["msg"][0].lower() + first["msg"][1:]
    return f"The setting {name} is wrong: {reason}."


def variable(*path: str) -> str:
    """The environment variable of a field.

    >>> variable("media", "threads")
    'CUTROOM_MEDIA__THREADS'
    """
    return PREFIX + _LEVELS.join(path).upper()


def settings_page() -> str:
    """``docs/settings.md``: every setting with its default and meaning."""
    head = (
        "# Settings\n\n"
        "Settings are environment variables. This page is written by `python -m cutroom.settings`.\n\n"
        "| variable | default | meaning |\n| --- | --- | --- |\n"
    )
    return head + "".join(f"| `{name}` | {default} | {meaning} |\n" for name, default, meaning in _rows(Settings))


def _rows(group: type[BaseModel], *path: str) -> Iterator[tuple[str, str, str]]:
    for name, field in group.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _rows(kind, *path, name)
        else:
            default = "" if field.default in {None, ()} else f"`{field.default}`"
            yield variable(*path, name), default, field.description or ""


if __name__ == "__main__":
    sys.stdout.write(settings_page())
