"""One cut as the splicing modules see it: open files, what is known of them, and where the cut falls."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cutroom.media.inside.window import Window

if TYPE_CHECKING:
    from av import AudioStream, VideoStream
    from av.container import InputContainer

    from cutroom.media.inside.conversation import Conversation
    from cutroom.model.media import MediaFacts


@dataclass(slots=True)
class Job:
    """One cut in one open file (two, where the sound lives apart), to be written to ``path``."""

    container: InputContainer
    stream: VideoStream
    tracks: list[AudioStream]
    facts: MediaFacts
    window: Window
    path: Path
    talk: Conversation
    sound: InputContainer | None = None

    @property
    def tick(self) -> Fraction:
        """Seconds per unit of the picture's time stamps."""
        return cast("Fraction", self.stream.time_base)

    @property
    def movie_scale(self) -> int:
        """Ticks per second of the written file's header: they hold a multiple of ``tick`` exactly where possible."""
        denominator = self.tick.denominator
        return denominator if 1000 <= denominator < 1 << 31 else (90_000 * denominator) % (1 << 31) or 90_000


@dataclass(slots=True)
class Splice:
    """What was written, in the time base of the source, counted from the first wanted picture."""

    shown: array[int] = field(default_factory=lambda: array("q"))
    """pts of every picture in decode order, hidden ones (below zero, or beyond the end) included."""
    copied: int = 0
    """Pictures shown that are the source's own."""
    looks: dict[int, bytes] = field(default_factory=dict)
    """Thumbprints of the source's pictures that were encoded, as far as the gate looks at them, by pts."""
    sounding: int = 0
    """Sound tracks with at least one packet."""
    warnings: tuple[str, ...] = ()
    encoded: set[int] = field(default_factory=set)
    """pts of the pictures that were encoded."""
    sums: dict[int, int] = field(default_factory=dict)
    """CRC-32 of copied pictures round the seams, by pts: the first ones after, all of the group the last one ends."""
    beside: set[int] = field(default_factory=set)
    """pts of the copied pictures next to a seam."""
