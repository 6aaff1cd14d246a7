"""Three seconds of each kind of film that people bring to the tools, and short files of sound."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from tests.support.catalogue import catalogue
from tests.support.film_spec import Film, FilmSpec, Track
from tests.support.films import build

FRAMES = 90
_FROM = {
    "mp4": "h264_closed",
    "webm": "vp9",
    "hevc_mkv": "hevc_mkv",
    "mpegts": "mpegts",
    "phone": "rotated_90",
    "odd": "h264_odd",
    "odd_webm": "vp9_odd",
    "silent": "no_audio",
    "mono": "mono_44100",
    "surround": "surround",
    "vfr": "vfr",
    "mov": "mov_pcm",
    "two_tracks": "two_tracks",
}
# Of use to some tests; the tools need not meet them all.
_ODD = ("h264_open", "mkv_offset", "avi_mp3", "h264_anamorphic", "edit_list", "flv")
_HIDDEN = 101
"""Pictures that the edit list hides."""
_SOUNDS = ("sound_m4a", "sound_mp3", "sound_flac", "sound_ogg", "sound_wav")
_RICH = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "10", "-pix_fmt", "yuv420p", "-g", "60")
_SPECS = {name: replace(catalogue()[whole], name=f"short_{name}", frames=FRAMES) for name, whole in _FROM.items()}
_SPECS |= {name: replace(catalogue()[name], name=f"short_{name}", frames=FRAMES) for name in _ODD}
_SPECS["edit_list"] = replace(_SPECS["edit_list"], frames=FRAMES + _HIDDEN)
_SPECS |= {name: catalogue()[name] for name in _SOUNDS}
# Its first sound comes before its first picture.
_SPECS["flv_sorenson"] = FilmSpec(
    "short_flv_sorenson", "flv", frames=FRAMES, video=("-c:v", "flv1", "-q:v", "3", "-g", "25"),
    tracks=(Track(33, ("c", "libmp3lame", "b", "128k"), rate=44100),),
)  # fmt: skip
_SPECS["rich"] = FilmSpec("short_rich", frames=FRAMES // 2, width=640, height=360, grain=5.0, video=_RICH)

FILMS = tuple(_FROM)
"""Films by the name of their kind."""
FURTHER = {"odd_webm", "mov", "two_tracks"}
"""Those that are looked at when asked for."""
SOUNDS = _SOUNDS
"""Sound alone."""


@cache
def short_film(kind: str) -> Film:
    """A short film or sound, built if it is not there yet."""
    return build(_SPECS[kind])
