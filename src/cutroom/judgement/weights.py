"""The published weights, maps and constants of judgement: ``weights.toml``, read once, when first asked for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Points = tuple[tuple[float, float], ...]
"""Corners of a piecewise-linear map, from the smallest measured value on."""


@dataclass(frozen=True, slots=True)
class ComponentRule:
    """How one measured cause counts in a composite. ``advice`` is told where it is weak, ``factor`` where strong.

    ``advice_none`` is told instead where nothing at all was measured.
    """

    name: str
    weight: float
    unit: str
    points: Points
    meaning: str
    advice: str | None = None
    factor: str | None = None
    advice_none: str | None = None


@dataclass(frozen=True, slots=True)
class CompositeRule:
    """A score: ``scale`` times the weighted mean of its components."""

    name: str
    about: str
    scale: float
    components: tuple[ComponentRule, ...]

    def component(self, name: str) -> ComponentRule:
        """Raises ``KeyError``."""
        for rule in self.components:
            if rule.name == name:
                return rule
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of openings: its strength 0..1, the hook type it makes, and its name in a sentence."""

    strength: float
    type: str
    words: str


@dataclass(frozen=True, slots=True)
class Term:
    """A weak spot: by what it raises the hazard of leaving, and how it is told."""

    name: str
    excess: float
    reason: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Platform:
    """What a platform's formats ask for. Times in seconds, loudness in LUFS, ``safe`` from top, bottom and right."""

    name: str
    aspects: tuple[tuple[int, int], ...]
    seconds: tuple[float, float]
    captions: bool
    loudness: tuple[float, float]
    safe: tuple[float, float, float]
    first_second_motion: float


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that is used as it stands."""

    value: float
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Weights:
    """All of ``weights.toml``."""

    version: str
    composites: Mapping[str, CompositeRule]
    patterns: Mapping[str, Pattern]
    terms: Mapping[str, Term]
    maps: Mapping[str, Points]
    constants: Mapping[str, Constant]
    platforms: Mapping[str, Platform]

    def number(self, name: str) -> float:
        return self.constants[name].value

    def mapped(self, name: str, raw: float) -> float:
        return interpolate(self.maps[name], raw)


@cache
def weights() -> Weights:
    """The weights that every score uses."""
    with Path(__file__).with_name("weights.toml").open("rb") as file:
        content = tomllib.load(file)
    return Weights(
        version=content["version"],
        composites={name: _composite(name, entry) for name, entry in content["composite"].items()},
        patterns={name: Pattern(**entry) for name, entry in content["pattern"].items()},
        terms={entry["name"]: Term(**entry) for entry in content["term"]},
        maps={name: _points(entry) for name, entry in content["map"].items()},
        constants={name: Constant(**entry) for name, entry in content["constant"].items()},
        platforms={name: _platform(name, entry) for name, entry in content["platform"].items()},
    )


def interpolate(points: Points, raw: float) -> float:
    """The value of a piecewise-linear map; beyond its ends that of the nearest end.

    >>> interpolate(((0.0, 0.0), (2.0, 1.0)), 0.5)
    0.25
    """
    x0, y0 = points[0]
    if raw <= x0:
        return y0
    for x1, y1 in points:  # a handful: searching them in halves would take longer
        if raw < x1:
            return y0 + (y1 - y0) * (raw - x0) / (x1 - x0)
        x0, y0 = x1, y1
    return y0


def _composite(name: str, entry: dict[str, Any]) -> CompositeRule:
    components = tuple(
        ComponentRule(points=_points(one.pop("map")), **one) for one in (dict(raw) for raw in entry["component"])
    )
    return CompositeRule(name, entry["about"], entry.get("scale", 100), components)


def _points(pairs: list[list[float]]) -> Points:
    return tuple((float(x), float(y)) for x, y in pairs)


def _platform(name: str, entry: dict[str, Any]) -> Platform:
    return Platform(
        name=name,
        aspects=tuple((width, height) for width, height in entry["aspects"]),
        seconds=(entry["seconds"][0], entry["seconds"][1]),
        captions=entry["captions"],
        loudness=(entry["loudness"][0], entry["loudness"][1]),
        safe=(entry["safe"][0], entry["safe"][1], entry["safe"][2]),
        first_second_motion=entry["first_second_motion"],
    )
