"""Facts of imagined sources, for tests of what is decided from facts alone."""

from __future__ import annotations

from fractions import Fraction

from cutroom.model.media import AudioFacts, MediaFacts, VideoFacts


def video(width: int = 1920, height: int = 1080) -> VideoFacts:
    return VideoFacts(
        index=0, codec="h264", profile="High", width=width, height=height, pixel_format="yuv420p", bit_depth=8,
        sample_aspect=Fraction(1), rotation=0, mirrored=False, frame_rate=Fraction(30), variable_frame_rate=False,
        interlaced=False, hdr=None, color_primaries=1, color_transfer=1, color_space=1, color_range=1,
        time_base=Fraction(1, 15360), start=Fraction(0), duration=Fraction(60), frames=1800, bit_rate=None, still=False,
    )  # fmt: skip


def sound() -> AudioFacts:
    return AudioFacts(
        index=1, codec="aac", profile="LC", sample_rate=48000, channels=2, layout="stereo",
        time_base=Fraction(1, 48000), start=Fraction(0), duration=Fraction(60), language="eng", default=True,
        bit_rate=None,
    )  # fmt: skip


def facts(picture: VideoFacts | None, tracks: tuple[AudioFacts, ...]) -> MediaFacts:
    return MediaFacts(
        container="mov", size_bytes=1, origin=Fraction(0), duration=Fraction(60), video=picture, audio=tracks,
        subtitles=(),
    )  # fmt: skip
