"""Importing a library as if another were not installed, where its optional half costs every process for nothing."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def unseen(name: str) -> Iterator[None]:
    """Inside, ``import name`` fails, unless it has been imported before. For start-up: not for several threads."""
    modules: dict[str, object] = sys.modules  # type: ignore[assignment]
    if name in modules:
        yield
        return
    modules[name] = None
    try:
        yield
    finally:
        del modules[name]
