"""The numbers of a server's process, in Prometheus' form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


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
