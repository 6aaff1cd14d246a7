"""What sources are fetched from, and how media is made: for the command line and the server alike."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from cutroom.settings.group import Group, Words

VideoEncoder = Literal["auto", "h264_nvenc", "h264_qsv", "h264_amf", "h264_videotoolbox", "h264_vaapi"]


class OutboundSettings(Group):
    """What may be reached over the network."""

    allow_private_networks: bool | None = Field(
        default=None,
        description="Whether loopback, private and link-local addresses may be fetched from. Unset: a server says no, "
        "the command line says yes unless `--guarded` is given.",
    )
    allowed_hosts: Words = Field(
        default=(),
        description="Names, addresses or networks that may be reached although they are private, separated by "
        "commas: `nas.example,192.168.7.0/24`.",
    )


class MediaSettings(Group):
    """How media is read and written."""

    ffmpeg: Path | None = Field(default=None, description="The ffmpeg program to use. Unset: the bundled one.")
    threads: int | None = Field(
        default=None, ge=1, le=256, description="Threads one piece of work may use. Unset: as many as there are cores."
    )
    video_encoder: VideoEncoder | None = Field(
        default=None,
        description="Encoder of a graphics processor for the tools' H.264, where the ffmpeg program has it and it "
        "works here; `auto` takes the first that does. Unset: x264, whose pictures are better for their size.",
    )
    scratch: Path | None = Field(
        default=None,
        description="Folder for short-lived files. Unset: the system's folder for temporary files; for a server, "
        "`scratch` in its data folder.",
    )


class SourcesSettings(Group):
    """What fetching one source may cost, and how long it is remembered."""

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
    cache_bytes: int = Field(
        default=20 * 1024**3,
        ge=0,
        description="Most bytes of source files that a server keeps for the next piece of work on them; the longest "
        "unused go first.",
    )
    buckets: Words = Field(
        default=(),
        description="Further S3 buckets, or `bucket/prefix`, from which accounts may have files analysed by path "
        "(`storage_path`), separated by commas. The storage's own bucket is read without being named, but for "
        "Cutroom's own files in it. Unless the storage is a bucket, none is read.",
    )
    look_seconds: float = Field(
        default=90, gt=0, description="Longest time a server looks for what a link leads to before it answers."
    )
    looks_kept_seconds: float = Field(
        default=600, ge=0, description="How long the server remembers what a link led to."
    )
