"""How the evidence of a verdict is gathered, by JSON pointer."""

from __future__ import annotations

from collections.abc import Iterable

from cutroom.model.verdicts import Component, Explained


class Evidence:
    """The evidence of a verdict as it is gathered."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.found: dict[str, Explained] = {}

    def add(
        self,
        pointer: str,
        value: str | float | None,
        method: str,
        components: Iterable[Component] = (),
        reason: str | None = None,
    ) -> None:
        self.found[pointer] = Explained(
            value,
            method,
            self.version,
            coverage=0.0 if value is None else 1.0,
            components=tuple(components),
            unknown_reason=reason if value is None else None,
        )


def quoted(name: str, quote: str | None, at: tuple[float, float] | None, weight: float = 1.0) -> Component:
    """A component that is words: what they stand for, the words, when."""
    rounded = (round(at[0], 3), round(at[1], 3)) if at else None
    return Component(name, weight, None, None, at=rounded, quote=quote)
