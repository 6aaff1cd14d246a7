"""FastClip's calls: translate, act, translate."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BeforeValidator
from starlette.responses import Response

from cutroom.actions import clipping, shelf
from cutroom.actions.service import Service
from cutroom.model.account import Caller
from cutroom.model.library import Clip
from cutroom.web.dialects.fastclip import translate, wire
from cutroom.web.dialects.fastclip.limits import LAST_PAGE, NAME, PER_PAGE
from cutroom.web.http.fields import digits, public_id, source
from cutroom.web.http.links import base_url
from cutroom.web.http.routing import call, caller_of, once_of, schema
from cutroom.web.http.shapes import iso_offset

By = Annotated[Caller, Depends(caller_of)]
Once = Annotated[str | None, Depends(once_of)]
Page = Annotated[int, BeforeValidator(digits), Query(ge=1, le=LAST_PAGE)]
PerPage = Annotated[int, BeforeValidator(digits), Query(ge=1, le=PER_PAGE)]


class ClipCalls:
    """Sources, jobs, clips and shares."""

    def __init__(self, services: Service) -> None:
        self._services = services

    def _base(self, request: Request) -> str:
        return base_url(self._services.config, request.scope)

    def _shown(self, clip: Clip, request: Request) -> wire.ClipReply:
        return translate.clip(clip, shelf.clip_links(self._services, clip, self._base(request)), self._services.clock())

    @call("POST", "/clip/info")
    def info(self, body: wire.SourceBody, request: Request) -> wire.InfoReply:
        return translate.info(clipping.describe(self._services, source(body.url), request.state.caller))

    @call("POST", "/clip")
    def cut(self, body: wire.CutBody, caller: By, once: Once) -> wire.AcceptedReply:
        job = clipping.create_cut(self._services, caller, translate.order(body), once=once)
        return wire.AcceptedReply(job_id=job.id)

    @call("POST", "/clip/auto")
    def auto(self, body: wire.AutoBody) -> wire.AcceptedReply:
        raise translate.not_yet("Auto-clipping", body.url)

    @call("POST", "/clip/analyze")
    def analyze(self, body: wire.AnalyzeBody) -> wire.AcceptedReply:
        raise translate.not_yet("Analysis", body.url)

    @call("GET", "/clip/{job_id}", exclude_unset=True)
    def status(self, job_id: str, request: Request, caller: By) -> wire.JobReply:
        view = clipping.job_view(self._services, caller, public_id(job_id), surface=NAME, base_url=self._base(request))
        return translate.job(view)

    @call("GET", "/clips")
    def clips(self, request: Request, caller: By, page: Page = 1, per_page: PerPage = 20) -> wire.ClipsReply:
        found = shelf.list_clips(self._services, caller, surface=NAME, page=page, per_page=per_page)
        return translate.clips(found, [self._shown(clip, request) for clip in found.clips])

    @call("GET", "/clips/{clip_id}")
    def clip(self, clip_id: str, request: Request, caller: By) -> wire.ClipReply:
        return self._shown(shelf.get_clip(self._services, caller, public_id(clip_id)), request)

    @call("PATCH", "/clips/{clip_id}")
    def rename(self, clip_id: str, body: wire.RenameBody, caller: By) -> wire.RenamedReply:
        renamed = shelf.rename_clip(self._services, caller, public_id(clip_id), body.name)
        return wire.RenamedReply(id=renamed.id, name=renamed.name)

    @call("POST", "/clips/{clip_id}/pin")
    def pin(self, clip_id: str, caller: By) -> wire.PinnedReply:
        return wire.PinnedReply(id=shelf.pin_clip(self._services, caller, public_id(clip_id)).id)

    @call("POST", "/clips/{clip_id}/unpin")
    @call("DELETE", "/clips/{clip_id}/pin")
    def unpin(self, clip_id: str, caller: By) -> wire.UnpinnedReply:
        clip = shelf.unpin_clip(self._services, caller, public_id(clip_id))
        return wire.UnpinnedReply(id=clip.id, expires_at=iso_offset(clip.expires))

    @call("DELETE", "/clips/{clip_id}")
    def delete(self, clip_id: str, caller: By) -> wire.DeletedReply:
        gone = shelf.delete_clip(self._services, caller, public_id(clip_id))
        return wire.DeletedReply(id=gone.id, storage_freed=gone.file_size)

    @call("GET", "/share/{clip_id}")
    def share(self, clip_id: str, request: Request) -> wire.ShareReply:
        return translate.share(shelf.shared_clip(self._services, public_id(clip_id), self._base(request)))

    @call("GET", "/openapi.json", hidden=True)
    def openapi(self, request: Request) -> Response:
        return schema(request)
