"""An analysis as it is told: by the door that is asked, and word for word the same by the message that announces it.

The addresses of key frames are made when it is told, because links run out; until then the answer has their names.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from cutroom.kernel.clock import iso_z
from cutroom.model.analysis import Analysis

_UNKNOWN_ERROR = "The analysis could not be done."
_CANCELLED = "The analysis was cancelled."
_STATUS = {
    "queued": "queued",
    "running": "processing",
    "completed": "completed",
    "failed": "failed",
    "cancelled": "failed",
}
Link = Callable[[str], str]
"""From the key of a key frame to an address that works for anybody for a while."""


def told(of: Analysis, link: Link) -> dict[str, Any]:
    """The answer of the moment: how far it is, or all that it has come to."""
    status = status_of(of)
    head: dict[str, Any] = {"analysis_id": of.id}
    if status == "completed":
        return head | {"external_id": of.external_id, "status": status} | _result(of, link)
    if status == "failed":
        return head | {
            "external_id": of.external_id,
            "status": status,
            "source": source_of(of),
            "error": error_of(of),
            "processing": processing(of, _warnings(of)),
        }
    head |= {"status": status, "current_step": of.current_step if status == "processing" else None}
    return head | ({"external_id": of.external_id} if of.external_id is not None else {})


def status_of(of: Analysis) -> str:
    """queued, processing, completed or failed."""
    return _STATUS[of.status]


def error_of(of: Analysis) -> str | None:
    """Why it has failed, in one sentence."""
    if of.status == "cancelled":
        return _CANCELLED
    return (of.error or _UNKNOWN_ERROR) if of.status == "failed" else None


def source_of(of: Analysis) -> dict[str, Any]:
    """As much as is known of where it is from."""
    known = {"url": of.source, "platform": of.platform, "source_type": of.source_type.value}
    if of.facts is None:
        return known
    from cutroom.analyses.facts import unpack_facts
    from cutroom.judgement.analysis import clean, source

    found: dict[str, Any] = clean(source(unpack_facts(of.facts).source))
    return found | {"url": of.source}


def processing(of: Analysis, warnings: list[str]) -> dict[str, Any]:
    """When and how it was worked on. Times are those of the work, without the time in which it waited."""
    took = (of.finished - of.started).total_seconds() if of.started and of.finished else None
    return {
        "pipeline_preset": of.preset.value,
        "started_at": _moment(of.started),
        "completed_at": _moment(of.finished),
        "total_ms": None if took is None else max(0, round(took * 1000)),
        "engine_version": (of.facts or {}).get("engine_version"),
        "steps": [{"step": step.step, "duration_ms": step.duration_ms} for step in of.done],
        "warnings": warnings,
    }


def _result(of: Analysis, link: Link) -> dict[str, Any]:
    layers = dict(of.result or {})
    warnings = list(layers.pop("warnings", []))
    evidence = layers.pop("evidence", {})
    understood = layers.get("media_understanding")
    if understood:
        pictures = understood["visual_analysis"]
        frames = [_frame(frame, of.pictures, link) for frame in pictures["keyframes"]]
        layers["media_understanding"] = understood | {"visual_analysis": pictures | {"keyframes": frames}}
    return layers | {"processing": processing(of, warnings), "evidence": evidence}


def _frame(frame: dict[str, Any], keys: dict[str, str], link: Link) -> dict[str, Any]:
    key = keys.get(frame["image_url"])
    return frame | {"image_url": link(key) if key is not None else None}


def _warnings(of: Analysis) -> list[str]:
    return list((of.facts or {}).get("warnings", []))


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else iso_z(moment)
