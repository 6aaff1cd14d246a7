"""Running a server: whether it is well, its numbers, and replies kept for repeated requests."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from cutroom.actions.service import Service
from cutroom.jobs import Workers
from cutroom.kernel.errors import CutroomError
from cutroom.kernel.ids import new_id
from cutroom.model.request import Reply

_OK = "ok"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether requests should be sent here, and the checks that say so: name -> "ok" or a sentence."""

    ready: bool
    checks: Mapping[str, str]


class Metrics:
    """The numbers of this process in Prometheus' form, in a registry of their own.

    Nothing is labelled by account, key, job or address. ``route`` is a template (``/clips/{id}``), never a path.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._requests = Counter(
            "cutroom_requests", "Answered requests.", ["surface", "method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "cutroom_request_seconds",
            "Time from request to answer.",
            ["surface", "route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._errors = Counter("cutroom_errors", "Errors told to clients.", ["code"], registry=self.registry)
        self._streams = Gauge("cutroom_streams", "Open event streams.", ["surface"], registry=self.registry)
        self.jobs = Gauge(
            "cutroom_jobs", "Jobs that have not ended, over all servers.", ["queue", "status"], registry=self.registry
        )
        self.worker_silence = Gauge(
            "cutroom_worker_silence_seconds",
            "Since the last sign of life of any worker; -1 when there is none.",
            registry=self.registry,
        )

    def request(self, surface: str, method: str, route: str, status: int, seconds: float) -> None:
        """An answered request."""
        self._requests.labels(surface, method, route, str(status)).inc()
        self._seconds.labels(surface, route).observe(seconds)

    def error(self, code: str) -> None:
        """An error that was told to somebody."""
        self._errors.labels(code).inc()

    @contextmanager
    def stream(self, surface: str) -> Iterator[None]:
        """An open event stream, for as long as the block runs."""
        with self._streams.labels(surface).track_inprogress():
            yield


class ReadyChecks:
    """What is known about readiness. Somebody may ask often: the store is tried every ``keep`` seconds at most."""

    def __init__(self, keep: float = 30.0) -> None:
        self._keep = keep
        self._store: tuple[float, str] | None = None
        self._current = False

    def store(self, services: Service) -> str:
        """Whether the store takes files: ``ok`` or a sentence."""
        now = time.monotonic()
        if self._store is None or now - self._store[0] > self._keep:
            self._store = (now, _try_store(services))
        return self._store[1]

    def tables(self, services: Service) -> str:
        """Whether the tables are up to date: ``ok`` or a sentence. Once they are, they stay so."""
        from cutroom.db.migrate import is_current

        self._current = self._current or is_current(services.database)
        return _OK if self._current else "not up to date: run `cutroom migrate`"


def health() -> bool:
    """Cheap: that this process answers at all."""
    return True


def readiness(services: Service) -> Readiness:
    """Whether the database answers with current tables, a worker has beaten recently and the store takes files."""
    if not services.database.ready():
        return Readiness(ready=False, checks={"database": "does not answer"})
    checks = {
        "database": _OK,
        "migrations": services.checks.tables(services),
        "worker": _worker(services),
        "storage": services.checks.store(services),
    }
    return Readiness(all(said == _OK for said in checks.values()), checks)


def metrics_page(services: Service) -> tuple[bytes, str]:
    """The metrics and their content type."""
    metrics = services.metrics
    with services.database.read() as tx:
        silence = Workers().silence(tx)
        counts = services.jobs.counts(tx)
    metrics.worker_silence.set(-1 if silence is None else silence)
    metrics.jobs.clear()
    for (queue, status), count in counts.items():
        metrics.jobs.labels(queue, status).set(count)
    return generate_latest(metrics.registry), CONTENT_TYPE_LATEST


def claim_reply(services: Service, scope: str, key: str, request_hash: str) -> Reply | None:
    """For an ``Idempotency-Key``: the kept reply, or None when this request is the first and has to be answered.

    ``IDEMPOTENCY_CONFLICT`` when the key was used for another request, or the first is still being answered.
    """
    with services.database.write() as tx:
        return services.replies.claim(tx, scope, key, request_hash)


def keep_reply(
    services: Service, scope: str, key: str, *, status: int, headers: Mapping[str, str], body: bytes
) -> None:
    """Keep the first reply for those who ask again."""
    with services.database.write() as tx:
        services.replies.keep(tx, scope, key, Reply(status, headers, body))


def drop_reply(services: Service, scope: str, key: str) -> None:
    """Forget the claim: the request failed in a way that may be tried again."""
    with services.database.write() as tx:
        services.replies.drop(tx, scope, key)


def _worker(services: Service) -> str:
    with services.database.read() as tx:
        silence = Workers().silence(tx)
    if silence is None:
        return "none has started"
    return _OK if silence <= services.config.worker_silence else f"none for {silence:.0f} seconds"


def _try_store(services: Service) -> str:
    key = f"ready/{new_id()}"
    try:
        with tempfile.NamedTemporaryFile() as probe:
            probe.write(b"ready\n")
            probe.flush()
            services.store.put(key, Path(probe.name), media_type="text/plain", file_name="ready.txt")
        services.store.delete(key)
    except (CutroomError, OSError) as error:
        return error.message if isinstance(error, CutroomError) else "does not take files"
    return _OK
