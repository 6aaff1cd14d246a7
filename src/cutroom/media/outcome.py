"""What the media worker answers when asked for a cut."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from cutroom.media.produced import Produced
from cutroom.model.clip import Mode
from cutroom.model.media import MediaFacts

# The file in the scratch folder that packets are copied out to.
EXTRACT = "source.nut"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The boundaries of a cut in container time (exact seconds)."""

    first: Fraction
    """Time of the first wanted picture (or sample)."""
    end: Fraction
    """The boundary after the last wanted picture."""
    last: Fraction | None
    """Time of the last wanted picture; None without pictures."""
    before: Fraction | None
    """Time of the picture before ``first``, where there is one within sight."""
    key: Fraction
    """From here on decoding gives every wanted picture."""

    def later(self, shift: Fraction) -> Bounds:
        """The same ``shift`` seconds later."""
        return Bounds(
            first=self.first + shift,
            end=self.end + shift,
            last=None if self.last is None else self.last + shift,
            before=None if self.before is None else self.before + shift,
            key=self.key + shift,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """Facts, boundaries, the chosen mode and why. ``produced`` is None when a re-encode has to do it."""

    facts: MediaFacts
    bounds: Bounds
    mode: Mode
    reason: str
    frames: int | None = None
    """Pictures the clip was planned to show."""
    copied: int = 0
    produced: Produced | None = None
    warnings: tuple[str, ...] = ()
    """What the source lacks in this range, one sentence each."""
    sounding: int = 0
    """Sound tracks of a copied clip that have sound in it."""
    at_source_end: bool = False
    sound_container: str | None = None
    """The demuxer of the sound's own file, where there is one."""
    extracted: Fraction | None = None
    """The packets of the range were written to the file named for it, so much later (s): re-encode from there."""
