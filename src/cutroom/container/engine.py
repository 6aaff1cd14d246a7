"""The engine and the way out, as the command line and the server's processes need them."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cutroom.actions.services import Services
from cutroom.container.perception import perception_config
from cutroom.media.child import MediaChild
from cutroom.media.engine import Engine, EngineConfig
from cutroom.media.ffmpeg.workdir import remove_stale
from cutroom.media.toolbox import Toolbox
from cutroom.outbound.egress import Egress, EgressPolicy
from cutroom.outbound.http import HttpClient
from cutroom.settings import Settings
from cutroom.sources.ports import Network, SourceCache, SourceLimits
from cutroom.sources.resolve import Sources

if TYPE_CHECKING:
    from cutroom.analyses.judging import Judges
    from cutroom.analyses.senses import Senses

# What a process that was killed has left is removed by a later one, unless somebody might still want to look at it.
_STALE_SECONDS = 0.0


@contextlib.contextmanager
def open_services(
    settings: Settings, *, private_networks: bool, local_files: bool, cache: SourceCache | None = None
) -> Iterator[Services]:
    """Everything the actions need, closed at the end of the block. No process is started before it is needed.

    ``private_networks`` decides where the settings do not; ``local_files`` says whether a source may be a path;
    ``cache`` keeps what is fetched whole for the next piece of work.
    """
    allowed = settings.outbound.allow_private_networks
    policy = EgressPolicy(
        allow_private_networks=private_networks if allowed is None else allowed,
        allowed_hosts=settings.outbound.allowed_hosts,
    )
    scratch = settings.media.scratch or Path(tempfile.gettempdir())
    remove_stale(scratch, _STALE_SECONDS)
    media = settings.media
    config = EngineConfig(
        ffmpeg=media.ffmpeg, scratch=media.scratch, threads=media.threads, video_encoder=media.video_encoder
    )
    with contextlib.ExitStack() as stack:
        egress = stack.enter_context(Egress(policy))
        child = stack.enter_context(MediaChild())  # one warm process for both
        engine, toolbox = Engine(config, child), Toolbox(config, child)
        sources = Sources(
            network=Network(connect=lambda: HttpClient(egress), proxy_url=lambda: egress.proxy_url),
            limits=SourceLimits(
                max_bytes=settings.sources.max_bytes, max_duration_seconds=settings.sources.max_duration_seconds
            ),
            allow_files=local_files,
            cookies=settings.sources.cookies,
            cache=cache,
        )

        def engine_of(threads: int) -> Engine:
            return Engine(replace(config, threads=threads), child)

        def toolbox_of(threads: int) -> Toolbox:
            return Toolbox(replace(config, threads=threads), child)

        def senses() -> contextlib.AbstractContextManager[Senses]:
            from cutroom.container.senses import open_senses

            return open_senses(settings)

        def judges() -> Judges:
            from cutroom.container.senses import judges

            return judges(settings)

        yield Services(
            engine, toolbox, sources, egress, scratch, engine_of, toolbox_of, settings.media.ffmpeg,
            scratch_named=settings.media.scratch is not None, perception=perception_config(settings), senses=senses,
            judges=judges,
        )  # fmt: skip


@contextlib.contextmanager
def open_guarded(settings: Settings, scratch: Path, cache: SourceCache) -> Iterator[Services]:
    """The same for a server: links alone, private networks only by setting, and a scratch folder of its own."""
    scratch = settings.media.scratch or scratch
    media = settings.media.model_copy(update={"scratch": scratch})
    server = settings.model_copy(update={"media": media})
    with open_services(server, private_networks=False, local_files=False, cache=cache) as services:
        yield services
