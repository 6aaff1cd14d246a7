"""Which form a download takes: tables of what sites offer, and properties that hold for any of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.download import DownloadFormat as To
from cutroom.model.source import RemoteFormat as Offer
from cutroom.sources.playlist import Master, parse
from cutroom.sources.wish import Wish, is_marked, listed, pick

H264, VP9, AV1, AAC, OPUS = "avc1.64001f", "vp9", "av01.0.08M.08", "mp4a.40.2", "opus"


def video(name: str, lines: int, codec: str = H264, **more: object) -> Offer:
    known = {"protocol": "https", "size_bytes": lines * 1000, "bit_rate": float(lines)} | more
    return Offer(name, video_codec=codec, width=lines * 16 // 9, height=lines, **known)  # type: ignore[arg-type]


def audio(name: str, codec: str = AAC, rate: float = 128, **more: object) -> Offer:
    return Offer(name, audio_codec=codec, audio_bit_rate=rate, size_bytes=1000, **more)  # type: ignore[arg-type]


BIG_SITE = [
    video("360-both", 360, audio_codec=AAC), video("144", 144), video("720", 720), video("1080", 1080),
    video("1080-60", 1080, frame_rate=60.0), video("1080-vp9", 1080, VP9), video("2160-vp9", 2160, VP9),
    video("1080-hdr", 1080, VP9, hdr=True), video("1080-hls", 1080, protocol="hls", audio_codec=AAC),
    audio("m4a"), audio("m4a-low", rate=48), audio("opus", OPUS, 160),
    audio("m4a-dub", rate=192, language_preference=-1),
]  # fmt: skip
CLIPS = [
    Offer("download", video_codec="h264", audio_codec="aac", width=720, height=1280, note="watermarked", preference=-2),
    Offer("play", video_codec="h264", audio_codec="aac", width=576, height=1024),
    Offer("play-h265", video_codec="h265", audio_codec="aac", width=576, height=1024),
]


@pytest.mark.parametrize(
    ("offers", "wish", "main", "sound"),
    [
        (BIG_SITE, Wish(), "2160-vp9", "m4a"),
        (BIG_SITE, Wish(max_lines=1080), "1080-60", "m4a"),
        (BIG_SITE, Wish(max_lines=1000), "720", "m4a"),
        (BIG_SITE, Wish(max_lines=100), "144", "m4a"),
        (BIG_SITE, Wish(To.WEBM, max_lines=1080), "1080-vp9", "opus"),
        (BIG_SITE, Wish(To.MKV, max_lines=144), "144", "opus"),
        (BIG_SITE, Wish(To.M4A), "m4a", None),
        (BIG_SITE, Wish(To.OGG), "opus", None),
        (BIG_SITE, Wish(To.FLAC), "opus", None),
        (BIG_SITE, Wish(To.MP3, max_lines=144), "opus", None),
        # a name wins over a size
        (BIG_SITE, Wish(format_id="144", max_lines=1080), "144", "m4a"),
        (BIG_SITE, Wish(format_id="360-both"), "360-both", None),
        (BIG_SITE, Wish(format_id="opus"), "opus", None),
        (BIG_SITE, Wish(format_id="m4a-dub"), "m4a-dub", None),
        # of pictures alone there is no sound to be had
        (BIG_SITE, Wish(To.MP3, format_id="1080"), "opus", None),
        (BIG_SITE, Wish(To.MP3, format_id="360-both"), "360-both", None),
        ([video("alone", 720)], Wish(), "alone", None),
        ([video("both", 720, audio_codec=AAC)], Wish(To.MP3), "both", None),
        # the sound of films: the best, then the smallest film that has it
        (
            [video("1080", 1080, audio_codec=AAC, audio_bit_rate=128.0),
             video("360", 360, audio_codec=AAC, audio_bit_rate=128.0),
             video("144", 144, audio_codec=AAC, audio_bit_rate=32.0)],
            Wish(To.MP3), "360", None,
        ),
        # upright films: the shorter side counts
        (CLIPS, Wish(max_lines=576), "play", None),
        (CLIPS, Wish(max_lines=720), "download", None),
        (CLIPS, Wish(max_lines=720, no_watermark=True), "play", None),
        (CLIPS, Wish(no_watermark=True), "play", None),
        (CLIPS, Wish(format_id="download", no_watermark=True), "download", None),
        # where there is no other, the mark is no reason to fail
        (CLIPS[:1], Wish(no_watermark=True), "download", None),
        # what the site itself dislikes comes last
        ([video("1080", 1080, preference=-100), video("360", 360)], Wish(), "360", None),
    ],
)  # fmt: skip
def test_the_choice(offers: list[Offer], wish: Wish, main: str, sound: str | None) -> None:
    choice = pick(offers, wish)
    assert (choice.main.id, choice.audio.id if choice.audio else None) == (main, sound)


@pytest.mark.parametrize(
    ("offers", "wish", "code"),
    [
        (BIG_SITE, Wish(format_id="no such"), ErrorCode.INVALID_REQUEST),
        ([], Wish(), ErrorCode.SOURCE_NO_MEDIA),
        ([Offer("storyboard")], Wish(), ErrorCode.SOURCE_NO_MEDIA),
        ([video("locked", 720, drm=True)], Wish(), ErrorCode.SOURCE_DRM),
        ([video("locked", 720, drm=True), audio("a")], Wish(format_id="locked"), ErrorCode.INVALID_REQUEST),
        ([video("silent", 720)], Wish(To.MP3), ErrorCode.NO_AUDIO),
    ],
)
def test_what_cannot_be_chosen(offers: list[Offer], wish: Wish, code: ErrorCode) -> None:
    with pytest.raises(CutroomError) as caught:
        pick(offers, wish)
    assert caught.value.code is code


@pytest.mark.parametrize(
    ("name", "note", "marked"),
    [
        ("download", None, True),
        ("download_addr-1", "Direct video", True),
        ("play_addr", "Direct video", False),
        ("play", "watermarked", True),
        ("mp4-with-watermark", None, True),
        ("mp4-without-watermark", None, False),
        ("hd", "no watermark", False),
        ("hd-wmk", "HD", True),
        ("downloadable", None, False),
        ("137", "1080p", False),
    ],
)
def test_marks_are_found_in_what_sites_say(name: str, note: str | None, marked: bool) -> None:
    assert is_marked(Offer(name, video_codec=H264, note=note)) is marked


def test_the_list_is_best_first_and_names_each_once() -> None:
    ids = [offer.id for offer in listed([*BIG_SITE, video("1080", 1080, bit_rate=1.0), Offer("storyboard")])]
    assert ids[:3] == ["2160-vp9", "1080-60", "1080"]
    assert set(ids[-4:]) == {"opus", "m4a", "m4a-low", "m4a-dub"}
    assert len(ids) == len(set(ids)) == len(BIG_SITE)


_OFFERS = st.lists(
    st.builds(
        Offer,
        id=st.sampled_from("abcdefgh"),
        protocol=st.sampled_from(["https", "hls", "other"]),
        video_codec=st.sampled_from([None, H264, VP9, "unknown"]),
        audio_codec=st.sampled_from([None, AAC, OPUS, "unknown"]),
        width=st.sampled_from([None, 640, 1920]),
        height=st.sampled_from([None, 144, 360, 1080]),
        note=st.sampled_from([None, "watermarked"]),
        preference=st.sampled_from([0, -1, -1000]),
        drm=st.booleans(),
    ),
    max_size=8,
)


@given(_OFFERS, st.sampled_from(list(To)), st.sampled_from([None, 100, 720, 5000]), st.booleans())
def test_whatever_is_offered(offers: list[Offer], form: To, lines: int | None, unmarked: bool) -> None:
    wish = Wish(form, None, lines, unmarked)
    try:
        choice = pick(offers, wish)
    except CutroomError as error:
        if error.code not in {ErrorCode.SOURCE_DRM, ErrorCode.SOURCE_NO_MEDIA, ErrorCode.NO_AUDIO}:
            raise
        return
    assert choice.main in offers
    assert not choice.main.drm
    if form.sound_only:
        assert choice.main.audio_codec is not None
        assert choice.audio is None
    if choice.audio is not None:
        assert choice.main.audio_codec is None
        assert choice.audio.video_codec is None
    # what is listed can be asked for by its name, and the best is what is taken without a wish
    ids = [offer.id for offer in listed(offers)]
    assert all(pick(offers, Wish(To.MKV, name)).main.id == name for name in ids)
    if lines is None and not unmarked and form is To.MP4:
        assert choice.main.id == ids[0]


MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x",LANGUAGE="en",DEFAULT=YES,URI="en.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="y",LANGUAGE="de",URI="de.m3u8"
{}
"""
_VARIANTS = (
    '#EXT-X-STREAM-INF:BANDWIDTH=4000000,RESOLUTION=1920x1080,CODECS="avc1.64001f,mp4a.40.2",AUDIO="a"\n1080.m3u8',
    '#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS="avc1.64001f,mp4a.40.2",AUDIO="a"\n360.m3u8',
    '#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS="avc1.64001f,mp4a.40.2",AUDIO="a"\n360b.m3u8',
)


def master(*order: int) -> Master:
    found = parse(MASTER.format("\n".join(_VARIANTS[number] for number in order)), "https://a.example/m.m3u8")
    assert isinstance(found, Master)
    return found


def test_a_playlist_of_streams_names_them_by_what_they_are() -> None:
    ids = [offer.id for offer in listed(master(0, 1, 2).offers)]
    assert ids == ["hls-1080p-4000", "hls-360p-800", "hls-360p-800-2", "sound-0", "sound-1"]
    by_name = master(1, 0, 2).pick(Wish(format_id="hls-1080p-4000"))
    assert by_name.main.url == "https://a.example/1080.m3u8"
    assert by_name.audio is not None
    assert by_name.audio.url == "https://a.example/en.m3u8"
    assert master(0, 1).pick(Wish(max_lines=720)).main.url == "https://a.example/360.m3u8"
    assert master(0, 1).pick(Wish(To.MP3)).main.url == "https://a.example/en.m3u8"
    assert master(0, 1).pick(Wish(format_id="sound-1")).main.url == "https://a.example/de.m3u8"
