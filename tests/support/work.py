"""A place of work for tests: a database, a store, scratch, one account with money, and real cuts of generated films.

``Yard`` is what a test looks at and submits to; ``open_bench`` is what a worker in this or another process works with.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from cutroom.analyses.room import Analyses
from cutroom.billing.wallet import Wallet
from cutroom.db import Database
from cutroom.db.tables.accounts import accounts
from cutroom.kernel.clock import utc_now
from cutroom.kernel.ids import new_capability, new_id
from cutroom.kernel.money import Money
from cutroom.library import Artifacts, Library
from cutroom.media.child import MediaChild
from cutroom.media.engine import Engine, EngineConfig
from cutroom.media.export import export
from cutroom.media.toolbox import Toolbox
from cutroom.model.account import Account
from cutroom.model.analysis import Analysis, NewAnalysis, Preset, SourceType
from cutroom.model.artifact import ArtifactFile, ArtifactKind, NewArtifact
from cutroom.model.job import Job, JobStatus, NewJob, Queue
from cutroom.model.wallet import BillingMode, PriceList
from cutroom.outbound.egress import Egress, EgressPolicy
from cutroom.outbound.http import HttpClient
from cutroom.outbound.post import Poster
from cutroom.sources.ports import Network
from cutroom.sources.resolve import Sources
from cutroom.storage import SourceCache, Store, StoreConfig
from cutroom.storage.keys import digest_of, run_input_key
from cutroom.workflows import JobClient, Workbench, WorkConfig, prepare_engine
from tests.support.notices import SECRET, telling_jobs
from tests.support.stand_in import StandInJudges, StandInSenses

PRICE = 10
SIGNUP = 50_000


@dataclass
class Yard:
    """Everything a test needs to hand in work and to see what became of it."""

    url: str
    root: Path
    source: str
    account: Account
    database: Database = field(init=False)

    def __post_init__(self) -> None:
        self.database = Database(self.url)
        self.wallet = Wallet(BillingMode.CREDITS, PriceList(signup_credit=Money(SIGNUP)))
        self.library = Library()
        self.artifacts = Artifacts()
        self.analyses = Analyses()
        self.jobs = telling_jobs(self.library)
        self.client = JobClient(self.database, self.jobs, release=self.wallet.release)

    @cached_property
    def store(self) -> Store:
        return open_store(self.root)

    def submit(self, **changes: Any) -> Job:
        """A cut of the yard's film, its price reserved."""
        params = {
            "url": self.source, "start": "1", "end": "3", "format": "mp4", "quality": "1080p", "source_title": "Film",
            "name": "A clip", "file_name": "A clip.mp4", "price": PRICE,
        }  # fmt: skip
        order = NewJob(
            id=changes.pop("id", None) or new_id(),
            account_id=self.account.id,
            surface="fastclip",
            kind="cut",
            queue=changes.pop("queue", Queue.CPU),
            priority=changes.pop("priority", 10),
            timeout=changes.pop("timeout", 3600.0),
            params=params | changes,
        )
        with self.database.write() as tx:
            self.wallet.reserve(tx, self.account, order.id, Money(PRICE))
            return self.client.submit(tx, order)

    def order(self, tool: str, file: Path, /, *, timeout: float = 3600.0, **values: str | int) -> Job:
        """A tool for a file that was sent; its result is promised. Nothing is reserved."""
        job_id, artifact_id = new_capability(), new_capability()
        key = run_input_key(job_id, digest_of(file), file.suffix.removeprefix("."))
        size = self.store.put(key, file, media_type="application/octet-stream", file_name="input")
        params = {"tool": tool, "values": values, "input": key, "artifact": artifact_id}
        new = NewJob(job_id, self.account.id, "clipi", "tool", Queue.CPU, params, timeout=timeout)
        result = NewArtifact(id=artifact_id, job_id=job_id, account_id=self.account.id, surface="clipi")
        sent = ArtifactFile(key, "input", "application/octet-stream", size)
        with self.database.write() as tx:
            job = self.client.submit(tx, new)
            self.artifacts.add(tx, result)
            self.artifacts.add(tx, replace(result, id=new_capability(), kind=ArtifactKind.INPUT, file=sent))
        return job

    def analyse(self, **changes: Any) -> Analysis:
        """An analysis of the yard's film, by its path: local files are sources here."""
        wanted: dict[str, Any] = {
            "id": f"job_{new_id(12)}", "account_id": self.account.id, "preset": Preset.FULL,
            "source_type": SourceType.URL, "source": self.source, "platform": "direct",
        }  # fmt: skip
        limit, timeout = changes.pop("limit", None), changes.pop("timeout", 3600.0)
        params = {"longest": changes.pop("longest", None)} | changes.pop("params", {})
        new = NewAnalysis(**wanted | changes)
        job = NewJob(new.id, self.account.id, "clipapi", "analysis", Queue.NET, params, timeout=timeout)
        with self.database.write() as tx:
            self.client.submit(tx, job)
            self.analyses.add(tx, new, limit=limit)
        return self.analysis(new.id)

    def analysis(self, analysis_id: str) -> Analysis:
        with self.database.read() as tx:
            found = self.analyses.get(tx, analysis_id)
        assert found is not None
        return found

    def steps_told(self, analysis_id: str) -> list[tuple[str, str]]:
        """What a stream would tell of its steps, in the order in which it would."""
        with self.database.read() as tx:
            events = self.jobs.events(tx, analysis_id)
        return [(event.kind, event.data["step"]) for event in events if event.kind.startswith("step_")]

    def used(self) -> int:
        with self.database.read() as tx:
            return self.analyses.used(tx, self.account.id)

    def senses_used(self) -> list[str]:
        """What the stand-in senses were asked, by all workers of this yard."""
        log = self.root / "senses.log"
        return log.read_text().split() if log.exists() else []

    def result(self, job: Job) -> ArtifactFile | None:
        """What was made of an order."""
        with self.database.read() as tx:
            found = self.artifacts.get(tx, job.params["artifact"])
        return found.file if found is not None else None

    def runs(self) -> list[str]:
        return sorted(self.store.list("runs"))

    def job(self, job_id: str) -> Job:
        with self.database.read() as tx:
            job = self.jobs.get(tx, job_id)
        assert job is not None
        return job

    def wait(self, job_id: str, *status: JobStatus, seconds: float = 60.0) -> Job:
        """The job once it has one of these states; any final one if none is named."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            job = self.job(job_id)
            if job.status in status or (not status and job.status.is_final):
                return job
            assert not job.status.is_final, f"{job.status} {job.error}"
            time.sleep(0.02)
        raise AssertionError(f"{job_id} is {self.job(job_id)}")

    def balance(self) -> int:
        with self.database.read() as tx:
            return self.wallet.balance(tx, self.account.id).cents

    def audit(self) -> list[str]:
        with self.database.read() as tx:
            return self.wallet.check(tx)

    def rows(self, query: str) -> list[Any]:
        with self.database.read() as tx:
            return list(tx.execute(sa.text(query)))

    def stored(self) -> list[str]:
        return sorted(self.store.list("clips"))

    def litter(self) -> list[str]:
        """Files that nobody will ask for: scratch, parts."""
        return sorted(str(path) for path in (self.root / "scratch").rglob("*") if path.is_file()) + sorted(
            str(path)
            for path in (self.root / "store").rglob("*")
            if path.is_file() and not {"clips", "runs", "percepts"} & set(path.parts)
        )

    def close(self) -> None:
        self.client.close()
        self.database.close()


def open_store(root: Path) -> Store:
    return Store(StoreConfig(url=(root / "store").as_uri(), secret=SECRET))


def make_yard(url: str, root: Path, source: str) -> Yard:
    """A yard in a database with tables, with one account that has money."""
    (root / "scratch").mkdir(parents=True)
    account = Account(new_id(), "a@example.com", "A", "free", is_owner=False, disabled=False, created=utc_now())
    yard = Yard(url, root, source, account)
    prepare_engine(yard.database)
    with yard.database.write() as tx:
        tx.execute(
            sa.insert(accounts).values(id=account.id, email=account.email, webhook_secret="d2g=", created=utc_now())
        )
        yard.wallet.open(tx, account)
    return yard


@contextlib.contextmanager
def open_bench(url: str, root: Path, child: MediaChild | None = None, **config: Any) -> Iterator[Workbench]:
    """What a worker works with: all real. Local files are sources, and so is this machine's network.

    ``child`` opens media for it; without one it starts its own.
    """
    settings: dict[str, Any] = {
        "lease": 2.0, "sweep_every": 2.0, "reconcile_every": 1.0, "progress_every": 0.1, "cpu_jobs": 2
    }  # fmt: skip
    scratch = root / "scratch"
    slow = float(config.pop("slow_senses", 0.0))
    with contextlib.ExitStack() as stack:
        database, store, cache = Database(url), open_store(root), SourceCache(root / "sources", 10**9)
        stack.callback(database.close)
        egress = stack.enter_context(Egress(EgressPolicy(allow_private_networks=True)))
        child = child or stack.enter_context(MediaChild())
        engine = stack.enter_context(Engine(EngineConfig(scratch=scratch, threads=1), child))
        library = Library()
        yield Workbench(
            database=database,
            jobs=telling_jobs(library),
            wallet=Wallet(BillingMode.CREDITS, PriceList()),
            library=library,
            post=stack.enter_context(Poster(egress)),
            store=store,
            chores={"store": store.tidy},
            engine=engine,
            export=partial(export, engine),
            tools=stack.enter_context(Toolbox(EngineConfig(scratch=scratch, threads=1), child)),
            sources=Sources(
                Network(connect=lambda: HttpClient(egress), proxy_url=lambda: egress.proxy_url), cache=cache
            ),
            source_cache=cache,
            config=WorkConfig(scratch=scratch, **settings | config),
            senses=StandInSenses(engine, root / "senses.log", slow),
            judges=StandInJudges(),
            engine_version="test",
        )


def children_of(root: Path) -> list[int]:
    """Processes that work on scratch files of the yard at ``root``, whoever is their parent."""
    found, scratch = [], str(root / "scratch").encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if scratch in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found
