"""Clipi's calls, rules and headers as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cutroom.model.request import RateState
from cutroom.model.tool import Spec
from cutroom.web.http.dialect import Access, Counts, Endpoint

NAME = "clipi"
PREFIX = "/clipi/api"
FRAME_SECONDS = 1.0
"""The longest time between two frames of a stream."""
FORMATS = ("mp4", "webm", "mkv", "mp3", "m4a", "wav", "ogg", "flac")

_ANYONE, _CALLER, _FREE = Access.ANYONE, Access.CALLER, Counts.NOTHING


def endpoints(specs: Sequence[Spec]) -> tuple[Endpoint, ...]:
    """The calls: two for links, one for each tool, and four for whoever knows an id."""
    return (
        Endpoint("POST", "/video/info", _CALLER, "What a link leads to, and in which formats it can be downloaded."),
        Endpoint("POST", "/video/download", _CALLER, "Download a link, or a piece of it, in the format wanted."),
        Endpoint("GET", "/jobs/{job_id}", _ANYONE, "How far a download is, as server-sent events.", _FREE),
        Endpoint("GET", "/download/{download_id}", _ANYONE, "The downloaded file.", _FREE),
        *(Endpoint("POST", f"/tools/{spec.name}", _CALLER, spec.summary, takes_file=True) for spec in specs),
        Endpoint("GET", "/tools/jobs/{job_id}", _ANYONE, "How far a tool is, as server-sent events.", _FREE),
        Endpoint("GET", "/tools/download/{tool_job_id}", _ANYONE, "The file that a tool has made.", _FREE),
        Endpoint("GET", "/openapi.json", _ANYONE, "This surface as OpenAPI.", _FREE),
    )


RULES = {
    "url": "a string with an http or https link",
    "formatId": "a string of 1 to 200 characters: the id of one of the link's formats",
    "format": f"one of {', '.join(FORMATS)}",
    "quality": 'best, or a height such as "1080p"',
    "trimStart": "a number of seconds, at least 0",
    "trimEnd": "a number of seconds, greater than trimStart",
    "noWatermark": "true or false",
}


def rate_headers(_state: RateState, _refused: bool) -> Mapping[str, str]:  # noqa: FBT001 - the dialect's signature
    """None: only a refusal says how long to wait, and brings its ``Retry-After`` itself."""
    return {}
