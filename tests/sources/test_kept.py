"""What was fetched whole is not fetched again, as long as its server says that it is still the same."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.model.source import RemoteFormat
from cutroom.outbound.egress import Egress
from cutroom.outbound.http import HttpClient
from cutroom.sources.direct import RangedDownload
from cutroom.sources.kept import offer_key
from cutroom.sources.ports import Network
from cutroom.sources.resolve import Sources
from cutroom.storage import SourceCache
from tests.support.films import run
from tests.support.range_server import Answer, Hit, Route, Site

pytestmark = pytest.mark.enable_socket
SIZE = 300_000
HEAD = b"\x00\x00\x00\x18ftypisom"


def film(fill: bytes = b"x") -> bytes:
    return HEAD + fill * (SIZE - len(HEAD))


@pytest.fixture
def cache(tmp_path: Path) -> SourceCache:
    return SourceCache(tmp_path / "cache", 2 * SIZE)


@pytest.fixture
def sources(egress: Egress, cache: SourceCache) -> Sources:
    return Sources(Network(connect=lambda: HttpClient(egress), proxy_url=lambda: egress.proxy_url), cache=cache)


@pytest.fixture
def fetch(sources: Sources, site: Site, tmp_path: Path) -> Any:
    """One piece of work that reads all of the source at a path: what it got, and the requests that took."""

    def work(path: str = "/film", by: Sources = sources) -> tuple[bytes, int]:
        before = len(site.hits)
        folder = tmp_path / new_id()
        folder.mkdir()
        with by.resolve(site.url(path)) as source:
            video = source.open(None, workdir=folder).video
            if isinstance(video, RangedDownload):
                video.ensure(0, video.size, CancelToken())
                got = video.path.read_bytes()
            else:
                assert isinstance(video, Path)
                got = video.read_bytes()
        return got, len(site.hits) - before

    return work


def whole(body: bytes = film(), **more: Any) -> Route:
    return Route(body, "video/mp4", **{"ranges": False} | more)


def test_a_second_piece_of_work_asks_only_whether_it_is_the_same(fetch: Any, site: Site) -> None:
    site.routes["/film"] = whole()
    assert fetch() == (film(), 2)
    assert fetch() == (film(), 1)
    assert fetch() == (film(), 1)


def test_the_command_line_keeps_nothing(fetch: Any, site: Site, sources: Sources, cache: SourceCache) -> None:
    site.routes["/film"] = whole()
    without = replace(sources, cache=None)
    assert fetch(by=without) == fetch(by=without) == (film(), 2)
    assert cache.size() == 0


@pytest.mark.parametrize(
    "changed",
    [
        whole(film(b"y"), modified="Tue, 03 Nov 2026 10:00:00 GMT"),
        whole(film(b"y"), headers={"ETag": '"2"'}),
        whole(film(b"y") + b"more"),
    ],
)
def test_a_file_that_changed_at_its_server_is_fetched_anew(fetch: Any, site: Site, changed: Route) -> None:
    site.routes["/film"] = whole()
    fetch()
    site.routes["/film"] = changed
    assert fetch() == (changed.body, 2)


@pytest.mark.parametrize(
    "answer",
    [
        whole(modified=None),
        whole(modified=None, headers={"ETag": 'W/"1"'}),
        whole(length=False),
        whole(headers={"Cache-Control": "private, No-Store"}),
    ],
    ids=["nothing to tell versions by", "weak etag", "unknown length", "forbidden"],
)
def test_what_may_change_unseen_or_must_not_be_kept_is_not(
    fetch: Any, site: Site, cache: SourceCache, answer: Route
) -> None:
    site.routes["/film"] = answer
    assert fetch() == fetch() == (film(), 2)
    assert cache.size() == 0


def test_a_strong_etag_is_enough(fetch: Any, site: Site) -> None:
    site.routes["/film"] = whole(modified=None, headers={"ETag": '"1"'})
    assert (fetch()[1], fetch()[1]) == (2, 1)


def test_other_links_are_other_files(fetch: Any, site: Site) -> None:
    site.routes |= {"/film": whole(), "/other": whole(film(b"y"))}
    assert (fetch("/film")[0], fetch("/other")[0]) == (film(), film(b"y"))
    assert fetch("/film?key=another")[1] == 2


def test_what_a_server_refuses_now_is_not_given_from_here(fetch: Any, site: Site) -> None:
    site.routes["/film"] = whole()
    fetch()
    site.routes["/film"] = Route(status=404)
    with pytest.raises(CutroomError) as caught:
        fetch()
    assert caught.value.code is ErrorCode.SOURCE_NOT_FOUND


def test_what_changes_while_it_comes_is_used_and_not_kept(fetch: Any, site: Site, cache: SourceCache) -> None:
    def answer(hit: Hit) -> Route:
        return whole(film(b"%d" % hit.number), headers={"ETag": f'"{hit.number}"'}, modified=None)

    site.routes["/film"] = answer
    assert fetch() == (film(b"1"), 2)
    assert cache.size() == 0


def test_where_parts_are_given_nothing_is_fetched_for_keeping(
    sources: Sources, site: Site, tmp_path: Path, cache: SourceCache
) -> None:
    site.routes["/film"] = Route(film(), "video/mp4")
    with sources.resolve(site.url("/film")) as source:
        video = source.open(None, workdir=tmp_path).video
        assert isinstance(video, RangedDownload)
        video.ensure(200_000, 10, CancelToken())
    assert cache.size() == 0
    assert site.bytes_sent < SIZE


def test_where_parts_are_given_what_came_whole_all_the_same_is_kept(fetch: Any, site: Site) -> None:
    site.routes["/film"] = Route(film(), "video/mp4")
    first = fetch()
    assert first[0] == film()
    assert fetch() == (film(), 1)


def test_what_is_in_use_stays_and_goes_when_nobody_uses_it(sources: Sources, site: Site, tmp_path: Path) -> None:
    names = [f"/{number}" for number in range(4)]
    site.routes |= {name: whole(film(name[1:].encode())) for name in names}
    (tmp_path / "work").mkdir()
    with sources.resolve(site.url("/0")) as source:
        path = source.open(None, workdir=tmp_path / "work").video
        assert isinstance(path, Path)
        for name in names[1:]:
            with sources.resolve(site.url(name)) as other:
                other.open(None, workdir=tmp_path / "work")
        assert path.read_bytes() == film(b"0")
    for name in names[2:]:
        with sources.resolve(site.url(name)) as other:
            other.open(None, workdir=tmp_path / "work")
    assert not path.exists()
    assert list((tmp_path / "work").iterdir()) == []


def test_of_two_at_the_same_time_one_fetches(fetch: Any, site: Site) -> None:
    together = threading.Barrier(2)

    def answer(hit: Hit) -> Route:
        if hit.number < 2:
            together.wait(10)  # both have looked before either fetches
        return whole(delay=0.2 if hit.number == 2 else 0)

    site.routes["/film"] = answer
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(fetch) for _ in range(2)]
        assert [one.result(20)[0] for one in both] == [film(), film()]
    assert len(site.hits) == 3


# -- videos of sites --------------------------------------------------------------------------------------------------

OFFER = RemoteFormat(id="18", container="mp4", height=360, size_bytes=1000)


def test_a_sites_video_is_named_by_site_video_and_offer() -> None:
    names = [
        offer_key("Site", "v1", OFFER),
        offer_key("Other", "v1", OFFER),
        offer_key("Site", "v2", OFFER),
        offer_key("Site", "v1", replace(OFFER, id="22")),
        offer_key("Site", "v1", replace(OFFER, size_bytes=1001)),
    ]
    assert len(set(names)) == len(names)
    assert offer_key("Site", "v1", replace(OFFER, url="https://e.com/signed?until=2")) == names[0]


def test_a_page_of_no_site_names_no_video() -> None:
    assert offer_key(None, "film", OFFER) is None
    assert offer_key("Site", None, OFFER) is None


@pytest.fixture(scope="session")
def dash(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Segments that only yt-dlp puts together."""
    assert imageio_ffmpeg.get_ffmpeg_exe()
    folder = tmp_path_factory.mktemp("dash")
    run(
        ["-f", "lavfi", "-i", "testsrc=s=160x96:r=10:d=4", "-c:v", "libx264", "-preset", "ultrafast", "-f", "dash",
         "-seg_duration", "2", str(folder / "cut.mpd")]
    )  # fmt: skip
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("known", [True, False])
def test_what_ytdlp_brings_of_a_known_site_is_kept(
    sources: Sources, site: Site, dash: Path, tmp_path: Path, cache: SourceCache, known: bool
) -> None:
    site.routes |= {f"/{file.name}": answer_of(file) for file in dash.iterdir()}
    found = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        with sources.resolve(site.url("/cut.mpd")) as source:
            page = source._look(folder, CancelToken())
            source._page = replace(page, site="Site", video="v1") if known else page
            video = source.open([(Fraction(0), Fraction(1))], workdir=folder).video
            assert isinstance(video, Path)
            found.append(video.read_bytes())
    assert found[0] == found[1]
    segments = [hit.path for hit in site.hits if hit.path.endswith(".m4s")]
    assert len(segments) == len(set(segments)) * (1 if known else 2)
    assert (cache.size() > 0) is known


def answer_of(file: Path) -> Answer:
    return Route(file, "application/dash+xml" if file.suffix == ".mpd" else "video/mp4")
