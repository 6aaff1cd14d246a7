"""What each output format is and holds: one table for everything that converts, cuts or exports. Pure.

Three questions are answered for a format: with which muxer and encoders it is written, which of a source's streams may
be copied into it as they are, and what it is called on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass

from cutroom.model.media import AudioFacts, VideoFacts

AAC_NAMES = frozenset({"aac", "aac_fixed", "aac_latm"})
_PLAIN_PIXELS = frozenset({"yuv420p", "yuvj420p"})


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """A kind of file that we write.

    ``video`` and ``audio`` are the codecs that we encode into it (None: it has no picture), the names being those of
    codecs, not encoders. ``video_copies`` and ``audio_copies`` are codecs whose packets may be copied into it so that
    usual players of the format play them; ``holds`` is everything the container can carry at all.
    """

    name: str
    """Also the extension of its files."""
    muxer: str
    media_type: str
    video: str | None
    audio: str
    video_copies: frozenset[str] = frozenset()
    audio_copies: frozenset[str] = frozenset()
    video_holds: frozenset[str] = frozenset()
    audio_holds: frozenset[str] = frozenset()
    subtitles: str | None = None
    """The codec of text subtitles in it; None: it holds none."""
    chapters: bool = False
    cover: bool = False
    """It can carry a picture as its cover."""
    many_tracks: bool = False
    """More than one sound track."""

    @property
    def sound_only(self) -> bool:
        return self.video is None


def _set(*names: str) -> frozenset[str]:
    return frozenset(names)


_MP4_VIDEO = _set("h264", "hevc", "av1", "vp9", "mpeg4")
# Of cameras, editing programmes and old telephones: copied without a change, played by few.
_WORKING = _set("cfhd", "cinepak", "dnxhd", "dvvideo", "h263", "hap", "jpeg2000", "png", "r210", "v210")
_VFW = _set("asv1", "asv2", "dirac", "ffvhuff", "huffyuv", "magicyuv", "msvideo1", "snow", "utvideo", "zmbv")
_MP4_AUDIO = _set("aac", "mp3", "ac3", "eac3", "opus", "flac", "alac")

FORMATS: dict[str, OutputFormat] = {
    row.name: row
    for row in (
        OutputFormat(
            "mp4", "mp4", "video/mp4", "h264", "aac", _set("h264"), _set("aac"), _MP4_VIDEO, _MP4_AUDIO,
            subtitles="mov_text", chapters=True, cover=True, many_tracks=True,
        ),
        OutputFormat(
            "mov", "mov", "video/quicktime", "h264", "aac", _set("h264"), _set("aac"),
            _set("h264", "hevc", "mpeg4", "mjpeg", "prores", "qtrle", "rawvideo", "svq1", "svq3") | _WORKING,
            _set("aac", "mp3", "ac3", "alac", "pcm_s16le", "pcm_s24le", "pcm_s16be", "pcm_s24be"),
            subtitles="mov_text", chapters=True, many_tracks=True,
        ),
        OutputFormat(
            "webm", "webm", "video/webm", "vp9", "opus", _set("vp9"), _set("opus"),
            _set("vp9", "vp8", "av1"), _set("opus", "vorbis"),
            subtitles="webvtt", chapters=True, many_tracks=True,
        ),
        OutputFormat(
            "mkv", "matroska", "video/x-matroska", "h264", "aac", _set("h264"), _set("aac"),
            _set("h264", "hevc", "av1", "vp9", "vp8", "mpeg4", "mpeg2video", "mpeg1video", "mjpeg", "prores", "ffv1",
                 "theora", "wmv1", "wmv2", "wmv3", "vc1", "msmpeg4v2", "msmpeg4v3", "flv1") | _WORKING | _VFW,
            _set("aac", "mp3", "mp2", "ac3", "eac3", "dts", "truehd", "opus", "vorbis", "flac", "alac", "pcm_s16le",
                 "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_s16be", "pcm_u8"),
            subtitles="subrip", chapters=True, many_tracks=True,
        ),
        OutputFormat("mp3", "mp3", "audio/mpeg", None, "mp3", audio_copies=_set("mp3"), audio_holds=_set("mp3"),
                     cover=True),
        OutputFormat("m4a", "ipod", "audio/mp4", None, "aac", audio_copies=_set("aac"),
                     audio_holds=_set("aac", "alac", "ac3"), chapters=True, cover=True),
        OutputFormat("wav", "wav", "audio/wav", None, "pcm_s16le", audio_copies=_set("pcm_s16le"),
                     audio_holds=_set("pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_u8")),
        OutputFormat("ogg", "ogg", "audio/ogg", None, "vorbis", audio_copies=_set("vorbis", "opus"),
                     audio_holds=_set("vorbis", "opus", "flac"), chapters=True),
        OutputFormat("flac", "flac", "audio/flac", None, "flac", audio_copies=_set("flac"), audio_holds=_set("flac"),
                     cover=True),
    )
}  # fmt: skip
"""Every output format for video and sound by its name on the wire."""
VIDEO_FORMATS = tuple(name for name, row in FORMATS.items() if not row.sound_only)
AUDIO_FORMATS = tuple(name for name, row in FORMATS.items() if row.sound_only)
CONVERT_FORMATS = ("mp4", "webm", "mkv", *AUDIO_FORMATS)
"""What the wire offers; ``mov`` is only ever kept."""
IMAGE_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}


def media_type(extension: str) -> str:
    """The MIME type of a file that we make. ``KeyError`` for an extension that is none of ours."""
    return IMAGE_TYPES[extension] if extension in IMAGE_TYPES else FORMATS[extension].media_type


def codec_name(codec: str) -> str:
    """One name where decoders have several: ``aac_latm`` is AAC."""
    return "aac" if codec in AAC_NAMES else codec


def picture_obstacle(target: OutputFormat, facts: VideoFacts) -> str | None:
    """Why the source's pictures may not be copied into ``target``; None when they may.

    The answer completes the sentence "Encoded because ...". What is copied plays wherever the format's own encoder's
    output does; ``mkv`` is for players that play everything.
    """
    if facts.codec not in target.video_copies:
        wanted = (target.video or "no picture").upper()
        return f"the source's pictures are coded as {facts.codec.upper()}, not {wanted}"
    if facts.mirrored:
        return "the source is mirrored, which players do not undo"
    if target.name == "mkv":
        return None
    if facts.hdr is not None:
        return "the source is HDR, which not every player shows"
    if facts.pixel_format not in _PLAIN_PIXELS:
        return "the source's pictures are not 8-bit 4:2:0, which not every player shows"
    if facts.interlaced:
        return "the source is interlaced"
    return None


def sound_copies(target: OutputFormat, facts: AudioFacts) -> bool:
    """Whether a sound track may be copied into ``target`` as it is."""
    if facts.codec == "aac_latm":  # other packets than those of plain AAC
        return False
    return codec_name(facts.codec) in target.audio_copies and facts.channels <= 8
