"""Yards to break things in."""

from __future__ import annotations

from tests.support.yards import crew, endless_film, film, yard

__all__ = ["crew", "endless_film", "film", "yard"]
