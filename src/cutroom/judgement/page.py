"""The page about scores, written from the weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cutroom.judgement.weights import CompositeRule, Platform, Points, Weights, weights

_HEAD = """# Scores

How every score of an analysis is made. This page is written by `python -m cutroom.judgement` from
`src/cutroom/judgement/weights.toml`, version {version}.

A score is `scale * sum(weight * f) / sum(weight)` over the components that are known. `f` is between 0 and 1: the
piecewise-linear map of what was measured, written as `measured: f` at its corners; beyond its ends a map stays at its
end. `coverage` is the known share of the weight of the components that apply; below one half the score is null, and
`unknown_reason` says what is missing. Scores are whole numbers in the report; the member `evidence` has them exactly,
with every component, its time and its words, by the JSON pointer of the field. Nothing is random and nobody looks at a
clock: the same percepts give the same numbers. A component is left out where it does not apply: the size of letters in
a film without text says nothing against it. What is done with words is told apart in English alone.

Scores and predictions are heuristics with published numbers. `calibrated` is false until `cutroom calibrate` has
fitted predictions to posts of your own: a table with at least {least:.0f} rows and the columns `views` (a whole number)
and `score` (`virality_model.score`) or `file` (a report of `cutroom analyze -o`, beside the table); and, where they are
known, `retention` (mean share of the film that was watched, 0 to 1; used where the row names a file) and `shares`.
Trend fields are null until `cutroom trends load` has loaded a list, CSV or JSON: `kind` (`term` or `audio`), `name`,
`artist`, `category`, `stage` (`emerging`, `growth`, `peak`, `decline`), `from`, `until`.
"""


def scores_page() -> str:
    """``docs/scores.md``."""
    w = weights()
    parts: list[Iterable[str]] = [_HEAD.format(version=w.version, least=w.number("least_posts")).splitlines()]
    parts += [_composite(rule) for rule in w.composites.values()]
    parts += [_patterns(w), _terms(w), _platforms(w.platforms.values()), _constants(w)]
    return "\n".join(line for part in parts for line in part) + "\n"


def _composite(rule: CompositeRule) -> Iterator[str]:
    scale = "0 to 100" if rule.scale == 100 else "0 to 1"
    yield from ("", f"## {rule.name}", "", f"{rule.about} {scale}.", "")
    yield from ("| component | weight | measured | unit | map |", "| --- | --- | --- | --- | --- |")
    for part in rule.components:
        yield f"| {part.name} | {part.weight:g} | {part.meaning} | {part.unit} | {_map(part.points)} |"


def _patterns(w: Weights) -> Iterator[str]:
    yield from ("", "## Patterns of openings", "", "| pattern | strength | hook type |", "| --- | --- | --- |")
    for name, pattern in w.patterns.items():
        yield f"| {name} | {pattern.strength:g} | {pattern.type} |"


def _terms(w: Weights) -> Iterator[str]:
    yield from (
        "",
        "## The hazard of leaving",
        "",
        "`h(t) = retention_exponent / (retention_settling + t) * (1 + sum of excess * x(t))`; the curve is",
        "`exp(-integral of h)`. Drop risks are the moments at which a term rises above `risk_minor`; the reason is the",
        "largest term, the severity goes with all terms together and the time they last.",
        "",
        "| term | excess | x |",
        "| --- | --- | --- |",
    )
    for term in w.terms.values():
        yield f"| {term.name} | {term.excess:g} | {term.meaning} |"
    yield from ("", "| map | corners |", "| --- | --- |")
    for name, points in w.maps.items():
        yield f"| {name} | {_map(points)} |"


def _platforms(platforms: Iterable[Platform]) -> Iterator[str]:
    yield from (
        "",
        "## Platforms",
        "",
        "Rules passed of the rules that could be checked. The safe area leaves free what is given from the top, the",
        "bottom and the right.",
        "",
        "| platform | aspect | seconds | captions | LUFS | free of text | motion of the first second |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    )
    for one in platforms:
        aspects = ", ".join(f"{a}:{b}" for a, b in one.aspects)
        safe = ", ".join(f"{share:g}" for share in one.safe)
        captions = "yes" if one.captions else "no rule"
        motion = f"at least {one.first_second_motion:g}" if one.first_second_motion else "no rule"
        seconds, loudness = (f"{low:g} to {high:g}" for low, high in (one.seconds, one.loudness))
        yield f"| {one.name} | {aspects} | {seconds} | {captions} | {loudness} | {safe} | {motion} |"


def _constants(w: Weights) -> Iterator[str]:
    yield from ("", "## Constants", "", "| name | value | unit | meaning |", "| --- | --- | --- | --- |")
    for name, constant in w.constants.items():
        yield f"| {name} | {constant.value:g} | {constant.unit} | {constant.meaning} |"


def _map(points: Points) -> str:
    return ", ".join(f"{x:g}: {y:g}" for x, y in points)
