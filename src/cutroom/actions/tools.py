"""Order a media tool: parameters and file come in, are checked against each other, and become a job with a result.

Nothing is queued that is known to fail: parameters are read first, the file is looked into before it is stored, and
the tool says whether it can do this to that file. Tools are free; only request windows apply.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cutroom.actions.arrivals import Arrival, arriving
from cutroom.actions.service import Service
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_capability
from cutroom.model.account import Caller
from cutroom.model.artifact import ArtifactFile, ArtifactKind, NewArtifact
from cutroom.model.job import Job, NewJob, Queue
from cutroom.model.tool import Spec, Values, encode_values, parse, read
from cutroom.storage.keys import run_input_key

if TYPE_CHECKING:
    from cutroom.db import Transaction

TOOL = "tool"
"""The kind of job that makes one file out of one that was sent."""
ARTIFACT = "artifact"
"""Under this name the parameters of a job have the id of its result."""
# What a file is says the file; what it was called when it was sent says nothing, and ends nowhere in a name of ours.
_SUFFIX, _UNKNOWN_TYPE = "bin", "application/octet-stream"
_COME_BACK = 60


@dataclass(frozen=True, slots=True)
class Run:
    """An accepted job, and the id that its result will be downloaded by. Both ids are all that is needed to have it."""

    job: Job
    artifact_id: str


@functools.cache
def specs() -> tuple[Spec, ...]:
    """Every tool, in the order of the documentation."""
    from cutroom.media.toolbox import specs as known

    return known()


def spec_of(name: str) -> Spec:
    """``NOT_FOUND`` for a tool that there is not."""
    for spec in specs():
        if spec.name == name:
            return spec
    raise CutroomError(ErrorCode.NOT_FOUND, "There is no such tool.")


class ToolInbox:
    """One order while it comes. Every method blocks; one thread at a time."""

    def __init__(self, services: Service, caller: Caller, spec: Spec, arrival: Arrival) -> None:
        self._services, self._caller, self._spec, self._arrival = services, caller, spec, arrival
        self._given: list[tuple[str, str]] = []

    def give(self, name: str, text: str) -> None:
        """A parameter as it was sent. ``INVALID_REQUEST`` when it is wrong whatever comes after it."""
        known = {parameter.name: parameter for parameter in self._spec.parameters}
        if name in known:
            if any(name == before for before, _ in self._given):
                raise CutroomError(ErrorCode.INVALID_REQUEST, f"{name} was given more than once.", field=name)
            read(known[name], text)
            self._given.append((name, text))

    def write(self, data: bytes) -> None:
        """The next piece of the file. ``LIMIT_EXCEEDED`` with the first byte too many, ``DISK_FULL``."""
        self._arrival.write(data)

    def submit(self, *, surface: str, once: str | None = None) -> Run:
        """All of it came. Slow: looks into the file, and copies it to the store.

        The same ``once`` within a day is the same order: the job that it became is given again.

        Raises ``INVALID_REQUEST`` for parameters that are missing or wrong together and for an empty file,
        ``INVALID_RANGE`` for times outside of it; ``NOT_MEDIA``, ``MEDIA_DAMAGED``, ``NO_VIDEO``, ``NO_AUDIO`` or
        ``MEDIA_TOO_COSTLY`` for a file that the tool cannot work on; ``RATE_LIMITED``, ``DISK_FULL``. Then nothing
        stays.
        """
        if once is not None and (earlier := _ordered(self._services, once)) is not None:
            return earlier
        values = parse(self._spec, self._given)
        self._arrival.finish()
        check_room(self._services, self._caller, self._arrival.size)
        self._check(values)
        return self._accept(values, surface, once)

    def _check(self, values: Values) -> None:
        services, name, path = self._services, self._spec.name, self._arrival.path
        with read_at_all():
            facts = services.looker.within_limits(lambda token: services.tools.look(path, tool=name, cancel=token))
            services.tools.check(name, values, facts)

    def _accept(self, values: Values, surface: str, once: str | None) -> Run:
        services, arrival, job_id, artifact_id = self._services, self._arrival, new_capability(), new_capability()
        key = run_input_key(job_id, arrival.digest, _SUFFIX)
        job = NewJob(
            id=job_id,
            account_id=self._caller.account.id,
            surface=surface,
            kind=TOOL,
            queue=Queue.CPU,
            params={"tool": self._spec.name, "values": encode_values(values), "input": key, ARTIFACT: artifact_id},
            timeout=services.config.job_seconds,
            once=once,
        )
        sent = ArtifactFile(key, f"input.{_SUFFIX}", _UNKNOWN_TYPE, arrival.size)
        services.store.put(key, arrival.path, media_type=sent.media_type, file_name=sent.name)
        try:
            with services.database.write() as tx:
                accepted = services.client.submit(tx, job)
                promise(services, tx, accepted, artifact_id)
                services.artifacts.add(tx, replace(_of(accepted, new_capability()), kind=ArtifactKind.INPUT, file=sent))
        except BaseException:
            services.store.delete(key)
            raise
        return Run(accepted, artifact_id)


@contextlib.contextmanager
def receiving(services: Service, caller: Caller, name: str, surface: str, expected: int) -> Iterator[ToolInbox]:
    """Take an order for the tool ``name`` in: parameters and pieces as they come, then ``submit`` it.

    ``expected`` is the number of bytes announced; 0 where that is unknown. When the block ends nothing of the file is
    left in scratch. Raises ``NOT_FOUND``, and ``RATE_LIMITED``, ``LIMIT_EXCEEDED`` or ``DISK_FULL`` before anything
    has been read.
    """
    spec = spec_of(name)
    with arriving(services, caller, expected, services.reception.most(surface)) as arrival:
        check_room(services, caller, expected)
        yield ToolInbox(services, caller, spec, arrival)


def promise(services: Service, tx: Transaction, job: Job, artifact_id: str) -> None:
    """The result of a job that was just accepted has its id from now on, in the same transaction."""
    services.artifacts.add(tx, _of(job, artifact_id))


def drop_inputs(services: Service, job_id: str) -> None:
    """Remove what was sent along with a job that has ended. What does not go now goes with a sweep."""
    with services.database.write() as tx:
        inputs = services.artifacts.end_inputs(tx, job_id)
    with contextlib.suppress(CutroomError):
        for one in inputs:
            if one.file is not None:
                services.store.delete(one.file.key)
        with services.database.write() as tx:
            services.artifacts.forget(tx, [one.id for one in inputs])


def check_room(services: Service, caller: Caller, size: int) -> None:
    """``RATE_LIMITED`` when so many bytes more would wait for their jobs than an account may have waiting."""
    if not services.accounts.plan(caller.account).metered:
        return
    with services.database.read() as tx:
        waiting = services.artifacts.waiting(tx, caller.account.id)
    if waiting and waiting + size > services.reception.account_bytes:
        raise CutroomError(
            ErrorCode.RATE_LIMITED,
            "Too many of your files are waiting for their jobs.",
            next_step="Send more when some of them are done.",
            retry_after=_COME_BACK,
        )


def _of(job: Job, artifact_id: str) -> NewArtifact:
    return NewArtifact(id=artifact_id, job_id=job.id, account_id=job.account_id, surface=job.surface)


def _ordered(services: Service, once: str) -> Run | None:
    with services.database.read() as tx:
        job = services.jobs.ordered(tx, once)
    return None if job is None else Run(job, job.params[ARTIFACT])


@contextlib.contextmanager
def read_at_all() -> Iterator[None]:
    """What ends the reader of a file is said of the file: its size in bytes was not the matter."""
    try:
        yield
    except CutroomError as error:
        if error.code is not ErrorCode.LIMIT_EXCEEDED:
            raise
        raise CutroomError(ErrorCode.MEDIA_TOO_COSTLY, error.message, detail=error.detail) from error
