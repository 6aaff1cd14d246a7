"""The whole answer: what was perceived and what was judged, each in its place in the contract. Pure.

What a preset does not look at stays null or empty. Text of films, pages and screens is made safe for every reader of
JSON; a number that is none is null.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from cutroom.judgement.blank import LAYERS, blank
from cutroom.kernel.shape import aspect_ratio
from cutroom.model.analysis import Preset
from cutroom.model.percepts import FileFacts, Missing, Percepts, SourceFacts
from cutroom.model.verdicts import Component, Explained, Verdict

_TOP = ("scores", "media_understanding", "creator_intelligence", "growth_intelligence")
_LAYERS_OF = {
    Preset.FULL: frozenset(_TOP),
    Preset.AUDIO_ONLY: frozenset({"scores", "media_understanding"}),
    Preset.META_ONLY: frozenset({"scores", "media_understanding"}),
}
_LOOKED_AT = {
    Preset.AUDIO_ONLY: ("The pictures were not looked at, as the preset audio_only has it.",),
    Preset.META_ONLY: ("Only the page and the file were looked at, as the preset meta_only has it.",),
}
_OF_THE_PAGE = ("/media_understanding/content_overview/title", "/media_understanding/entities")
_UNTITLED = "Untitled"


def assemble(
    percepts: Percepts, preset: Preset, verdicts: Mapping[str, Verdict], *, warnings: Iterable[str] = ()
) -> dict[str, Any]:
    """``source``, ``media``, ``scores``, the three layers, ``evidence`` by JSON pointer, and ``warnings``.

    ``verdicts`` are those of ``media_understanding``, ``creator_intelligence``, ``growth_intelligence``, ``scores``.
    """
    answer = blank()
    evidence: dict[str, Any] = {}
    for under, verdict in verdicts.items():
        fields, proofs = _placed(verdict, under)
        if preset is Preset.META_ONLY and under == LAYERS[0]:
            fields = _said_of_the_page(fields)
            proofs = {name: of for name, of in proofs.items() if name.startswith(_OF_THE_PAGE)}
        if under in _LAYERS_OF[preset]:
            _merge(answer, fields)
            evidence |= {name: explained(of) for name, of in proofs.items()}
    overview = answer["media_understanding"]["content_overview"]
    overview["title"] = overview["title"] or title_of(percepts.source)
    told = (line for verdict in verdicts.values() for line in verdict.warnings)
    said = (*warnings, *_LOOKED_AT.get(preset, ()), *_missing(percepts), *told)
    whole = {
        "source": source(percepts.source),
        "media": media(percepts, preset),
        **answer,
        "evidence": evidence,
        "warnings": list(dict.fromkeys(said)),
    }
    return _dict(clean(whole))


def source(of: SourceFacts) -> dict[str, Any]:
    """Where it is from, and what its page says of it."""
    return {
        "url": of.url,
        "platform": of.platform,
        "source_type": of.source_type,
        "uploader": of.uploader,
        "uploader_handle": of.uploader_handle,
        "published_at": of.published_at,
        "title": of.title,
        "description": of.description,
        "stats": {"views": of.views, "likes": of.likes, "comments": of.comments, "shares": of.shares},
    }


def media(percepts: Percepts, preset: Preset) -> dict[str, Any]:
    """The file. Whether somebody speaks in it is known where it was listened to."""
    of: FileFacts = percepts.file
    speaks: bool | None = None
    if preset is not Preset.META_ONLY:
        heard, said = percepts.hearing, percepts.transcript
        words = said is not None and bool(said.segments)
        speaks = bool(heard.voice) or words if heard is not None and heard.voice is not None else words
    return {
        "duration_seconds": of.duration,
        "aspect_ratio": aspect_ratio(of.width, of.height),
        "width": of.width,
        "height": of.height,
        "fps": of.fps,
        "file_size_bytes": of.size_bytes,
        "bitrate_kbps": of.bitrate_kbps,
        "container": of.container,
        "video_codec": of.video_codec,
        "audio_codec": of.audio_codec,
        "has_audio": of.audio_codec is not None,
        "has_speech": speaks,
    }


def title_of(of: SourceFacts) -> str:
    """What a film is called that nobody has named better."""
    return of.title or (PurePath(of.file_name).stem if of.file_name else "") or _UNTITLED


def explained(of: Explained) -> dict[str, Any]:
    """The evidence for one field."""
    return {
        "value": of.value,
        "method": of.method,
        "version": of.version,
        "calibrated": of.calibrated,
        "coverage": round(of.coverage, 4),
        "components": [_component(one) for one in of.components],
        "unknown_reason": of.unknown_reason,
    }


def clean(value: Any) -> Any:
    r"""The same without what JSON, or a reader of it, does not know: no number that is none, no half of a character.

    >>> clean({"a": [float("nan"), "x\ud800\x00y"]})
    {'a': [None, 'x?y']}
    """
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(clean(str(name))): clean(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    return value


def _component(of: Component) -> dict[str, Any]:
    return {
        "name": of.name,
        "raw": of.raw,
        "unit": of.unit,
        "f": of.f,
        "weight": of.weight,
        "at": [round(t, 3) for t in of.at] if of.at is not None else None,
        "quote": of.quote,
    }


def _placed(verdict: Verdict, under: str) -> tuple[dict[str, Any], dict[str, Explained]]:
    """Fields and pointers from the top; those of a verdict may begin at the top or at their own part."""
    fields = verdict.fields
    nested = dict(fields) if any(name in _TOP for name in fields) else {under: fields}
    return nested, {_pointer(name, under): of for name, of in verdict.evidence.items()}


def _said_of_the_page(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Of what is understood, what page and file alone tell."""
    understood = fields.get(LAYERS[0], {})
    title = understood.get("content_overview", {}).get("title")
    return {LAYERS[0]: {"content_overview": {"title": title}, "entities": understood.get("entities", {})}}


def _pointer(name: str, under: str) -> str:
    pointer = name if name.startswith("/") else f"/{name}"
    return pointer if pointer.split("/")[1] in _TOP else f"/{under}{pointer}"


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, Mapping) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value


def _missing(percepts: Percepts) -> list[str]:
    groups: list[tuple[Missing, ...]] = [percepts.missing]
    groups += [group.missing for group in (percepts.hearing, percepts.seeing) if group is not None]
    groups.append(percepts.reading.missing)
    return [missing.reason for group in groups for missing in group]


def _dict(value: Any) -> dict[str, Any]:
    assert isinstance(value, dict)  # noqa: S101 - what was put in as one comes out as one
    return value
