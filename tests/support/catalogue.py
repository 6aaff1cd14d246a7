"""The films themselves: one entry for each kind of file people bring, small enough to build in a second or two."""

from __future__ import annotations

from fractions import Fraction

from tests.support.film_spec import FilmSpec, Track

_X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-bf", "3")
_420 = ("-pix_fmt", "yuv420p")
_OPUS = ("c", "libopus", "b", "96k")
_VORBIS = ("c", "libvorbis", "b", "96k")
_MP3 = ("c", "libmp3lame", "b", "128k")
_AC3 = ("c", "ac3", "b", "192k")
_FLAC = ("c", "flac")
_PCM = ("c", "pcm_s16le")


def _x264(gop: int = 60, params: str = "", *more: str, pixels: tuple[str, ...] = _420) -> tuple[str, ...]:
    return (*_X264, *pixels, "-g", str(gop), *(("-x264-params", params) if params else ()), *more)


def _h264() -> list[FilmSpec]:
    def film(name: str, video: tuple[str, ...], **more: object) -> FilmSpec:
        return FilmSpec(name, video=video, copyable=True, **more)  # type: ignore[arg-type]

    return [
        film("h264_closed", _x264(60, "open-gop=0"), extras=True),
        film("h264_open", _x264(45, "open-gop=1")),
        film(
            "h264_open_mixed",
            _x264(30, "open-gop=1", "-forced-idr", "1", "-force_key_frames", "expr:gte(t,n_forced*3.1)"),
        ),
        film("h264_long_gop", _x264(300, "scenecut=0:keyint=300:min-keyint=300"), cuts=False, seed=2, frames=750),
        film("h264_short_gop", _x264(6)),
        film("h264_intra", _x264(1), frames=300),
        film("h264_deep_pyramid", _x264(90, "bframes=12:b-adapt=2:b-pyramid=normal:ref=6"), cuts=False),
        film("h264_refresh", _x264(50, "intra-refresh=1"), cuts=False),
        film("h264_baseline", _x264(50, "", "-profile:v", "baseline")),
        film("h264_slices", _x264(60, "slices=4")),
        film("h264_full_range", _x264(60, "", "-color_range", "pc", pixels=("-pix_fmt", "yuvj420p"))),
        film("h264_25fps", _x264(50), rate=Fraction(25)),
        film("h264_29_97", _x264(60), rate=Fraction(30000, 1001)),
        film("h264_23_976", _x264(72), rate=Fraction(24000, 1001), frames=480),
        film("h264_60fps", _x264(120), rate=Fraction(60), frames=1200),
        film("h264_anamorphic", _x264(60, "", "-vf", "setsar=4/3"), width=240, height=180),
        film("h264_one_frame", _x264(), frames=1),
        film("h264_three_frames", _x264(), frames=3),
    ]


# Steps of 25 ms and up to 22 ms more or less, and every fifth second a picture that stands 1.5 s.
_IRREGULAR = "settb=1/1000,setpts=N*25+mod(N*N*7\\,23)+1500*floor(N/150)"


# Even for 13 seconds, then four quick pictures and a long one in turn: a screen recording that drops pictures.
_LATE_GAPS = "settb=1/15360,setpts=256*(N+min(N\\,400)+5*floor(max(N-400\\,0)/5))"


