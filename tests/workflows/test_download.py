"""The steps of a download, by hand and by workers: twice is as good as once, and nothing stays that should not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.ids import new_capability
from cutroom.kernel.progress import Progress
from cutroom.model.artifact import Artifact, NewArtifact
from cutroom.model.job import Job, JobStatus, NewJob, Queue
from cutroom.workflows import Workbench
from cutroom.workflows.course import fail
from cutroom.workflows.download import COURSE, Plan, fetch, finish, store
from cutroom.workflows.fetching import FetchProgress
from cutroom.workflows.steps import Ending
from tests.support import films, reader
from tests.support.crew import Crew, until
from tests.support.range_server import Route, Site
from tests.support.work import SIGNUP, Yard

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]


@pytest.fixture
def site(film: Path) -> Iterator[Site]:
    with Site({"/my film.mp4": Route(film, "video/mp4"), "/my%20film.mp4": Route(film, "video/mp4")}) as public:
        yield public


def submit(yard: Yard, url: str, **changes: Any) -> Job:
    params = {
        "url": url, "format": "mp4", "format_id": None, "max_lines": None, "start": "0", "end": None,
        "no_watermark": False, "artifact": new_capability(),
    } | changes  # fmt: skip
    order = NewJob(
        id=new_capability(),
        account_id=yard.account.id,
        surface="clipi",
        kind="download",
        queue=Queue.NET,
        params=params,
    )
    with yard.database.write() as tx:
        job = yard.client.submit(tx, order)
        promise = NewArtifact(id=params["artifact"], job_id=job.id, account_id=job.account_id, surface=job.surface)
        yard.artifacts.add(tx, promise)
    return job


def begun(yard: Yard, url: str, **changes: Any) -> str:
    job = submit(yard, url, **changes)
    with yard.database.write() as tx:
        assert yard.jobs.start(tx, job.id, "w")
    return job.id


def plan_of(bench: Workbench, job_id: str) -> Plan:
    order = COURSE.prepare(bench, job_id)
    assert order is not None
    return Plan(**order)


def artifact(yard: Yard, job_id: str) -> Artifact | None:
    with yard.database.read() as tx:
        return yard.artifacts.get(tx, yard.job(job_id).params["artifact"])


def result(yard: Yard, job_id: str) -> Path:
    """The file of a job that is done."""
    found = artifact(yard, job_id)
    assert found is not None
    assert found.file is not None
    path = yard.store.local_path(found.file.key)
    assert path is not None
    assert path.stat().st_size == found.file.size
    return path


def kept(yard: Yard) -> list[str]:
    return sorted(yard.store.list("runs"))


def scratch(yard: Yard) -> list[str]:
    return sorted(str(path) for path in (yard.root / "scratch").rglob("*") if path.is_file())


def test_a_download_from_order_to_file(yard: Yard, bench: Workbench, site: Site, film: Path) -> None:
    job_id = begun(yard, site.url("/my%20film.mp4"))
    plan = plan_of(bench, job_id)
    stored = store(bench, job_id, plan, CancelToken())
    assert finish(bench, job_id, plan, stored)
    found = artifact(yard, job_id)
    assert found is not None
    assert found.file is not None
    # the film has a title of its own
    assert (found.file.name, found.file.media_type) == ("OnlyTheOwnerKnowsThis.mp4", "video/mp4")
    assert found.expires is not None
    path = result(yard, job_id)
    assert len(reader.read_pictures(path)) == 600
    assert _packets(path) == _packets(film)
    done = yard.job(job_id)
    assert (done.status, done.cost, done.fraction) == (JobStatus.COMPLETED, 0, 1.0)
    assert done.result is not None
    assert (done.result["copied"], done.result["warnings"]) == (True, [])
    assert yard.balance() == SIGNUP
    assert scratch(yard) == []


def test_every_step_may_be_done_twice(shed: Yard, hands: Workbench, site: Site) -> None:
    job_id = begun(shed, site.url("/my%20film.mp4"), format="m4a")
    plan = plan_of(hands, job_id)
    first = fetch(hands, job_id, plan, CancelToken())
    asked = len(site.hits)
    assert fetch(hands, job_id, plan, CancelToken()) == first
    stored = store(hands, job_id, plan, CancelToken())
    assert store(hands, job_id, plan, CancelToken()) == stored
    assert len(site.hits) == asked
    assert finish(hands, job_id, plan, stored)
    assert not finish(hands, job_id, plan, stored)
    assert kept(shed) == [stored["key"]]


def test_the_next_download_of_the_same_file_asks_only_whether_it_is_the_same(
    shed: Yard, hands: Workbench, site: Site, film: Path
) -> None:
    first = begun(shed, site.url("/my%20film.mp4"))
    fetch(hands, first, plan_of(hands, first), CancelToken())
    assert site.bytes_sent >= film.stat().st_size
    site.reset()
    again = begun(shed, site.url("/my%20film.mp4"), format="mkv", start="1", end="2")
    fetch(hands, again, plan_of(hands, again), CancelToken())
    assert site.bytes_sent <= 64 * 1024


def test_a_trim_is_exact_and_fetches_a_part(shed: Yard, hands: Workbench, tmp_path: Path, film: Path) -> None:
    long = tmp_path / "long.mp4"
    once = ["-stream_loop", "9", "-i", str(film), "-map", "0:v", "-map", "0:a", "-c", "copy", "-map_metadata", "-1"]
    films.run([*once, "-movflags", "+faststart", str(long)])
    with Site({"/long.mp4": Route(long, "video/mp4")}) as public:
        job_id = begun(shed, public.url("/long.mp4"), start="61/10", end="94/10")
        plan = plan_of(hands, job_id)
        stored = store(hands, job_id, plan, CancelToken())
        assert public.bytes_sent < long.stat().st_size / 3
    assert finish(hands, job_id, plan, stored)
    shown = reader.read_clip(result(shed, job_id))
    assert [picture.number for picture in shown] == list(range(183, 282))
    assert shown[0].pts == 0
    name = artifact(shed, job_id)
    assert name is not None
    assert name.file is not None
    assert name.file.name == "long.mp4"


def test_a_page_gives_its_title_its_subtitles_and_its_picture(
    shed: Yard, hands: Workbench, site: Site, tmp_path: Path
) -> None:
    image = tmp_path / "poster.webp"
    films.run(["-f", "lavfi", "-i", "testsrc=s=64x48", "-frames:v", "1", str(image)])
    title = "Caf\u00e9: Film / 1"
    page = (
        f"<!doctype html><html><head><title>{title}</title></head><body><video src='my%20film.mp4' "
        "poster='poster.webp'><track kind='subtitles' srclang='deu' src='words.vtt'></video></body></html>"
    )
    words = "WEBVTT\n\n00:02.000 --> 00:04.500\n<b>Hallo</b> Welt\n\n00:15.000 --> 00:16.000\nlater\n"
    site.routes |= {
        "/watch": Route(page.encode(), "text/html; charset=utf-8"),
        "/words.vtt": Route(words.encode(), "text/vtt"),
        "/poster.webp": Route(image, "image/webp"),
    }
    job_id = begun(shed, site.url("/watch"), start="1", end="4")
    plan = plan_of(hands, job_id)
    assert finish(hands, job_id, plan, store(hands, job_id, plan, CancelToken()))
    done = shed.job(job_id)
    assert done.result is not None
    assert (done.result["subtitles"], done.result["cover"], done.result["warnings"]) == (
        ["mov_text", "mov_text"], True, [],
    )  # fmt: skip
    with av.open(str(result(shed, job_id))) as container:
        texts = [
            (packet.stream.language, packet.pts * packet.time_base, bytes(packet)[2:7])
            for packet in container.demux(*container.streams.subtitles)
            if packet.pts is not None and packet.size > 2
        ]
    assert ("deu", Fraction(1), b"Hallo") in texts
    found = artifact(shed, job_id)
    assert found is not None
    assert found.file is not None
    assert found.file.name == "Caf\u00e9 Film 1 (1).mp4"  # the number is yt-dlp's


def test_streams_and_files_apart(shed: Yard, hands: Workbench, site: Site, film: Path, tmp_path: Path) -> None:
    hls = ("-f", "hls", "-hls_time", "4", "-hls_playlist_type", "vod")
    films.run(["-i", str(film), "-map", "0:v", "-map", "0:a", "-c", "copy", *hls, str(tmp_path / "list.m3u8")])
    films.run(["-i", str(film), "-map", "0:v", "-c", "copy", str(tmp_path / "picture.mp4")])
    films.run(["-i", str(film), "-map", "0:a", "-c", "copy", str(tmp_path / "sound.m4a")])
    site.routes |= {f"/{path.name}": Route(path) for path in tmp_path.iterdir() if path.is_file()}
    site.routes["/apart.mpd"] = Route(
        b'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="" mediaPresentationDuration="PT20S">'
        b'<Period><AdaptationSet mimeType="video/mp4"><Representation id="v" bandwidth="300000" width="320" '
        b'height="180" codecs="avc1.64001f"><BaseURL>picture.mp4</BaseURL></Representation></AdaptationSet>'
        b'<AdaptationSet mimeType="audio/mp4"><Representation id="a" bandwidth="128000" codecs="mp4a.40.2">'
        b"<BaseURL>sound.m4a</BaseURL></Representation></AdaptationSet></Period></MPD>",
        "application/dash+xml",
    )
    cut = begun(shed, site.url("/list.m3u8"), start="61/10", end="73/10", format="mkv")
    plan = plan_of(hands, cut)
    assert finish(hands, cut, plan, store(hands, cut, plan, CancelToken()))
    assert [picture.number for picture in reader.read_clip(result(shed, cut))] == list(range(183, 219))
    assert len([hit for hit in site.hits if hit.path.endswith(".ts")]) <= 4  # of six

    both = begun(shed, site.url("/apart.mpd"), max_lines=720)
    plan = plan_of(hands, both)
    assert finish(hands, both, plan, store(hands, both, plan, CancelToken()))
    done = shed.job(both).result
    assert done is not None
    assert (done["copied"], done["audio_codecs"], done["frames"]) == (True, ["aac"], 600)
    assert _packets(result(shed, both))[0] == _packets(film)[0]

    sound = begun(shed, site.url("/apart.mpd"), format="m4a", start="5", end="6")
    fetch(hands, sound, plan_of(hands, sound), CancelToken())


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"start": "30"}, ErrorCode.RANGE_OUTSIDE_SOURCE, "beyond the end"),
        ({"format_id": "no such"}, ErrorCode.INVALID_REQUEST, "formatId"),
        ({"url": "http://127.0.0.1:9/x.mp4"}, ErrorCode.SOURCE_UNREACHABLE, "reached|answer"),
    ],
)
def test_what_cannot_be_had_fails_with_a_sentence(
    shed: Yard, hands: Workbench, site: Site, changes: dict[str, Any], code: ErrorCode, words: str
) -> None:
    job_id = begun(shed, **({"url": site.url("/my%20film.mp4")} | changes))
    with pytest.raises(CutroomError, match=words) as caught:
        fetch(hands, job_id, plan_of(hands, job_id), CancelToken())
    assert caught.value.code is code
    assert fail(hands, job_id, Ending(code=caught.value.code, message=caught.value.message))
    assert (shed.job(job_id).status, shed.job(job_id).error_code) == (JobStatus.FAILED, code)
    assert (kept(shed), scratch(shed)) == ([], [])


def test_a_cancelled_download_leaves_nothing(yard: Yard, bench: Workbench, site: Site) -> None:
    job_id = begun(yard, site.url("/my%20film.mp4"))
    plan = plan_of(bench, job_id)
    stored = store(bench, job_id, plan, CancelToken())
    assert yard.client.cancel(job_id)
    assert not finish(bench, job_id, plan, stored)
    assert (kept(yard), scratch(yard)) == ([], [])
    other = begun(yard, site.url("/my%20film.mp4"))
    yard.client.cancel(other)
    with pytest.raises(Cancelled):
        fetch(bench, other, plan_of(bench, other), CancelToken())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_worker_downloads_and_tells_how_fast(yard: Yard, site: Site, film: Path, worker: Callable[..., None]) -> None:
    site.routes["/slow.mp4"] = Route(film, "video/mp4", pause=1.0)
    worker(progress_every=0.05)
    job = submit(yard, site.url("/slow.mp4"))
    seen: list[Job] = []

    def over() -> bool:
        seen.append(yard.job(job.id))
        return seen[-1].status.is_final

    until(over, 30)
    assert seen[-1].status is JobStatus.COMPLETED, seen[-1].error
    fractions = [state.fraction for state in seen]
    assert fractions == sorted(fractions)
    assert any(0 < fraction < 1 for fraction in fractions)
    assert any(state.speed for state in seen)
    assert seen[-1].eta is None


@pytest.mark.chaos
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # journeys kill on SQLite
def test_a_download_goes_on_when_its_worker_is_killed(yard: Yard, site: Site, film: Path, crew: Crew) -> None:
    site.routes["/slow.mp4"] = Route(film, "video/mp4", pause=0.5)
    first = crew.hire()
    job = submit(yard, site.url("/slow.mp4"))
    yard.wait(job.id, JobStatus.RUNNING)
    until(lambda: len(site.hits) > 1, 20)
    first.kill()
    crew.hire()
    done = yard.wait(job.id, seconds=60)
    assert (done.status, done.attempts) == (JobStatus.COMPLETED, 2)
    assert len(reader.read_pictures(result(yard, job.id))) == 600
    until(lambda: not scratch(yard), 10)
    assert len(kept(yard)) == 1


def test_the_speed_is_that_of_the_last_seconds(shed: Yard, hands: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("cutroom.workflows.fetching.time.monotonic", lambda: now[0])
    progress = FetchProgress(hands, "none", CancelToken())
    assert progress._speed() is None
    for step in range(20):
        now[0] += 0.5
        progress._note(step * 1000)
    speed = progress._speed()
    assert speed is not None
    assert speed == pytest.approx(2000)
    progress(Progress("fetching", 0.5, 20_000))
    now[0] += 5
    assert progress._speed() is None
    progress._note(10)  # another file
    assert progress._speed() is None


def test_the_time_to_go_is_told_by_the_pace_of_the_step(
    shed: Yard, hands: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("cutroom.workflows.progress.time.monotonic", lambda: now[0])
    progress = FetchProgress(hands, "none", CancelToken())
    progress(Progress("fetching", 0.0, 0))
    now[0] += 1
    progress(Progress("fetching", 1.0, 1000))
    assert progress._eta() == pytest.approx(0.25)
    progress(Progress("encoding", 0.0))  # of which nobody knows yet how long it takes
    assert progress._eta() is None
    now[0] += 10
    progress(Progress("encoding", 0.5))
    assert progress._eta() == pytest.approx(10 + 11 * 0.05 / 0.875)


@pytest.mark.parametrize(("kind", "start", "share"), [("mp4", "0", 0.8), ("webm", "0", 0.4), ("mp4", "1", 0.4)])
def test_what_is_worked_on_has_more_of_the_percentage_left(kind: str, start: str, share: float) -> None:
    plan = Plan("http://example.org/", kind, None, None, start, None, no_watermark=False, artifact="a")
    assert plan.pieces["downloading"] == (0.0, share)


def _packets(path: Path) -> list[tuple[str, list[bytes]]]:
    """Pictures and sound as they are stored."""
    with av.open(str(path)) as container:
        streams = [*container.streams.video[:1], *container.streams.audio]
        found: dict[int, list[bytes]] = {stream.index: [] for stream in streams}
        for packet in container.demux(*streams):
            if packet.size:
                found[packet.stream_index].append(bytes(packet))
        return [(stream.type, found[stream.index]) for stream in streams]
