"""A user asks what a source holds, and whether everything needed is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import films
from tests.support.command import Shop
from tests.support.range_server import Route, Site

pytestmark = pytest.mark.journeys


def test_a_file(shop: Shop, film: Path) -> None:
    done = shop.run("info", film)
    assert (done.code, done.err) == (0, "")
    rows = {line[:11].strip(): line[11:] for line in done.out.decode().splitlines()}
    assert rows["duration"] == "0:20"
    assert rows["video"] == "320x180, h264 (High), 30 frames a second"
    assert rows["audio"].startswith("aac (LC), 48000 Hz, stereo")
    assert rows["exact cut"] == "copies all but the pictures at the seams"
    assert shop.left() == set()


def test_a_file_as_json(shop: Shop, film: Path) -> None:
    facts = shop.run("info", "--json", film).json
    assert (facts["kind"], facts["duration_exact"], facts["container"]) == ("file", "20", "mov")
    assert facts["size_bytes"] == film.stat().st_size
    assert (facts["video"]["frame_rate_exact"], facts["video"]["variable_frame_rate"]) == ("30", False)
    assert facts["exact_cut"] == {"copies": True, "reason": None}
    assert len(facts["audio"]) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("two_tracks", ["audio 1    aac (LC), 48000 Hz, stereo, eng", "audio 2    aac (LC), 48000 Hz, stereo, deu"]),
        ("vfr", ["frames a second on average, variable"]),
        ("mkv_offset", ["duration   0:20"]),
    ],
)
def test_what_is_special_is_said(shop: Shop, name: str, expected: list[str]) -> None:
    shown = shop.run("info", films.film(name).path).out.decode()
    assert all(words in shown for words in expected), shown


def test_sound_alone(shop: Shop) -> None:
    path = films.film(films.SOUND_FILMS[0]).path
    facts = shop.run("info", path, "--json").json
    assert facts["video"] is None
    assert facts["audio"]
    assert not facts["exact_cut"]["copies"]


@pytest.mark.enable_socket
def test_a_link_shows_no_secret_of_it(shop: Shop, film: Path) -> None:
    with Site({"/film.mp4": Route(film, "video/mp4")}) as site:
        address = site.url("/film.mp4?token=secret").replace("http://", "http://me:password@")
        done = shop.run("info", address, "--json")
    facts = done.json
    assert (done.code, facts["kind"], facts["duration_exact"]) == (0, "direct", "20")
    assert b"secret" not in done.out
    assert b"password" not in done.out
    assert shop.left() == set()


def test_what_is_not_media(shop: Shop) -> None:
    (shop.here / "notes.txt").write_text("Milk, eggs, bread.\n")
    done = shop.run("info", "notes.txt", "--json")
    assert (done.code, done.out) == (4, b"")
    assert done.error["code"] == "not_media"


@pytest.mark.enable_socket
def test_the_doctor_finds_everything(shop: Shop) -> None:
    done = shop.run("doctor", "--json", CUTROOM_MODELS__DIR=str(shop.here))
    report = done.json
    verdicts = {check["name"]: check["verdict"] for check in report["checks"]}
    network = verdicts.pop("network")
    assert network in {"ok", "warn"}  # as the machine is; never a failure
    models = [verdicts.pop(name) for name in ("speakers", "faces", "sentence vectors")]
    assert models == ["warn"] * 3  # there are none in this folder
    assert verdicts == dict.fromkeys(
        ("ffmpeg", "media engine", "yt-dlp", "scratch folder", "current folder", "guard", "transcription", "alignment",
         "voice activity", "screen text", "music", "shots", "language model"), "ok",
    )  # fmt: skip
    assert (done.code, report["ok"], done.err) == (0, True, "")
    [ytdlp] = [check for check in report["checks"] if check["name"] == "yt-dlp"]
    assert ytdlp["facts"]["javascript_runtime"] == "deno"
    assert shop.left() == set()


@pytest.mark.enable_socket
def test_the_doctor_names_what_is_missing(shop: Shop) -> None:
    done = shop.run("doctor", CUTROOM_MEDIA__FFMPEG="/no/such/ffmpeg")
    lines = done.out.decode().splitlines()
    assert done.code == 7
    assert lines[0].startswith("fail  ffmpeg: ")
    assert sum(line.startswith("ok") for line in lines) >= 5
