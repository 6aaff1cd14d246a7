"""From what a user writes to an opened source: every kind, over real servers, real yt-dlp and real refusals."""

from __future__ import annotations

import gzip
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.progress import Progress
from cutroom.model.clip import Format
from cutroom.model.source import FetchStats, SourceKind
from cutroom.sources.direct import RangedDownload
from cutroom.sources.given import is_link, public_address, title_of
from cutroom.sources.ports import Network, SourceLimits
from cutroom.sources.resolve import Resolved, Sources
from tests.support.range_server import Route, Site

pytestmark = pytest.mark.slow

F = Fraction

E = ErrorCode


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds in one file, and apart: pictures, sound, and DASH segments."""
    folder = tmp_path_factory.mktemp("film")
    picture = ["-map", "0:v", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "20"]
    sound = ["-map", "1:a", "-c:a", "aac", "-b:a", "48k"]
    start = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=s=160x96:r=10:d=8"]
    start += ["-f", "lavfi", "-i", "sine=d=8"]
    for options in (
        [*picture, *sound, "film.mp4"], [*picture, "picture.mp4"], [*sound, "sound.m4a"],
        [*picture, *sound, "-f", "dash", "-seg_duration", "2", "cut.mpd"],
        [*picture, *sound, "-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod", "list.m3u8"],
    ):  # fmt: skip
        subprocess.run([*start, *options], cwd=folder, check=True, stdin=subprocess.DEVNULL)
    (folder / "apart.mpd").write_text("""<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT8S"><Period>
