"""HLS playlists: read, judged, and which segments a wish needs."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.clip import Format
from cutroom.sources.playlist import Key, Master, MediaPlaylist, Part, parse, select

F = Fraction

URL = "https://media.example/films/one/list.m3u8?token=1"


def media(
    count: int = 10, *, before: str = "", each: str = "", end: str = "#EXT-X-ENDLIST", seconds: str = "4.004"
) -> str:
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-TARGETDURATION:5", before]
    for index in range(count):
        lines += [each.format(index=index), f"#EXTINF:{seconds},", f"part{index}.ts"]
    return "\n".join([*lines, end])


def read(text: str) -> MediaPlaylist:
    playlist = parse(text, URL)
    assert isinstance(playlist, MediaPlaylist)
    return playlist


def code_of(text: str) -> ErrorCode:
    with pytest.raises(CutroomError) as caught:
        parse(text, URL)
    return caught.value.code


def test_durations_add_up_exactly_and_links_are_made_whole() -> None:
    playlist = read(media(10))
    assert playlist.duration == F("40.04")
    assert playlist.segments[3].start == F("12.012")
    assert playlist.segments[3].part == Part("https://media.example/films/one/part3.ts")
    assert not playlist.coarse


def test_byte_ranges_follow_each_other() -> None:
    text = media(3, each="#EXT-X-BYTERANGE:100").replace("#EXT-X-BYTERANGE:100", "#EXT-X-BYTERANGE:100@50", 1)
    text = text.replace("part1.ts", "part0.ts").replace("part2.ts", "part0.ts")
    assert [(p.part.offset, p.part.length) for p in read(text).segments] == [(50, 100), (150, 100), (250, 100)]


def test_keys_have_the_sequence_number_where_no_vector_is_given() -> None:
    text = media(2, before='#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-KEY:METHOD=AES-128,URI="k?a=1"')
    assert [p.key for p in read(text).segments] == [
        Key("https://media.example/films/one/k?a=1", (7 + n).to_bytes(16, "big")) for n in range(2)
    ]
    given_vector = media(1, before='#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x0102')
    assert read(given_vector).segments[0].key == Key("https://media.example/films/one/k", (0x0102).to_bytes(16, "big"))
    cleared = media(2, before='#EXT-X-KEY:METHOD=AES-128,URI="k"').replace(
        "part0.ts", "part0.ts\n#EXT-X-KEY:METHOD=NONE"
    )
    assert [p.key is None for p in read(cleared).segments] == [False, True]


def test_headers_come_with_their_range() -> None:
    playlist = read(media(2, before='#EXT-X-MAP:URI="init.mp4",BYTERANGE="700@20"'))
    assert {p.header for p in playlist.segments} == {Part("https://media.example/films/one/init.mp4", 20, 700)}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (media(end=""), ErrorCode.SOURCE_LIVE),
        (media(end="", before="#EXT-X-PLAYLIST-TYPE:EVENT"), ErrorCode.SOURCE_LIVE),
        (media(before='#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x"'), ErrorCode.SOURCE_DRM),
        (
            media(before='#EXT-X-KEY:METHOD=AES-128,URI="x",KEYFORMAT="com.apple.streamingkeydelivery"'),
            ErrorCode.SOURCE_DRM,
        ),
        (media(0), ErrorCode.SOURCE_NO_MEDIA),
        (media(seconds="-1"), ErrorCode.SOURCE_NO_MEDIA),
        (media(seconds="nan"), ErrorCode.SOURCE_NO_MEDIA),
        (media(seconds="words"), ErrorCode.SOURCE_NO_MEDIA),
        (media(seconds="0"), ErrorCode.SOURCE_NO_MEDIA),
        (media(each="#EXT-X-BYTERANGE:-4@x"), ErrorCode.SOURCE_NO_MEDIA),
        ("#EXTM3U\n" + "#EXTINF:1,\na\n" * 50_001, ErrorCode.SOURCE_TOO_LONG),
        ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n", ErrorCode.SOURCE_NO_MEDIA),
    ],
)
def test_what_cannot_be_cut_says_why(text: str, code: ErrorCode) -> None:
    assert code_of(text) is code


def test_a_complete_recording_without_an_end_mark_is_no_live_stream() -> None:
    assert read(media(end="", before="#EXT-X-PLAYLIST-TYPE:VOD")).duration == F("40.04")


@given(st.text('#EXTINFM3U-:,\n"=x1.@', max_size=200))
def test_nonsense_is_an_error_of_ours(text: str) -> None:
    try:
        parse("#EXTM3U\n" + text, URL)
    except CutroomError as error:
        assert error.next_step  # noqa: PT017 - both outcomes are right


def numbers(playlist: MediaPlaylist, *ranges: tuple[str, str]) -> list[int]:
    chosen, warnings = select(playlist, [(F(a), F(b)) for a, b in ranges])
    assert warnings == ()
    return [playlist.segments.index(piece) for piece in chosen]


def test_a_wish_needs_its_segments_one_beside_each_and_the_first() -> None:
    playlist = read(media(20, seconds="2.0001"))
    assert numbers(playlist, ("20.5", "25")) == [0, 9, 10, 11, 12, 13]
    assert numbers(playlist, ("0", "1")) == [0, 1]
    assert numbers(playlist, ("39", "100")) == [0, 18, 19]
    assert numbers(playlist, ("99", "100")) == [0, 18, 19]
    assert numbers(playlist, ("8.1", "9"), ("30.1", "31")) == [0, 3, 4, 5, 14, 15, 16]
    assert select(playlist, None) == (playlist.segments, ())


def test_whole_second_durations_drift_so_more_neighbours_come_along() -> None:
    assert len(numbers(read(media(1000, seconds="10")), ("9000", "9010"))) > 30


def test_breaks_of_the_clock_bring_everything_before_them_and_a_warning() -> None:
    text = media(20, seconds="2.0001").replace(
        "#EXTINF:2.0001,\npart5.ts", "#EXT-X-DISCONTINUITY\n#EXTINF:2.0001,\npart5.ts"
    )
    playlist = read(text)
    assert len(select(playlist, [(F(2), F(4))])[0]) == 3
    chosen, warnings = select(playlist, [(F(20), F(24))])
    assert chosen == playlist.segments[:13]
    assert len(warnings) == 1
    assert select(playlist, None)[1]


MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,URI="en.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Francais",LANGUAGE="fr",AUTOSELECT=YES,URI="fr.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Described",CHARACTERISTICS="public.accessibility.describes-video",URI="ad.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="x",URI="s.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS="avc1.4d401e,mp4a.40.2",AUDIO="a"
360.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2800000,RESOLUTION=1280x720,CODECS="avc1.64001f,mp4a.40.2",AUDIO="a"
720.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2500000,RESOLUTION=1280x720,CODECS="hvc1.2.4.L93,mp4a.40.2",VIDEO-RANGE=PQ,AUDIO="a"
720-hdr.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=5000000,RESOLUTION=1920x1080,CODECS="avc1.640028,mp4a.40.2"
1080.m3u8
"""


def chosen(wanted: Format, lines: int | None, text: str = MASTER) -> tuple[str, str | None]:
    playlist = parse(text, URL)
    assert isinstance(playlist, Master)
    choice = playlist.choose(wanted, lines)
    return choice.main.url.rpartition("/")[2], choice.audio.url.rpartition("/")[2] if choice.audio else None


def test_the_rendition_is_chosen_for_the_wish_with_its_own_sound() -> None:
    assert chosen(Format.MP4, 720) == ("720.m3u8", "en.m3u8")
    assert chosen(Format.MP4, 1080) == ("1080.m3u8", None)
    assert chosen(Format.MP4, None) == ("1080.m3u8", None)
    assert chosen(Format.MP3, None) == ("en.m3u8", None)
    assert chosen(Format.GIF, 360) == ("360.m3u8", None)


def test_a_list_that_says_little_is_enough() -> None:
    assert chosen(Format.MP4, None, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nonly.m3u8\n") == ("only.m3u8", None)


def test_a_locked_list_is_refused_at_once() -> None:
    assert code_of(MASTER + '#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI="skd://x"\n') is ErrorCode.SOURCE_DRM
