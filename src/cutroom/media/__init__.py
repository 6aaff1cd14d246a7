"""The media engine: probe, cut, render. A pure library: no web, no database, no settings, no network.

>>> from cutroom.media import cut, probe  # doctest: +SKIP
>>> probe("talk.mp4").duration  # doctest: +SKIP
Fraction(3600, 1)
>>> cut("talk.mp4", "1:30", "2:15.5", "part.mp4").frames  # doctest: +SKIP
1365

``engine.Engine`` is the same with a lifetime, limits and sources that are fetched in parts.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.timespan import TimeLike, Timespan
from cutroom.model.clip import CutRequest, CutResult, Format, Mode, Quality
from cutroom.model.media import MediaFacts

if TYPE_CHECKING:
    from cutroom.media.engine import Engine

__all__ = ["cut", "probe"]


def cut(
    source: str | Path,
    start: TimeLike,
    end: TimeLike,
    target: str | Path,
    *,
    format: Format | str | None = None,  # noqa: A002  the field's word for it, as on every surface
    quality: Quality | str | None = None,
    mode: Mode | str | None = None,
    overwrite: bool = False,
) -> CutResult:
    """Cut [start, end) of a local file into ``target``; the format follows from the target's name unless given.

    Times count from the first picture shown, in any form that ``kernel.timespan`` reads. Raises ``CutroomError``.
    """
    target = Path(target)
    span = Timespan.parse(start, end)
    request = CutRequest(
        span.start,
        span.end,
        Format(format or _known_format(target)),
        Quality(quality) if quality else None,
        Mode(mode) if mode else None,
    )
    return _default_engine().cut(Path(source), request, target, overwrite=overwrite)


def probe(source: str | Path) -> MediaFacts:
    """The facts of a local file. Raises ``CutroomError``."""
    return _default_engine().probe(Path(source))


def _known_format(target: Path) -> str:
    suffix = target.suffix.lower().removeprefix(".")
    if suffix not in set(Format):
        known = ", ".join(f".{kind.value}" for kind in Format)
        raise CutroomError(
            ErrorCode.INVALID_REQUEST, f"The target's name ends in none of {known}.", next_step="Name a format."
        )
    return suffix


@functools.cache
def _default_engine() -> Engine:
    from cutroom.media.engine import Engine

    return Engine()
