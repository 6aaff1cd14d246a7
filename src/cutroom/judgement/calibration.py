"""Predictions fitted to the user's own past posts: quantile regression of views on the virality score.

The range is the 10th to the 90th percentile. A regression on few points is too sure of itself, so the range is widened
by what posts left out of the fit show (conformalized quantile regression, Romano, Patterson & Candes 2019, on
cross-validation folds). ``coverage`` is the share of posts inside the range that was made without them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from cutroom.judgement.evidence import seen
from cutroom.judgement.history import Post
from cutroom.judgement.quantiles import Line, fit, quantile
from cutroom.judgement.weights import weights
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.verdicts import Explained

_FOLDS = 10
_SHARE = 0.8
_LOW, _MIDDLE, _HIGH = 0.1, 0.5, 0.9


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was learned. Lines give powers of ten of views; ``widening`` is added on both sides."""

    posts: int
    low: Line
    middle: Line
    high: Line
    widening: float
    coverage: float
    """Share of the posts inside the range that was made without them, 0..1."""
    version: str
    """Of the weights that the scores were made with."""
    shares: Line | None = None
    """Median of shares to a view."""
    retention_power: float | None = None
    """The power of the retention curve that comes nearest to the retention measured."""

    def views(self, score: float) -> tuple[float, float, float]:
        """Low, expected and high as powers of ten of views."""
        low, middle, high = sorted((self.low(score), self.middle(score), self.high(score)))
        return max(0.0, min(middle, low - self.widening)), max(0.0, middle), max(0.0, middle, high + self.widening)

    def share(self, score: float) -> Explained:
        """Shares to a view, the median of the user's posts with this score. Raises ``ValueError`` without any."""
        if self.shares is None:
            raise ValueError("No shares were imported.")
        value = round(min(1.0, max(0.0, self.shares(score))), 6)
        parts = (seen("score", score, unit="score"), seen("posts", float(self.posts), unit="posts"))
        return Explained(value, "median regression of your own posts", self.version, 1.0, parts, calibrated=True)

    def content(self) -> dict[str, Any]:
        """As JSON, which ``read_calibration`` reads back."""
        return asdict(self)


def calibrate(posts: Sequence[Post]) -> Calibration:
    """Fit. Raises ``INVALID_REQUEST`` for too few posts, or posts that all have the same score."""
    least = int(weights().number("least_posts"))
    if len(posts) < least:
        raise _refused(f"At least {least} posts are needed, and there are {len(posts)}.")
    xs = [post.score for post in posts]
    if max(xs) - min(xs) < 1:
        raise _refused("The posts all have the same score: nothing can be learned from them.")
    ys = [math.log10(post.views + 1) for post in posts]
    outside = _left_out(xs, ys)
    return Calibration(
        posts=len(posts),
        low=fit(xs, ys, _LOW),
        middle=fit(xs, ys, _MIDDLE),
        high=fit(xs, ys, _HIGH),
        widening=_widening(outside),
        coverage=round(_coverage(outside), 4),
        version=weights().version,
        shares=_shares(posts, least),
        retention_power=_power(posts, least),
    )


def read_calibration(text: str) -> Calibration:
    """What ``content`` made. Raises ``INVALID_REQUEST``."""
    try:
        content = json.loads(text)
        shares, power = content["shares"], content["retention_power"]
        return Calibration(
            posts=int(content["posts"]),
            low=_line(content["low"]),
            middle=_line(content["middle"]),
            high=_line(content["high"]),
            widening=_finite(content["widening"]),
            coverage=_finite(content["coverage"]),
            version=str(content["version"]),
            shares=None if shares is None else _line(shares),
            retention_power=None if power is None else _finite(power),
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise _refused("The stored calibration is damaged; make it again.") from error


def _line(content: dict[str, Any]) -> Line:
    return Line(_finite(content["intercept"]), _finite(content["slope"]))


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("It is no number that can be counted with.")
    return number


def _left_out(xs: Sequence[float], ys: Sequence[float]) -> list[list[float]]:
    """For each fold, by how far its posts are outside the range fitted to the others; below 0 inside of it."""
    # By score and then dealt out in turn, so that every fold has low and high scores, whatever the order of the rows.
    order = sorted(range(len(xs)), key=lambda i: (xs[i], ys[i], i))
    found = []
    for fold in range(_FOLDS):
        held = set(order[fold::_FOLDS])
        kept = [i for i in order if i not in held]
        low, high = (fit([xs[i] for i in kept], [ys[i] for i in kept], share) for share in (_LOW, _HIGH))
        found.append([max(low(xs[i]) - ys[i], ys[i] - high(xs[i])) for i in order if i in held])
    return found


def _widening(outside: Sequence[Sequence[float]]) -> float:
    """So far beyond the lines that the wanted share of the posts left out is inside; never narrower."""
    away = [one for fold in outside for one in fold]
    share = min(1.0, _SHARE * (len(away) + 1) / len(away))
    return max(0.0, quantile(away, share))


def _coverage(outside: Sequence[Sequence[float]]) -> float:
    """With the widening that the other folds alone would have given."""
    inside = 0
    for place, fold in enumerate(outside):
        wide = _widening([other for number, other in enumerate(outside) if number != place])
        inside += sum(away <= wide for away in fold)
    return inside / sum(map(len, outside))


def _shares(posts: Sequence[Post], least: int) -> Line | None:
    told = [(post.score, post.shares / post.views) for post in posts if post.shares is not None and post.views]
    return fit([x for x, _ in told], [y for _, y in told], _MIDDLE) if len(told) >= least else None


def _power(posts: Sequence[Post], least: int) -> float | None:
    """Of the curve, by least squares of the mean retention; on the logarithm, from 1/8 to 8."""
    told = [(post.curve, post.retention) for post in posts if post.curve and post.retention is not None]
    if len(told) < least:
        return None

    def loss(power: float) -> float:
        return math.fsum((_mean_of(curve, power) - measured) ** 2 for curve, measured in told)

    low, high = -3.0, 3.0
    for _ in range(40):
        third = (high - low) / 3
        if loss(2 ** (low + third)) <= loss(2 ** (high - third)):
            high -= third
        else:
            low += third
    return round(2 ** ((low + high) / 2), 6)


def _mean_of(curve: Sequence[tuple[float, float]], power: float) -> float:
    """Mean over time of a curve of (seconds, share) by trapezoids."""
    area = math.fsum((b[0] - a[0]) * (a[1] ** power + b[1] ** power) / 2 for a, b in pairwise(curve))
    return area / (curve[-1][0] - curve[0][0])


def _refused(sentence: str) -> CutroomError:
    return CutroomError(ErrorCode.INVALID_REQUEST, sentence)
