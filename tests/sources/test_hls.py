"""HLS from a real server with segments that ffmpeg made: the pictures of the wish are there, little else is fetched."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.progress import Progress
from cutroom.model.clip import Format
from cutroom.model.source import Opened
from cutroom.outbound.http import HttpClient
from cutroom.sources.hls import HlsDownload, Ranges
from cutroom.sources.ports import SourceLimits
from tests.support.range_server import Hit, Route, Site

F = Fraction

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]

SECONDS, RATE = 40, 10
KEY = bytes(range(16))


@pytest.fixture(scope="session")
def streams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same film of 40 s in segments of 2 s: TS, locked TS, fragmented MP4, one file of byte ranges, packed AAC."""
    folder = tmp_path_factory.mktemp("hls")
    (folder / "key").write_bytes(KEY)
    (folder / "keyinfo").write_text(f"key\n{folder / 'key'}\n")
    common = ["-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod"]
    picture = ["-map", "0:v", "-c:v", "libx264", "-preset", "ultrafast", "-g", "20", "-sc_threshold", "0"]
    sound = ["-map", "1:a", "-c:a", "aac", "-b:a", "48k"]
    kinds = {
        "ts": [*picture, *sound, *common],
        "aes": [*picture, *sound, *common, "-hls_key_info_file", str(folder / "keyinfo")],
        "fmp4": [*picture, *sound, *common, "-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "fmp4-init.mp4"],
        "ranges": [*picture, *sound, *common, "-hls_flags", "single_file"],
        "quiet": [*picture, *common],
    }
    packed = [
        "-f",
        "segment",
        "-segment_time",
        "2",
        "-segment_format",
        "adts",
        "-segment_list",
        "aac.m3u8",
        "aac%d.aac",
    ]
    runs = [[*options, f"{name}.m3u8"] for name, options in kinds.items()]
    for options in [*runs, [*sound, *packed]]:
        command = [
            imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y",
            "-f", "lavfi", "-i", f"testsrc=size=160x96:rate={RATE}:duration={SECONDS}",
            "-f", "lavfi", "-i", f"sine=duration={SECONDS}", *options,
        ]  # fmt: skip
        subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)
    return folder


@pytest.fixture
def served(streams: Path, site: Site) -> Site:
    site.routes |= {f"/{file.name}": Route(file) for file in streams.iterdir()}
    return site


Opener = Callable[..., Opened]


@pytest.fixture
def open_it(client: HttpClient, served: Site, tmp_path: Path) -> Opener:
    def opener(
        name: str,
        *ranges: tuple[int, int],
        wanted: Format = Format.MP4,
        progress: list[Progress] | None = None,
        **limits: float,
    ) -> Opened:
        stream = HlsDownload(client, tmp_path, SourceLimits(**limits), {"X-Site": "1"}, cancel=CancelToken())  # type: ignore[arg-type]
        wish: Ranges | None = [(F(a), F(b)) for a, b in ranges] or None
        seen = progress if progress is not None else []
        opened = stream.open(served.url(f"/{name}"), wish, wanted, None, seen.append)
        assert stream.stats.requests == len(served.hits)
        return opened

    return opener


def pictures(path: object) -> list[float]:
    """Seconds of each decoded picture from the first one."""
    assert isinstance(path, Path)
    with av.open(str(path)) as file:
        times = sorted(float(frame.time or 0) for frame in file.decode(video=0))
    return [round(time - times[0], 3) for time in times]


def wanted_pictures(start: int, end: int) -> set[float]:
    return {round(n / RATE, 3) for n in range(start * RATE, end * RATE)}


@pytest.mark.parametrize("kind", ["ts", "aes", "fmp4", "ranges"])
def test_the_pictures_of_the_wish_are_there_at_their_times(open_it: Opener, served: Site, kind: str) -> None:
    opened = open_it(f"{kind}.m3u8", (21, 25))
    times = pictures(opened.video)
    assert wanted_pictures(21, 25) <= set(times)
    assert len(times) < 14 * RATE
    assert opened.duration == SECONDS
    assert opened.warnings == ()
    whole = sum(f.stat().st_size for f in served_files(served, kind))
    assert served.bytes_sent < 0.45 * whole
    assert {hit.headers["x-site"] for hit in served.hits} == {"1"}


