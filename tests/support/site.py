"""A whole site in this process: the real rooms on SQLite, under the real application; only sources are made up.

``Backstage`` is what a test does behind the doors: open accounts, put clips on the shelf, push jobs along.
"""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp

from cutroom.accounts import Accounts, AccountsConfig, PasswordCost, Passwords, RateLimiter, Replies
from cutroom.actions.looking import SourceLook
from cutroom.actions.metrics import Metrics
from cutroom.actions.readiness import ReadyChecks
from cutroom.actions.reception import Reception
from cutroom.actions.service import Limits, Rate, Service, ServiceConfig, SurfaceRates
from cutroom.analyses.links import PictureLinks
from cutroom.analyses.room import Analyses
from cutroom.billing import Payments, TestCards, Wallet
from cutroom.db import Database
from cutroom.db.engine import sqlite_url
from cutroom.db.tables import metadata
from cutroom.jobs import JobHub, Webhooks
from cutroom.judgement.analysis import assemble
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.clock import utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.library import Artifacts, Library, Uploads
from cutroom.media.engine import EngineConfig
from cutroom.media.toolbox import Toolbox
from cutroom.model.account import Account, Caller
from cutroom.model.analysis import Step
from cutroom.model.artifact import ArtifactFile, ArtifactKind, NewArtifact
from cutroom.model.clip import Format
from cutroom.model.download import ListedFormat, VideoInfo
from cutroom.model.library import Clip, NewClip
from cutroom.model.percepts import FileFacts, Percepts, SourceFacts
from cutroom.model.verdicts import Verdict
from cutroom.model.wallet import BillingMode, PriceList
from cutroom.storage import OutsideBuckets, Store, StoreConfig
from cutroom.storage.bucket import BucketConfig
from cutroom.storage.keys import run_key
from cutroom.workflows import JobClient, prepare_engine
from tests.support.notices import telling_jobs

DOCUMENTED = {
    "fastclip": SurfaceRates(per_key=(Rate(60, 60),), per_address=(Rate(30, 60),), jobs=(Rate(20, 3600),)),
    "clipapi": SurfaceRates(per_plan=True, per_address=(Rate(60, 60),)),
    "clipi": SurfaceRates(
        per_key=(Rate(50, 3600), Rate(500, 86_400)), per_admin_key=(Rate(100, 3600), Rate(1000, 86_400))
    ),
    "cutroom": SurfaceRates(per_key=(Rate(300, 60),), per_address=(Rate(60, 60),)),
}
MOST_UPLOADED = 5_000_000
MOST_SENT = 6_000_000
"""To a tool."""
FILM = "https://films.example/film.mp4"
FRAME = b"\xff\xd8\xff\xe0 a key frame \xff\xd9"
BAD = {
    f"https://films.example/{code.value}": code
    for code in ErrorCode
    if code.value.startswith("source_") or code in {ErrorCode.NOT_MEDIA, ErrorCode.MEDIA_DAMAGED}
}


