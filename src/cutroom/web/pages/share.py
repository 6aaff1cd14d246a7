"""The public page of a clip: plays in place, can be saved, and shows itself in chats (Open Graph)."""

from __future__ import annotations

from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cutroom.actions import shelf, windows
from cutroom.actions.service import Service
from cutroom.actions.shelf import SharedClip
from cutroom.kernel.clock import iso_z
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.clip import Format
from cutroom.web.http.exchange import client_address
from cutroom.web.http.fields import public_id
from cutroom.web.http.links import base_url
from cutroom.web.pages.html import message, not_found, page, tag

# The surface whose windows per address hold here: its document is where the page comes from.
_SURFACE = "fastclip"
_OG_TYPES = {Format.MP4: "video.other", Format.MP3: "music.song", Format.GIF: "website"}


class SharePage:
    """The endpoint ``/c/{clip_id}``."""

    def __init__(self, services: Service) -> None:
        self._services = services

    async def show(self, request: Request) -> Response:
        return await run_in_threadpool(self._show, request)

    def _show(self, request: Request) -> Response:
        services, base = self._services, base_url(self._services.config, request.scope)
        found = windows.request_windows(services, _SURFACE, None, client_address(request.scope))
        state = windows.hit(services, found)
        if state is not None and not state.allowed:
            response = message("Too many requests", f"Try again in {state.retry_after} s.", status=429)
            response.headers["retry-after"] = str(state.retry_after)
            return response
        try:
            shared = shelf.shared_clip(services, public_id(request.path_params["clip_id"]), base)
        except CutroomError as error:
            if error.code is not ErrorCode.NOT_FOUND:
                raise
            return not_found("This clip does not exist, or its time is over.")
        return render(shared, f"{base}/c/{shared.clip.id}")


def render(shared: SharedClip, address: str) -> Response:
    """The page. ``address`` is its own, absolute."""
    clip, links = shared.clip, shared.links
    facts = [f"{float(clip.duration):.1f} s".replace(".0 s", " s"), clip.format.value.upper()]
    if clip.source_title:
        facts.append(f"from “{clip.source_title}”")
    until = f"<p class=soft>Available until {escape(f'{clip.expires:%Y-%m-%d %H:%M} UTC')}</p>" if clip.expires else ""
    body = (
        f"{_player(shared)}\n<h1>{escape(clip.name)}</h1>\n<p class=soft>{escape(' · '.join(facts))}</p>\n"
        f'<p><a class="button" href="{escape(links.download_url)}" download>Download</a></p>\n{until}'
    )
    return page(clip.name, body, head=_open_graph(shared, address))


def _player(shared: SharedClip) -> str:
    clip, links = shared.clip, shared.links
    if clip.format is Format.GIF:
        return tag("img", src=links.stream_url, alt=clip.name)
    if clip.format is Format.MP3:
        return f'<audio controls preload="metadata" src="{escape(links.stream_url)}"></audio>'
    poster = f' poster="{escape(links.thumbnail_url)}"' if links.thumbnail_url else ""
    size = f' width="{clip.width}" height="{clip.height}"' if clip.width and clip.height else ""
    return f'<video controls playsinline preload="metadata"{poster}{size} src="{escape(links.stream_url)}"></video>'


def _open_graph(shared: SharedClip, address: str) -> str:
    clip, links = shared.clip, shared.links
    properties: dict[str, object] = {
        "og:title": clip.name,
        "og:type": _OG_TYPES[clip.format],
        "og:url": address,
        "og:site_name": "Cutroom",
        "og:description": f"A clip from {clip.source_title}" if clip.source_title else "A clip",
    }
    image = links.stream_url if clip.format is Format.GIF else links.thumbnail_url
    if image:
        properties["og:image"] = image
    if clip.format is Format.MP4:
        properties |= {"og:video": links.stream_url, "og:video:type": clip.media_type}
        if clip.width and clip.height:
            properties |= {"og:video:width": clip.width, "og:video:height": clip.height}
    elif clip.format is Format.MP3:
        properties |= {"og:audio": links.stream_url, "og:audio:type": clip.media_type}
    tags = [tag("meta", property=name, content=value) for name, value in properties.items()]
    tags.append(tag("meta", name="twitter:card", content="summary_large_image" if image else "summary"))
    tags.append(tag("meta", name="date", content=iso_z(clip.created)))
    return "\n".join(tags) + "\n"
