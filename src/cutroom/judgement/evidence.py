"""Evidence: how it is gathered while fields are filled in, and how the wire has it.

The wire's additive member ``evidence`` is keyed by the JSON pointer (RFC 6901) of the field it explains, from the root
of the analysis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cutroom.judgement.weights import weights
from cutroom.model.verdicts import Component, Explained, Verdict


def evidence(found: Mapping[str, Explained]) -> dict[str, dict[str, Any]]:
    """What the wire has as ``evidence``, pointers in order."""
    return {pointer: explained_content(found[pointer]) for pointer in sorted(found)}


def explained_content(explained: Explained) -> dict[str, Any]:
    """One member of it. ``value`` is exact where the field itself is rounded."""
    return {
        "value": explained.value,
        "method": explained.method,
        "version": explained.version,
        "calibrated": explained.calibrated,
        "coverage": explained.coverage,
        "components": [_component_content(one) for one in explained.components],
        "unknown_reason": explained.unknown_reason,
    }


def _component_content(component: Component) -> dict[str, Any]:
    content: dict[str, Any] = {
        "name": component.name,
        "raw": component.raw,
        "unit": component.unit,
        "f": component.f,
        "weight": component.weight,
    }
    if component.at is not None:
        content["at"] = [round(t, 3) for t in component.at]
    if component.quote is not None:
        content["quote"] = component.quote
    return content


def measured(
    value: float | str | bool | None,  # noqa: FBT001 - a value like the others
    method: str,
    components: Iterable[Component] = (),
    *,
    unknown: str | None = None,
) -> Explained:
    """A value that is no score; ``unknown`` says why where it is None."""
    if value is None and unknown is None:
        raise ValueError("An unknown value needs its reason.")
    return Explained(
        value,
        method,
        weights().version,
        coverage=0.0 if value is None else 1.0,
        components=tuple(components),
        unknown_reason=unknown if value is None else None,
    )


def seen(name: str, raw: float | None = None, *, unit: str = "", at: Any = None, quote: str | None = None) -> Component:
    """A fact that stands for itself, without a weight."""
    return Component(name, 0.0, raw, None, unit, at, quote)


@dataclass(slots=True)
class Sheet:
    """An object of the analysis that is being filled in: its fields, and the evidence of each."""

    pointer: str
    fields: dict[str, Any] = field(default_factory=dict)
    found: dict[str, Explained] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def put(self, name: str, explained: Explained, shown: Callable[[Explained], Any] | None = None) -> None:
        """A field with its evidence; ``shown`` makes of it what the wire has."""
        self.fields[name] = shown(explained) if shown else explained.value
        self.found[f"{self.pointer}/{name}"] = explained

    def plain(self, name: str, value: Any, explained: Explained | None = None) -> None:
        """A list or an object, or a copy of a fact; with evidence where there is more to say."""
        self.fields[name] = value
        if explained is not None:
            self.found[f"{self.pointer}/{name}"] = explained

    def unknown(self, *names: str, reason: str) -> None:
        """Fields that cannot be known, and why."""
        for name in names:
            self.put(name, measured(None, "none", unknown=reason))

    def add(self, name: str, sheet: Sheet) -> None:
        """An object inside this one."""
        self.fields[name] = sheet.fields
        self.found |= sheet.found
        self.warnings += sheet.warnings

    def below(self, name: str) -> Sheet:
        """An empty sheet for an object inside this one."""
        return Sheet(f"{self.pointer}/{name}")

    def verdict(self) -> Verdict:
        return Verdict(self.fields, dict(self.found), tuple(dict.fromkeys(self.warnings)))
