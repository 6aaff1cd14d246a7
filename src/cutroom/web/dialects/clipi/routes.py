"""Clipi's calls: translate, act, translate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cutroom.actions import artifacts, downloads, tools
from cutroom.actions.service import Service
from cutroom.model.account import Caller
from cutroom.model.tool import Spec
from cutroom.web.dialects.clipi import following, translate, wire
from cutroom.web.dialects.clipi.errors import problem
from cutroom.web.dialects.clipi.limits import NAME
from cutroom.web.http.fields import public_id
from cutroom.web.http.files import SENT, sent
from cutroom.web.http.routing import call, caller_of, once_of, schema
from cutroom.web.http.streams import EVENTS, event_stream, last_event_id, nothing_more
from cutroom.web.http.threads import briefly
from cutroom.web.http.uploads import FRAMING, announced, take_form, threaded

By = Annotated[Caller, Depends(caller_of)]
Once = Annotated[str | None, Depends(once_of)]
Preview = Annotated[str, Query(description="1 shows the file in place.")]


class ClipiCalls:
    """Links, jobs, files."""

    def __init__(self, services: Service) -> None:
        self._services = services

    @call("POST", "/video/info")
    def info(self, body: wire.InfoBody, caller: By) -> wire.InfoReply:
        found = downloads.describe_formats(self._services, caller, translate.link(body.url))
        return translate.info(found, body.url)

    @call("POST", "/video/download")
    def download(self, body: wire.DownloadBody, caller: By, once: Once) -> wire.DownloadReply:
        made = downloads.create_download(self._services, caller, translate.order(body), once=once)
        return wire.DownloadReply(jobId=made.job.id, downloadId=made.artifact_id)

    @call("GET", "/jobs/{job_id}", page=True, described=EVENTS)
    async def download_events(self, job_id: str, request: Request) -> Response:
        return await self._events(job_id, request, downloads.DOWNLOAD, "/download")

    @call("GET", "/download/{download_id}", page=True, described=SENT)
    def download_file(self, download_id: str, request: Request) -> Response:
        return self._file(download_id, request, downloads.DOWNLOAD)

    @call("GET", "/tools/jobs/{job_id}", page=True, described=EVENTS)
    async def tool_events(self, job_id: str, request: Request) -> Response:
        return await self._events(job_id, request, tools.TOOL, "/tools/download")

    @call("GET", "/tools/download/{tool_job_id}", page=True, described=SENT)
    def tool_file(self, tool_job_id: str, request: Request, preview: Preview = "") -> Response:
        return self._file(tool_job_id, request, tools.TOOL, inline=preview in {"1", "true"})

    @call("GET", "/openapi.json", hidden=True)
    def openapi(self, request: Request) -> Response:
        return schema(request)

    async def _events(self, job_id: str, request: Request, kind: str, folder: str) -> Response:
        services = self._services
        found = await briefly(
            artifacts.find_job_open, services, public_id(job_id), kind=kind, surface=NAME
        )  # fmt: skip
        if following.has_seen_the_end(found.job, last_event_id(request)):
            return nothing_more()
        url = f"{request.scope.get('root_path', '')}{folder}/{found.artifact_id}"
        return event_stream(following.follow(services, found.job, url), services.metrics.stream(NAME))

    def _file(self, artifact_id: str, request: Request, kind: str, *, inline: bool = False) -> Response:
        file = artifacts.open_artifact(
            self._services, public_id(artifact_id), kind=kind, surface=NAME, inline=inline
        )  # fmt: skip
        return sent(self._services, file, request, problem)


def tool_calls(services: Service) -> Iterator[Callable[..., Any]]:
    """One call for each tool, made from its spec."""
    for spec in tools.specs():
        function = _tool_call(services, spec)
        function.__name__ = spec.name.replace("-", "_")
        yield call("POST", f"/tools/{spec.name}", described=translate.form(spec))(function)


def _tool_call(services: Service, spec: Spec) -> Callable[..., Any]:
    async def run(request: Request, caller: By, once: Once) -> wire.ToolReply:
        limit = services.reception.most(NAME) + FRAMING
        async with threaded(tools.receiving(services, caller, spec.name, NAME, announced(request))) as inbox:
            await take_form(request, inbox.write, inbox.give, limit)
            made = await run_in_threadpool(inbox.submit, surface=NAME, once=once)
        return wire.ToolReply(jobId=made.job.id, toolJobId=made.artifact_id)

    return run
