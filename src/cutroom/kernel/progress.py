"""Progress of a piece of work: which stage, and how far, never going back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """``stage`` is a short lower-case word ("fetching", "cutting"); ``fraction`` is 0..1, or None while unknown.

    ``bytes`` is what has come so far of what is being fetched, where that is counted.
    """

    stage: str
    fraction: float | None = None
    bytes: int | None = None


ProgressCallback = Callable[[Progress], None]


def ignore(_progress: Progress) -> None:
    """The callback for callers who do not want to know."""


def part_of(callback: ProgressCallback, low: float, high: float) -> ProgressCallback:
    """A callback for one part of a stage, which goes from ``low`` to ``high`` of the whole of it."""

    def scaled(progress: Progress) -> None:
        within = progress.fraction
        whole = None if within is None else low + (high - low) * within
        callback(Progress(progress.stage, whole, progress.bytes))

    return scaled


class Monotone:
    """Hands progress on, clamped to 0..1, never falling and never unknown again within one stage."""

    def __init__(self, callback: ProgressCallback) -> None:
        self._callback = callback
        self._stage: str | None = None
        self._highest: float | None = None

    def __call__(self, progress: Progress) -> None:
        if progress.stage != self._stage:
            self._stage, self._highest = progress.stage, None
        if progress.fraction is not None:
            # In this order: a comparison with NaN is false, and the first argument stays.
            self._highest = max(self._highest or 0.0, min(1.0, progress.fraction))
        self._callback(Progress(progress.stage, self._highest, progress.bytes))
