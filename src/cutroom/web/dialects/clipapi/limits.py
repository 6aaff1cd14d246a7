"""clipapi's calls, rules and headers as tables."""

from __future__ import annotations

import math
from collections.abc import Mapping

from cutroom.model.request import RateState
from cutroom.web.http.dialect import Access, Endpoint

NAME = "clipapi"
PREFIXES = ("/clipapi/v1", "/clipapi/api/v1")
KEY_PREFIXES = ("ve_live_", "clp_", "sk_live_")

ENDPOINTS = (
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
