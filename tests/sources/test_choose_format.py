"""Which offer is taken: tables of what sites offer, and properties that hold for any of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.clip import Format
from cutroom.model.source import RemoteFormat as Offer
from cutroom.sources.choose_format import choose

H264, VP9, AV1, AAC, OPUS = "avc1.64001f", "vp9", "av01.0.08M.08", "mp4a.40.2", "opus"


def video(name: str, lines: int, codec: str = H264, **more: object) -> Offer:
    known = {"protocol": "https", "size_bytes": lines * 1000, "bit_rate": float(lines)} | more
    return Offer(name, video_codec=codec, width=lines * 16 // 9, height=lines, **known)  # type: ignore[arg-type]


def audio(name: str, codec: str = AAC, rate: float = 128, **more: object) -> Offer:
    return Offer(name, audio_codec=codec, audio_bit_rate=rate, size_bytes=1000, **more)  # type: ignore[arg-type]


BIG_SITE = [
    video("360-both", 360, audio_codec=AAC), video("144", 144), video("480", 480), video("720", 720),
    video("1080", 1080), video("720-vp9", 720, VP9), video("1080-vp9", 1080, VP9), video("1440-vp9", 1440, VP9),
    video("2160-vp9", 2160, VP9), video("2160-av1", 2160, AV1), video("4320-av1", 4320, AV1),
    video("1080-hdr", 1080, VP9, hdr=True), video("1080-hls", 1080, protocol="hls", size_bytes=None, audio_codec=AAC),
    audio("m4a"), audio("m4a-low", rate=48), audio("opus", OPUS, 160),
    audio("m4a-dub", rate=192, language_preference=-1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("offers", "wanted", "lines", "main", "sound"),
    [
        (BIG_SITE, Format.MP4, 720, "720", "m4a"),
        (BIG_SITE, Format.MP4, 1080, "1080", "m4a"),
        (BIG_SITE, Format.MP4, None, "1080", "m4a"),
        (BIG_SITE, Format.MP3, None, "m4a", None),
        (BIG_SITE, Format.GIF, 480, "480", None),
        (BIG_SITE, Format.GIF, None, "720", None),
        # no H.264 high enough: what can be watched beats what can be copied
        ([video("360", 360), video("1080-vp9", 1080, VP9), audio("a")], Format.MP4, None, "1080-vp9", "a"),
        ([video("360", 360), video("1080-vp9", 1080, VP9), audio("a")], Format.MP4, 720, "1080-vp9", "a"),
        # H.264 at 2160 is taken where it exists
        ([video("1080", 1080), video("2160", 2160), video("4320-av1", 4320, AV1)], Format.MP4, None, "2160", None),
        # nothing reaches the wish
        ([video("240", 240, audio_codec=AAC), video("144", 144, audio_codec=AAC)], Format.MP4, 1080, "240", None),
        # the next one up when the exact size is missing, never the largest
        ([video("480", 480), video("1080", 1080), video("2160", 2160)], Format.MP4, 720, "1080", None),
        # upright: the shorter side counts
        ([Offer("up", video_codec=H264, width=720, height=1280),
          Offer("big", video_codec=H264, width=2160, height=3840)],
         Format.MP4, 720, "up", None),
        # one download beats two of the same
        ([video("both", 720, audio_codec=AAC), video("alone", 720), audio("a")], Format.MP4, 720, "both", None),
        # a plain file beats a playlist, a playlist beats what only yt-dlp can fetch
        ([video("hls", 720, protocol="hls", size_bytes=None), video("file", 720)], Format.MP4, 720, "file", None),
        ([video("hls", 720, protocol="hls", size_bytes=None), video("dash", 720, protocol="other")],
         Format.MP4, 720, "hls", None),
        # no locked form while an open one exists
        ([video("locked", 1080, drm=True), video("open", 480)], Format.MP4, 1080, "open", None),
        # no colours that would have to be mapped while plain ones exist
        ([video("hdr", 1080, VP9, hdr=True), video("sdr", 1080, VP9)], Format.MP4, 1080, "sdr", None),
        ([video("hdr", 1080, VP9, hdr=True)], Format.MP4, 1080, "hdr", None),
        # the original language before a better rate
        ([audio("dub", rate=320), audio("original", rate=96, language_preference=10)],
         Format.MP3, None, "original", None),
        # sound out of the smallest film when there is none alone
        ([video("360", 360, audio_codec=AAC), video("1080", 1080, audio_codec=AAC)], Format.MP3, None, "360", None),
        # a programme without pictures
        ([audio("a")], Format.MP4, None, "a", None),
        # a plain link on a page, of which nothing is known
        ([Offer("0", video_codec="unknown", audio_codec="unknown")], Format.MP4, 720, "0", None),
        ([Offer("0", video_codec="unknown", audio_codec="unknown")], Format.MP3, None, "0", None),
    ],
)  # fmt: skip
def test_table(offers: list[Offer], wanted: Format, lines: int | None, main: str, sound: str | None) -> None:
    choice = choose(offers, wanted, lines)
    assert (choice.main.id, choice.audio.id if choice.audio else None) == (main, sound)
    reversed_choice = choose(offers[::-1], wanted, lines)
    assert reversed_choice == choice


@pytest.mark.parametrize(
    ("offers", "wanted", "code"),
    [
        ([], Format.MP4, ErrorCode.SOURCE_NO_MEDIA),
        ([Offer("storyboard")], Format.MP4, ErrorCode.SOURCE_NO_MEDIA),
        ([video("a", 720, drm=True), Offer("storyboard")], Format.MP4, ErrorCode.SOURCE_DRM),
        ([video("silent", 720)], Format.MP3, ErrorCode.NO_AUDIO),
    ],
)
def test_nothing_to_take_says_why(offers: list[Offer], wanted: Format, code: ErrorCode) -> None:
    with pytest.raises(CutroomError) as caught:
        choose(offers, wanted)
    assert caught.value.code is code


some_offers = st.lists(
    st.builds(
        Offer,
        id=st.text("abc123", min_size=1, max_size=4),
        protocol=st.sampled_from(["https", "http", "hls", "other"]),
        video_codec=st.sampled_from([None, H264, VP9, AV1, "unknown"]),
        audio_codec=st.sampled_from([None, AAC, OPUS, "unknown"]),
        height=st.sampled_from([None, 144, 360, 720, 1080, 2160, 4320]),
        size_bytes=st.sampled_from([None, 1000]),
        hdr=st.booleans(),
        drm=st.booleans(),
        language_preference=st.integers(-10, 10),
    ),
    max_size=12,
)


@given(some_offers, st.sampled_from(list(Format)), st.sampled_from([None, 720, 1080]))
def test_never_more_lines_than_the_smallest_that_is_enough(
    offers: list[Offer], wanted: Format, lines: int | None
) -> None:
    try:
        choice = choose(offers, wanted, lines)
    except CutroomError:
        return
    assert not choice.main.drm
    assert choice.audio is None or (choice.audio.audio_codec and not choice.audio.video_codec)
    if wanted is Format.MP4 and choice.main.video_codec and lines:
        enough = [o.lines or 0 for o in offers if o.video_codec and not o.drm and not o.hdr and (o.lines or 0) >= lines]
        if enough and not choice.main.hdr:
            assert (choice.main.lines or 0) <= min(enough)
