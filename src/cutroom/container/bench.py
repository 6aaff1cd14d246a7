"""A process that works: the engine, the sources, and the rooms whose rows its work changes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from importlib.metadata import version

from cutroom.accounts import RateLimiter, Replies
from cutroom.container.engine import open_guarded
from cutroom.container.rooms import Rooms, open_rooms
from cutroom.container.senses import judges, open_senses
from cutroom.media.export import export
from cutroom.outbound.post import Poster
from cutroom.settings import Settings
from cutroom.workflows import Workbench, WorkConfig
from cutroom.workflows.shares import Shares
from cutroom.workflows.sharing import SharedEngine, SharedTools
from cutroom.workflows.turns import Turns
from cutroom.workflows.workbench import Chore


@contextlib.contextmanager
def open_workbench(settings: Settings) -> Iterator[Workbench]:
    """Everything work is done with, closed at the end of the block."""
    with contextlib.ExitStack() as stack:
        rooms = stack.enter_context(open_rooms(settings))
        services = stack.enter_context(open_guarded(settings, rooms.places.scratch, rooms.source_cache))
        shares = Shares(most=settings.media.threads)
        yield Workbench(
            database=rooms.database,
            jobs=rooms.jobs,
            wallet=rooms.wallet,
            library=rooms.library,
            uploads=rooms.uploads,
            artifacts=rooms.artifacts,
            analyses=rooms.analyses,
            buckets=rooms.buckets,
            senses=stack.enter_context(open_senses(settings)),
            judges=judges(settings),
            engine_version=version("cutroom"),
            store=rooms.store,
            engine=SharedEngine(services.engine_of, shares),
            export=partial(export, services.engine),
            tools=SharedTools(services.toolbox_of, shares),
            turns=Turns(shares=shares),
            sources=services.sources,
            source_cache=rooms.source_cache,
            config=_config(settings, rooms),
            webhooks=rooms.webhooks,
            post=stack.enter_context(Poster(services.egress)),
            chores=_chores(settings, rooms),
        )


def _config(settings: Settings, rooms: Rooms) -> WorkConfig:
    worker = settings.worker
    config = WorkConfig(
        scratch=settings.media.scratch or rooms.places.scratch,
        lease=worker.lease_seconds,
        net_jobs=worker.net_jobs,
        gpu_jobs=worker.gpu_jobs,
        webhook_seconds=settings.webhooks.timeout_seconds,
    )
    if worker.cpu_jobs is None:
        return config
    from dataclasses import replace

    return replace(config, cpu_jobs=worker.cpu_jobs)


def _chores(settings: Settings, rooms: Rooms) -> Mapping[str, Chore]:
    """What the other rooms want done every minute."""
    replies = Replies(kept=timedelta(hours=settings.limits.idempotency_hours))

    def tokens() -> None:
        with rooms.database.write() as tx:
            rooms.accounts.sweep(tx)

    def kept_replies() -> None:
        with rooms.database.write() as tx:
            replies.sweep(tx)

    return {
        "once tokens": tokens,
        "kept replies": kept_replies,
        "request windows": RateLimiter(rooms.database).sweep,
        "pending reloads": rooms.payments.settle_pending,
        "store": rooms.store.tidy,
        "source cache": rooms.source_cache.tidy,
    }
