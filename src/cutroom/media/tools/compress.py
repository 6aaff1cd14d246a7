"""A smaller MP4, never larger than the input."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from cutroom.media.tools import sources
from cutroom.media.tools.formats import FORMATS
from cutroom.media.tools.tool import Facts, FilmPlan, Pictures, Plan, Size, Sounds
from cutroom.model.media import MediaFacts, VideoFacts
from cutroom.model.tool import Choice, Needs, Spec, Values

SPEC = Spec(
    "compress",
    "Makes a smaller MP4 of a video.",
    Needs.PICTURE,
    (Choice("quality", ("low", "medium", "high"), default="medium", help="how much of the quality to keep"),),
)


@dataclass(frozen=True, slots=True)
class _Level:
    """Constant rate factor of x264, bits per second of a stereo track, most lines of the shorter side.

    ``share`` of the input's size is aimed at where the input is smaller than all that, but not yet H.264.
    """

    crf: int
    sound_bits: int
    share: Fraction
    lines: int | None = None


_LEVELS = {
    "low": _Level(33, 80_000, Fraction(60, 100), 720),
    "medium": _Level(28, 112_000, Fraction(80, 100)),
    "high": _Level(23, 160_000, Fraction(95, 100)),
}
# Slower than for cuts: here the size is what was asked for.
_PRESET = "faster"


class Compress:
    """Three levels of quality; sizes rise with them."""

    spec = SPEC

    def check(self, values: Values, facts: Facts) -> None:
        """Everything with a picture can be compressed."""

    def plan(self, values: Values, facts: Facts) -> Plan:
        film, level = sources.film(facts), _LEVELS[str(values["quality"])]
        return FilmPlan(
            FORMATS["mp4"],
            Pictures.ENCODE,
            Sounds.KEEP if _small(film, level.sound_bits) else Sounds.ENCODE,
            size=_capped(sources.picture(facts), level.lines),
            crf=level.crf,
            preset=_PRESET,
            sound_bits=level.sound_bits,
            limit=film.size_bytes,
            share=level.share,
        )


def _small(film: MediaFacts, bits: int) -> bool:
    """Whether encoding the sound again would hardly make it smaller."""
    return all(track.bit_rate and track.bit_rate * 2 <= bits * max(2, track.channels) * 1.1 for track in film.audio)


def _capped(video: VideoFacts, lines: int | None) -> Size | None:
    """The size with at most ``lines`` on the shorter side, even; None when it stays."""
    width, height = video.display_size
    shorter = min(width, height)
    if lines is None or shorter <= lines:
        return None
    return max(2, round(width * lines / shorter / 2) * 2), max(2, round(height * lines / shorter / 2) * 2)


TOOL = Compress()