def _containers() -> list[FilmSpec]:
    def film(name: str, extension: str = "mp4", gop: int = 60, **more: object) -> FilmSpec:
        video = more.pop("video", None) or _x264(gop)
        return FilmSpec(name, extension, video=video, copyable=True, **more)  # type: ignore[arg-type]

    vfr = _x264(60, "", "-vf", _IRREGULAR, "-fps_mode", "passthrough", "-enc_time_base", "1:1000")
    gaps = _x264(60, "", "-vf", _LATE_GAPS, "-fps_mode", "passthrough", "-enc_time_base", "1:15360")
    copy = ("-map", "0", "-c", "copy")
    return [
        film("vfr", video=vfr),
        film("vfr_mkv", "mkv", video=vfr),
        film("vfr_late", video=gaps),
        film("tick_per_frame", rate=Fraction(24), muxer=("-video_track_timescale", "24")),
        film("fragmented", muxer=("-movflags", "+frag_keyframe+empty_moov+default_base_moof")),
        film("faststart", muxer=("-movflags", "+faststart")),
        film("edit_list", trimmed=True, post=(("-ss", "3.3667", "-i", "{in}", *copy, "{out}"),)),
        film("mkv", "mkv", extras=True),
        film("mkv_offset", "mkv", muxer=("-output_ts_offset", "7.3")),
        film("mpegts", "ts"),
        film("mov_pcm", "mov", tracks=(Track(12, _PCM),), copyable_sound=False),
        film(
            "avi_mp3",
            "avi",
            muxer=("-avoid_negative_ts", "disabled"),
            tracks=(Track(13, _MP3, rate=44100),),
            copyable_sound=False,
            video=_x264(60, "", "-bf", "0"),
        ),
        film("flv", "flv", tracks=(Track(14, rate=44100),)),
    ]


def _sounds() -> list[FilmSpec]:
    def film(name: str, *tracks: Track, extension: str = "mp4", copyable_sound: bool = True) -> FilmSpec:
        return FilmSpec(
            name, extension, video=_x264(), tracks=tracks, copyable=True, copyable_sound=copyable_sound
        )  # fmt: skip

    return [
        film("no_audio"),
        film("two_tracks", Track(21, language="eng"), Track(22, language="deu")),
        film("audio_late", Track(23, delay=Fraction(1, 2))),
        film("audio_early", Track(24, delay=Fraction(-1, 2))),
        film("mono_44100", Track(25, channels=1, rate=44100)),
        film("surround", Track(26, ("c", "aac", "b", "256k", "aac_pns", "0"), channels=6)),
        film("ac3", Track(27, _AC3), extension="mkv", copyable_sound=False),
        film("mp3_in_mkv", Track(28, _MP3, rate=44100), extension="mkv", copyable_sound=False),
        film("flac_in_mkv", Track(29, _FLAC), extension="mkv", copyable_sound=False),
        film("opus_in_mkv", Track(30, _OPUS), extension="mkv", copyable_sound=False),
    ]


def _codecs() -> list[FilmSpec]:
    opus, vorbis = (Track(31, _OPUS),), (Track(32, _VORBIS),)
    vp9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "700k", "-row-mt", "1", "-g", "80")
    vp8 = (
        "-c:v",
        "libvpx",
        "-deadline",
        "realtime",
        "-cpu-used",
        "8",
        "-b:v",
        "700k",
        "-g",
        "80",
        "-auto-alt-ref",
        "1",
    )
    av1 = ("-c:v", "libsvtav1", "-preset", "12", "-crf", "35", "-g", "80", *_420)
    hevc = (
        "-c:v",
        "libx265",
        "-preset",
        "superfast",
        "-crf",
        "28",
        "-g",
        "60",
        "-x265-params",
        "log-level=error",
        *_420,
    )
    mpeg2 = ("-c:v", "mpeg2video", "-b:v", "1500k", "-g", "15", "-bf", "2")
    mpeg4 = ("-c:v", "mpeg4", "-b:v", "1200k", "-g", "50", "-bf", "2")
    return [
        FilmSpec("h264_10bit", video=_x264(pixels=("-pix_fmt", "yuv420p10le"))),
        FilmSpec("h264_422", video=_x264(pixels=("-pix_fmt", "yuv422p"))),
        FilmSpec("h264_444", video=_x264(pixels=("-pix_fmt", "yuv444p")), raw="yuv444p"),
        FilmSpec("h264_odd", video=_x264(pixels=("-pix_fmt", "yuv444p")), raw="yuv444p", width=321, height=181),
        FilmSpec("h264_interlaced", rate=Fraction(25), video=_x264(50, "tff=1", "-flags", "+ilme+ildct")),
        FilmSpec("hevc_mp4", video=(*hevc, "-tag:v", "hvc1")),
        FilmSpec("hevc_mkv", "mkv", video=hevc),
        FilmSpec("hevc_hdr", video=_hdr(hevc)),
        FilmSpec("vp9", "webm", video=(*vp9, *_420), tracks=opus, copyable_sound=False),
        FilmSpec("vp9_odd", "webm", video=(*vp9, *_420), tracks=opus, width=321, height=181, copyable_sound=False),
        FilmSpec("vp8", "webm", video=vp8, tracks=vorbis, copyable_sound=False),
        FilmSpec("av1_mp4", video=av1, tracks=opus, copyable_sound=False),
        FilmSpec("av1_webm", "webm", video=av1, tracks=opus, copyable_sound=False),
        FilmSpec(
            "mpeg2_ts", "ts", video=mpeg2, rate=Fraction(25), tracks=(Track(33, ("c", "mp2")),), copyable_sound=False
        ),
        FilmSpec("mpeg4_mp4", video=mpeg4),
        FilmSpec("animated", "gif", rate=Fraction(20), frames=200, tracks=(), video=("-c:v", "gif"), cuts=False),
        _changing(),
    ]


