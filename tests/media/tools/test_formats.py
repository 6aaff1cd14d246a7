from __future__ import annotations

from dataclasses import replace

import pytest

from cutroom.media.ffmpeg.command import MUXERS
from cutroom.media.tools.coding import SOUND
from cutroom.media.tools.formats import (
    AUDIO_FORMATS,
    CONVERT_FORMATS,
    FORMATS,
    VIDEO_FORMATS,
    media_type,
    picture_obstacle,
    sound_copies,
)
from tests.media import facts as imagined


def test_the_wires_names_and_types() -> None:
    assert CONVERT_FORMATS == ("mp4", "webm", "mkv", "mp3", "m4a", "wav", "ogg", "flac")
    assert (VIDEO_FORMATS, AUDIO_FORMATS) == (("mp4", "mov", "webm", "mkv"), ("mp3", "m4a", "wav", "ogg", "flac"))
    assert {name: media_type(name) for name in (*FORMATS, "gif", "jpg", "png", "webp")} == {
        "mp4": "video/mp4", "webm": "video/webm", "mkv": "video/x-matroska", "mov": "video/quicktime",
        "mp3": "audio/mpeg", "m4a": "audio/mp4", "wav": "audio/wav", "ogg": "audio/ogg", "flac": "audio/flac",
        "gif": "image/gif", "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp",
    }  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_encoded_into_a_format_may_be_copied_into_it(name: str) -> None:
    row = FORMATS[name]
    assert row.muxer in MUXERS
    assert row.audio in row.audio_copies <= row.audio_holds
    assert row.audio in SOUND
    if row.video is not None:
        assert row.video in row.video_copies <= row.video_holds


def test_only_what_plays_everywhere_is_copied_into_mp4() -> None:
    plain, mp4, mkv = imagined.video(), FORMATS["mp4"], FORMATS["mkv"]
    assert picture_obstacle(mp4, plain) is None
    awkward = [
        replace(plain, codec="hevc"),
        replace(plain, pixel_format="yuv420p10le", bit_depth=10),
        replace(plain, hdr="pq"),
        replace(plain, pixel_format="yuv444p"),
        replace(plain, interlaced=True),
        replace(plain, mirrored=True),
    ]
    assert all(picture_obstacle(mp4, facts) for facts in awkward)
    assert [bool(picture_obstacle(mkv, facts)) for facts in awkward] == [True, False, False, False, False, True]
    assert picture_obstacle(FORMATS["webm"], replace(plain, codec="vp9")) is None
    assert picture_obstacle(FORMATS["webm"], plain) == "the source's pictures are coded as H264, not VP9"


@pytest.mark.parametrize(
    ("codec", "targets"),
    [("aac", {"mp4", "mov", "mkv", "m4a"}), ("opus", {"webm", "ogg"}), ("vorbis", {"ogg"}), ("mp3", {"mp3"}),
     ("flac", {"flac"}), ("pcm_s16le", {"wav"}), ("pcm_s24le", set()), ("aac_latm", set())],
)  # fmt: skip
def test_where_a_sound_track_may_go_as_it_is(codec: str, targets: set[str]) -> None:
    track = replace(imagined.sound(), codec=codec)
    assert {name for name, row in FORMATS.items() if sound_copies(row, track)} == targets
