"""The calls, rules and headers of Cutroom's own API as tables."""

from __future__ import annotations

import math
from collections.abc import Mapping

from cutroom.model.account import LONGEST_WEBHOOK
from cutroom.model.request import RateState
from cutroom.web.http.dialect import Access, Endpoint

NAME = "cutroom"
PREFIX = "/cutroom/v1"
PER_PAGE = 100
# Beyond any library, and small enough for every database.
LAST_PAGE = 1_000_000_000

_CALLER = Access.CALLER

ENDPOINTS = (
    Endpoint("GET", "/jobs", _CALLER, "The jobs of every surface, most recent first, in pages."),
    Endpoint("GET", "/jobs/{job_id}", _CALLER, "One job, with its clip when there is one."),
    Endpoint("DELETE", "/jobs/{job_id}", _CALLER, "Cancel a job. One that has ended stays as it is."),
    Endpoint("GET", "/jobs/{job_id}/events", _CALLER, "What happens in a job, as server-sent events."),
    Endpoint("GET", "/clips", _CALLER, "The live clips of every surface, most recent first, in pages."),
    Endpoint("POST", "/uploads", _CALLER, "Send a file that clips can be cut from.", takes_file=True),
    Endpoint("GET", "/uploads", _CALLER, "The live uploads, most recent first, in pages."),
    Endpoint("DELETE", "/uploads/{upload_id}", _CALLER, "Delete an upload and its file."),
    Endpoint("GET", "/webhook", _CALLER, "Where the account is told of its jobs; its secret to a session alone."),
    Endpoint("PUT", "/webhook", _CALLER, "Be told of every job that ends, of every surface, by signed messages."),
    Endpoint("DELETE", "/webhook", _CALLER, "Be told no more."),
    Endpoint("GET", "/capabilities", _CALLER, "What this server can perceive in a video, by what, and why not better."),
    Endpoint("GET", "/openapi.json", Access.ANYONE, "This surface as OpenAPI."),
)

RULES = {
    "url": f"an http or https link of at most {LONGEST_WEBHOOK} characters",
    "page": f"a whole number from 1 to {LAST_PAGE}",
    "per_page": f"a whole number from 1 to {PER_PAGE}",
}


def rate_headers(state: RateState, refused: bool) -> Mapping[str, str]:  # noqa: FBT001 - the dialect's signature
    """Of every answer to a known caller; the refusal brings its ``Retry-After`` itself."""
    del refused
    return {
        "x-ratelimit-limit": str(state.limit),
        "x-ratelimit-remaining": str(max(0, state.remaining)),
        "x-ratelimit-reset": str(math.ceil(state.reset)),
    }