def _hdr(hevc: tuple[str, ...]) -> tuple[str, ...]:
    ten_bit = tuple("yuv420p10le" if value == "yuv420p" else value for value in hevc)
    colours = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")
    return (*ten_bit, "-tag:v", "hvc1", "-vf", f"setparams={':'.join(_HDR_FLAGS)}", *colours)


_HDR_FLAGS = ("color_primaries=bt2020", "color_trc=smpte2084", "colorspace=bt2020nc", "range=tv")


def _changing() -> FilmSpec:
    """Two encodes of different size and settings, one behind the other: parameter sets change in mid-stream."""
    first = FilmSpec("changing_1", "ts", frames=300, video=_x264(50, "bframes=2"))
    second = FilmSpec(
        "changing_2", "ts", frames=300, first=300, width=480, height=270, video=_x264(60, "cabac=0:bframes=1"),
        muxer=("-output_ts_offset", "10.066667"), tracks=(Track(34),),
    )  # fmt: skip
    return FilmSpec("ts_changing", "ts", join=(first, second))


def _turned() -> list[FilmSpec]:
    def film(name: str, store: str, matrix: tuple[str, ...], **more: int) -> FilmSpec:
        post = ((*matrix, "-i", "{in}", "-map", "0", "-c", "copy", "{out}"),)
        return FilmSpec(name, video=_x264(), store=store, post=post, copyable=True, **more)  # type: ignore[arg-type]

    return [
        film("rotated_90", "transpose=cclock", ("-display_rotation", "-90"), width=180, height=320),
        film("rotated_180", "hflip,vflip", ("-display_rotation", "180")),
        film("rotated_270", "transpose=clock", ("-display_rotation", "90"), width=180, height=320),
        film("mirrored", "hflip", ("-display_hflip",)),
    ]


def _sound_only() -> list[FilmSpec]:
    def film(name: str, extension: str, *codec: str, rate: int = 48000) -> FilmSpec:
        track = Track(41, codec, rate=rate) if codec else Track(41, rate=rate)
        return FilmSpec(name, extension, frames=0, tracks=(track,), copyable_sound=False)

    return [
        film("sound_m4a", "m4a"),
        film("sound_mp3", "mp3", *_MP3, rate=44100),
        film("sound_flac", "flac", *_FLAC),
        film("sound_ogg", "ogg", *_VORBIS),
        film("sound_wav", "wav", *_PCM),
        film("sound_m4b_cover", "m4b"),
    ]


def catalogue() -> dict[str, FilmSpec]:
    """Every film by name."""
    films = [*_h264(), *_containers(), *_sounds(), *_codecs(), *_turned(), *_sound_only()]
    return {film.name: film for film in films}
