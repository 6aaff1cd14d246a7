"""Running a server: whether it is well, its numbers, and replies kept for repeated requests."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from cutroom.actions import accounts
from cutroom.actions.readiness import OK
from cutroom.actions.service import Service
from cutroom.jobs import Workers
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.request import Reply


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether requests should be sent here, and the checks that say so: name -> "ok" or a sentence."""

    ready: bool
    checks: Mapping[str, str]


def health() -> bool:
    """Cheap: that this process answers at all."""
    return True


def readiness(services: Service) -> Readiness:
    """Whether the database answers with current tables, a worker has beaten recently and the store takes files."""
    if not services.database.ready():
        return Readiness(ready=False, checks={"database": "does not answer"})
    checks = {
        "database": OK,
        "migrations": services.checks.tables(services.database),
        "worker": _worker(services),
        "storage": services.checks.store(services.store),
    }
    return Readiness(all(said == OK for said in checks.values()), checks)


def check_metrics_reader(services: Service, authorization: str | None, *, from_here: bool) -> None:
    """Return when the numbers may be read: by the owner, by the monitor's token, or without either ``from_here``.

    ``from_here``: the request comes straight from this machine, and not from a web page; whether that is enough is
    the configuration's to say. Raises ``NOT_AUTHENTICATED`` or ``FORBIDDEN``.
    """
    config = services.config
    if authorization is None and from_here and config.metrics_open:
        return
    _, _, given = (authorization or "").partition(" ")
    token = config.metrics_token
    if token is not None and hmac.compare_digest(given.strip().encode(), token.encode()):
        return
    if not accounts.authenticate(services, authorization, None).account.is_owner:
        raise CutroomError(ErrorCode.FORBIDDEN, "The numbers are for the owner.")


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
    return OK if silence <= services.config.worker_silence else f"none for {silence:.0f} seconds"
