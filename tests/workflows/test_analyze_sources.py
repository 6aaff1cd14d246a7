"""Where films that are analysed come from: links, pages with their words and numbers, uploads, buckets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from cutroom.analyses.facts import unpack_facts
from cutroom.analyses.ingesting import Ingested
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.analysis import Preset, SourceType, Step
from cutroom.model.percepts import TranscriptSource
from cutroom.storage import OutsideBuckets
from cutroom.storage.bucket import BucketConfig
from cutroom.storage.keys import digest_of, run_input_key
from cutroom.workflows import Workbench
from cutroom.workflows.analysing import Desk
from tests.support import films
from tests.support.object_servers import (
    ACCESS_KEY,
    SECRET_KEY,
    ObjectServer,
    _moto_endpoint,
    moto,
)
from tests.support.range_server import Route, Site
from tests.support.short_films import short_film
from tests.support.work import Yard

__all__ = ["_moto_endpoint", "moto"]

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]
WORDS = "WEBVTT\n\n00:00.000 --> 00:02.000\nHello from the page.\n"


@pytest.fixture(scope="session")
def film() -> Path:
    """Three seconds with sound."""
    return short_film("mp4").path


@pytest.fixture
def site(film: Path) -> Iterator[Site]:
    page = (
        "<html><head><title>The page</title></head><body><video src='/film.mp4'>"
        "<track kind='subtitles' srclang='en' src='/words.vtt'></video></body></html>"
    )
    with Site({
        "/film.mp4": Route(film, "video/mp4"),
        "/plain.mp4": Route(film, "video/mp4", ranges=False),
        "/page": Route(page.encode(), "text/html"),
        "/words.vtt": Route(WORDS.encode(), "text/vtt"),
        "/text": Route(b"not a film", "text/plain"),
    }) as public:  # fmt: skip
        yield public


def ingest(yard: Yard, bench: Workbench, **changes: object) -> Ingested:
    made = yard.analyse(**changes)
    with yard.database.write() as tx:
        assert yard.jobs.start(tx, made.id, "w")
    Desk(bench, made.id).work(Step.INGEST, CancelToken())
    found = yard.analysis(made.id)
    assert found.facts is not None
    assert found.platform == found.facts["source"]["platform"]
    return unpack_facts(found.facts)


def test_a_link_to_a_file(shed: Yard, hands: Workbench, site: Site, film: Path) -> None:
    for path in ("/film.mp4", "/plain.mp4"):
        found = ingest(shed, hands, source=site.url(path))
        assert found.content == digest_of(film)
        assert (found.source.platform, found.source.file_name) == ("direct", path[1:])
        assert found.file.size_bytes == film.stat().st_size
        assert (found.file.container, found.file.video_codec, found.file.audio_codec) == ("mp4", "h264", "aac")
        assert (found.has_picture, found.has_sound, found.given) == (True, True, None)


def test_of_page_and_file_alone_little_is_fetched(shed: Yard, hands: Workbench, site: Site, film: Path) -> None:
    found = ingest(shed, hands, source=site.url("/film.mp4"), preset=Preset.META_ONLY)
    assert found.content is None
    assert found.file.duration == pytest.approx(3.0, abs=0.1)
    assert found.file.size_bytes == film.stat().st_size


def test_a_page_with_its_words(shed: Yard, hands: Workbench, site: Site) -> None:
    found = ingest(shed, hands, source=site.url("/page"))
    assert found.source.platform == "generic"
    assert found.source.title
    assert found.given is not None
    assert (found.given.text, found.given.format) == (WORDS, "vtt")
    assert found.given.source is TranscriptSource.PLATFORM_CAPTIONS


def test_a_stream_in_pieces_becomes_one_film_known_by_its_pieces(
    shed: Yard, hands: Workbench, site: Site, film: Path, tmp_path: Path
) -> None:
    hls = ("-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod")
    films.run(["-i", str(film), "-map", "0:v", "-map", "0:a", "-c", "copy", *hls, str(tmp_path / "list.m3u8")])
    site.routes |= {f"/{path.name}": Route(path) for path in tmp_path.iterdir() if path.is_file()}
    found = [ingest(shed, hands, source=site.url("/list.m3u8")) for _ in range(2)]
    assert found[0].content == found[1].content is not None
    assert found[0].file.duration == pytest.approx(3.0, abs=0.2)
    with pytest.raises(CutroomError) as caught:
        ingest(shed, hands, source=site.url("/list.m3u8"), longest=1.0)
    assert caught.value.code is ErrorCode.SOURCE_TOO_LONG


@pytest.mark.parametrize(
    ("path", "code"), [("/text", ErrorCode.SOURCE_NO_MEDIA), ("/nothing", ErrorCode.SOURCE_NOT_FOUND)]
)
def test_a_link_to_something_else(shed: Yard, hands: Workbench, site: Site, path: str, code: ErrorCode) -> None:
    with pytest.raises(CutroomError) as caught:
        ingest(shed, hands, source=site.url(path))
    assert caught.value.code is code


def test_too_long_is_known_before_all_of_it_was_fetched(shed: Yard, hands: Workbench, site: Site) -> None:
    with pytest.raises(CutroomError) as caught:
        ingest(shed, hands, source=site.url("/film.mp4"), longest=1.0)
    assert caught.value.code is ErrorCode.SOURCE_TOO_LONG


def test_an_upload(shed: Yard, hands: Workbench, film: Path) -> None:
    key = run_input_key("job_x", digest_of(film), "bin")
    shed.store.put(key, film, media_type="video/mp4", file_name="x")
    upload = {"source_type": SourceType.UPLOAD, "source": None, "platform": "upload", "file_name": "my film.mp4"}
    found = ingest(shed, hands, **upload, params={"input": key})
    assert (found.source.platform, found.source.url, found.source.file_name) == ("upload", None, "my film.mp4")
    assert found.content == digest_of(film)
    shed.store.delete(key)
    with pytest.raises(CutroomError, match="not there any more"):
        ingest(shed, hands, **upload, params={"input": key})


def test_a_path_in_a_bucket(shed: Yard, hands: Workbench, moto: ObjectServer, film: Path) -> None:
    requests.put(f"{moto.endpoint}/{moto.bucket}/in/my film.mp4", data=film.read_bytes(), timeout=10)
    config = BucketConfig(moto.bucket, "ours", moto.endpoint, access_key=ACCESS_KEY, secret_key=SECRET_KEY)
    bench = replace(hands, buckets=OutsideBuckets(config))
    stored = {"source_type": SourceType.STORAGE, "platform": "storage"}
    found = ingest(shed, bench, source=f"s3://{moto.bucket}/in/my film.mp4", **stored)
    assert (found.source.platform, found.source.file_name) == ("storage", "my film.mp4")
    assert found.content == digest_of(film)
    with pytest.raises(CutroomError) as caught:
        ingest(shed, bench, source=f"s3://{moto.bucket}/in/nothing.mp4", **stored)
    assert caught.value.code is ErrorCode.SOURCE_NOT_FOUND
    tight = replace(hands, buckets=OutsideBuckets(config, most=10))
    with pytest.raises(CutroomError, match="larger than"):
        ingest(shed, tight, source=f"s3://{moto.bucket}/in/my film.mp4", **stored)
