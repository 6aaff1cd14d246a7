"""How well a film fits the formats of each platform: rules passed of the rules that could be checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cutroom.judgement import measures as m
from cutroom.judgement.burned_in import caption_presence
from cutroom.judgement.production import in_safe_area
from cutroom.judgement.scoring import exact, total
from cutroom.judgement.weights import Platform, weights
from cutroom.model.percepts import Percepts
from cutroom.model.verdicts import Component, Explained

_ASPECT_TOLERANCE = 0.01
_SAFE_SHARE = 0.95
"""Boxes of text are never exact; what stands out by less than this is inside."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A platform's rules applied to a film. ``reasons`` are sentences about those that are broken."""

    platform: str
    explained: Explained
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    """``raw`` is what was measured, ``passed`` None where nothing was."""

    name: str
    raw: float | None
    unit: str
    passed: bool | None
    broken: str


def fits(percepts: Percepts) -> list[Fit]:
    """Every platform, the best first; of equal ones that which the table names first."""
    captioned = caption_presence(percepts).value
    found = [_fit(platform, percepts, captioned) for platform in weights().platforms.values()]
    return sorted(found, key=lambda fit: -1.0 if (value := exact(fit.explained)) is None else value, reverse=True)


def _fit(platform: Platform, percepts: Percepts, captioned: object) -> Fit:
    rules = list(_rules(platform, percepts, captioned))
    parts = tuple(
        Component(rule.name, 1.0, rule.raw, None if rule.passed is None else float(rule.passed), rule.unit)
        for rule in rules
    )
    value, coverage = total(parts, 1.0)
    unknown = None if value is not None else "Less than half of the platform's rules could be checked."
    explained = Explained(
        value, f"rules passed:{platform.name}", weights().version, coverage, parts, unknown_reason=unknown
    )
    return Fit(platform.name, explained, tuple(rule.broken for rule in rules if rule.passed is False))


def _rules(platform: Platform, percepts: Percepts, captioned: object) -> Iterator[_Rule]:
    yield _aspect(platform, percepts)
    length = m.duration_of(percepts)
    low, high = platform.seconds
    yield _Rule("length", length, "s", low <= length <= high, f"{length:.1f} s long, made for {low:g} to {high:g} s.")
    if platform.captions and m.speaks(percepts) is not False:  # what nobody says needs no captions
        shown = None if captioned is None else bool(captioned)
        known = None if shown is None else float(shown)
        yield _Rule("captions", known, "0 or 1", shown, "What is said is not shown as text.")
    loudness = percepts.hearing.loudness.integrated_lufs if percepts.hearing else None
    quiet, loud = platform.loudness
    yield _Rule("loudness", loudness, "LUFS", None if loudness is None else quiet <= loudness <= loud,
                f"{loudness or 0:.1f} LUFS, made for {quiet:g} to {loud:g}.")  # fmt: skip
    yield _safe_area(platform, percepts)
    if platform.first_second_motion > 0:
        motion = percepts.seeing.first_second_motion if percepts.seeing else None
        moves = None if motion is None else motion >= platform.first_second_motion
        yield _Rule("first_second_motion", motion, "0..1", moves, "The first second hardly moves.")


def _aspect(platform: Platform, percepts: Percepts) -> _Rule:
    width, height = percepts.file.width, percepts.file.height
    if percepts.seeing is not None:
        width, height = percepts.seeing.width, percepts.seeing.height
    named = " or ".join(f"{a}:{b}" for a, b in platform.aspects)
    broken = f"The picture is not {named}."
    if not width or not height:
        return _Rule("aspect", None, "ratio", None, broken)
    shape = width / height
    passed = any(abs(shape / (a / b) - 1) <= _ASPECT_TOLERANCE for a, b in platform.aspects)
    return _Rule("aspect", round(shape, 4), "ratio", passed, broken)


def _safe_area(platform: Platform, percepts: Percepts) -> _Rule:
    broken = "Text lies where the platform draws its buttons."
    texts = percepts.seeing.text if percepts.seeing else None
    if texts is None:
        return _Rule("safe_area", None, "share", None, broken)
    top, bottom, right = platform.safe
    inside = in_safe_area(texts, top, bottom, 0.0, right)
    share = 1.0 if inside is None else round(inside, 6)  # no text is in nobody's way
    return _Rule("safe_area", share, "share", share >= _SAFE_SHARE, broken)
