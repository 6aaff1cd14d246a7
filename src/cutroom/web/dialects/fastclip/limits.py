"""FastClip's calls, rules and headers as tables: the guard enforces them, ``/llm`` prints them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from cutroom.actions.service import Service
from cutroom.model.request import RateState
from cutroom.web.http.dialect import Access, Counts, Endpoint

NAME = "fastclip"
PREFIX = "/fastclip/v1"
FORMATS = ("mp4", "mp3", "gif")
QUALITIES = ("1080p", "720p", "high", "medium")
QUERY_LENGTH = 500
NAME_LENGTH = 200
PER_PAGE = 100
MOST_GB = 1000
# Beyond any library, and small enough for every database.
LAST_PAGE = 1_000_000_000

_ANYONE, _CALLER, _SESSION = Access.ANYONE, Access.CALLER, Access.SESSION

ENDPOINTS = (
    Endpoint("POST", "/clip/info", _ANYONE, "What a link leads to: title, length, height, previews. Free."),
    Endpoint("POST", "/clip", _CALLER, "Cut a clip by its times.", Counts.JOBS),
    Endpoint("POST", "/clip/auto", _CALLER, "Cut the clips that a sentence describes. Not available yet.", Counts.JOBS),
    Endpoint("POST", "/clip/analyze", _CALLER, "Find moments without cutting them. Not available yet."),
    Endpoint("GET", "/clip/{job_id}", _CALLER, "How far a job is, and its result."),
    Endpoint("GET", "/clips", _CALLER, "The live clips, most recent first, in pages."),
    Endpoint("GET", "/clips/{clip_id}", _CALLER, "One clip."),
    Endpoint("PATCH", "/clips/{clip_id}", _CALLER, "Rename a clip.", aliases=("/clip/{clip_id}",)),
    Endpoint("DELETE", "/clips/{clip_id}", _CALLER, "Delete a clip and its file.", aliases=("/clip/{clip_id}",)),
    Endpoint("POST", "/clips/{clip_id}/pin", _CALLER, "Keep a clip for ever.", aliases=("/clip/{clip_id}/pin",)),
    Endpoint("POST", "/clips/{clip_id}/unpin", _CALLER, "Let a clip expire.", aliases=("/clip/{clip_id}/unpin",)),
    Endpoint("DELETE", "/clips/{clip_id}/pin", _CALLER, "The same as unpin.", aliases=("/clip/{clip_id}/pin",)),
    Endpoint("GET", "/balance", _CALLER, "Dollars that can be spent."),
    Endpoint("GET", "/cards", _CALLER, "The saved cards."),
    Endpoint("POST", "/cards", _SESSION, "Save a card by its payment token."),
    Endpoint("DELETE", "/cards/{card_id}", _SESSION, "Remove a card."),
    Endpoint("POST", "/reload", _CALLER, "Charge the saved card and add to the balance.", Counts.RELOADS),
    Endpoint("GET", "/reload/approve", _ANYONE, "The page behind the link of a confirmation mail."),
    Endpoint("POST", "/reload/approve", _ANYONE, "Confirm a reload by the token of its mail."),
    Endpoint("GET", "/storage", _CALLER, "What pinned clips take, and the quota."),
    Endpoint("POST", "/storage/purchase", _CALLER, "Buy room for pinned clips."),
    Endpoint("GET", "/settings", _SESSION, "What the wallet's owner has chosen."),
    Endpoint("PATCH", "/settings", _SESSION, "Change it."),
    Endpoint("GET", "/share/{clip_id}", _ANYONE, "What anybody may see of a clip."),
    Endpoint("GET", "/openapi.json", _ANYONE, "This surface as OpenAPI."),
)


def rules(services: Service) -> Mapping[str, str]:
    """What each field must be, by its name: said in errors, in the schema and in the reference."""
    cuts, prices = services.config.cuts, services.prices
    least, most = prices.reload_least.cents, prices.reload_most.cents
    return {
        "url": "a string with an http or https link",
        "start": "a number of seconds, at least 0 and less than end",
        "end": f"a number of seconds, greater than start, by at most {cuts.longest} ({cuts.longest_gif} for gif)",
        "format": f"one of {', '.join(FORMATS)}",
        "quality": f"one of {', '.join(QUALITIES)}",
        "query": f"a string of 1 to {QUERY_LENGTH} characters",
        "name": f"a string of 1 to {NAME_LENGTH} characters",
        "page": f"a whole number from 1 to {LAST_PAGE}",
        "per_page": f"a whole number from 1 to {PER_PAGE}",
        "amount": f"a whole number of cents from {least} to {most}",
        "gb": f"a whole number from 1 to {MOST_GB}",
        "reload_password": "a string of at most 200 characters",
        "token": "a string of 1 to 500 characters",
        "api_reload_enabled": "true or false",
        "reload_email_confirmation": "true or false",
        "auto_reload": "an object with enabled, threshold and amount",
        "enabled": "true or false",
        "threshold": f"a whole number of cents from 0 to {most}",
    }


def rate_headers(state: RateState, refused: bool) -> Mapping[str, str]:  # noqa: FBT001 - the dialect's signature
    """Of every answer to a known caller; the refusal brings its ``Retry-After`` itself."""
    del refused
    return {
        "x-ratelimit-remaining": str(max(0, state.remaining)),
        "x-ratelimit-reset": str(math.ceil(state.reset)),
    }