class MadeUpSources:
    """Every link leads to a film of an hour, but those that are named after an error."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.seconds = Fraction(3600)
        self.asked: list[str] = []

    def look(self, url: str, *, anonymous: bool = False) -> SourceLook:
        self.asked.append(url)
        if url in BAD:
            raise CutroomError(BAD[url], "This link does not work here.", next_step="Try another one.")
        if url.endswith("/crash"):
            msg = "a secret of the machine: /etc/passwd"
            raise RuntimeError(msg)
        return self._film(url)

    def formats(self, url: str) -> VideoInfo:
        """In which forms that film can be downloaded."""
        found = self.look(url)
        listed = (ListedFormat("137", "mp4", "1080p", "1920x1080", 52_428_800, 30.0),)
        return VideoInfo(url, found.title or "", None, Fraction(212), "youtube", "Somebody", listed)

    def within_limits(self, look: Callable[[CancelToken], Any]) -> Any:
        """Whatever it is, it is real."""
        return look(CancelToken())

    def look_at_file(self, path: Path, name: str) -> SourceLook:
        """Every file is that film, but those that say they are none."""
        if path.read_bytes()[:5] == b"no me":
            raise CutroomError(ErrorCode.NOT_MEDIA, "This is no media.")
        return self._film("")

    def _film(self, url: str) -> SourceLook:
        return SourceLook(url, "A <Film> & more", self.seconds, None, url, None, 1080, has_picture=True, has_sound=True)


@dataclass
class Hands:
    """A clock that is set by hand."""

    ahead: float = 0.0

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(utc_now().timestamp() + self.ahead, tz=utc_now().tzinfo)


@dataclass
class Backstage:
    """What happens behind the doors."""

    services: Service
    sources: MadeUpSources
    mails: list[Any]
    root: Path
    clock: Hands

    def account(self, *, owner: bool = False, by_admin: bool = False) -> tuple[Account, str]:
        """An account that has its credit, and a key of it."""
        return self.account_on(None, owner=owner, by_admin=by_admin)

    def account_on(self, plan: str | None, *, owner: bool = False, by_admin: bool = False) -> tuple[Account, str]:
        """The same on a plan."""
        accounts = self.services.accounts
        with self.services.database.write() as tx:
            if owner:
                account, _ = accounts.ensure_owner(tx)
            else:
                account = accounts.add(
                    tx, email=f"{new_id()}@example.com", password_hash=None, name="Somebody", plan=plan
                )
            self.services.wallet.open(tx, account)
            _, secret = accounts.create_key(tx, account.id, prefix="sk_live_", by_admin=by_admin)
        return account, secret

    def session(self, account: Account) -> str:
        return self.services.accounts.issue_session(account)[0]

    def caller(self, account: Account) -> Caller:
        return Caller(account, None)

    def clip(self, account: Account, **changes: Any) -> Clip:
        """A clip on the shelf, its file in the store."""
        clip_id = changes.pop("id", None) or new_id()
        content: bytes = changes.pop("content", b"0123456789" * 100)
        file = self.root / f"{clip_id}.bin"
        file.write_bytes(content)
        key = f"clips/{clip_id}.mp4"
        name = changes.get("file_name", "clip_0-30-1-30.mp4")
        self.services.store.put(key, file, media_type="video/mp4", file_name=name)
        fields: dict[str, Any] = {
            "id": clip_id, "account_id": account.id, "surface": "fastclip", "job_id": clip_id, "name": "A clip",
            "format": Format.MP4, "width": 640, "height": 360, "start": Fraction(30), "end": Fraction(90),
            "duration": Fraction(60), "source_title": "A <Film> & more", "source_url": FILM, "file_key": key,
            "file_name": name, "file_size": len(content), "media_type": "video/mp4", "thumbnail_key": None, "facts": {},
        }  # fmt: skip
        with self.services.database.write() as tx:
            return self.services.library.add(tx, NewClip(**fields | changes))

    def finish(self, account: Account, job_id: str, **changes: Any) -> Clip:
        """Do what a worker would: the job completes with a clip, and is paid."""
        clip = self.clip(account, id=job_id, **changes)
        with self.services.database.write() as tx:
            self.services.jobs.start(tx, job_id, "worker")
            paid = self.services.wallet.capture(tx, job_id)
            self.services.jobs.complete(tx, job_id, {"clip_id": job_id}, cost=paid.cents)
        return clip

    def start(self, job_id: str, *progress: float) -> None:
        """A worker has taken the job, and is so far."""
        with self.services.database.write() as tx:
            self.services.jobs.start(tx, job_id, "worker")
            for fraction in progress:
                self.services.jobs.progress(tx, job_id, "processing", fraction, speed=2_500_000.0, eta=11.2)

    def make(self, job_id: str, content: bytes = b"made", name: str = "result.mp4", kind: str = "video/mp4") -> None:
        """Do what a worker would: the job completes, and its result is there."""
        self.start(job_id)
        file = self.root / new_id()
        file.write_bytes(content)
        made = ArtifactFile(run_key(job_id, new_id(32), name.rpartition(".")[2]), name, kind, len(content))
        self.services.store.put(made.key, file, media_type=kind, file_name=name)
        with self.services.database.write() as tx:
            job = self.services.jobs.get(tx, job_id)
            assert job is not None
            self.services.jobs.complete(tx, job_id, {"artifact_id": job.params["artifact"]})
            assert self.services.artifacts.fill(tx, job.params["artifact"], made)

    def analyse(self, analysis_id: str, *steps: Step, finish: bool = True) -> None:
        """Do what a worker would: these steps (all of them, if none are named), and the end, as far as it is tiny."""
        services = self.services
        with services.database.write() as tx:
            services.jobs.start(tx, analysis_id, "worker")
            found = services.analyses.get(tx, analysis_id)
        assert found is not None
        for step in steps or found.steps:
            number = found.steps.index(step)
            with services.database.write() as tx:
                if services.analyses.begin_step(tx, analysis_id, number):
                    services.jobs.event(tx, analysis_id, "step_start", {"step": step.value})
            with services.database.write() as tx:
                took = services.analyses.end_step(tx, analysis_id, number, step.value)
                services.jobs.event(tx, analysis_id, "step_done", {"step": step.value, "duration_ms": took})
        if finish:
            self._finish_analysis(analysis_id)

    def _finish_analysis(self, analysis_id: str) -> None:
        services, file = self.services, self.root / f"{analysis_id}.jpg"
        file.write_bytes(FRAME)
        key = run_key(analysis_id, new_id(32), "jpg")
        services.store.put(key, file, media_type="image/jpeg", file_name="keyframe.jpg")
        frames = {"visual_analysis": {"keyframes": [{"frame_index": 0, "t": 0.0, "image_url": "0.jpg"}]}}
        percepts = Percepts(SourceFacts(title="A film", url=FILM), FileFacts(12.0, 1080, 1920, 30.0))
        with services.database.write() as tx:
            found = services.analyses.get(tx, analysis_id)
            assert found is not None
            result = assemble(percepts, found.preset, {"media_understanding": Verdict(frames)})
            services.analyses.note_pictures(tx, analysis_id, {"0.jpg": key})
            services.analyses.note_result(tx, analysis_id, result)
            picture = NewArtifact(
                id=f"pic_{analysis_id}", job_id=analysis_id, account_id=found.account_id, surface="clipapi",
                kind=ArtifactKind.PICTURE, file=ArtifactFile(key, "keyframe.jpg", "image/jpeg", len(FRAME)),
            )  # fmt: skip
            services.artifacts.add(tx, picture)
            services.jobs.complete(tx, analysis_id, {})

    def fail(self, job_id: str, code: str, message: str) -> None:
        with self.services.database.write() as tx:
            self.services.jobs.fail(tx, job_id, code, message)

    def allow_reloads(self, account: Account) -> None:
        """A card, and the wish that keys may charge it."""
        self.services.payments.add_card(account, "tok_visa")
        with self.services.database.write() as tx:
            self.services.payments.change_settings(tx, account.id, api_reload_enabled=True)


@contextlib.contextmanager
def open_backstage(
    root: Path,
    *,
    clock: Hands | None = None,
    limits: Limits | None = None,
    buckets: BucketConfig | None = None,
    **config: Any,
) -> Iterator[Backstage]:
    """The real rooms on a new SQLite database; payments in test mode, no mail server."""
    clock = clock or Hands()
    database = Database(sqlite_url(root / "site.db"))
    metadata.create_all(database.engine)
    prepare_engine(database)
    mails: list[Any] = []
    accounts = Accounts(AccountsConfig(session_secret="s" * 48), clock)
    wallet = Wallet(BillingMode.TEST, PriceList(), clock)
    library = Library(clock=clock)
    jobs = telling_jobs(library, clock)
    client = JobClient(database, jobs, release=wallet.release)
    sources = MadeUpSources()
    scratch = root / "scratch"
    scratch.mkdir()
    tools = Toolbox(EngineConfig(scratch=scratch))
    store = Store(StoreConfig(url=(root / "store").as_uri(), secret="l" * 48), clock)
    services = Service(
        config=ServiceConfig(limits=limits or Limits(surfaces=DOCUMENTED), **config),
        prices=PriceList(),
        database=database,
        jobs=jobs,
        client=client,
        hub=JobHub(database, jobs),
        wallet=wallet,
        payments=Payments(database, wallet, TestCards(), accounts, mails.append, clock=clock),
        accounts=accounts,
        passwords=Passwords(PasswordCost(rounds=1, memory_kib=8, lanes=1)),
        limiter=RateLimiter(database, clock),
        replies=Replies(clock),
        library=library,
        uploads=Uploads(clock=clock),
        artifacts=Artifacts(clock=clock),
        analyses=Analyses(clock),
        pictures=PictureLinks(store.links, 86_400, clock),
        webhooks=Webhooks(clock),
        buckets=OutsideBuckets(buckets),
        reception=Reception(scratch, max_bytes=MOST_UPLOADED, surfaces={"clipi": MOST_SENT, "clipapi": MOST_SENT}),
        store=store,
        links=store.links,
        looker=cast("Any", sources),
        tools=tools,
        mailer=cast("Any", None),
        metrics=Metrics(),
        checks=ReadyChecks(),
        later=lambda act: None,
        clock=clock,
    )
    try:
        yield Backstage(services, sources, mails, Path(tempfile.mkdtemp(dir=root)), clock)
    finally:
        tools.close()
        client.close()
        database.close()


@contextlib.contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """The application behind a real socket of this machine; its base URL."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=3, server_header=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@contextlib.contextmanager
def busy_hands(behind: Backstage) -> Iterator[None]:
    """Somebody behind the doors who finishes every accepted job."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.1):
            with behind.services.database.read() as tx:
                waiting = behind.services.jobs.unfinished(tx)
            for job in waiting:
                with behind.services.database.read() as tx:
                    account = behind.services.accounts.get(tx, job.account_id)
                behind.finish(account, job.id, file_name=job.params["file_name"], name=job.params["name"])

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
