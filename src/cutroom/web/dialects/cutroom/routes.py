"""The calls of Cutroom's own API: translate, act, translate."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BeforeValidator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cutroom.actions import clipping, jobs, shelf, uploads, webhooks
from cutroom.actions.capabilities import list_capabilities
from cutroom.actions.service import Service
from cutroom.model.account import Caller
from cutroom.web.dialects.cutroom import following, translate, wire
from cutroom.web.dialects.cutroom.limits import LAST_PAGE, NAME, PER_PAGE
from cutroom.web.http.fields import digits, public_id
from cutroom.web.http.links import base_url
from cutroom.web.http.routing import call, caller_of, schema
from cutroom.web.http.streams import EVENTS, event_stream, last_event_id, nothing_more
from cutroom.web.http.threads import briefly
from cutroom.web.http.uploads import A_FILE, FRAMING, announced, take_file, threaded

By = Annotated[Caller, Depends(caller_of)]
Page = Annotated[int, BeforeValidator(digits), Query(ge=1, le=LAST_PAGE)]
PerPage = Annotated[int, BeforeValidator(digits), Query(ge=1, le=PER_PAGE)]


class OwnCalls:
    """Jobs, clips, uploads, the webhook, capabilities."""

    def __init__(self, services: Service) -> None:
        self._services = services

    def _base(self, request: Request) -> str:
        return base_url(self._services.config, request.scope)

    @call("GET", "/jobs")
    def jobs(self, caller: By, page: Page = 1, per_page: PerPage = 20) -> wire.JobsReply:
        return translate.jobs(jobs.list_jobs(self._services, caller, page=page, per_page=per_page))

    @call("GET", "/jobs/{job_id}")
    def job(self, job_id: str, request: Request, caller: By) -> wire.JobDetail:
        return translate.job_detail(jobs.find_job(self._services, caller, public_id(job_id), self._base(request)))

    @call("DELETE", "/jobs/{job_id}")
    def cancel(self, job_id: str, request: Request, caller: By) -> wire.JobDetail:
        clipping.cancel_job(self._services, caller, public_id(job_id))
        return translate.job_detail(jobs.find_job(self._services, caller, job_id, self._base(request)))

    @call("GET", "/jobs/{job_id}/events", page=True, described=EVENTS)
    async def events(self, job_id: str, request: Request, caller: By) -> Response:
        seen = last_event_id(request)
        after = seen or 0
        history = await briefly(jobs.job_history, self._services, caller, public_id(job_id), after)
        if seen is not None and not history.events and following.has_ended(history):
            return nothing_more()
        return event_stream(following.follow(self._services, history, after), self._services.metrics.stream(NAME))

    @call("GET", "/clips")
    def clips(self, request: Request, caller: By, page: Page = 1, per_page: PerPage = 20) -> wire.ClipsReply:
        found, base = shelf.list_clips(self._services, caller, page=page, per_page=per_page), self._base(request)
        items = [translate.clip(clip, shelf.clip_links(self._services, clip, base)) for clip in found.clips]
        return translate.clips(found, items)

    @call("POST", "/uploads", status=201, described=A_FILE)
    async def upload(self, request: Request, caller: By) -> wire.UploadReply:
        limit = self._services.reception.most(NAME) + FRAMING
        async with threaded(uploads.receiving(self._services, caller, announced(request))) as inbox:
            name = await take_file(request, inbox.write, limit)
            return translate.upload(await run_in_threadpool(inbox.keep, name))

    @call("GET", "/uploads")
    def uploads(self, caller: By, page: Page = 1, per_page: PerPage = 20) -> wire.UploadsReply:
        return translate.uploads(uploads.list_uploads(self._services, caller, page=page, per_page=per_page))

    @call("DELETE", "/uploads/{upload_id}")
    def delete_upload(self, upload_id: str, caller: By) -> wire.DeletedReply:
        return wire.DeletedReply(id=uploads.delete_upload(self._services, caller, public_id(upload_id)).id)

    @call("GET", "/webhook", exclude_unset=True)
    def webhook(self, caller: By) -> wire.WebhookReply:
        return translate.webhook(webhooks.webhook(self._services, caller), with_secret=caller.by_session)

    @call("PUT", "/webhook", exclude_unset=True)
    def set_webhook(self, body: wire.WebhookBody, caller: By) -> wire.WebhookReply:
        made = webhooks.set_webhook(self._services, caller, body.url)
        return translate.webhook(made, with_secret=caller.by_session)

    @call("DELETE", "/webhook", exclude_unset=True)
    def remove_webhook(self, caller: By) -> wire.WebhookReply:
        return translate.webhook(webhooks.remove_webhook(self._services, caller), with_secret=caller.by_session)

    @call("GET", "/capabilities")
    def capabilities(self, caller: By) -> wire.CapabilitiesReply:
        del caller  # any account may know
        return translate.capabilities(list_capabilities(self._services.config.perception))

    @call("GET", "/openapi.json", hidden=True)
    def openapi(self, request: Request) -> Response:
        return schema(request)
