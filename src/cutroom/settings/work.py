"""How work is done, and how others are told of it."""

from __future__ import annotations

from pydantic import Field

from cutroom.settings.group import Group, Seconds, Words


class WorkerSettings(Group):
    """One worker process."""

    queues: Words = Field(
        default=("net", "cpu", "gpu"), description="What `cutroom worker` takes work from, separated by commas."
    )
    lease_seconds: float = Field(
        default=20, ge=2, description="A worker that is silent for so long is given up, and others take its jobs over."
    )
    cpu_jobs: int | None = Field(
        default=None, ge=1, le=256, description="Jobs of the queue `cpu` at once. Unset: as many as cores."
    )
    net_jobs: int = Field(default=8, ge=1, le=256, description="Jobs of the queue `net` at once.")
    gpu_jobs: int = Field(default=1, ge=1, le=64, description="Jobs of the queue `gpu` at once.")


class WebhooksSettings(Group):
    """Messages to other servers."""

    retry_delays: Seconds = Field(
        default=(60, 300, 1800, 7200, 43_200),
        description="Seconds to wait after the first failed try, after the second, and so on, separated by commas; "
        "then a message is given up.",
    )
    timeout_seconds: float = Field(default=10, gt=0, le=60, description="For one try.")