def served_files(site: Site, kind: str) -> list[Path]:
    bodies = [
        route.body for path, route in site.routes.items() if isinstance(route, Route) and path.startswith(f"/{kind}")
    ]
    return [body for body in bodies if isinstance(body, Path)]


@pytest.mark.parametrize("kind", ["ts", "aes", "fmp4", "ranges"])
def test_all_of_it_is_all_of_it(open_it: Opener, kind: str) -> None:
    progress: list[Progress] = []
    opened = open_it(f"{kind}.m3u8", progress=progress)
    assert set(pictures(opened.video)) == wanted_pictures(0, SECONDS)
    shown = [step.fraction or 0 for step in progress]
    assert shown == sorted(shown)
    assert shown[-1] == 1
    assert opened.video.stat().st_mode & 0o777 == 0o600  # type: ignore[union-attr]


def test_no_part_is_left_behind(open_it: Opener, tmp_path: Path) -> None:
    open_it("ts.m3u8", (5, 9))
    assert [file.name for file in tmp_path.iterdir()] == ["stream.ts"]


def test_sound_without_a_clock_of_its_own_comes_without_gaps(open_it: Opener, served: Site) -> None:
    opened = open_it("aac.m3u8", (20, 22))
    assert isinstance(opened.video, Path)
    with av.open(str(opened.video)) as file:
        seconds = sum(frame.samples for frame in file.decode(audio=0)) / 44100
    assert 22 < seconds < 27


def test_pictures_and_sound_in_two_streams(open_it: Opener, served: Site) -> None:
    served.routes["/master.m3u8"] = Route(
        b'#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x",DEFAULT=YES,URI="aac.m3u8"\n'
        b'#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=160x96,CODECS="avc1.42c00a,mp4a.40.2",AUDIO="a"\nquiet.m3u8\n'
    )
    opened = open_it("master.m3u8", (21, 25))
    assert wanted_pictures(21, 25) <= set(pictures(opened.video))
    assert isinstance(opened.audio, Path)
    sound = open_it_again(served, opened)
    assert sound == "aac"


def open_it_again(_served: Site, opened: Opened) -> str:
    with av.open(str(opened.audio)) as file:
        return str(file.streams.audio[0].codec_context.name)


def rewritten(site: Site, name: str, change: Callable[[str], str]) -> None:
    route = site.routes[f"/{name}"]
    assert isinstance(route, Route)
    assert isinstance(route.body, Path)
    site.routes[f"/{name}"] = Route(change(route.body.read_text()).encode())


def code_of(opener: Opener, *arguments: object, **more: object) -> ErrorCode:
    with pytest.raises(CutroomError) as caught:
        opener(*arguments, **more)
    assert caught.value.next_step
    return caught.value.code


