"""What the first step has found out, as JSON and back: kept with the analysis, so that every later step has it."""

from __future__ import annotations

from typing import Any

from cutroom.analyses.ingesting import Ingested
from cutroom.judgement.analysis import clean
from cutroom.media.inside import wire

_VERSION = "engine_version"


def pack_facts(of: Ingested, engine_version: str) -> dict[str, Any]:
    """For the row; ``engine_version`` is that of the program that works on it."""
    facts: dict[str, Any] = clean(wire.pack_object(of))
    return facts | {_VERSION: engine_version}


def unpack_facts(facts: dict[str, Any]) -> Ingested:
    """The inverse."""
    return wire.unpack(Ingested, {name: value for name, value in facts.items() if name != _VERSION})
