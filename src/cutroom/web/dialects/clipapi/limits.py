"""clipapi's calls, rules and headers as tables."""

from __future__ import annotations

import math
from collections.abc import Mapping

from cutroom.model.request import RateState
from cutroom.web.http.dialect import Access, Counts, Endpoint

NAME = "clipapi"
PREFIXES = ("/clipapi/v1", "/clipapi/api/v1")
KEY_PREFIXES = ("ve_live_", "clp_", "sk_live_")

_FREE = Counts.NOTHING

ENDPOINTS = (
    Endpoint("POST", "/analyses", Access.CALLER, "Analyse a video by its link, or by its path in a bucket."),
    Endpoint("POST", "/analyses/upload", Access.CALLER, "Analyse a video that is sent along.", takes_file=True),
    Endpoint("GET", "/analyses", Access.CALLER, "Your analyses, newest first."),
    Endpoint("GET", "/analyses/{analysis_id}", Access.CALLER, "How far an analysis is, or its whole result."),
    Endpoint("DELETE", "/analyses/{analysis_id}", Access.CALLER, "Delete an analysis with its files; end its work."),
    Endpoint("GET", "/analyses/{analysis_id}/stream", Access.ANYONE, "Its steps as server-sent events.", _FREE),
    Endpoint("POST", "/demo/analyze", Access.ANYONE, "Analyse a short video without an account, in one reply."),
    Endpoint("POST", "/auth/signup", Access.ANYONE, "Open an account; the reply has its first key.", secret=True),
    Endpoint("POST", "/auth/login", Access.ANYONE, "Log in; the reply has a session token.", secret=True),
    Endpoint("GET", "/auth/me", Access.CALLER, "The account and its plan."),
    Endpoint("GET", "/keys", Access.SESSION, "The keys, without their secrets."),
    Endpoint("POST", "/keys", Access.SESSION, "Make a key; its secret is shown only here.", secret=True),
    Endpoint("PATCH", "/keys/{key_id}", Access.SESSION, "Rename, disable or enable a key."),
    Endpoint("DELETE", "/keys/{key_id}", Access.SESSION, "Revoke a key, at once and for ever."),
    Endpoint("GET", "/usage", Access.CALLER, "What the plan allows, and what of it was used this month."),
    Endpoint("GET", "/openapi.json", Access.ANYONE, "This surface as OpenAPI."),
)

RULES = {
    "video_url": "a string with an http or https link",
    "storage_path": "a string written as s3://bucket/key",
    "pipeline_preset": "one of full, audio_only, meta_only",
    "external_id": "a string of at most 255 characters",
    "webhook_url": "a string with an http or https address of at most 2048 characters",
    "limit": "a whole number from 1 to 100",
    "status": "one of queued, processing, completed, failed",
    "cursor": "the next_cursor of the page before",
    "email": "an e-mail address of at most 320 characters",
    "password": "a string of 8 to 1024 characters",
    "name": "a string of at most 200 characters",
    "invite": "a string of at most 200 characters",
    "prefix": f"one of {', '.join(KEY_PREFIXES)}",
    "enabled": "true or false",
}


def rate_headers(state: RateState, refused: bool) -> Mapping[str, str]:  # noqa: FBT001 - the dialect's signature
    """Of every answer to a known caller; the refusal brings its ``Retry-After`` itself."""
    del refused
    return {
        "x-ratelimit-limit": str(state.limit),
        "x-ratelimit-remaining": str(max(0, state.remaining)),
        "x-ratelimit-reset": str(math.ceil(state.reset)),
    }
