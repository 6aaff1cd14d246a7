"""The one way a score is made: measured signals, published maps and weights, coverage, null below half of it.

``score = scale * sum(w * f) / sum(w)`` over the known components; ``coverage`` is the known share of the weight of
those that apply. A signal that does not apply to a film (the size of letters where none are shown) is left out; one
that applies and could not be measured is given as None, and lowers the coverage.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from cutroom.judgement.weights import ComponentRule, interpolate, weights
from cutroom.model.verdicts import Component, Explained

LEAST_COVERAGE = 0.5
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Signal:
    """A measured value in the unit of its component's map; ``at`` in seconds. What is not finite is unknown."""

    name: str
    raw: float | None
    at: tuple[float, float] | None = None
    quote: str | None = None


def compose(composite: str, signals: Iterable[Signal], *, unknown: str | None = None) -> Explained:
    """The score of ``weights.toml`` with this name; ``unknown`` words the reason where it cannot be known.

    Its value has six digits, so that causes too small for a whole point can be told apart. Raises ``KeyError`` for a
    signal that the composite does not have.
    """
    rule = weights().composites[composite]
    components = tuple(_component(rule.component(signal.name), signal) for signal in signals)
    value, coverage = total(components, rule.scale)
    return Explained(
        value=value,
        method=f"composite:{composite}",
        version=weights().version,
        coverage=coverage,
        components=components,
        unknown_reason=None if value is not None else unknown or _too_little(components),
    )


def total(components: Iterable[Component], scale: float) -> tuple[float | None, float]:
    """The value of components and their coverage 0..1; None below half coverage, and where nothing applies."""
    parts = tuple(components)
    known = [(one.weight, one.f) for one in parts if one.f is not None]
    weight, everything = math.fsum(w for w, _ in known), math.fsum(one.weight for one in parts)
    coverage = weight / everything if everything else 0.0
    if not weight or coverage < LEAST_COVERAGE:
        return None, round(coverage, _DIGITS)
    return round(scale * math.fsum(w * f for w, f in known) / weight, _DIGITS), round(coverage, _DIGITS)


def exact(explained: Explained) -> float | None:
    """The number of a score, as it stands in the evidence."""
    value = explained.value
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def whole(explained: Explained) -> int | None:
    """A score as the wire has it, 0..100; halves go up."""
    value = exact(explained)
    return None if value is None else math.floor(value + 0.5)


def ratio(explained: Explained) -> float | None:
    """A ratio as the wire has it, with four digits."""
    value = exact(explained)
    return None if value is None else round(value, 4)


def finite(raw: float | None) -> float | None:
    """``raw`` where it is a number that can be counted with."""
    return None if raw is None or not math.isfinite(raw) else float(raw)


def _component(rule: ComponentRule, signal: Signal) -> Component:
    raw = finite(signal.raw)
    if raw is not None:
        raw = round(raw, _DIGITS)
    return Component(
        name=rule.name,
        weight=rule.weight,
        raw=raw,
        f=None if raw is None else round(interpolate(rule.points, raw), _DIGITS),
        unit=rule.unit,
        at=signal.at,
        quote=signal.quote,
    )


def _too_little(components: tuple[Component, ...]) -> str:
    missing = [one.name.replace("_", " ") for one in components if one.f is None]
    return f"Too little is known: {', '.join(missing)} could not be measured." if missing else "Nothing applies to it."
