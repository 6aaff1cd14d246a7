"""How each codec that we write is encoded: encoders, their options, and what they take. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

CRF = 20
PRESET = "veryfast"
_ANY_LAYOUT = ""


@dataclass(frozen=True, slots=True)
class SoundCoding:
    """One sound codec. ``bits`` per second are those of a stereo track; None leaves them to ``options``.

    ``rates`` are the sample rates it takes, empty for all; ``most`` is how many channels it is given.
    """

    encoder: str
    options: tuple[str, ...] = ()
    bits: int | None = None
    rates: tuple[int, ...] = ()
    most: int = 6
    lossless: bool = False

    def layout(self, channels: int) -> str:
        """The channel layout to mix to; empty keeps the source's."""
        if self.lossless and channels <= self.most:
            return _ANY_LAYOUT
        if channels == 1:
            return "mono"
        return "5.1" if channels >= 6 and self.most >= 6 else "stereo"

    def bit_rate(self, layout: str, wanted: int | None = None) -> int | None:
        """Bits per second for a layout; ``wanted`` are those of stereo where not the usual ones."""
        bits = wanted or self.bits
        return None if bits is None else bits * {"mono": 2, "stereo": 3, "5.1": 6}.get(layout, 3) // 3


_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)

SOUND: dict[str, SoundCoding] = {
    "aac": SoundCoding("aac", bits=192_000, rates=_AAC_RATES),
    "mp3": SoundCoding("libmp3lame", bits=192_000, rates=_MP3_RATES, most=2),
    "opus": SoundCoding("libopus", bits=128_000, rates=(48000,)),
    "vorbis": SoundCoding("libvorbis", ("-q:a", "5")),
    "flac": SoundCoding("flac", most=8, lossless=True),
    "alac": SoundCoding("alac", most=2, lossless=True),
    **{
        name: SoundCoding(name, most=8, lossless=True)
        for name in ("pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_u8")
    },
}
LOSSLESS_SOURCES = frozenset({"flac", "alac", "truehd", "mlp", "wavpack", "tta"})


def is_lossless(codec: str) -> bool:
    """Whether a source's sound may have more than 16 bits worth keeping."""
    return codec in LOSSLESS_SOURCES or codec.startswith("pcm_")


@dataclass(frozen=True, slots=True)
class PictureEncoder:
    """An H.264 encoder: libx264, or one of a graphics processor.

    ``device`` is what ffmpeg has to open first (``vaapi``); ``upload`` says that pictures are handed over to it.
    """

    name: str = "libx264"
    device: str | None = None

    @property
    def hardware(self) -> bool:
        return self.name != "libx264"


X264 = PictureEncoder()
HARDWARE = {
    "h264_nvenc": PictureEncoder("h264_nvenc"),
    "h264_qsv": PictureEncoder("h264_qsv"),
    "h264_amf": PictureEncoder("h264_amf"),
    "h264_videotoolbox": PictureEncoder("h264_videotoolbox"),
    "h264_vaapi": PictureEncoder("h264_vaapi", device="vaapi"),
}
"""Encoders of graphics processors that can be asked for, in the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a decoder's buffer of ``buffer`` bits takes that is filled with ``rate`` bits per second."""

    rate: int
    buffer: int

    @classmethod
    def of(cls, bits: int, seconds: Fraction) -> Bound:
        """At most ``bits`` in all, with room for parts that need more than others.

        The buffer is nine tenths full at the start: 0.8 + 0.9 x 0.2 of what is allowed.
        """
        return cls(max(1000, int(bits * Fraction(8, 10) / seconds)), max(1000, bits // 5))

    @property
    def options(self) -> tuple[str, ...]:
        return ("-maxrate:v", str(self.rate), "-bufsize:v", str(self.buffer))


@dataclass(frozen=True, slots=True)
class H264:
    """One H.264 encode of constant quality ``crf``, within a bound where there is one."""

    encoder: PictureEncoder = X264
    crf: int = CRF
    preset: str = PRESET
    full_chroma: bool = False
    """4:4:4, which alone can hold odd sizes."""
    reordered: int = 3
    threads: int = 0
    bound: Bound | None = None

    def options(self) -> tuple[str, ...]:
        """Codec options of ffmpeg for the picture stream."""
        if self.encoder.hardware and not self.full_chroma:
            return _hardware_options(self.encoder.name, self.crf, self.bound)
        profile = "high444" if self.full_chroma else "high"
        bound = self.bound.options if self.bound is not None else ()
        return (
            "-c:v", "libx264", "-preset", self.preset, "-crf", str(self.crf), *bound, "-profile:v", profile,
            "-bf", str(self.reordered), "-threads:v", str(self.threads),
        )  # fmt: skip


def _hardware_options(name: str, crf: int, bound: Bound | None) -> tuple[str, ...]:
    """About the quality of ``crf``. No reordering: not every chip can, and the times of some are wrong with it."""
    level = str(crf + 2)
    constant = {
        "h264_nvenc": ("-preset", "p4", "-rc", "vbr", "-cq", level, "-b:v", "0"),
        "h264_qsv": ("-preset", "medium", "-global_quality", level),
        "h264_amf": ("-quality", "balanced", "-rc", "cqp", "-qp_i", level, "-qp_p", level),
        "h264_videotoolbox": ("-q:v", str(max(1, 100 - 2 * crf))),
        "h264_vaapi": ("-rc_mode", "CQP", "-qp", level),
    }
    quality = constant[name] if bound is None else ("-b:v", str(bound.rate), *bound.options)
    return ("-c:v", name, *quality, "-profile:v", "high", "-bf", "0")


def vp9_options(threads: int, crf: int = 32) -> tuple[str, ...]:
    """VP9 in constant quality. Without looking ahead: a quarter of the work for a tenth more bytes, as good to see."""
    return (
        "-c:v", "libvpx-vp9", "-crf", str(crf), "-b:v", "0", "-deadline", "realtime", "-cpu-used", "5",
        "-row-mt", "1", "-tile-columns", "2", "-g", "240", "-threads:v", str(threads),
    )  # fmt: skip


def steady_rate(rate: Fraction | None, otherwise: Fraction = Fraction(30)) -> Fraction:
    """A rate to write pictures at: the source's average as a fraction that files can state; at most 240."""
    if rate is None or rate <= 0:
        return otherwise
    return min(rate.limit_denominator(1001) or otherwise, Fraction(240))
