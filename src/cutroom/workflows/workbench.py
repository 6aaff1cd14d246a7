"""What steps work with: the collaborators and numbers a worker is given, as narrow as the steps need them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from cutroom.analyses.judging import Judgement, Judges
from cutroom.analyses.room import Analyses
from cutroom.analyses.senses import Senses
from cutroom.db import Database, Transaction
from cutroom.jobs import Jobs, Webhooks, Workers
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.money import Money
from cutroom.kernel.progress import ProgressCallback, ignore
from cutroom.library import Artifacts, Uploads
from cutroom.media.input import Source
from cutroom.model.clip import CutRequest, CutResult
from cutroom.model.download import ExportRequest, ExportResult
from cutroom.model.job import Queue
from cutroom.model.library import Clip, NewClip
from cutroom.model.media import MediaFacts
from cutroom.model.tool import ToolResult, Values
from cutroom.sources.resolve import Resolved
from cutroom.storage import SourceCache, StoredFile
from cutroom.workflows.turns import Turns

Turn = Callable[[CancelToken], AbstractContextManager[int]]


class WalletPort(Protocol):
    """Of ``billing.Wallet``: a job's reservation, settled once."""

    def capture(self, tx: Transaction, job_id: str, amount: Money | None = None) -> Money: ...
    def release(self, tx: Transaction, job_id: str) -> bool: ...


class LibraryPort(Protocol):
    """Of ``library.Library``."""

    def add(self, tx: Transaction, clip: NewClip, /) -> Clip: ...
    def get(self, tx: Transaction, clip_id: str) -> Clip | None: ...
    def expired(self, tx: Transaction, limit: int) -> list[Clip]: ...
    def forget(self, tx: Transaction, clip_ids: list[str], /) -> Any: ...


class StorePort(Protocol):
    """Of ``storage.Store``."""

    def put(self, key: str, path: Path, *, media_type: str, file_name: str) -> int: ...
    def delete(self, key: str) -> None: ...
    def list(self, prefix: str = "") -> Iterator[str]: ...
    def entries(self, prefix: str = "") -> Iterator[StoredFile]: ...
    def local_path(self, key: str) -> Path | None: ...
    def fetch(self, key: str, target: Path) -> int: ...


class BucketsPort(Protocol):
    """Of ``storage.outside.OutsideBuckets``."""

    def fetch(self, path: str, target: Path, cancel: CancelToken) -> int: ...


class EnginePort(Protocol):
    """Of ``media.Engine``."""

    def probe(
        self, source: Source | Path, *, on_progress: ProgressCallback = ignore, cancel: CancelToken | None = None
    ) -> MediaFacts: ...

    def cut(
        self,
        source: Source | Path,
        request: CutRequest,
        target: Path,
        *,
        overwrite: bool = False,
        on_progress: ProgressCallback = ignore,
        cancel: CancelToken | None = None,
    ) -> CutResult: ...


class ExportPort(Protocol):
    """``media.export`` with its engine."""

    def __call__(
        self,
        source: Source | Path,
        request: ExportRequest,
        target: Path,
        *,
        overwrite: bool = False,
        on_progress: ProgressCallback = ignore,
        cancel: CancelToken | None = None,
        turn: Turn | None = None,
    ) -> ExportResult: ...


class ToolsPort(Protocol):
    """Of ``media.Toolbox``."""

    def run(
        self,
        name: str,
        values: Values,
        source: Path,
        folder: Path,
        *,
        on_progress: ProgressCallback = ignore,
        cancel: CancelToken | None = None,
    ) -> ToolResult: ...


class SourcesPort(Protocol):
    """Of ``sources.Sources``."""

    def resolve(self, text: str, cancel: CancelToken | None = None) -> Resolved: ...
    def stored(self, path: Path, title: str | None = None) -> Resolved: ...


class PostPort(Protocol):
    """A guarded way to send a message: no redirects, no private addresses unless allowed."""

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> tuple[int, str]:
        """The status and the beginning of the answer. Raises ``CutroomError`` when there was none."""


Chore = Callable[[], object]
"""Something to be done now and then, in transactions of its own."""


def _cores() -> int:
    return os.cpu_count() or 2


@dataclass(frozen=True, slots=True)
class WorkConfig:
    """How a worker works; times in seconds."""

    scratch: Path
    """Folder for files in the making."""
    lease: float = 20.0
    """A worker without a sign of life for this long is given up, and its jobs are taken over."""
    polling: float = 0.2
    """How often each queue is looked at."""
    cpu_jobs: int = field(default_factory=_cores)
    """Not half of them: sound, images and GIFs keep one core busy, however many threads they are given."""
    net_jobs: int = 8
    flow_jobs: int = 64
    gpu_jobs: int = 1
    progress_every: float = 0.5
    reconcile_every: float = 5.0
    webhooks_every: float = 1.0
    sweep_every: float = 60.0
    history: timedelta = timedelta(days=7)
    """How long the engine's records of ended work are kept."""
    webhook_history: timedelta = timedelta(days=30)
    webhook_seconds: float = 10.0
    """For one try, from connecting to the end of the answer."""
    stop_within: float = 4.1
    """A worker that was told to stop is gone by then, whatever hangs."""

    def concurrency(self, queue: Queue) -> int:
        """How many jobs of a queue one worker runs at once."""
        return {
            Queue.FLOW: self.flow_jobs, Queue.NET: self.net_jobs, Queue.CPU: self.cpu_jobs, Queue.GPU: self.gpu_jobs
        }[queue]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Workbench:
    """Everything steps use. Thread-safe; whoever made it closes what it holds."""

    database: Database
    jobs: Jobs
    wallet: WalletPort
    library: LibraryPort
    store: StorePort
    engine: EnginePort
    export: ExportPort
    tools: ToolsPort
    sources: SourcesPort
    source_cache: SourceCache
    config: WorkConfig
    webhooks: Webhooks = field(default_factory=Webhooks)
    post: PostPort | None = None
    """None: webhooks wait for a worker that can send them."""
    turns: Turns = field(default_factory=Turns)
    """At the processor, for jobs of the other queues."""
    workers: Workers = field(default_factory=Workers)
    uploads: Uploads = field(default_factory=Uploads)
    artifacts: Artifacts = field(default_factory=Artifacts)
    analyses: Analyses = field(default_factory=Analyses)
    senses: Senses | None = None
    """None: this worker perceives nothing."""
    judges: Judges = field(default_factory=Judgement)
    buckets: BucketsPort | None = None
    """Where paths in buckets are read from; None: nowhere."""
    engine_version: str = ""
    """Of the program, as analyses tell it."""
    chores: Mapping[str, Chore] = field(default_factory=dict)
    """What other rooms want swept now and then, by name: old tokens, kept replies, request windows, caches."""
