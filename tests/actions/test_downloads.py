"""In which forms links can be downloaded, asked of real servers on this machine; and orders, accepted and refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cutroom.actions.downloads import DOWNLOAD, create_download, describe_formats
from cutroom.actions.looking import LookerConfig, SourceLooker
from cutroom.actions.services import Services
from cutroom.actions.tools import ARTIFACT
from cutroom.container import open_services
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import Caller
from cutroom.model.download import DownloadOrder, ListedFormat, VideoInfo
from cutroom.model.job import JobStatus, Queue
from cutroom.settings import Settings
from tests.support import films
from tests.support.range_server import Route, Site
from tests.support.site import FILM, Backstage

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]

PAGE = "text/html"


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    with open_services(Settings(), private_networks=True, local_files=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The film as HLS in two sizes and as sound alone; a page's manifest that names pictures and sound apart."""
    folder, film = tmp_path_factory.mktemp("streams"), str(films.film("h264_closed").path)
    hls = ("-f", "hls", "-hls_time", "5", "-hls_playlist_type", "vod")
    films.run(["-i", film, "-map", "0:v", "-map", "0:a", "-c", "copy", *hls, str(folder / "big.m3u8")])
    films.run(["-i", film, "-map", "0:v", "-c", "copy", "-movflags", "+faststart", str(folder / "picture.mp4")])
    films.run(["-i", film, "-map", "0:a", "-c", "copy", "-movflags", "+faststart", str(folder / "sound.m4a")])
    (folder / "master.m3u8").write_text(
        "#EXTM3U\n"
        '#EXT-X-STREAM-INF:BANDWIDTH=300000,RESOLUTION=320x180,CODECS="avc1.64001f,mp4a.40.2",FRAME-RATE=30\nbig.m3u8\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=90000,RESOLUTION=160x90,CODECS="avc1.64001f,mp4a.40.2"\nbig.m3u8\n'
    )
    text = (folder / "big.m3u8").read_text()
    (folder / "live.m3u8").write_text(
        text.replace("#EXT-X-ENDLIST\n", "").replace("#EXT-X-PLAYLIST-TYPE:VOD\n", "")
    )  # fmt: skip
    (folder / "apart.mpd").write_text(
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="" '
        'mediaPresentationDuration="PT20S"><Period>'
        '<AdaptationSet mimeType="video/mp4"><Representation id="v" bandwidth="300000" width="320" height="180" '
        'frameRate="30" codecs="avc1.64001f"><BaseURL>picture.mp4</BaseURL></Representation></AdaptationSet>'
        '<AdaptationSet mimeType="audio/mp4" lang="en"><Representation id="a" bandwidth="128000" '
        'codecs="mp4a.40.2" audioSamplingRate="48000"><BaseURL>sound.m4a</BaseURL></Representation></AdaptationSet>'
        "</Period></MPD>"
    )
    return folder


@pytest.fixture
def site(streams: Path) -> Iterator[Site]:
    film = films.film("h264_closed").path
    with Site({f"/{file.name}": Route(file) for file in streams.iterdir()}) as public:
        public.routes |= {"/film.mp4": Route(film, "video/mp4"), "/nothing": Route(b"plain words", "text/plain")}
        yield public


def look(services: Services, url: str, **config: float) -> VideoInfo:
    return SourceLooker(services, LookerConfig(**config)).formats(url)  # type: ignore[arg-type]


def test_a_link_to_a_film(services: Services, site: Site) -> None:
    size = films.film("h264_closed").path.stat().st_size
    info = look(services, site.url("/film.mp4"))
    assert info == VideoInfo(
        url=site.url("/film.mp4"), title="OnlyTheOwnerKnowsThis", thumbnail=None, duration=Fraction(20),
        platform="direct", uploader=None,
        formats=(ListedFormat("file", "mp4", "180p", "320x180", size, 30.0),),
    )  # fmt: skip
    assert info.formats[0].label == "180p (mp4)"
    assert site.bytes_sent < size / 2


