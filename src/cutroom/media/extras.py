"""What a source holds beside its pictures and sound, as the media worker found it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from cutroom.model.download import Chapter

_SHORTEST = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class TextTrack:
    """Subtitles as a file of their own in the scratch folder: SubRip, or ASS where they are ``styled``."""

    file: str
    styled: bool
    language: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Packets that are to be found again after copying."""

    pictures: int
    hidden: int
    """Pictures that an edit list of the source does not show."""
    sounds: tuple[int, ...]
    """By track, those before the first picture left out."""
    breaks: int = 0
    """How often the clock jumps, as where broadcasts were joined."""
    sizes: tuple[int, ...] = ()
    """By track, the bytes in those packets of ``sounds``."""


@dataclass(frozen=True, slots=True)
class Extras:
    """Of the asked-for piece: times count from its start."""

    texts: tuple[TextTrack, ...]
    """Those that say something in the piece; none where nobody asked for them."""
    worded: bool
    """There are subtitles of text, asked for or not."""
    drawn: tuple[int, ...]
    """Indices of subtitle streams that are pictures, which only some containers hold."""
    chapters: tuple[Chapter, ...]
    cover: str | None
    """An image file in the scratch folder."""
    tally: Tally | None
    """Where the whole file was gone through."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """What was found in a produced file beside pictures and sound."""

    subtitles: tuple[str, ...]
    """The codec of each track."""
    chapters: int
    cover: bool


def chapters_within(chapters: Iterable[Chapter], start: Fraction, end: Fraction | None) -> tuple[Chapter, ...]:
    """What of ``chapters`` lies in [start, end) seconds, counted from ``start``; ``end`` None is the end."""
    kept = []
    for chapter in chapters:
        first, last = max(chapter.start, start), chapter.end if end is None else min(chapter.end, end)
        if last - first >= _SHORTEST:
            kept.append(Chapter(first - start, last - start, chapter.title))
    return tuple(kept)
