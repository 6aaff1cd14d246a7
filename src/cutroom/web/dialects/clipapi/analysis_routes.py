"""clipapi's calls about videos: translate, act, translate."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic import BeforeValidator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cutroom.actions import analyses, demo
from cutroom.actions.service import Service
from cutroom.model.account import Caller
from cutroom.web.dialects.clipapi import following, translate, wire
from cutroom.web.dialects.clipapi.limits import NAME, RULES
from cutroom.web.http.exchange import client_address, json_reply
from cutroom.web.http.fields import digits, public_id
from cutroom.web.http.links import base_url
from cutroom.web.http.routing import call, caller_of, once_of
from cutroom.web.http.streams import EVENTS, event_stream, last_event_id, nothing_more
from cutroom.web.http.threads import briefly
from cutroom.web.http.uploads import FRAMING, announced, described_form, take_form, threaded

By = Annotated[Caller, Depends(caller_of)]
Once = Annotated[str | None, Depends(once_of)]
Limit = Annotated[int, BeforeValidator(digits), Query(ge=1, le=100)]
_FORM = described_form(
    {
        "pipeline_preset": {"type": "string", "enum": list(analyses.PRESETS), "default": analyses.PRESETS[0]},
        "external_id": {"type": "string", "description": RULES["external_id"]},
        "webhook_url": {"type": "string", "description": RULES["webhook_url"]},
    }
)


class AnalysisCalls:
    """Order, send, look at, list, delete, follow; and the demo."""

    def __init__(self, services: Service) -> None:
        self._services = services

    @call("POST", "/analyses", status=201, exclude_unset=True)
    def analyse(self, body: wire.AnalysisBody, request: Request, caller: By, once: Once) -> wire.AcceptedReply:
        made = analyses.create_analysis(self._services, caller, translate.order(body), once=once)
        return translate.accepted(made, request.scope.get("root_path", ""))

    @call("POST", "/analyses/upload", status=201, exclude_unset=True, described=_FORM)
    async def upload(self, request: Request, caller: By, once: Once) -> wire.AcceptedReply:
        services = self._services
        limit = services.reception.most(NAME) + FRAMING
        async with threaded(analyses.receiving(services, caller, NAME, announced(request))) as inbox:
            name = await take_form(request, inbox.write, inbox.give, limit)
            made = await run_in_threadpool(inbox.submit, name, once=once)
        return translate.accepted(made, request.scope.get("root_path", ""))

    @call("GET", "/analyses")
    def listed(
        self, caller: By, limit: Limit = 20, cursor: str | None = None, status: wire.Status | None = None
    ) -> wire.AnalysesPage:
        found = analyses.list_analyses(
            self._services, caller, status=status, after=translate.place(cursor), limit=limit
        )  # fmt: skip
        return translate.page(found)

    @call("GET", "/analyses/{analysis_id}", page=True, also={200: wire.AnalysisReply})
    def one(self, analysis_id: str, request: Request, caller: By) -> Response:
        return json_reply(200, self._told(caller, public_id(analysis_id), request))

    @call("DELETE", "/analyses/{analysis_id}")
    def delete(self, analysis_id: str, caller: By) -> wire.DeletedReply:
        analyses.delete_analysis(self._services, caller, public_id(analysis_id))
        return wire.DeletedReply(analysis_id=analysis_id)

    @call("GET", "/analyses/{analysis_id}/stream", page=True, described=EVENTS)
    async def stream(self, analysis_id: str, request: Request) -> Response:
        services, last = self._services, last_event_id(request)
        found = await briefly(
            analyses.find_stream, services, analysis_id, client_address(request.scope), last or 0
        )  # fmt: skip
        if following.has_seen_the_end(found, last):
            return nothing_more()
        return event_stream(following.follow(services, found, last or 0), services.metrics.stream(NAME))

    @call("POST", "/demo/analyze", page=True, also={200: wire.AnalysisReply})
    async def demo(self, body: wire.DemoBody, request: Request) -> Response:
        services, url = self._services, translate.link(body.video_url)
        analysis_id = await briefly(demo.accept_demo, services, url, client_address(request.scope), surface=NAME)
        base = base_url(services.config, request.scope)
        return json_reply(200, await demo.await_demo(services, analysis_id, base))

    def _told(self, caller: Caller, analysis_id: str, request: Request) -> dict[str, Any]:
        return analyses.find_analysis(
            self._services, caller, analysis_id, base_url(self._services.config, request.scope)
        )  # fmt: skip
