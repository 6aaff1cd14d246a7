"""What was measured on a produced file."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Produced:
    """Counted from the file's own packets. Times in exact seconds from the clip's zero; sizes before any turning."""

    container: str
    size_bytes: int
    video_codec: str | None
    pixel_format: str | None
    width: int | None
    height: int | None
    frames: int | None
    """Pictures shown."""
    first: Fraction | None
    """Time of the first shown picture."""
    end: Fraction | None
    """End of the last shown picture."""
    audio_codecs: tuple[str, ...]
    audio_packets: tuple[int, ...]
    audio_ends: tuple[Fraction, ...]
    sample_aspect: Fraction = Fraction(1)
    """How wide a sample of the picture is for its height."""
    turned: bool = False
    """A display matrix is left for players to turn the picture by."""
    wanted: int | None = None
    """Pictures shown by the source that was copied, where its index says so."""
