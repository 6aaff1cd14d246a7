"""A process that answers requests: everything the server's actions need, and nothing that works on media itself."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from cutroom.accounts import Passwords, RateLimiter, Replies
from cutroom.actions.looking import LookerConfig, SourceLooker
from cutroom.actions.metrics import Metrics
from cutroom.actions.readiness import ReadyChecks
from cutroom.actions.reception import Reception
from cutroom.actions.service import Service
from cutroom.container.engine import open_guarded
from cutroom.container.rooms import open_rooms
from cutroom.jobs import JobHub
from cutroom.settings import Settings
from cutroom.workflows import JobClient

_log = logging.getLogger(__name__)
_LATER_THREADS = 4


@contextlib.contextmanager
def open_service(settings: Settings) -> Iterator[Service]:
    """Everything the actions of a server need, closed at the end of the block. Connects to nothing by itself."""
    with contextlib.ExitStack() as stack:
        rooms = stack.enter_context(open_rooms(settings))
        services = stack.enter_context(open_guarded(settings, rooms.places.scratch, rooms.source_cache))
        looker = SourceLooker(
            services, LookerConfig(keep=settings.sources.looks_kept_seconds, seconds=settings.sources.look_seconds)
        )
        stack.callback(looker.close)
        client = JobClient(rooms.database, rooms.jobs, release=rooms.wallet.release)
        stack.callback(client.close)
        yield Service(
            config=rooms.config,
            prices=rooms.wallet.prices,
            database=rooms.database,
            jobs=rooms.jobs,
            client=client,
            hub=JobHub(rooms.database, rooms.jobs),
            wallet=rooms.wallet,
            payments=rooms.payments,
            accounts=rooms.accounts,
            passwords=Passwords(),
            limiter=RateLimiter(rooms.database),
            replies=Replies(kept=timedelta(hours=settings.limits.idempotency_hours)),
            library=rooms.library,
            uploads=rooms.uploads,
            artifacts=rooms.artifacts,
            analyses=rooms.analyses,
            pictures=rooms.pictures,
            webhooks=rooms.webhooks,
            buckets=rooms.buckets,
            reception=Reception(
                services.scratch,
                max_bytes=settings.uploads.max_bytes,
                surfaces={"clipi": settings.uploads.tool_bytes, "clipapi": settings.uploads.analysis_bytes},
                account_bytes=settings.uploads.account_bytes,
                at_once=settings.uploads.at_once,
            ),
            store=rooms.store,
            links=rooms.store.links,
            looker=looker,
            tools=services.toolbox,
            mailer=rooms.mailer,
            metrics=Metrics(),
            checks=ReadyChecks(),
            later=_later(stack),
        )


def _later(stack: contextlib.ExitStack) -> Callable[[Callable[[], object]], None]:
    threads = ThreadPoolExecutor(_LATER_THREADS, thread_name_prefix="cutroom-later")
    stack.callback(threads.shutdown, wait=False, cancel_futures=True)

    def guarded(what: Callable[[], object]) -> None:
        try:
            what()
        except Exception:  # noqa: BLE001 - nobody waits for it: the log is all there is
            _log.warning("something that was to be done later failed", exc_info=True)

    def later(what: Callable[[], object]) -> None:
        threads.submit(guarded, what)

    return later
