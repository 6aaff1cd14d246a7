"""The demo: a short video analysed for a visitor without an account, answered in one reply. It belongs to nobody."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cutroom.actions import windows
from cutroom.actions.analyses import accept
from cutroom.actions.service import Service
from cutroom.analyses import document
from cutroom.analyses.platform import platform_of
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.model.analysis import Analysis, NewAnalysis, Preset, SourceType
from cutroom.model.job import Job, JobStatus, NewJob, Queue
from cutroom.workflows.endings import ANALYSIS

LONGEST = 60.0
"""s that the video may last."""
PATIENCE = 90.0
"""s after which the visitor is told that it takes too long."""
_KEPT = timedelta(hours=24)
_LATER_THAN_OTHERS = 20


def accept_demo(services: Service, url: str, address: str, *, surface: str = "clipapi") -> str:
    """Its id. ``RATE_LIMITED`` when that address has had its demos."""
    with services.database.read() as tx:
        owner = services.accounts.owner(tx)
    analysis = NewAnalysis(
        id=f"job_{new_id(12)}",
        account_id=owner.id,
        preset=Preset.FULL,
        source_type=SourceType.URL,
        source=url,
        platform=platform_of(url),
        demo=True,
        expires=services.clock() + _KEPT,
    )
    job = NewJob(
        id=analysis.id,
        account_id=owner.id,
        surface=surface,
        kind=ANALYSIS,
        queue=Queue.NET,
        params={"longest": LONGEST},
        priority=_LATER_THAN_OTHERS,
        timeout=PATIENCE,
    )
    with windows.counted(services, windows.demo_windows(services, address), "demos"):  # noqa: SIM117 - counted first
        with services.database.write() as tx:
            accept(services, tx, analysis, job)
    return analysis.id


async def await_demo(
    services: Service, analysis_id: str, base_url: str = "", *, patience: float = PATIENCE
) -> dict[str, Any]:
    """The whole answer, when it is there.

    Raises what the work has failed with, and ``TIMED_OUT`` after ``patience`` s; then the work is ended.
    """
    try:
        async with asyncio.timeout(patience):
            await _ended(services, analysis_id)
    except TimeoutError:
        await asyncio.to_thread(services.client.cancel, analysis_id)
        raise CutroomError(
            ErrorCode.TIMED_OUT,
            f"The analysis timed out: a demo may take {patience:g} seconds.",
            next_step="Take a shorter video, or sign up.",
        ) from None
    found, job = await asyncio.to_thread(_result, services, analysis_id)
    if job.status is not JobStatus.COMPLETED:
        code = job.error_code if job.error_code in set(ErrorCode) else ErrorCode.INTERNAL
        raise CutroomError(ErrorCode(code or ErrorCode.INTERNAL), document.error_of(found) or "")
    return document.told(replace(found, external_id=None), services.pictures.at(services.config.base(base_url)))


async def _ended(services: Service, analysis_id: str) -> None:
    async with aclosing(services.hub.follow(analysis_id)) as news:
        async for item in news:
            if isinstance(item, Job) and item.status.is_final:
                return


def _result(services: Service, analysis_id: str) -> tuple[Analysis, Job]:
    with services.database.read() as tx:
        found, job = services.analyses.get(tx, analysis_id), services.jobs.get(tx, analysis_id)
    if found is None or job is None:
        raise CutroomError(ErrorCode.NOT_FOUND, "The analysis is gone.")
    return found, job