def test_growing_locked_and_endless_lists_are_refused(open_it: Opener, served: Site) -> None:
    rewritten(
        served, "ts.m3u8", lambda text: text.replace("#EXT-X-ENDLIST", "").replace("#EXT-X-PLAYLIST-TYPE:VOD", "")
    )
    assert code_of(open_it, "ts.m3u8") is ErrorCode.SOURCE_LIVE
    rewritten(served, "aes.m3u8", lambda text: text.replace("AES-128", "SAMPLE-AES"))
    assert code_of(open_it, "aes.m3u8") is ErrorCode.SOURCE_DRM
    served.routes["/loop.m3u8"] = Route(b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nloop.m3u8\n")
    assert code_of(open_it, "loop.m3u8") is ErrorCode.SOURCE_NO_MEDIA
    assert code_of(open_it, "fmp4.m3u8", max_duration_seconds=30.0) is ErrorCode.SOURCE_TOO_LONG


def test_a_missing_segment_is_not_found_and_leaves_nothing(open_it: Opener, served: Site, tmp_path: Path) -> None:
    del served.routes["/ts10.ts"]
    assert code_of(open_it, "ts.m3u8", (20, 22)) is ErrorCode.SOURCE_NOT_FOUND
    assert list(tmp_path.iterdir()) == []


def test_a_segment_that_breaks_off_is_fetched_again(open_it: Opener, served: Site, streams: Path) -> None:
    served.routes["/ts10.ts"] = lambda hit: Route(streams / "ts10.ts", cut_after=1000 if hit.number < 2 else None)
    assert wanted_pictures(20, 22) <= set(pictures(open_it("ts.m3u8", (20, 22)).video))


def test_a_key_of_the_wrong_size_is_told(open_it: Opener, served: Site) -> None:
    served.routes["/key"] = Route(b"short")
    assert code_of(open_it, "aes.m3u8") is ErrorCode.SOURCE_DRM


def test_the_limits_hold(open_it: Opener) -> None:
    assert code_of(open_it, "ts.m3u8", max_bytes=20_000) is ErrorCode.LIMIT_EXCEEDED
    assert code_of(open_it, "ts.m3u8", spare_disk_bytes=10**18) is ErrorCode.DISK_FULL


def test_a_server_without_ranges_gives_the_right_bytes_of_one_file(
    open_it: Opener, served: Site, streams: Path
) -> None:
    served.routes["/ranges.ts"] = Route(streams / "ranges.ts", ranges=False)
    assert wanted_pictures(3, 5) <= set(pictures(open_it("ranges.m3u8", (3, 5)).video))


def test_secrets_for_one_host_stay_with_it(client: HttpClient, served: Site, tmp_path: Path, streams: Path) -> None:
    with Site({f"/{f.name}": Route(f) for f in streams.iterdir()}, host="127.0.0.2") as elsewhere:
        rewritten(
            served, "ts.m3u8", lambda text: re.sub(r"^(ts\d+\.ts)$", elsewhere.url(r"/\1"), text, flags=re.MULTILINE)
        )
        headers = {"Cookie": "session=secret", "Referer": "page"}
        stream = HlsDownload(client, tmp_path, SourceLimits(), headers, cancel=CancelToken())
        stream.open(served.url("/ts.m3u8"), [(F(0), F(1))], Format.MP4, None)
        assert [hit.headers.get("cookie") for hit in served.hits] == ["session=secret"]
        assert {(hit.headers.get("cookie"), hit.headers["referer"]) for hit in elsewhere.hits} == {(None, "page")}


def test_segments_keys_headers_and_lists_at_private_addresses_are_refused_without_a_hit(
    open_it: Opener, served: Site, private: Site, streams: Path
) -> None:
    private.routes |= {f"/{file.name}": Route(file) for file in streams.iterdir()}
    inside = private.url("/")
    rewritten(served, "ts.m3u8", lambda text: text.replace("\nts5.ts", f"\n{inside}ts5.ts"))
    rewritten(served, "aes.m3u8", lambda text: text.replace('URI="key"', f'URI="{inside}key"'))
    rewritten(served, "fmp4.m3u8", lambda text: text.replace('URI="fmp4-init', f'URI="{inside}fmp4-init'))
    served.routes["/master.m3u8"] = Route(f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{inside}ts.m3u8\n".encode())
    served.routes["/moved.m3u8"] = Route(status=302, headers={"Location": f"{inside}ts.m3u8"})
    for name in ("ts", "aes", "fmp4", "master", "moved"):
        assert code_of(open_it, f"{name}.m3u8") is ErrorCode.SOURCE_REFUSED_ADDRESS
    for scheme in ("file:///etc/passwd", "data:text/plain,x", "ftp://127.0.0.2/x"):
        served.routes["/odd.m3u8"] = Route(f"#EXTM3U\n#EXTINF:4,\n{scheme}\n#EXT-X-ENDLIST\n".encode())
        assert code_of(open_it, "odd.m3u8") is ErrorCode.INVALID_REQUEST
    assert private.connections == 0


def test_hits_are_seen(open_it: Opener, served: Site) -> None:
    """The zero above means something: the same segment on the public host is asked for."""
    open_it("ts.m3u8")
    assert Hit("GET", "/ts5.ts", next(h.headers for h in served.hits if h.path == "/ts5.ts"), 0) in served.hits