def test_a_link_to_sound(services: Services, site: Site) -> None:
    info = look(services, site.url("/sound.m4a"))
    assert [(form.ext, form.quality, form.resolution, form.fps) for form in info.formats] == [
        ("m4a", "audio", None, None)
    ]
    assert float(info.duration or 0) == pytest.approx(20, abs=0.1)


def test_the_streams_of_a_playlist(services: Services, site: Site) -> None:
    info = look(services, site.url("/master.m3u8"))
    assert (info.platform, info.title) == ("direct", "master")
    assert float(info.duration or 0) == pytest.approx(20)
    assert [(form.id, form.label, form.resolution, form.fps) for form in info.formats] == [
        ("hls-180p-300", "180p (mp4)", "320x180", 30.0),
        ("hls-90p-90", "90p (mp4)", "160x90", None),
    ]
    alone = look(services, site.url("/big.m3u8"))
    assert [(form.id, form.label, form.resolution) for form in alone.formats] == [("stream", "180p (mp4)", "320x180")]
    assert float(alone.duration or 0) == pytest.approx(20)


def test_a_live_stream_has_no_length(services: Services, site: Site) -> None:
    info = look(services, site.url("/live.m3u8"))
    assert info.duration is None
    assert [form.id for form in info.formats] == ["stream"]


def test_what_a_page_offers(services: Services, site: Site) -> None:
    info = look(services, site.url("/apart.mpd"))
    assert info.platform == "generic"
    assert [(form.id, form.label, form.resolution) for form in info.formats] == [
        ("v", "180p (mp4)", "320x180"), ("a", "audio (m4a)", None),
    ]  # fmt: skip
    assert info.duration == 20


def test_a_page_that_does_not_say_how_large_its_film_is(services: Services, site: Site) -> None:
    html = (
        "<!doctype html><html><title>A page</title><body><video src='film.mp4' poster='/p.jpg'></video></body></html>"
    )
    site.routes["/watch"] = Route(html.encode(), PAGE)
    info = look(services, site.url("/watch"))
    assert info.title.startswith("A page")
    assert info.thumbnail == site.url("/p.jpg")
    assert info.duration == 20
    assert [(form.ext, form.quality, form.resolution, form.fps) for form in info.formats] == [
        ("mp4", "180p", "320x180", 30.0)
    ]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/missing.mp4", ErrorCode.SOURCE_NOT_FOUND),
        ("/nothing", ErrorCode.SOURCE_NO_MEDIA),
        ("/broken.mp4", ErrorCode.MEDIA_DAMAGED),
        ("/empty.mp4", ErrorCode.NOT_MEDIA),
    ],
)
def test_links_to_nothing(services: Services, site: Site, path: str, code: ErrorCode) -> None:
    site.routes |= {
        "/broken.mp4": Route(b"\x00\x00\x00\x20ftypisom" + bytes(5000), "video/mp4"), "/empty.mp4": Route(b"")
    }  # fmt: skip
    with pytest.raises(CutroomError) as caught:
        look(services, site.url(path))
    assert caught.value.code is code


def test_what_does_not_answer_is_given_up_in_time(services: Services, site: Site) -> None:
    site.routes["/silent.mp4"] = Route(delay=20)
    begun = time.monotonic()
    with pytest.raises(CutroomError) as caught:
        look(services, site.url("/silent.mp4"), format_seconds=1)
    assert caught.value.code is ErrorCode.SOURCE_UNREACHABLE
    assert time.monotonic() - begun < 6
    assert LookerConfig().format_seconds + 3 <= 30


@pytest.fixture
def caller(behind: Backstage) -> Caller:
    return Caller(behind.account()[0], None)


