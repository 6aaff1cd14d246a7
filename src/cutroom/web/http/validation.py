"""From what the schema found wrong to one sentence that names the field and what it must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_WHERE = {"body", "query", "path", "header"}


def sentence(errors: Sequence[Any], hints: Mapping[str, str]) -> str:
    """About the first error. ``hints`` say what a field must be, by its name."""
    first = errors[0]
    place = tuple(first["loc"])
    kind = str(first["type"])
    if kind == "json_invalid":
        return "The request body is not valid JSON."
    names = [str(part) for part in (place[1:] if place[:1] and place[0] in _WHERE else place)]
    if not names:
        return _about_body(kind)
    field = names[-1]
    path = ".".join(names)
    rule = hints.get(path) or hints.get(field)
    if kind == "missing":
        return f"{path} is required" + (f": {rule}." if rule else ".")
    return f"{path} must be {rule}." if rule else f"{path}: {first['msg']}."


def _about_body(kind: str) -> str:
    if kind == "missing":
        return "A request body is required: a JSON object."
    return "The request body must be a JSON object, sent with Content-Type: application/json."
