"""Quantile regression with one cause, in the standard library: the line below which a given share of points lies.

For a fixed slope the best intercept is a quantile of the residuals (Koenker & Bassett 1978), and the loss is convex in
the slope, so that a ternary search finds the minimum. Nothing is random: the same points give the same line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Line:
    """``y = intercept + slope * x``."""

    intercept: float
    slope: float

    def __call__(self, x: float) -> float:
        return self.intercept + self.slope * x


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of ``values`` does not exceed. Raises ``ValueError`` for none."""
    if not values:
        raise ValueError("There is no quantile of nothing.")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def fit(xs: Sequence[float], ys: Sequence[float], share: float) -> Line:
    """The line that never falls below which ``share`` of the points lie.

    A slope below 0 is not considered: a better score may not be told to bring fewer views.
    """
    spread = max(xs) - min(xs)
    if spread <= 0:
        return Line(quantile(ys, share), 0.0)
    low, high = 0.0, max(1e-9, 4 * (max(ys) - min(ys)) / spread)
    for _ in range(_ROUNDS):
        third = (high - low) / 3
        if _loss(xs, ys, low + third, share) <= _loss(xs, ys, high - third, share):
            high -= third
        else:
            low += third
    slope = (low + high) / 2
    # A flat end of the loss, where the slope 0 is as good, is taken at 0.
    if _loss(xs, ys, 0.0, share) <= _loss(xs, ys, slope, share):
        slope = 0.0
    return Line(_intercept(xs, ys, slope, share), slope)


def _intercept(xs: Sequence[float], ys: Sequence[float], slope: float, share: float) -> float:
    return quantile([y - slope * x for x, y in zip(xs, ys, strict=True)], share)


def _loss(xs: Sequence[float], ys: Sequence[float], slope: float, share: float) -> float:
    """The pinball loss of the best line with this slope."""
    rest = [y - slope * x for x, y in zip(xs, ys, strict=True)]
    level = quantile(rest, share)
    return math.fsum(share * (r - level) if r >= level else (share - 1) * (r - level) for r in rest)