def test_the_answer_has_the_link_as_it_was_sent(behind: Backstage, caller: Caller) -> None:
    assert describe_formats(behind.services, caller, f" {FILM} ").url == f" {FILM} "
    with pytest.raises(CutroomError) as caught:
        describe_formats(behind.services, caller, "ftp://a.example/b")
    assert caught.value.code is ErrorCode.INVALID_REQUEST


def test_an_accepted_download_is_a_queued_job_and_a_promise(behind: Backstage, caller: Caller) -> None:
    order = DownloadOrder(
        FILM, "webm", "hls-1080p-4000", "720p", Fraction("1.5"), Fraction(10, 3), no_watermark=True
    )  # fmt: skip
    asked = len(behind.sources.asked)
    run = create_download(behind.services, caller, order)
    job = run.job
    assert (job.status, job.queue, job.surface, job.kind) == (JobStatus.QUEUED, Queue.NET, "clipi", DOWNLOAD)
    assert len({job.id, run.artifact_id}) == 2
    assert min(len(job.id), len(run.artifact_id)) >= 24  # of 36 letters: over 122 bits
    assert job.params == {
        "url": FILM, "format": "webm", "format_id": "hls-1080p-4000", "max_lines": 720, "start": "3/2", "end": "10/3",
        "no_watermark": True, ARTIFACT: run.artifact_id,
    }  # fmt: skip
    assert len(behind.sources.asked) == asked  # nobody has looked at the link
    with behind.services.database.read() as tx:
        promised = behind.services.artifacts.get(tx, run.artifact_id)
        balance = behind.services.wallet.balance(tx, caller.account.id)
    assert promised is not None
    assert (promised.job_id, promised.file) == (job.id, None)
    assert balance.cents == 500


def test_the_same_order_sent_twice_is_one_job(behind: Backstage, caller: Caller) -> None:
    first = create_download(behind.services, caller, DownloadOrder(FILM), once="once " + caller.account.id)
    again = create_download(behind.services, caller, DownloadOrder(FILM), once="once " + caller.account.id)
    assert (again.job.id, again.artifact_id) == (first.job.id, first.artifact_id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "ftp://a.example/b"}, "url"),
        ({"url": "film.mp4"}, "url"),
        ({"url": "upload:up_1"}, "url"),
        ({"format": "avi"}, "format"),
        ({"format": "MP4"}, "format"),
        ({"quality": "0p"}, "quality"),
        ({"quality": "720"}, "quality"),
        ({"quality": "100000p"}, "quality"),
        ({"quality": "\u0667p"}, "quality"),
        ({"quality": ""}, "quality"),
        ({"format_id": ""}, "formatId"),
        ({"format_id": "x" * 201}, "formatId"),
        ({"trim_start": Fraction(-1, 1000)}, "trimStart"),
        ({"trim_start": Fraction(10**9)}, "trimStart"),
        ({"trim_end": Fraction(10**9)}, "trimEnd"),
        ({"trim_start": Fraction(1), "trim_end": Fraction(1)}, "trimEnd"),
        ({"trim_end": Fraction(0)}, "trimEnd"),
    ],
)
def test_a_refused_order_is_no_job(
    behind: Backstage, caller: Caller, changes: dict[str, Any], field: str | None
) -> None:
    with behind.services.database.read() as tx:
        before = behind.services.jobs.unfinished(tx)
    with pytest.raises(CutroomError) as caught:
        create_download(behind.services, caller, DownloadOrder(**({"url": FILM} | changes)))
    assert caught.value.code in {ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_RANGE}
    assert caught.value.fields.get("field") == field
    with behind.services.database.read() as tx:
        assert behind.services.jobs.unfinished(tx) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"quality": "best"}, {"quality": "1p"}, {"quality": "99999p"}, {"trim_end": Fraction(1, 1000)},
        {"format_id": "x" * 200},
    ],
)  # fmt: skip
def test_orders_at_the_bounds_are_accepted(behind: Backstage, caller: Caller, changes: dict[str, Any]) -> None:
    assert create_download(behind.services, caller, DownloadOrder(FILM, **changes)).job.id
