"""The page about settings, written from their descriptions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from cutroom.settings.all import Settings
from cutroom.settings.load import variable


def settings_page() -> str:
    """``docs/settings.md``: every setting with its default and meaning."""
    head = (
        "# Settings\n\n"
        "Settings are environment variables. This page is written by `python -m cutroom.settings`.\n\n"
        "| variable | default | meaning |\n| --- | --- | --- |\n"
    )
    return head + "".join(f"| `{name}` | {default} | {meaning} |\n" for name, default, meaning in _rows(Settings))


def _rows(group: type[BaseModel], *path: str) -> Iterator[tuple[str, str, str]]:
    for name, field in group.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _rows(kind, *path, name)
        else:
            yield variable(*path, name), _shown(field.default), field.description or ""


def _shown(default: Any) -> str:
    if default is None or default == ():
        return ""
    if isinstance(default, bool):
        return "`on`" if default else "`off`"
    if isinstance(default, tuple):
        return f"`{','.join(map(str, default))}`"
    return f"`{default}`"
