"""Making a palette with alpha smaller: entries that look alike become one. Pure arithmetic on at most 256 entries."""

from __future__ import annotations

from collections.abc import Sequence

Entry = tuple[int, int, int, int]
"""Red, green, blue, alpha, 0..255 each."""
Point = tuple[float, float, float, float]

_ROUNDS = 6


def merged(entries: Sequence[Entry], counts: Sequence[int], most: int) -> tuple[list[int], list[Entry]]:
    """At most ``most`` entries for these, of which each has ``counts`` pixels; and for each old one its new place.

    Entries differ as far as they look different on any ground: the colours of transparent ones count little. What is
    wholly transparent stays so.
    """
    points = [_seen(entry) for entry in entries]
    weights = [*counts[: len(points)], *[0] * (len(points) - len(counts))]
    centres = _spread(points, weights, most)
    places = [_nearest(point, centres) for point in points]
    for _round in range(_ROUNDS):
        centres = [_middle(place, centre, places, points, weights) for place, centre in enumerate(centres)]
        places = [_nearest(point, centres) for point in points]
    return places, [_unseen(centre) for centre in centres]


def _spread(points: Sequence[Point], weights: Sequence[int], most: int) -> list[Point]:
    """Starting points: the most frequent one, then always the one that is worst served."""
    centres = [points[max(range(len(points)), key=weights.__getitem__)]]
    far = [_distance(point, centres[0]) for point in points]
    while len(centres) < most:
        worst = max(range(len(points)), key=lambda index: far[index] * weights[index] ** 0.5)
        if far[worst] * weights[worst] == 0:
            break
        centres.append(points[worst])
        far = [min(known, _distance(point, points[worst])) for known, point in zip(far, points, strict=True)]
    return centres


def _middle(place: int, centre: Point, places: Sequence[int], points: Sequence[Point], weights: Sequence[int]) -> Point:
    if centre[3] == 0:
        return centre
    own = [index for index, at in enumerate(places) if at == place]
    total = sum(weights[index] for index in own)
    if not total:
        return centre
    red, green, blue, alpha = (sum(points[i][axis] * weights[i] for i in own) / total for axis in range(4))
    return red, green, blue, alpha


def _nearest(point: Point, centres: Sequence[Point]) -> int:
    return min(range(len(centres)), key=lambda place: _distance(point, centres[place]))


def _distance(one: Point, other: Point) -> float:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _seen(entry: Entry) -> Point:
    """Colours as strong as they are seen."""
    red, green, blue, alpha = entry
    return red * alpha / 255, green * alpha / 255, blue * alpha / 255, float(alpha)


def _unseen(point: Point) -> Entry:
    """The inverse of ``_seen``, in whole numbers."""
    red, green, blue, alpha = point
    strength = 255 / alpha if alpha else 0.0
    return (
        min(255, round(red * strength)),
        min(255, round(green * strength)),
        min(255, round(blue * strength)),
        round(alpha),
    )