<AdaptationSet mimeType="video/mp4"><Representation id="v" codecs="avc1.42c00a" width="160" height="96" bandwidth="9">
<BaseURL>picture.mp4</BaseURL></Representation></AdaptationSet>
<AdaptationSet mimeType="audio/mp4"><Representation id="a" codecs="mp4a.40.2" bandwidth="48000">
<BaseURL>sound.m4a</BaseURL></Representation></AdaptationSet></Period></MPD>""")
    return folder


@pytest.fixture
def served(film: Path, site: Site) -> Site:
    types = {".mp4": "video/mp4", ".m4a": "audio/mp4", ".mpd": "application/dash+xml", ".m3u8": "application/x-mpegurl"}
    site.routes |= {f"/{f.name}": Route(f, types.get(f.suffix, "application/octet-stream")) for f in film.iterdir()}
    return site


def page(body: str) -> Route:
    return Route(
        f"<!doctype html><html><head><title>A film</title></head><body>{body}</body></html>".encode(), "text/html"
    )


def whole(opened: object) -> bytes:
    if isinstance(opened, RangedDownload):
        opened.ensure(0, opened.size, CancelToken())
        return opened.path.read_bytes()
    assert isinstance(opened, Path)
    return opened.read_bytes()


def failure(call: object, *arguments: object, **more: object) -> CutroomError:
    assert callable(call)
    with pytest.raises(CutroomError) as caught:
        call(*arguments, **more)
    error = caught.value
    assert error.message.endswith(".")
    assert error.next_step
    assert error.next_step.endswith(".")
    assert not any(word in str(error) for word in ("127.0.0", "Traceback", "yt-dlp", "yt_dlp", str(Path.home())))
    return error


# -- local files ------------------------------------------------------------------------------------------------------


def test_a_local_file_is_taken_as_it_is(sources: Sources, film: Path, tmp_path: Path) -> None:
    with sources.resolve(str(film / "film.mp4")) as source:
        assert source.kind is SourceKind.FILE
        opened = source.open([(F(1), F(2))], workdir=tmp_path)
        assert (opened.video, opened.audio, opened.title) == (film / "film.mp4", None, "film")
        assert source.stats == FetchStats()
        assert source.describe(tmp_path).size_bytes == (film / "film.mp4").stat().st_size


def test_paths_are_read_as_the_shell_means_them(
    sources: Sources, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(film)
    monkeypatch.setenv("HOME", str(film))
    odd = film / "a:b # film?.mp4"
    odd.write_bytes((film / "film.mp4").read_bytes())
    for text in ("film.mp4", "./film.mp4", "~/film.mp4", " film.mp4 ", "a:b # film?.mp4"):
        with sources.resolve(text) as source:
            video = source.open(None, workdir=tmp_path).video
            assert isinstance(video, Path)
            assert video.is_absolute()
    odd.unlink()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("missing.mp4", None, E.SOURCE_NOT_FOUND),
        ("empty.mp4", b"", E.NOT_MEDIA),
        ("list.mp4", b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n", E.NOT_MEDIA),
        (".", None, E.NOT_MEDIA),
        ("film.mp4/below", None, E.SOURCE_NOT_FOUND),
        ("\x00", None, E.SOURCE_NOT_FOUND),
        ("www.example.com/a.mp4", None, E.SOURCE_NOT_FOUND),
        ("a" * 5000, None, E.SOURCE_NOT_FOUND),
    ],
)
def test_paths_that_are_no_media_files(
    sources: Sources, tmp_path: Path, name: str, content: bytes | None, code: ErrorCode
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert failure(sources.resolve, f"{tmp_path}/{name}").code is code


@pytest.mark.parametrize("make", ["fifo", "device", "unreadable"])
def test_what_is_not_a_plain_file_is_not_opened(sources: Sources, tmp_path: Path, make: str) -> None:
    target = tmp_path / "thing"
    if make == "fifo":
        os.mkfifo(target)
    elif make == "device":
        target.symlink_to("/dev/zero")
    else:
        target.symlink_to(target)  # leads to itself
    assert failure(sources.resolve, str(target)).code in {E.NOT_MEDIA, E.SOURCE_NOT_FOUND}


def test_a_server_takes_no_paths(sources: Sources, film: Path) -> None:
    server = Sources(sources.network, allow_files=False)
    assert failure(server.resolve, str(film / "film.mp4")).code is E.INVALID_REQUEST


@pytest.mark.parametrize(
    "text",
    ["file:///etc/passwd", "FILE:/etc/passwd", "ftp://example.com/a", "data:text/html,x", "concat://a", "http://", "https:///a",
     "http://a b/", "http://a\nb/", "http://[::1", "http://a:99999/", "http://" + "a" * 9000, "rtmp://x/y"],
)  # fmt: skip
def test_other_addresses_are_refused_in_words(sources: Sources, text: str) -> None:
    assert failure(sources.resolve, text).code is E.INVALID_REQUEST


def test_links_and_paths_are_told_apart() -> None:
    assert is_link("https://example.com/a")
    assert is_link("HTTP://example.com")
    assert not is_link("C:\\films\\a.mp4")
    assert not is_link("a:b.mp4")


def test_what_is_shown_of_a_link_holds_no_secret() -> None:
    assert public_address("https://user:pw@h.example:81/a/b.mp4?token=x#y") == "https://h.example:81/a/b.mp4"
    assert public_address("https://[2606:4700::1]/a?b") == "https://[2606:4700::1]/a"
    assert title_of("https://h/a/My%20film.mp4?x=1") == "My film"
    assert title_of("https://h/") is None


# -- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.enable_socket
def test_a_direct_link_is_opened_in_ranges(sources: Sources, served: Site, film: Path, tmp_path: Path) -> None:
    with sources.resolve(served.url("/film.mp4?token=secret")) as source:
        assert source.kind is SourceKind.DIRECT
        opened = source.open([(F(1), F(2))], workdir=tmp_path)
        assert isinstance(opened.video, RangedDownload)
        assert opened.title == "film"
        assert whole(opened.video) == (film / "film.mp4").read_bytes()
        assert source.stats.bytes == served.bytes_sent
        described = source.describe(tmp_path)
        assert "secret" not in described.address
        assert described.size_bytes == (film / "film.mp4").stat().st_size


@pytest.mark.enable_socket
def test_over_tls_a_link_and_a_page_are_read(sources: Sources, secure_site: Site, film: Path, tmp_path: Path) -> None:
    secure_site.routes |= {"/film.mp4": Route(film / "film.mp4"), "/watch": page('<video src="film.mp4"></video>')}
    for name in ("film.mp4", "watch"):
        workdir = tmp_path / f"{name}-work"
        workdir.mkdir()
        with sources.resolve(secure_site.url(f"/{name}")) as source:
            video = source.open([(F(1), F(2))], workdir=workdir).video
            assert whole(video) == (film / "film.mp4").read_bytes()


@pytest.mark.enable_socket
@pytest.mark.parametrize("length", [True, False])
def test_without_ranges_all_of_it_is_fetched(
    sources: Sources, served: Site, film: Path, tmp_path: Path, length: bool
) -> None:
    served.routes["/film.mp4"] = Route(film / "film.mp4", "video/mp4", ranges=False, length=length)
    progress: list[Progress] = []
    with sources.resolve(served.url("/film.mp4")) as source:
        opened = source.open(None, workdir=tmp_path, on_progress=progress.append)
        assert whole(opened.video) == (film / "film.mp4").read_bytes()
    assert (progress[-1].fraction == 1) == length
    assert opened.video.stat().st_mode & 0o777 == 0o600  # type: ignore[union-attr]


@pytest.mark.enable_socket
def test_a_server_that_compresses_without_being_asked(
    sources: Sources, served: Site, film: Path, tmp_path: Path
) -> None:
    packed = gzip.compress((film / "film.mp4").read_bytes())
    served.routes["/film.mp4"] = Route(packed, "video/mp4", headers={"Content-Encoding": "gzip"})
    with sources.resolve(served.url("/film.mp4")) as source:
        opened = source.open([(F(1), F(2))], workdir=tmp_path)
        assert whole(opened.video) == (film / "film.mp4").read_bytes()


@pytest.mark.enable_socket
def test_a_whole_download_that_breaks_off_begins_again(
    sources: Sources, served: Site, film: Path, tmp_path: Path
) -> None:
    target = film / "film.mp4"
    served.routes["/film.mp4"] = lambda hit: Route(
        target, ranges=False, cut_after=20_000 if hit.number in {1, 2} else None
    )
    with sources.resolve(served.url("/film.mp4")) as source:
        assert whole(source.open(None, workdir=tmp_path).video) == target.read_bytes()


@pytest.mark.enable_socket
def test_whole_downloads_are_bounded(sources: Sources, served: Site, film: Path, tmp_path: Path) -> None:
    for length in (True, False):
        served.routes["/film.mp4"] = Route(film / "film.mp4", ranges=False, length=length)
        for limits, code in (
            (SourceLimits(max_bytes=9000), E.LIMIT_EXCEEDED),
            (SourceLimits(spare_disk_bytes=10**18), E.DISK_FULL),
        ):
            if code is E.DISK_FULL and not length:
                continue
            small = Sources(sources.network, limits)
            with small.resolve(served.url("/film.mp4")) as source:
                where = tmp_path / f"{length}{code}"
                where.mkdir()
                assert failure(source.open, None, workdir=where).code is code


@pytest.mark.enable_socket
def test_a_playlist_link_is_opened_by_its_segments(sources: Sources, served: Site, tmp_path: Path) -> None:
    with sources.resolve(served.url("/list.m3u8")) as source:
        assert source.kind is SourceKind.HLS
        assert source.describe(tmp_path).duration == 8
        opened = source.open([(F(1), F(2))], workdir=tmp_path)
    assert opened.duration == 8
    assert opened.title == "list"
    assert not any(hit.path == "/list3.ts" for hit in served.hits)
    assert source.stats.bytes > 1000


@pytest.mark.enable_socket
def test_a_page_with_a_film_is_opened_in_ranges(sources: Sources, served: Site, film: Path, tmp_path: Path) -> None:
    served.routes["/watch"] = page('<video src="film.mp4"></video>')
    with sources.resolve(served.url("/watch")) as source:
        assert source.kind is SourceKind.PAGE
        assert source.describe(tmp_path).formats[0].url == served.url("/film.mp4")
        opened = source.open([(F(1), F(2))], workdir=tmp_path)
        assert isinstance(opened.video, RangedDownload)
        assert whole(opened.video) == (film / "film.mp4").read_bytes()
        assert (opened.title or "").startswith("A film")
        assert opened.warnings == ()


@pytest.mark.enable_socket
def test_pictures_and_sound_at_two_links_of_one_page(
    sources: Sources, served: Site, film: Path, tmp_path: Path
) -> None:
    with sources.resolve(served.url("/apart.mpd")) as source:
        opened = source.open([(F(1), F(2))], workdir=tmp_path)
        assert whole(opened.video) == (film / "picture.mp4").read_bytes()
        assert whole(opened.audio) == (film / "sound.m4a").read_bytes()
    with sources.resolve(served.url("/apart.mpd")) as source:
        only = source.open(None, wanted=Format.MP3, workdir=tmp_path / "..")
        assert (whole(only.video), only.audio) == ((film / "sound.m4a").read_bytes(), None)


@pytest.mark.enable_socket
def test_what_only_ytdlp_can_fetch_is_fetched_by_it(sources: Sources, served: Site, tmp_path: Path) -> None:
    progress: list[Progress] = []
    with sources.resolve(served.url("/cut.mpd")) as source:
        opened = source.open([(F(1), F(2))], workdir=tmp_path, on_progress=progress.append)
    assert isinstance(opened.video, Path)
    assert isinstance(opened.audio, Path)
    assert opened.video.parent == opened.audio.parent == tmp_path
    assert b"moof" in opened.video.read_bytes()
    assert any(step.fraction for step in progress)


@pytest.mark.enable_socket
def test_a_stream_on_a_page_is_cut_by_its_segments(sources: Sources, served: Site, tmp_path: Path) -> None:
    served.routes["/watch"] = page('<video><source src="list.m3u8" type="application/x-mpegURL"></video>')
    with sources.resolve(served.url("/watch")) as source:
        opened = source.open([(F(1), F(2))], workdir=tmp_path)
    assert opened.duration == 8
    assert not any(hit.path == "/list3.ts" for hit in served.hits)


@pytest.mark.enable_socket
def test_several_films_on_a_page_are_mentioned(sources: Sources, served: Site, film: Path, tmp_path: Path) -> None:
    served.routes["/watch"] = page('<video src="film.mp4"></video><video src="picture.mp4"></video>')
    with sources.resolve(served.url("/watch")) as source:
        opened = source.open(None, workdir=tmp_path)
        assert whole(opened.video) == (film / "film.mp4").read_bytes()
    assert "several" in opened.warnings[0]


# -- every cause, told apart ------------------------------------------------------------------------------------------

JSON_LD = """<script type="application/ld+json">{"@context": "https://schema.org", "@type": "VideoObject",
"name": "Long", "duration": "PT3H", "contentUrl": "{base}/film.mp4"}</script>"""
LOCKED = b'#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x"\n#EXTINF:4,\nlist0.ts\n#EXT-X-ENDLIST\n'
LIVE = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:4,\nlist0.ts\n"
HLS_TYPE = "application/x-mpegurl"
FRAME = page('<video src="y.m3u8"></video>')
CLOUDFLARE = Route(
    b"<html>Just a moment</html>", "text/html", 403, {"cf-mitigated": "challenge", "Server": "cloudflare"}
)
CAUSES: dict[str, tuple[dict[str, Route], str, ErrorCode]] = {
    "unreachable host": ({}, "http://no-such-host.invalid/a", E.SOURCE_UNREACHABLE),
    "nobody listens": ({}, "http://127.0.0.2:9/a", E.SOURCE_UNREACHABLE),
    "breaks off": ({"/x": Route(b"x" * 900, cut_after=3, ranges=False)}, "/x", E.SOURCE_UNREACHABLE),
    "server error": ({"/x": Route(status=500)}, "/x", E.SOURCE_UNREACHABLE),
    "asked too often": ({"/x": Route(status=429)}, "/x", E.SOURCE_UNREACHABLE),
    "film of a page is gone": ({"/x": page('<video src="gone.mp4"></video>')}, "/x", E.SOURCE_NOT_FOUND),
    "not found": ({}, "/nothing", E.SOURCE_NOT_FOUND),
    "removed": ({"/x": Route(status=410)}, "/x", E.SOURCE_NOT_FOUND),
    "login": ({"/x": Route(status=401)}, "/x", E.SOURCE_PRIVATE),
    "forbidden": ({"/x": Route(status=403)}, "/x", E.SOURCE_PRIVATE),
    "bot check": ({"/x": CLOUDFLARE}, "/x", E.SOURCE_BOT_CHECK),
    "country": ({"/x": Route(status=451)}, "/x", E.SOURCE_GEO_BLOCKED),
    "locked stream": ({"/x.m3u8": Route(LOCKED)}, "/x.m3u8", E.SOURCE_DRM),
    "locked stream on a page": ({"/x": FRAME, "/y.m3u8": Route(LOCKED, HLS_TYPE)},
                                "/x", E.SOURCE_DRM),
    "live stream": ({"/x.m3u8": Route(LIVE)}, "/x.m3u8", E.SOURCE_LIVE),
    "live stream on a page": ({"/x": FRAME, "/y.m3u8": Route(LIVE, HLS_TYPE)},
                              "/x", E.SOURCE_LIVE),
    "no film on the page": ({"/x": page("<p>words</p>")}, "/x", E.SOURCE_UNSUPPORTED),
    "text": ({"/x": Route(b"words", "text/plain")}, "/x", E.SOURCE_NO_MEDIA),
    "archive": ({"/x": Route(b"PK\x03\x04", "application/zip")}, "/x", E.SOURCE_NO_MEDIA),
    "empty": ({"/x": Route(b"", "video/mp4")}, "/x", E.NOT_MEDIA),
    "too long": ({"/x": page(JSON_LD)}, "/x", E.SOURCE_TOO_LONG),
    "private address": ({}, "http://127.0.0.1:{private}/a", E.SOURCE_REFUSED_ADDRESS),
}  # fmt: skip


@pytest.mark.enable_socket
@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_has_its_own_code_and_leaves_nothing(
    sources: Sources, served: Site, private: Site, tmp_path: Path, cause: str
) -> None:
    routes, link, code = CAUSES[cause]
    for path, route in routes.items():
        assert isinstance(route.body, bytes)
        served.routes[path] = replace(route, body=route.body.replace(b"{base}", served.url("").encode()))
    url = served.url(link) if link.startswith("/") else link.format(private=private.port)
    bounded = Sources(sources.network, SourceLimits(max_duration_seconds=3600))

    def attempt() -> None:
        with bounded.resolve(url) as source:
            source.open([(F(0), F(1))], workdir=tmp_path)

    assert failure(attempt).code is code
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


# -- nothing reaches the private network ------------------------------------------------------------------------------


def hostile(private: Site) -> Iterator[tuple[str, dict[str, Route], str]]:
    """Ways to send a fetcher where it must not go: name, routes of the public site, link (a path or an address)."""
    inside = private.url("")
    spellings = [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
    ]
    for host in spellings:
        yield f"link {host}", {}, f"http://{host}:{private.port}/film.mp4"
        yield f"secure link {host}", {}, f"https://{host}:{private.port}/film.mp4"
    yield "redirect", {"/x": Route(status=302, headers={"Location": f"{inside}/film.mp4"})}, "/x"
    yield "page redirect", {"/x": page(f'<meta http-equiv="refresh" content="0; url={inside}/watch">')}, "/x"
    yield "film of a page", {"/x": page(f'<video src="{inside}/film.mp4"></video>')}, "/x"
    yield "frame of a page", {"/x": page(f'<iframe src="{inside}/film.mp4"></iframe>')}, "/x"
    yield "redirect of a film of a page", {
        "/x": page('<video src="y.mp4"></video>'),
        "/y.mp4": Route(status=302, headers={"Location": f"{inside}/film.mp4"}),
    }, "/x"  # fmt: skip
    yield "segment", {"/x.m3u8": Route(f"#EXTM3U\n#EXTINF:4,\n{inside}/a.ts\n#EXT-X-ENDLIST\n".encode())}, "/x.m3u8"
    yield "segment of a page's stream", {
        "/x": page('<video src="y.m3u8"></video>'),
        "/y.m3u8": Route(f"#EXTM3U\n#EXTINF:4,\n{inside}/a.ts\n#EXT-X-ENDLIST\n".encode(), "application/x-mpegurl"),
    }, "/x"  # fmt: skip
    yield (
        "manifest",
        {
            "/x.mpd": Route(
                f"""<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"
        mediaPresentationDuration="PT8S"><Period><AdaptationSet mimeType="video/mp4"><SegmentTemplate duration="4"
        media="{inside}/$Number$.m4s" initialization="{inside}/init.mp4"/><Representation id="v" codecs="avc1.42c00a"
        width="160" height="96" bandwidth="9000"/></AdaptationSet></Period></MPD>""".encode(),
                "application/dash+xml",
            )
        },
        "/x.mpd",
    )


@pytest.mark.enable_socket
@pytest.mark.slow
def test_nothing_hostile_reaches_the_private_network(
    sources: Sources, served: Site, private: Site, tmp_path: Path
) -> None:
    reached = []
    for number, (name, routes, link) in enumerate(hostile(private)):
        served.routes |= routes
        workdir = tmp_path / str(number)
        workdir.mkdir()
        url = served.url(link) if link.startswith("/") else link
        with pytest.raises(CutroomError) as caught, sources.resolve(url) as source:
            source.open([(F(0), F(1))], workdir=workdir)
        expected = {E.SOURCE_UNSUPPORTED} if name == "frame of a page" else {E.SOURCE_REFUSED_ADDRESS}
        if private.connections or caught.value.code not in expected:
            reached.append((name, caught.value.code, caught.value.detail, private.connections))
    assert reached == []


# -- letting go -------------------------------------------------------------------------------------------------------


@pytest.mark.enable_socket
def test_closing_twice_is_harmless_and_files_stay(sources: Sources, served: Site, tmp_path: Path) -> None:
    source = sources.resolve(served.url("/film.mp4"))
    opened = source.open(None, workdir=tmp_path)
    source.close()
    source.close()
    assert isinstance(opened.video, RangedDownload)
    assert opened.video.path.exists()


def test_resolving_a_file_starts_no_network(film: Path) -> None:
    def never() -> str:
        raise AssertionError

    sources = Sources(Network(connect=never, proxy_url=never))  # type: ignore[arg-type]
    resolved = sources.resolve(str(film / "film.mp4"))
    assert isinstance(resolved, Resolved)
    resolved.close()
