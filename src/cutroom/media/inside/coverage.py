"""Whether a source has sound for the whole of a range: what is silent because nothing is there must be said."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from av import AudioStream

# Sound packets last 10 to 130 ms; two that are further apart (s) have a hole between them.
_HOLE = Fraction(1, 4)


class Coverage:
    """Takes the times of a track's packets in order and adds up the holes in [first, end), container seconds."""

    def __init__(self, track: AudioStream, first: Fraction, end: Fraction) -> None:
        self._tick = cast("Fraction", track.time_base)
        self._first, self._end = round(first / self._tick), round(end / self._tick)
        self._hole = round(_HOLE / self._tick)
        self._last = self._first
        self._missing = 0
        self._heard = False

    def add(self, pts: int, duration: int) -> None:
        """One packet; ``duration`` is 0 where the source does not say."""
        self._heard = self._heard or self._first - (duration or self._hole) < pts < self._end
        at = min(max(pts, self._first), self._end)
        if at - self._last > self._hole:
            self._missing += at - self._last
        self._last = max(self._last, at)

    @property
    def missing(self) -> Fraction:
        """Seconds without sound."""
        if not self._heard:
            return (self._end - self._first) * self._tick
        rest = self._end - self._last
        return (self._missing + (rest if rest > self._hole else 0)) * self._tick


def silence_warnings(tracks: Iterable[Coverage]) -> tuple[str, ...]:
    """One sentence for each track that does not sound throughout."""
    holes = [coverage.missing for coverage in tracks]
    which = [f" on sound track {number}" if len(holes) > 1 else "" for number in range(1, len(holes) + 1)]
    return tuple(
        f"The source has no sound in {float(missing):.{1 if missing >= 1 else 2}f} s of this range{where};"
        " the clip is silent there."
        for missing, where in zip(holes, which, strict=True)
        if missing
    )
